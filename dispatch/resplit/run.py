"""From a request to the answer: criteria, the best split, the front, the alternatives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import InputError
from dispatch.resplit.alternatives import nearest
from dispatch.resplit.answer import ResplitAnswer
from dispatch.resplit.compact import compact
from dispatch.resplit.conflicts import conflicts_of
from dispatch.resplit.criteria import Candidates, Criteria, candidates
from dispatch.resplit.estimate import figures
from dispatch.resplit.groups import TooManyGroupsError
from dispatch.resplit.listing import every_split
from dispatch.resplit.proposal import Proposal, present_proposal, proposal
from dispatch.resplit.replay import replay
from dispatch.resplit.request import criteria_of
from dispatch.resplit.search import (
    CentreChoice,
    best,
    ceiling_of,
    counted,
    workload_front,
    workload_front_of_all,
)
from dispatch.resplit.units import prepare_units
from dispatch.streets.router import Router, TravelSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.resplit.criteria import Criteria
    from dispatch.resplit.request import ResplitRequest
    from dispatch.resplit.units import Units
    from dispatch.service.service import Service
    from dispatch.service.split_settings import ResplitSettings
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

SOURCE = "resplit"
PRESENT, BEST = "actuel", "meilleur"


def run_resplit(
    request: ResplitRequest,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    *,
    workers: int | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> ResplitAnswer:
    """
    Return the best split for a request.

    Parameters
    ----------
    request
        The options.
    service, communes, network
        The present service, the communes by INSEE code, the roads.
    workers
        Number of processes of the replay; None: one a processor.
    on_stage
        Called with the name of each stage as it begins.

    Raises
    ------
    InputError
        When the request names something unknown, or there is no such split; the error then names
        the criteria that conflict, with the least relaxation of each.
    TravelError, SolverError
        When a place is too far from any road, or a solver fails.
    """
    show = on_stage or (lambda _: None)
    show("roads between communes")
    settings = service.resplit
    router = Router(network, settings=TravelSettings.from_toml(service.travel))
    units = prepare_units(service, communes, router, request.collectivities)
    criteria = criteria_of(request, service, units)
    present = present_proposal(units, service, settings.travel, PRESENT)
    show("connected groups")
    try:
        centres = candidates(units, criteria, settings.travel, settings.groups_max)
    except TooManyGroupsError:
        show("compact model")
        return _by_compact(units, criteria, settings, present)
    show("best split")
    free = best(centres, criteria, None, effort=settings.effort)
    found = ceiling = None
    if free is not None:
        ceiling = ceiling_of(float(units.services_s.sum()), free.travel_s, criteria)
        found = (
            free if ceiling is None else best(centres, criteria, ceiling, effort=settings.effort)
        )
    if found is None:
        show("which criteria conflict")
        raise InputError(conflicts_of(units, criteria, settings))

    def named(made: CentreChoice, name: str) -> Proposal:
        return proposal(units, criteria, centres, made, name)

    points: list[CentreChoice] = []
    if request.pareto:
        show("front")
        points = _front(units, criteria, centres, settings, show)
    show("nearest alternatives")
    base = _base(units, criteria, centres, present, found)
    near = nearest(units, centres, criteria, ceiling, base)
    others = [each for each in near if set(each.chosen) != set(found.chosen)]
    answer = ResplitAnswer(
        units=units,
        criteria=criteria,
        method="set partitioning",
        groups=len(np.unique(centres.masks)),
        present=present,
        best=named(found, BEST),
        front=tuple(named(point, f"front-{n}") for n, point in enumerate(points, 1)),
        alternatives=tuple(
            named(each, f"proche-{n}") for n, each in enumerate(others[: settings.alternatives], 1)
        ),
    )
    if not request.replay_days:
        return answer
    show("real rounds")
    replayed = replay(
        answer,
        service,
        communes,
        network,
        days=request.replay_days,
        seed=request.seed,
        workers=workers,
        on_stage=show,
    )
    return replace(answer, replayed=replayed)


def _front(
    units: Units,
    criteria: Criteria,
    centres: Candidates,
    settings: ResplitSettings,
    show: Callable[[str], None],
) -> list[CentreChoice]:
    """Return the front: from the list of every split if that is short enough, or by search."""
    if not criteria.named:
        counts = units.collectivities.tolist()
        k, least, most, limit = (
            criteria.centres, criteria.least, criteria.most, settings.splits_max,
        )  # fmt: skip
        splits = every_split(units.near, counts, k, least, most, limit)
        if len(splits) <= limit:
            show(f"front of {len(splits)} splits")
            return workload_front_of_all(centres, criteria, splits, settings.front_step_s)

    def on_point(point: CentreChoice) -> None:
        show(f"front: {point.cost} s, {float(point.workload):.0f} s a technician")

    step_s = settings.front_step_s
    return workload_front(
        centres, criteria, effort=settings.effort, step_s=step_s, on_point=on_point
    )


def _base(
    units: Units,
    criteria: Criteria,
    centres: Candidates,
    present: Proposal | None,
    found: CentreChoice,
) -> tuple[tuple[int, int], ...]:
    """Return the split whose alternatives are sought: the present one, or else the best one."""
    if present is None or len(present.split.centres) != criteria.centres:
        return tuple((int(centres.masks[i]), int(centres.label[i])) for i in found.chosen)
    base = []
    for centre in present.split.centres:
        mask = sum(1 << i for i, now in enumerate(units.present) if now == centre)
        base.append((mask, units.centres.index(centre) if criteria.named else -1))
    return tuple(base)


def _by_compact(
    units: Units, criteria: Criteria, settings: ResplitSettings, present: Proposal | None
) -> ResplitAnswer:
    """Return the answer of the compact model with its gap, when groups cannot be listed."""
    if criteria.named:
        message = (
            "these communes have too many groups to be listed, and the compact model knows no "
            "present centres: leave --fix, --forbid, --keep-people and fixed premises out, or "
            "lower --max"
        )
        raise InputError.one(SOURCE, message)
    loose = compact(units, criteria, settings, None)
    made = loose
    if loose is not None and criteria.tolerance is not None:
        travel = figures(units, loose.members, settings.travel).travel_s
        ceiling = ceiling_of(float(units.services_s.sum()), int(travel.sum()), criteria)
        if ceiling is not None:
            made = compact(units, criteria, settings, float(ceiling.workload))
    if made is None:
        message = (
            "there is no such split; the groups are too many to say which criterion is in the "
            "way: allow other sizes, or a larger --tolerance"
        )
        raise InputError.one(SOURCE, message)
    shown = figures(units, made.members, settings.travel)
    listed = Candidates(
        masks=np.arange(len(made.members)),
        members=made.members,
        label=np.full(len(made.members), -1),
        premises=shown.premises,
        travel_s=shown.travel_s,
        work_s=shown.work_s,
        cost=shown.travel_s,
        moved=np.zeros(len(made.members)),
        poles=shown.poles,
    )
    # The gap is that of the compact model's own objective; for this estimate there is no bound.
    found = counted(listed, criteria, range(len(listed)))
    return ResplitAnswer(
        units=units,
        criteria=criteria,
        method="compact",
        groups=0,
        present=present,
        best=proposal(units, criteria, listed, found, BEST),
        compact_gap=made.gap,
    )
