"""Why no split keeps all criteria, and the least relaxation that helps.

Each criterion is relaxed alone, by the least step that helps; the others stay. When no single
relaxation helps, all criteria are relaxed, then restored one by one in a fixed order as long as
there is a split. The criteria that cannot be restored must be relaxed together (a minimal
correction set; Liffiton and Sakallah 2008, doi:10.1007/s10817-007-9084-z).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.errors import Fault, SolverError
from dispatch.resplit.criteria import candidates
from dispatch.resplit.groups import TooManyGroupsError
from dispatch.resplit.search import Ceiling, best, ceiling_of, workload_front

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.resplit.criteria import Criteria
    from dispatch.resplit.units import Units
    from dispatch.service.split_settings import ResplitSettings

SOURCE = "resplit"
# Steps that are tried of each relaxation.
TRIED = 4
# Here the question is only whether there is a split, so that little search is enough.
EFFORT = 0.5
PERCENT = 100


@dataclass(frozen=True)
class Relaxation:
    """One criterion relaxed: its option, the value asked, a message, and the changed criteria."""

    option: str
    asked: str
    message: str
    criteria: Criteria


def conflicts_of(units: Units, criteria: Criteria, settings: ResplitSettings) -> list[Fault]:
    """
    Return the criteria that conflict, each with its least relaxation; at least one.

    Parameters
    ----------
    units, criteria, settings
        Units, criteria and settings of a request that no split satisfies.
    """

    def possible(tried: Criteria) -> bool:
        return _possible(units, tried, settings)

    alone = [
        found
        for ladder in _ladders(units, criteria, settings)
        if (found := next((step for step in ladder if possible(step.criteria)), None)) is not None
    ]
    if alone:
        return [Fault(SOURCE, step.option, step.asked, step.message) for step in alone]
    return _together(criteria, possible)


def _possible(units: Units, criteria: Criteria, settings: ResplitSettings) -> bool:
    try:
        centres = candidates(units, criteria, settings.travel, settings.groups_max)
    except TooManyGroupsError:
        return False  # unknown, so that no relaxation is promised
    try:
        free = best(centres, criteria, None, effort=EFFORT)
        if free is None or criteria.tolerance is None:
            return free is not None
        ceiling = ceiling_of(float(units.services_s.sum()), free.travel_s, criteria)
        return best(centres, criteria, ceiling, effort=EFFORT) is not None
    except SolverError:
        return False  # unknown, likewise


def _ladders(
    units: Units, criteria: Criteria, settings: ResplitSettings
) -> Iterator[Iterator[Relaxation]]:
    """Yield the relaxations of each criterion, the smallest step first."""
    size = len(units)
    yield _tolerances(units, criteria, settings)
    yield (
        Relaxation(
            "--max",
            str(criteria.most),
            f"with the other criteria a centre must be allowed {most} communes",
            replace(criteria, most=most),
        )
        for most in range(criteria.most + 1, min(size, criteria.most + TRIED) + 1)
    )
    yield (
        Relaxation(
            "--min",
            str(criteria.least),
            f"with the other criteria a centre must be allowed {least} collectivities",
            replace(criteria, least=least),
        )
        for least in range(criteria.least - 1, 0, -1)
    )
    counts = sorted(
        (k for k in range(1, size + 1) if k != criteria.centres),
        key=lambda k: (abs(k - criteria.centres), k),
    )
    yield (
        Relaxation(
            "--centres",
            str(criteria.centres),
            f"with the other criteria there is a split into {k}",
            replace(criteria, centres=k),
        )
        for k in counts[:TRIED]
    )
    yield (
        Relaxation(
            "--technicians",
            str(criteria.technicians),
            f"with the other criteria {count} are enough",
            replace(criteria, technicians=count),
        )
        for count in range(criteria.technicians + 1, criteria.technicians + TRIED + 1)
    )
    for collectivity, centre in criteria.fixed.items():
        others = {name: c for name, c in criteria.fixed.items() if name != collectivity}
        asked = f"{collectivity}={centre}"
        message = "the other criteria can be kept without this one; leave it out"
        yield iter([Relaxation("--fix", asked, message, replace(criteria, fixed=others))])
    for pair in sorted(criteria.forbidden):
        kept = criteria.forbidden - {pair}
        message = "the other criteria can be kept without this one; leave it out"
        asked = f"{pair[0]}={pair[1]}"
        yield iter([Relaxation("--forbid", asked, message, replace(criteria, forbidden=kept))])
    if criteria.premises == "fixed":
        message = "with the other criteria the premises must move: `any`"
        moved = replace(criteria, premises="any")
        yield iter([Relaxation("--premises", "fixed", message, moved)])
    if criteria.contiguous:
        message = "with the other criteria a centre's communes cannot all be neighbours"
        apart = replace(criteria, contiguous=False)
        yield iter([Relaxation("contiguity", "pass-through", message, apart)])


def _tolerances(
    units: Units, criteria: Criteria, settings: ResplitSettings
) -> Iterator[Relaxation]:
    """Yield the least tolerance with which there is a split, if there is one."""
    if criteria.tolerance is None:
        return
    free = replace(criteria, tolerance=None)
    try:
        centres = candidates(units, free, settings.travel, settings.groups_max)
    except TooManyGroupsError:
        return
    points = workload_front(centres, free, effort=settings.effort, step_s=settings.front_step_s)
    if not points:
        return
    share = ceiling_of(
        float(units.services_s.sum()), points[0].travel_s, replace(free, tolerance=0.0)
    )
    if not isinstance(share, Ceiling):
        return
    over = points[-1].workload / share.workload - 1
    # Rounded up to a tenth of a percent, as tolerances are written.
    tenths = -((-over * PERCENT * 10).__floor__())
    tolerance = tenths / (PERCENT * 10)
    asked = f"{criteria.tolerance * PERCENT:g} %"
    message = f"with the other criteria {tolerance * PERCENT:g} % is the least that can be kept"
    yield Relaxation("--tolerance", asked, message, replace(criteria, tolerance=tolerance))


def _together(criteria: Criteria, possible: Callable[[Criteria], bool]) -> list[Fault]:
    """Return the criteria that must be relaxed together."""
    steps: list[tuple[str, str, Callable[[Criteria], Criteria]]] = [
        ("--fix", f"{len(criteria.fixed)} given", lambda c: replace(c, fixed=criteria.fixed)),
        (
            "--forbid",
            f"{len(criteria.forbidden)} given",
            lambda c: replace(c, forbidden=criteria.forbidden),
        ),
        ("--premises", criteria.premises, lambda c: replace(c, premises=criteria.premises)),
        ("--min", str(criteria.least), lambda c: replace(c, least=criteria.least)),
        ("--max", str(criteria.most), lambda c: replace(c, most=criteria.most)),
        (
            "--tolerance",
            f"{(criteria.tolerance or 0) * PERCENT:g} %",
            lambda c: replace(c, tolerance=criteria.tolerance),
        ),
    ]
    loose = replace(
        criteria,
        fixed={},
        forbidden=frozenset(),
        premises="any",
        least=1,
        most=criteria.most + TRIED,
        tolerance=None,
    )
    if not possible(loose):
        message = (
            "there is no such split whatever the other criteria are; give another number of "
            "centres or of technicians"
        )
        return [Fault(SOURCE, "--centres", str(criteria.centres), message)]
    faults = []
    for option, asked, restored in steps:
        tried = restored(loose)
        if tried == loose or possible(tried):
            loose = tried
        else:
            message = "cannot be kept together with the criteria not named here; relax it"
            faults.append(Fault(SOURCE, option, asked, message))
    return faults
