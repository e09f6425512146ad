"""From a request to the answer: criteria, the best split, the front, the nearest alternatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import Fault, InputError
from dispatch.resplit.admissible import most_communes, technicians_for
from dispatch.resplit.alternatives import nearest
from dispatch.resplit.answer import Resplit
from dispatch.resplit.compact import compact
from dispatch.resplit.conflicts import explain
from dispatch.resplit.criteria import Candidates, Criteria, candidates
from dispatch.resplit.estimate import figures
from dispatch.resplit.groups import TooManyGroupsError
from dispatch.resplit.listing import every_split
from dispatch.resplit.proposal import Proposal, present_proposal, proposal
from dispatch.resplit.replay import replay
from dispatch.resplit.search import Found, best, ceiling_of, counted, front, front_of_all
from dispatch.resplit.units import prepare
from dispatch.splits.split import Split
from dispatch.streets.router import Router, TravelSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.resplit.units import Units
    from dispatch.service.service import Service
    from dispatch.service.split_settings import Resplit as ResplitSettings
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

SOURCE = "resplit"
PRESENT, BEST = "actuel", "meilleur"


@dataclass(frozen=True)
class Request:
    """
    What is asked: the options of `dispatch resplit`; None: as the service file says.

    Parameters
    ----------
    centres, least, most, technicians
        Numbers; see `criteria.Criteria`.
    collectivities
        Those that take part; None: those served now.
    tolerance
        As a part (0.2: 20 %); see `search.ceiling_of`.
    keep_poles_s, keep_people_s
        Prices; see `criteria`.
    premises
        "any" or "fixed".
    fixed, forbidden
        Pairs of a collectivity and a centre.
    pareto
        Whether the front is sought too.
    replay_days
        Days of real rounds for the best few and the present split; 0: none.
    seed
        Of these days.
    """

    centres: int | None = None
    collectivities: tuple[str, ...] | None = None
    least: int | None = None
    most: int | None = None
    tolerance: float | None = None
    keep_poles_s: float | None = None
    keep_people_s: float | None = None
    premises: str = "any"
    technicians: int | None = None
    fixed: tuple[tuple[str, str], ...] = ()
    forbidden: tuple[tuple[str, str], ...] = ()
    pareto: bool = False
    replay_days: int = 0
    seed: int = 1


def run(
    request: Request,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    *,
    workers: int | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Resplit:
    """
    Return the best split for a request.

    Parameters
    ----------
    request
        What is asked.
    service, communes, network
        The service as it is, the communes by INSEE code, the roads.
    workers
        Processes of the replay; None: one a processor.
    on_stage
        Called with what is being done.

    Raises
    ------
    InputError
        When the request names what does not exist, or there is no such split; then with the
        criteria that conflict and the least relaxation of each.
    TravelError, SolverError
        When a place is off the roads, or a solver fails.
    """
    tell = on_stage or (lambda _: None)
    tell("roads between communes")
    settings = service.resplit
    router = Router(network, settings=TravelSettings.from_toml(service.travel))
    units = prepare(service, communes, router, request.collectivities)
    criteria = criteria_of(request, service, units)
    present = present_proposal(units, service, settings.travel, PRESENT)
    tell("connected groups")
    try:
        centres = candidates(units, criteria, settings.travel, settings.groups_max)
    except TooManyGroupsError:
        tell("compact model")
        return _by_compact(units, criteria, settings, present)
    tell("best split")
    free = best(centres, criteria, None, effort=settings.effort)
    found = ceiling = None
    if free is not None:
        ceiling = ceiling_of(float(units.services_s.sum()), free.travel_s, criteria)
        found = (
            free if ceiling is None else best(centres, criteria, ceiling, effort=settings.effort)
        )
    if found is None:
        tell("which criteria conflict")
        raise InputError(explain(units, criteria, settings))

    def named(made: Found, name: str) -> Proposal:
        return proposal(units, criteria, centres, made, name)

    points: list[Found] = []
    if request.pareto:
        tell("front")
        points = _front(units, criteria, centres, settings, tell)
    tell("nearest alternatives")
    base = _base(units, criteria, centres, present, found)
    near = nearest(units, centres, criteria, ceiling, base)
    others = [each for each in near if set(each.chosen) != set(found.chosen)]
    answer = Resplit(
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
    tell("real rounds")
    replayed = replay(
        answer, service, communes, network, request.replay_days, request.seed, workers, tell
    )
    return replace(answer, replayed=replayed)


def _front(
    units: Units,
    criteria: Criteria,
    centres: Candidates,
    settings: ResplitSettings,
    tell: Callable[[str], None],
) -> list[Found]:
    """Return the front, out of every split there is where these can be listed."""
    if not criteria.named:
        counts = units.collectivities.tolist()
        k, least, most, limit = (
            criteria.centres, criteria.least, criteria.most, settings.splits_max,
        )  # fmt: skip
        splits = every_split(units.near, counts, k, least, most, limit)
        if len(splits) <= limit:
            tell(f"front of {len(splits)} splits")
            return front_of_all(centres, criteria, splits, settings.front_step_s)

    def on_point(point: Found) -> None:
        tell(f"front: {point.cost} s, {float(point.workload):.0f} s a technician")

    step_s = settings.front_step_s
    return front(centres, criteria, effort=settings.effort, step_s=step_s, on_point=on_point)


def criteria_of(request: Request, service: Service, units: Units) -> Criteria:
    """
    Return the criteria of a request, completed by the service file.

    Raises
    ------
    InputError
        When a commune or centre is unknown, or numbers contradict each other; every fault.
    """
    settings, split = service.resplit, service.split
    centres = len(Split.of(service).centres) if request.centres is None else request.centres
    least = split.least if request.least is None else request.least
    most = most_communes(service, units, centres) if request.most is None else request.most
    faults = []
    known = {member for own in units.members for member in own}
    ids = [entry.id for entry in service.centres]
    for option, pairs in (("--fix", request.fixed), ("--forbid", request.forbidden)):
        for collectivity, centre in pairs:
            asked = f"{collectivity}={centre}"
            if collectivity not in known:
                message = "no such collectivity takes part; name it by its INSEE code"
                faults.append(Fault(option, "", asked, message))
            if centre not in ids:
                message = f"no such centre; choose among {', '.join(ids)}"
                faults.append(Fault(option, "", asked, message))
    twice = {
        name for name, _ in request.fixed if len({c for n, c in request.fixed if n == name}) > 1
    }
    faults += [
        Fault("--fix", "", name, "is fixed to two centres; keep one") for name in sorted(twice)
    ]
    if least > most + 1:  # the seat of the Métropole's own counts twice towards the least
        message = f"is more than --max ({most}); make it less"
        faults.append(Fault("--min", "", str(least), message))
    if request.premises == "fixed" and centres > len(ids):
        message = f"there are premises for {len(ids)} centres only; ask for as many, or `any`"
        faults.append(Fault("--centres", "", str(centres), message))
    total = technicians_for(service, units) if request.technicians is None else request.technicians
    if total < centres * split.technicians_least:
        message = (
            f"{centres} centres need {split.technicians_least} each; give more, or fewer centres"
        )
        faults.append(Fault("--technicians", "", str(total), message))
    if faults:
        raise InputError(faults)
    return Criteria(
        centres=centres,
        least=least,
        most=most,
        technicians=total,
        technicians_least=split.technicians_least,
        tolerance=settings.tolerance if request.tolerance is None else request.tolerance,
        keep_poles_s=settings.keep_poles_s
        if request.keep_poles_s is None
        else request.keep_poles_s,
        keep_people_s=settings.keep_people_s
        if request.keep_people_s is None
        else request.keep_people_s,
        premises="fixed" if request.premises == "fixed" else "any",
        fixed=dict(request.fixed),
        forbidden=frozenset(request.forbidden),
    )


def _base(
    units: Units,
    criteria: Criteria,
    centres: Candidates,
    present: Proposal | None,
    found: Found,
) -> tuple[tuple[int, int], ...]:
    """Return what alternatives are near to: the present split, or else the best one."""
    if present is None or len(present.split.centres) != criteria.centres:
        return tuple((int(centres.masks[i]), int(centres.label[i])) for i in found.chosen)
    base = []
    for centre in present.split.centres:
        mask = sum(1 << i for i, now in enumerate(units.present) if now == centre)
        base.append((mask, units.centres.index(centre) if criteria.named else -1))
    return tuple(base)


def _by_compact(
    units: Units, criteria: Criteria, settings: ResplitSettings, present: Proposal | None
) -> Resplit:
    """Return the answer where groups cannot be listed: the compact model's, with its gap."""
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
    # The gap is that of the compact model's own sum, no bound of this estimate.
    found = counted(listed, criteria, range(len(listed)))
    return Resplit(
        units=units,
        criteria=criteria,
        method="compact",
        groups=0,
        present=present,
        best=proposal(units, criteria, listed, found, BEST),
        compact_gap=made.gap,
    )
