"""Events checked against the day, the moment and each other, once their fields are typed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dispatch.fieldwork import time_on_the_night
from dispatch.files import cells
from dispatch.inputs.rows import VisitRow
from dispatch.inputs.visit_checks import VisitChecks
from dispatch.service.service import RosterEntry

if TYPE_CHECKING:
    from collections.abc import Collection

    from dispatch.files.csvfile import Table
    from dispatch.folder.read import Written
    from dispatch.inputs.rows import Cells


class EventChecks:
    """
    The checks of one file's rows.

    Parameters
    ----------
    table
        Where faults are noted.
    written
        The day that the events are about.
    at_s
        The moment of the replan (seconds since midnight).
    """

    def __init__(self, table: Table, written: Written, at_s: int) -> None:
        self.table, self.at_s = table, at_s
        self._written = written
        days = written.days
        self._visits = {v.id: name for name, day in days.items() for v in day.problem.visits}
        self._technicians = {
            who.id: name for name, day in days.items() for who in day.problem.technicians
        }
        self._owner = {
            stop.visit: round_.technician
            for day in days.values()
            for round_ in day.plan.rounds
            for stop in round_.stops
        }
        roster = [
            RosterEntry(name, who) for name, day in days.items() for who in day.problem.technicians
        ]
        self._everybody = [entry.technician for entry in roster]
        self._new = VisitChecks(table, written.service, written.territory, roster)
        # By visit and technician: the line and kind of the event that named it first.
        self._seen: dict[tuple[str, str], tuple[int, str]] = {}
        self._spans: list[tuple[str, int, int, int]] = []

    def centre_of_visit(self, visit: str) -> str:
        """Return the centre that plans a visit."""
        return self._visits[visit]

    def centre_of_technician(self, technician: str) -> str:
        """Return the centre that a technician belongs to."""
        return self._technicians[technician]

    def centre_of_new(self, row: VisitRow) -> str:
        """Return the centre of a new visit: its technician's, or the one in charge."""
        if row.technician in self._technicians:
            return self._technicians[row.technician]
        centre = self._written.territory.centre_in_charge(row.asking)
        assert centre is not None
        return centre.id

    def on_the_night(self, row: Cells) -> Cells:
        """Return a row whose times after midnight are those of the shifts that go on past it."""
        if isinstance(row, VisitRow):
            return self._new.on_the_night(row)
        times = {name: value for name, value in row if name in ("start", "end")}
        moved = {
            name: time_on_the_night(value, self._everybody)
            for name, value in times.items()
            if value is not None
        }
        return row.model_copy(update=moved)

    def note(self, kind: str, line: int, row: Cells, faulty: Collection[str]) -> None:
        """Note the faults of a row; faults of fields in `faulty` are noted already."""
        if isinstance(row, VisitRow):
            self._note_new(line, row, faulty)
            return
        fields: dict[str, Any] = dict(row)
        if "id" in fields and "id" not in faulty:
            self._once("visit", fields["id"], kind, line)
            self._known(line, "id", fields["id"], self._visits, "visit")
        if fields.get("technician") is not None and "technician" not in faulty:
            if kind != "done":
                self._once("technician", fields["technician"], kind, line)
            self._known(line, "technician", fields["technician"], self._technicians, "technician")
        if not faulty:
            getattr(self, f"_{kind}")(line, fields)

    def _note_new(self, line: int, row: VisitRow, faulty: Collection[str]) -> None:
        self._new.note(line, row, faulty)
        if "id" not in faulty:
            self._once("visit", row.id, "new", line)
            if row.id in self._visits:
                message = "the day has a visit of this id already; give it another"
                self.table.fault(line, "id", row.id, message)
        if row.waits_on(self._written.day.date):
            message = "is after this day; leave the visit for a later one"
            self.table.fault(line, "earliest_day", str(row.earliest_day), message)
        if not faulty:
            centre = self._written.territory.centre_in_charge(row.asking)
            planned = self._written.days
            if row.technician is None and centre is not None and centre.id not in planned:
                message = f"{centre.id}, in charge of it, is not planned in this folder"
                self.table.fault(line, "insee", row.insee, message)

    def _once(self, what: str, name: str, kind: str, line: int) -> None:
        """Note a second event about the same visit, or of the same kind about a technician."""
        key = (what, name)
        before = self._seen.get(key)
        if before is not None:
            message = f"line {before[0]} is about it too (`{before[1]}`); keep one of them"
            self.table.fault(line, "id" if what == "visit" else what, name, message)
        self._seen.setdefault(key, (line, kind))

    def _known(self, line: int, field: str, name: str, known: Collection[str], what: str) -> None:
        if name not in known:
            close = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(close)}?" if close else "correct it"
            self.table.fault(line, field, name, f"the day has no such {what}; {hint}")

    def _past(self, line: int, field: str, time_s: int | None) -> None:
        """Note a time of something that is said to have happened, and lies ahead."""
        if time_s is not None and time_s > self.at_s:
            now = cells.clock_text(self.at_s)
            message = (
                f"is after {now}, the moment of the replan (--at); give only what has happened"
            )
            self.table.fault(line, field, cells.clock_text(time_s), message)

    def _cancelled(self, line: int, fields: dict[str, Any]) -> None:
        """Note nothing: a cancelled visit has no other field."""

    def _absent(self, line: int, fields: dict[str, Any]) -> None:
        if fields["start"] is not None and fields["end"] is not None:
            message = "give either from when (leaves) or until when (arrives), not both"
            self.table.fault(line, "end", cells.clock_text(fields["end"]), message)

    def _late(self, line: int, fields: dict[str, Any]) -> None:
        if fields["end"] <= self.at_s:
            message = "is not after the moment of the replan; leave it out, or give what was done"
            self.table.fault(line, "end", cells.clock_text(fields["end"]), message)

    def _longer(self, line: int, fields: dict[str, Any]) -> None:
        if (fields["end"] is None) == (fields["duration_min"] is None):
            message = "give either the end that is expected, or the length in all, `duration_min`"
            self.table.fault(line, "end", None, message)
        elif fields["end"] is not None and fields["end"] < self.at_s:
            message = "is before the moment of the replan; say that the visit is `done`"
            self.table.fault(line, "end", cells.clock_text(fields["end"]), message)
        self._past(line, "start", fields["start"])
        if (
            fields["id"] not in self._owner
            and fields["id"] in self._visits
            and fields["end"] is not None
        ):
            message = "nobody has this visit in the plan, so it is not under way; give its length"
            self.table.fault(line, "id", fields["id"], message)

    def _done(self, line: int, fields: dict[str, Any]) -> None:
        start, end, visit = fields["start"], fields["end"], fields["id"]
        self._past(line, "start", start)
        self._past(line, "end", end)
        if start is not None and end is not None and start > end:
            message = "ends before it starts; exchange the two"
            self.table.fault(line, "end", cells.clock_text(end), message)
        who = fields["technician"] or self._owner.get(visit)
        if who is None and visit in self._visits:
            message = "nobody has this visit in the plan; say who did it"
            self.table.fault(line, "technician", None, message)
        elif who in self._technicians and visit in self._visits:
            if self._technicians[who] != self._visits[visit]:
                message = f"the visit is planned by {self._visits[visit]}; name one who works there"
                self.table.fault(line, "technician", who, message)
            if visit not in self._owner and start is None and end is None:
                self.table.fault(line, "start", None, "say when it was done")
            if start is not None and end is not None and start <= end:
                self._apart(line, who, start, end)

    def _apart(self, line: int, who: str, start: int, end: int) -> None:
        """Note two services of one technician at the same time."""
        for other, from_s, to_s, there in self._spans:
            if other == who and start < to_s and from_s < end:
                message = f"{who} was at the visit of line {there} at that time; correct one"
                self.table.fault(line, "start", cells.clock_text(start), message)
                return
        self._spans.append((who, start, end, line))
