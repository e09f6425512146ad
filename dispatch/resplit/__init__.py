"""The best split under the deliberation's criteria, proven.

Each step is a module of its own::

    request      the options, and the criteria that they make with the service file
    units        the communes with their demand, and the travel times between them
    estimate     the travel of a group of communes, without planning rounds (the formula is there)
    groups       every connected group that a centre could have
    criteria     the conditions on a split, and every candidate centre that keeps them
    partition    the best choice of groups: set partitioning, proven
    search       the best split with whole technicians; the front of travel against workload
    alternatives splits that differ by one or two communes
    conflicts    why no split keeps all criteria, and the least relaxation of each
    compact      a split of more communes than groups can be listed for, with its gap
    listing      every split
    admissible   every split with its travel and balance, to rank a split among
    proposal     a split with its figures
    replay       the best few splits with real rounds
    run          all of these steps
    answer       the result
    report       the files that are written; `front_chart` is the diagram of the front
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.callable_package import make_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.resplit.request import ResplitRequest
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

__all__ = ["resplit"]


def resplit(
    request: ResplitRequest | None = None,
    *,
    service: Service | None = None,
    communes: Mapping[str, Commune] | None = None,
    network: Network | None = None,
    workers: int | None = None,
    on_stage: Callable[[str], None] | None = None,
    **options: object,
) -> ResplitAnswer:
    """
    Return the split that is proven best under some criteria, with front and alternatives.

    Parameters
    ----------
    request
        The criteria; None: made of `options`, which are its fields (`resplit(centres=4)`).
    service, communes, network
        None: the bundled ones.
    workers
        Processes of the replay; None: one a processor. No figure depends on it.
    on_stage
        Called with the name of each stage as it begins.

    Returns
    -------
    found
        `best`, `front`, `alternatives`, `present`: each with its `split` and figures.

    Raises
    ------
    InputError
        When there is no such split; it names the criteria that conflict and the least relaxation.
    TravelError, SolverError
        When a place is too far from any road, or a solver fails.
    """
    from dispatch.resplit.request import ResplitRequest
    from dispatch.resplit.run import run_resplit
    from dispatch.service.service import read_service
    from dispatch.streets.roads import load_network
    from dispatch.territory import read_communes

    if request is None:
        request = ResplitRequest(**options)  # type: ignore[arg-type]
    elif options:
        msg = f"give a request or options, not both: {', '.join(sorted(options))}"
        raise TypeError(msg)
    return run_resplit(
        request,
        read_service() if service is None else service,
        read_communes() if communes is None else communes,
        load_network("bundled") if network is None else network,
        workers=workers,
        on_stage=on_stage,
    )


make_callable(__name__)
