"""Better splits under the deliberation's criteria, each proven the best there is.

Each step is a module that can be read, and used, on its own::

    units        the communes with their demand, and the roads between them
    estimate     what a group of communes costs in travel (the formula is there)
    groups       every connected group that a centre could have
    criteria     what is asked, and every centre that there could be under it
    partition    the best choice of groups: set partitioning, proven
    search       ... with whole technicians; the front of travel against workload
    alternatives one or two communes moved
    conflicts    why there is no such split, and the least that must give way
    compact      where the groups are too many: with a gap
    listing      every split there is
    admissible   ... with travel and balance: what a split is ranked among
    replay       the best few with real rounds
    run          all of it
    report       ... as files that people read
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.callable_package import make_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.resplit.answer import Resplit
    from dispatch.resplit.run import Request
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

__all__ = ["resplit"]


def resplit(
    request: Request | None = None,
    *,
    service: Service | None = None,
    communes: Mapping[str, Commune] | None = None,
    network: Network | None = None,
    workers: int | None = None,
    on_stage: Callable[[str], None] | None = None,
    **options: object,
) -> Resplit:
    """
    Return the split proven best under some criteria, and what else was asked.

    Parameters
    ----------
    request
        What is asked; None: made of `options`, which are its fields (`resplit(centres=4)`).
    service, communes, network
        None: the bundled ones.
    workers
        Processes of the replay; None: one a processor. No figure depends on it.
    on_stage
        Called with what is being done.

    Returns
    -------
    found
        `best`, `front`, `alternatives`, `present`: each with its `split` and figures.

    Raises
    ------
    InputError
        When there is no such split: with the criteria that conflict and the least relaxation.
    TravelError, SolverError
        When a place is off the roads, or a solver fails.
    """
    from dispatch.resplit.run import Request, run
    from dispatch.service.service import read_service
    from dispatch.streets.roads import load_network
    from dispatch.territory import read_communes

    if request is None:
        request = Request(**options)  # type: ignore[arg-type]
    elif options:
        msg = f"give a request or options, not both: {', '.join(sorted(options))}"
        raise TypeError(msg)
    return run(
        request,
        read_service() if service is None else service,
        read_communes() if communes is None else communes,
        load_network("bundled") if network is None else network,
        workers=workers,
        on_stage=on_stage,
    )


make_callable(__name__)
