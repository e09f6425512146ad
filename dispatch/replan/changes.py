"""The changes of a replan, as data and as sentences for people.

A change is about one visit or one technician. A start that moves within the tolerance is no change:
nobody has to be called.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from dispatch.replan.changed import AT_CENTRE
from dispatch.replan.prices import MINUTE_S
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import clock_time
from dispatch.wording.languages import DEFAULT
from dispatch.wording.phrases import reason_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.model.plan import Plan, Reason, Round
    from dispatch.replan.changed import Changed
    from dispatch.replan.events import Events
    from dispatch.service.replan_settings import Replan

Kind = Literal[
    "new", "new_left", "moved", "dropped", "shifted", "added", "cancelled", "vain", "order",
    "break", "back", "no_round", "overtime", "late_break", "working", "unlocked", "carried",
    "at_centre",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference between the old plan and the new one.

    Parameters
    ----------
    kind
        The kind of difference.
    visit, technician
        The visit or technician that it is about; None: it is about none.
    was, now
        Technician before and after, where that is the change.
    was_s, now_s
        Time before and after (seconds since midnight): of a start, a return or a break.
    visits
        Visits in order, where the order is the change.
    reason
        Why a visit is unassigned.
    """

    kind: Kind
    visit: str | None = None
    technician: str | None = None
    was: str | None = None
    now: str | None = None
    was_s: int | None = None
    now_s: int | None = None
    visits: tuple[str, ...] = ()
    reason: Reason | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON data, without empty fields."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


def changes_of(
    changed: Changed, before: Plan, after: Plan, events: Events, settings: Replan
) -> list[Change]:
    """
    Return every difference that somebody has to know of.

    Parameters
    ----------
    changed
        The day as it is now.
    before, after
        The two plans.
    events
        What happened.
    settings
        The tolerance.
    """
    visits = _visits(changed, before, after, events, settings.tolerance_min * MINUTE_S)
    return [
        *sorted(visits, key=_rank),
        *_orders(changed, after),
        *_rounds(changed, before, after, settings.tolerance_min * MINUTE_S),
        *(
            Change(
                note.kind, note.visit or None, note.technician or None, now_s=note.time_s or None
            )
            for note in changed.notes
        ),
    ]


# Order of changes of visits: first those that need a decision, then those that need a call.
_ORDER: tuple[tuple[Kind, ...], ...] = (
    ("new_left", "dropped", "carried", "at_centre"),
    ("new",),
    ("cancelled", "vain"),
    ("moved",),
    ("shifted",),
    ("added",),
)


def _rank(change: Change) -> tuple[int, str]:
    number = next(n for n, kinds in enumerate(_ORDER) if change.kind in kinds)
    return number, change.visit or ""


def _visits(
    changed: Changed, before: Plan, after: Plan, events: Events, tolerance_s: int
) -> Iterator[Change]:
    old = {s.visit: (r.technician, s) for r in before.rounds for s in r.stops}
    new = {s.visit: (r.technician, s) for r in after.rounds for s in r.stops}
    left = {entry.visit: entry.reason for entry in after.unassigned}
    fresh = {ticket.id for ticket in events.new}
    for off in sorted(events.cancelled):
        if off not in new:
            yield Change("cancelled", off, old[off][0] if off in old else None)
    for visit in changed.problem.visits:
        name = visit.id
        if name in new:
            who, stop = new[name]
            if name in fresh:
                yield Change("new", name, who, now_s=stop.start_s)
            elif name not in old:
                if name not in events.done:
                    yield Change("added", name, who, now_s=stop.start_s)
            elif old[name][0] != who:
                if name not in events.done:
                    was, start = old[name][0], old[name][1].start_s
                    yield Change("moved", name, was=was, now=who, was_s=start, now_s=stop.start_s)
            elif not events.reported(name):
                start = old[name][1].start_s
                if abs(stop.start_s - start) > tolerance_s:
                    yield Change("shifted", name, who, was_s=start, now_s=stop.start_s)
        elif name in left:
            reason = left[name]
            if name in fresh:
                yield Change("new_left", name, reason=reason)
            elif name in old:
                who, stop = old[name]
                yield Change("dropped", name, who, was_s=stop.start_s, reason=reason)
            if AT_CENTRE in visit.skills and (name in fresh or name in old):
                yield Change("at_centre", name)
            elif visit.load and visit.technician is not None and name in old:
                yield Change("carried", name, visit.technician)


def _orders(changed: Changed, after: Plan) -> Iterator[Change]:
    """Yield rounds whose remaining visits have another order."""
    for round_ in after.rounds:
        remaining = [
            stop.visit
            for stop in round_.stops
            if changed.old.get(stop.visit, ("", 0))[0] == round_.technician
        ]
        ranks = [changed.old[name][1] for name in remaining]
        if ranks != sorted(ranks):
            yield Change("order", technician=round_.technician, visits=tuple(remaining))


def _rounds(changed: Changed, before: Plan, after: Plan, tolerance_s: int) -> Iterator[Change]:
    old: dict[str, Round] = {round_.technician: round_ for round_ in before.rounds}
    new: dict[str, Round] = {round_.technician: round_ for round_ in after.rounds}
    for who in changed.problem.technicians:
        was, now = old.get(who.id), new.get(who.id)
        if now is None:
            if was is not None:
                yield Change("no_round", technician=who.id)
            continue
        rested = (None if was is None else was.break_, now.break_)
        if rested[0] is not None and rested[1] is not None:
            start, then = rested[0].start_s, rested[1].start_s
            if abs(then - start) > tolerance_s:
                yield Change("break", technician=who.id, was_s=start, now_s=then)
        if was is None or abs(was.return_s - now.return_s) >= MINUTE_S:
            back = None if was is None else was.return_s
            yield Change("back", technician=who.id, was_s=back, now_s=now.return_s)


def sentence(change: Change, lang: str = DEFAULT) -> str:
    """Return a change in words: "V12 passe de T03 à T05, à 14:10 (annoncée à 13:20)."."""
    key: str = change.kind
    if key == "back" and change.was_s is None:
        key = "back_new"
    elif key == "cancelled" and change.technician is not None:
        key = "cancelled_of"
    return (
        catalogue(lang)
        .changes[key]
        .format(
            visit=change.visit,
            technician=change.technician,
            old_technician=change.was,
            new_technician=change.now,
            old_time="" if change.was_s is None else clock_time(change.was_s),
            new_time="" if change.now_s is None else clock_time(change.now_s),
            visits=", ".join(change.visits),
            reason="" if change.reason is None else reason_words(change.reason, lang),
        )
    )


def sentences(changes: Sequence[Change], lang: str = DEFAULT) -> list[str]:
    """Return all changes in words; one sentence where there are none."""
    if not changes:
        return [catalogue(lang).changes.nothing]
    return [sentence(change, lang) for change in changes]
