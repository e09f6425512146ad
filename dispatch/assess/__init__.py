"""What a split of the territory costs and how evenly, over many days of real rounds.

There are splits s = 1..S, the first of them the reference, and working days d = 1..D::

    visits of day d        drawn from the demand, date and seed: the same for every split
    rounds of (s, d, c)    planned for each centre c as the nightly job does, at `quick`
    X_sd                   a figure of split s on day d: hours and kilometres on the road, ...
    difference of s        mean over d of X_sd - X_1d, with its interval

Each step is a module of its own::

    choice      which splits to compare
    scenarios   a split applied to the service, and its centre days as jobs
    replay      one centre's day, planned and reduced to figures (`replayed`)
    crews       many centre days, in processes or on a Dask cluster
    ledger      the centre days already planned, so that an interrupted run goes on
    figures     the mean day of each centre
    balance     Gini, Theil and other measures over centres
    paired      differences between splits and how sure they are, by `intervals`
    pilot       how many days a sharper answer needs
    rank        where a split stands among all admissible ones, by the estimate
    marginal    what one technician, skill or commune is worth
    run         all of these steps
    result      the assessment: every table
    files       the files that are written; `report` is the page, `charts` and `pictures` its images
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.callable_package import make_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dispatch.assess.rank import Field
    from dispatch.assess.result import Assessment
    from dispatch.assess.scenarios import Scenario
    from dispatch.service.service import Service
    from dispatch.solve.efforts import EffortName
    from dispatch.splits.split import Split
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

__all__ = ["assess"]

SEED = 1


def assess(
    splits: Sequence[Split | Scenario],
    *,
    days: int | None = None,
    seed: int = SEED,
    service: Service | None = None,
    communes: Mapping[str, Commune] | None = None,
    network: Network | None = None,
    effort: EffortName = "quick",
    workers: int | None = None,
    scheduler: str | None = None,
    out: Path | None = None,
    fresh: bool = False,
    field: Field | None = None,
    marginal: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Assessment:
    """
    Replay sampled days through real rounds for every split, and compare them.

    Parameters
    ----------
    splits
        What to compare, at least one; the first is the reference.
    days
        How many working days; None: as the service file says. More days add to the earlier ones.
    seed
        Seed of the sampled days and of the search.
    service, communes, network
        The service before a split is applied, the communes by INSEE code, the roads; None: the
        bundled ones.
    effort
        Effort of each plan.
    workers
        Number of processes; None: one a processor; 1: this process, which suits a notebook. No
        figure depends on it.
    scheduler
        Address of a Dask scheduler (extra `cluster`); its workers then plan.
    out
        Folder for the planned centre days, so that an interrupted run goes on; None: none.
    fresh
        Whether to delete the centre days of an earlier run from the folder.
    field
        All admissible splits by the estimate; the given splits are ranked among them.
    marginal
        Whether to value single changes of the first split; some 15 to 20 times the work.
    on_progress
        Called with the number of centre days done, and of all.

    Returns
    -------
    assessment
        Tables (`centres`, `balance`, `comparisons`, `pilot`, ...), `summary()`, `to_dataframe()`.

    Raises
    ------
    InputError
        When there is no split, two splits have the same name, the folder holds a run with another
        seed, effort, network or set of communes, or the cluster cannot be reached.
    TravelError, SolverError
        When centre days could not be planned; the others stay in the folder.

    Notes
    -----
    After Ctrl-C the centre days planned so far stay in the folder.
    """
    # Imported here: tables and statistics take a second to load, which `dispatch --help` spares.
    from dispatch.assess.run import run_assessment

    return run_assessment(
        splits,
        days=days,
        seed=seed,
        service=service,
        communes=communes,
        network=network,
        effort=effort,
        workers=workers,
        scheduler=scheduler,
        out=out,
        fresh=fresh,
        field=field,
        marginal=marginal,
        on_progress=on_progress,
    )


make_callable(__name__)
