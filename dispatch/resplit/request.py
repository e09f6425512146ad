"""What is asked of `resplit`, and the criteria that it makes with the service file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.errors import Fault, InputError
from dispatch.resplit.admissible import most_communes, technicians_for
from dispatch.resplit.criteria import Criteria
from dispatch.splits.split import Split

if TYPE_CHECKING:
    from dispatch.resplit.units import Units
    from dispatch.service.service import Service


@dataclass(frozen=True)
class ResplitRequest:
    """
    The options of `dispatch resplit`; None: as the service file says.

    Parameters
    ----------
    centres, least, most, technicians
        Numbers; see `criteria.Criteria`.
    collectivities
        The collectivities that take part; None: those served now.
    tolerance
        A part (0.2: 20 %); see `search.ceiling_of`.
    keep_poles_s, keep_people_s
        P and Q of `criteria`.
    premises
        "any" or "fixed".
    fixed, forbidden
        Pairs of a collectivity and a centre.
    pareto
        Whether the front is computed too.
    replay_days
        Days of real rounds for the best few splits and the present one; 0: none.
    seed
        Seed of these days.
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


def criteria_of(request: ResplitRequest, service: Service, units: Units) -> Criteria:
    """
    Return the criteria of a request; the service file completes them.

    Raises
    ------
    InputError
        When a commune or centre is unknown, or numbers contradict each other; all faults at once.
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
    if least > most + 1:  # the seat of the Métropole's own services counts twice towards the least
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
