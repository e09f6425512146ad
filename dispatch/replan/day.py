"""From a written day and events to the day planned again; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dispatch.chances.guarded import with_chances
from dispatch.errors import InputError
from dispatch.files.cells import clock_text
from dispatch.model.day import CentreDay, Work, streets_of, visit_of, ways_of
from dispatch.replan.changed import changed_day
from dispatch.replan.changes import changes_of
from dispatch.replan.past import standings
from dispatch.replan.planner import replanned
from dispatch.replan.sites import with_new_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.folder.read import Written
    from dispatch.replan.changed import Changed
    from dispatch.replan.changes import Change
    from dispatch.replan.events import Events
    from dispatch.replan.planner import Replanned
    from dispatch.streets.router import Router

    OnReplan = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ReplannedCentre:
    """
    One centre, planned again.

    Parameters
    ----------
    before, day
        The centre's day as it was, and as it is now.
    changed
        The problem as it was planned again.
    found
        The plan, with the prices of its changes.
    changes
        The differences to the plan before.
    """

    before: CentreDay
    day: CentreDay
    changed: Changed
    found: Replanned
    changes: tuple[Change, ...]

    def figures(self) -> dict[str, Any]:
        """Return the objective and its parts (seconds), and how many visits changed."""
        cost, prices = self.found.plan.cost_s, self.found.prices
        return {
            "total_s": self.found.total_s,
            "plan_s": cost.total,
            "travel_s": cost.travel,
            "unassigned_s": cost.unassigned,
            "overtime_s": cost.overtime,
            "prices_s": prices.total_s,
            "changed_technician": prices.technician,
            "changed_order": prices.order,
            "shifted_appointment": prices.shifted,
            "repair_total_s": self.found.repaired_s,
            "travel_before_s": self.before.plan.cost_s.travel,
            "visits_left": len(self.found.plan.unassigned),
        }


@dataclass(frozen=True)
class ReplannedDay:
    """
    A day planned again from a moment on.

    Parameters
    ----------
    written
        The day as it was written before.
    number
        Which replan of the day it is, from 1.
    at_s
        The moment (seconds since midnight).
    seed
        Of the random numbers.
    centres
        The centres that events are about, by id.
    untold
        As in `dispatch.planday.day.Day`.
    """

    written: Written
    number: int
    at_s: int
    seed: int
    centres: Mapping[str, ReplannedCentre]
    untold: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> dict[str, CentreDay]:
        """Return the day of every centre as it is now, by id."""
        return {
            centre: self.centres[centre].day if centre in self.centres else day
            for centre, day in self.written.days.items()
        }


def replan_of(
    written: Written,
    events: Mapping[str, Events],
    at_s: int,
    router: Router,
    *,
    number: int = 1,
    seed: int = 1,
    source: str = "events",
    on_progress: OnReplan | None = None,
) -> ReplannedDay:
    """
    Plan the rest of a day again, near the plan that people hold; read no file and write none.

    Parameters
    ----------
    written
        The day as it was written.
    events
        What happened, by centre.
    at_s
        The moment (seconds since midnight).
    router
        The roads that the day was planned on.
    number
        Which replan of the day it is, from 1.
    seed
        Of the random numbers.
    source
        Name of the file of events, for messages.
    on_progress
        Called with the centre, the iterations done and the objective so far (seconds).

    Raises
    ------
    InputError
        When an event gives the end of a visit that nobody has begun.
    TravelError
        When a new visit is off the roads.
    """

    def centre_of(centre: str, happened: Events) -> ReplannedCentre:
        def tell(iterations: int, cost_s: int) -> None:
            if on_progress is not None:
                on_progress(centre, iterations, cost_s)

        return _replanned_centre(written, centre, happened, at_s, router, seed, source, tell)

    centres = {centre: centre_of(centre, happened) for centre, happened in events.items()}
    days = {centre: found.day for centre, found in centres.items()}
    told, untold = with_chances(days, written.service.uncertainty)
    centres = {centre: replace(found, day=told[centre]) for centre, found in centres.items()}
    return ReplannedDay(written, number, at_s, seed, centres, untold)


def _replanned_centre(
    written: Written,
    centre: str,
    events: Events,
    at_s: int,
    router: Router,
    seed: int,
    source: str,
    on_progress: Callable[[int, int], None],
) -> ReplannedCentre:
    before = written.days[centre]
    service, communes = written.service, written.communes
    standing = standings(before.problem, before.plan, events, at_s)
    settled = {stay.visit for s in standing.values() for stay in s.stays}
    _refuse_unbegun(events, settled, at_s, source)
    travel = with_new_sites(written, before, events.new, router) if events.new else None
    last = max((t.shift_s.end_s + t.max_overtime_s for t in before.problem.technicians), default=0)
    new = [visit_of(ticket, written.day.date, service, (at_s, last)) for ticket in events.new]
    changed = changed_day(
        before.problem, before.plan, events, standing, at_s, travel=travel, new=new
    )
    found = replanned(changed, service.replan, seed, on_progress)
    tickets = {**before.tickets, **{ticket.id: ticket for ticket in events.new}}
    planned = {visit.id: tickets[visit.id] for visit in changed.problem.visits}
    work = Work(before.centre, changed.problem.technicians, tuple(planned.values()))
    lines = ways_of(work, changed.problem, found.plan, service, communes, router)
    day = CentreDay(
        centre=before.centre,
        problem=changed.problem,
        plan=found.plan,
        tickets=planned,
        lines=lines,
        sample=before.sample,
        streets=streets_of(planned, changed.problem, found.plan, service, communes, router),
    )
    changes = changes_of(changed, before.plan, found.plan, events, service.replan)
    return ReplannedCentre(before, day, changed, found, tuple(changes))


def _refuse_unbegun(events: Events, settled: set[str], at_s: int, source: str) -> None:
    """Refuse an expected end of a visit that nobody has begun: it would have no effect."""
    faults = [
        fault
        for visit, longer in events.longer.items()
        if longer.end_s is not None and visit not in settled
        for fault in InputError.one(
            source,
            f"has not begun at {clock_text(at_s)}; give its length, `duration_min`",
            where=f"longer {visit}",
            value=clock_text(longer.end_s),
        ).faults
    ]
    if faults:
        raise InputError(faults)
