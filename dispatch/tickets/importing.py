"""Raw rows -> tickets: values by the mapping, places by sites and addresses, then every check.

One row is one ticket or one reason why there is none. Nothing that stands in a row raises. A field
that a visit can do without and that cannot be read is left out and told; its ticket is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dispatch.files.cells import identifiers
from dispatch.files.csvfile import Table, TableRow
from dispatch.inputs.read import validated_rows
from dispatch.inputs.rows import VISIT_COLUMNS, VisitRow
from dispatch.inputs.visit_checks import VisitChecks
from dispatch.territory import METROPOLE
from dispatch.tickets.dates import is_ambiguous, order_of
from dispatch.tickets.doubles import doubles_told
from dispatch.tickets.drafts import DATE_FIELDS, PLACE_FIELDS, Draft, DraftMaker
from dispatch.tickets.geocode import FoundAddress, Geocoder
from dispatch.tickets.reading import Reading, rejections_of
from dispatch.tickets.sites import KnownPlaces
from dispatch.tickets.text import shown_id
from dispatch.tickets.values import skills_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from dispatch.errors import Fault
    from dispatch.service.service import RosterEntry, Service
    from dispatch.territory import Commune
    from dispatch.tickets.dates import Order
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.table import RawTable

# Fields that a visit can do without. A position, a commune, an id or a length is none of them.
OPTIONAL = frozenset(
    {
        "windows", "within", "not_with", "skills", "priority", "due", "asked", "earliest_day",
        "technician", "load", "mandatory", "description", "category", "postcode",
    }
)  # fmt: skip
# It can be done without where the position is known; otherwise it says where the visit is.
ADDRESS = "address"
NO_POSITION = "has an address and no position; look addresses up (geocoding), or give lon and lat"


@dataclass
class _FieldTable(Table):
    """A table that knows of each fault the field it is about."""

    told: list[tuple[int, str, Fault]] = field(default_factory=list)
    """Line, field, fault."""

    def fault(self, line: int, field_: str, value: str | None, message: str) -> None:
        """Note a fault in the cell of a field."""
        super().fault(line, field_, value, message)
        self.told.append((line, field_, self.faults[-1]))

    def fields_of(self) -> dict[int, set[str]]:
        """Return the faulty fields of each line."""
        found: dict[int, set[str]] = {}
        for line, name, _ in self.told:
            found.setdefault(line, set()).add(name)
        return found


class Importer:
    """
    Makes tickets of raw rows.

    Parameters
    ----------
    service
        Skills, centres, limits.
    communes
        The communes by INSEE code.
    roster
        The technicians who work; None: the service's technicians.
    mapping
        What columns and values mean.
    sites
        Known places.
    geocoder
        Finds positions of addresses; None: such rows are only counted.
    """

    def __init__(
        self,
        service: Service,
        communes: Mapping[str, Commune],
        roster: Sequence[RosterEntry] | None,
        mapping: TicketMapping,
        sites: KnownPlaces | None = None,
        geocoder: Geocoder | None = None,
    ) -> None:
        self._service = service
        self._territory = service.territory(communes)
        self._roster = service.roster if roster is None else roster
        self._mapping = mapping
        held = (entry.technician.skills for entry in self._roster)
        self._skills = frozenset(service.skills).union(*held)
        places = sites or KnownPlaces()
        self._maker = DraftMaker(service, self._skills, communes, mapping, places)
        self._geocoder = geocoder

    def read(self, raw: RawTable, day: date, *, sites: KnownPlaces | None = None) -> Reading:
        """
        Return the tickets and rejected rows of a source.

        Parameters
        ----------
        raw
            The rows.
        day
            The day to which the age of geocoded addresses is counted.
        sites
            Places of the source itself; places of the sites file take precedence.
        """
        passed: Counter[str] = Counter()
        drafts, seen = [], set()
        warnings = [*raw.warnings]
        order = self._date_order(raw, warnings)
        for row in raw.rows:
            name = self._maker.id_of(row)
            seen.add(name)
            if (why := self._maker.passed_over(row.cells)) is not None:
                passed[why] += 1
                continue
            drafts.append(self._maker.draft(row, name, sites or KnownPlaces(), order))
        notes = [*raw.notes]
        notes += [f"{raw.source}: {count} passed over, {why}" for why, count in passed.items()]
        mended = Counter(draft.mended for draft in drafts if draft.mended)
        warnings += [f"{raw.source}: {count} positions {why}" for why, count in mended.items()]
        waiting = self._geocode(drafts, day, notes, raw.source)
        reading = self._checked(raw, drafts, waiting)
        if reading.left_out:
            told = Counter(fault.where for fault in reading.left_out)
            listed = ", ".join(f"{name} ({count})" for name, count in sorted(told.items()))
            warnings.append(f"{raw.source}: fields left out as they cannot be read: {listed}")
        warnings += doubles_told(reading.tickets, raw.source)
        return replace(
            reading,
            notes=(*notes, *warnings),
            warnings=tuple(warnings),
            unread=tuple(raw.unread),
            seen=frozenset(seen - {""}),
            whole=raw.whole,
        )

    def _date_order(self, raw: RawTable, warnings: list[str]) -> Order | None:
        """Return which of day and month is first in the whole source; what is not sure is told."""
        texts = [cell for row in raw.rows for name in DATE_FIELDS if (cell := row.cells.get(name))]
        found = order_of(texts, self._mapping.date_order)
        if found.order is None:
            warnings.append(
                f"{raw.source}: some dates have the day first, others the month; those that may be"
                " either are left out; say date_order in the mapping"
            )
        elif not found.proven and any(map(is_ambiguous, texts)):
            warnings.append(
                f"{raw.source}: dates such as 05/11 are read day first, which no date of the file"
                " proves; say date_order in the mapping"
            )
        elif found.order == "month":
            warnings.append(f"{raw.source}: dates are read month first")
        return found.order

    def _geocode(
        self, drafts: list[Draft], day: date, notes: list[str], source: str
    ) -> frozenset[int]:
        """Fill in the positions of addresses; return the lines that have none yet."""
        asking = [draft for draft in drafts if draft.query is not None]
        if self._geocoder is None:
            return frozenset(draft.line for draft in asking)
        queries = list(dict.fromkeys(draft.query for draft in asking if draft.query is not None))
        answers = self._geocoder.find(queries, day) if queries else {}
        for draft in asking:
            answer = answers[draft.query] if draft.query is not None else None
            if isinstance(answer, FoundAddress):
                draft.cells["lon"], draft.cells["lat"] = repr(answer.lon), repr(answer.lat)
                draft.cells.setdefault("insee", answer.insee)
            elif answer is not None:
                draft.fault(ADDRESS, draft.cells.get(ADDRESS), answer)
        if queries:
            found = sum(isinstance(answers[query], FoundAddress) for query in queries)
            notes.append(f"{source}: {found} of {len(queries)} addresses have a position")
        return frozenset()

    def _checked(self, raw: RawTable, drafts: list[Draft], waiting: frozenset[int]) -> Reading:
        """Check the drafts like rows of visits; optional fields that are faulty are left out."""
        by_line = {draft.line: draft for draft in drafts}
        table = self._table(raw)
        table.rows = [self._row(draft, waiting, table) for draft in drafts]
        rows = self._valid_rows(table)
        # What is wrong with optional fields alone: these rows are read again without them.
        faulty = table.fields_of()
        again = {
            line
            for line, names in faulty.items()
            if line in by_line and names <= self._optional(by_line[line])
        }
        second = self._table(raw)
        second.rows = [
            TableRow(row.line, self._without(row.cells, faulty[row.line]), row.faulty - OPTIONAL)
            for row in table.rows
            if row.line in again
        ]
        rows |= self._valid_rows(second)
        hard = [fault for line, _, fault in table.told if line not in again]
        hard += second.faults + raw.faults
        left_out = [fault for line, _, fault in table.told if line in again]
        bad = {fault.line for fault in hard}
        tickets = tuple(
            rows[draft.line].to_ticket()
            for draft in drafts
            if draft.line not in bad and draft.line not in waiting
        )
        ids = {draft.line: shown_id(draft.cells["id"]) for draft in drafts}
        lacking = tuple(
            table.fault_of(line, ADDRESS, NO_POSITION) for line in sorted(waiting - bad)
        )
        return Reading(
            tickets=tickets,
            rejected=rejections_of(hard, raw.source, ids, raw.word),
            faults=_in_order(hard),
            left_out=_in_order(fault for fault in left_out if fault.line not in bad),
            to_geocode=len(lacking),
            waiting=rejections_of(lacking, raw.source, ids, raw.word),
            lacking=lacking,
        )

    def _table(self, raw: RawTable) -> _FieldTable:
        columns = {name: (0, name) for name in VISIT_COLUMNS.names} | raw.columns
        return _FieldTable(raw.source, columns=columns)

    def _valid_rows(self, table: _FieldTable) -> dict[int, VisitRow]:
        """Return the rows of a table by line; their faults are noted there."""
        checks = VisitChecks(table, self._service, self._territory, self._roster)
        rows = {}
        for line, row, faulty in validated_rows(table, VisitRow):
            row = checks.on_the_night(row)
            checks.note(line, row, faulty)
            rows[line] = row
        return rows

    def _row(self, draft: Draft, waiting: frozenset[int], table: _FieldTable) -> TableRow:
        """Return a draft as a row of visits; its faults are noted."""
        cells = {name: cell for name, cell in draft.cells.items() if cell}
        given = {fault.name for fault in draft.faults}
        if draft.line in waiting or given & {"entity", "location", ADDRESS, *PLACE_FIELDS}:
            # A fault that follows from another one is not reported.
            given |= set(PLACE_FIELDS) if "lon" not in cells else set()
            if "insee" not in cells:
                given |= {"insee"}
        if "entity" in given:
            given |= {"collectivity"}
        for fault in draft.faults:
            table.fault(draft.line, *fault)
        self._fill_insee(cells, given)
        return TableRow(draft.line, cells, frozenset(given))

    def _optional(self, draft: Draft) -> frozenset[str]:
        """Return the fields that a draft can do without."""
        found = OPTIONAL
        if "lon" in draft.cells:
            found |= {ADDRESS}
        if "duration_min" in draft.cells and any(f.name == "duration_min" for f in draft.faults):
            found |= {"duration_min"}  # the category's usual length stands there
        return found

    def _without(self, cells: Mapping[str, str], faulty: set[str]) -> dict[str, str]:
        """Return cells without the faulty ones; of a list, what is known stays."""
        kept = {
            name: cell
            for name, cell in cells.items()
            if name not in faulty or name == "duration_min"
        }
        if "skills" in faulty and "skills" in cells:
            words = skills_text(cells["skills"], self._skills).split()
            if known := " ".join(word for word in words if word in self._skills):
                kept["skills"] = known
        if "not_with" in faulty and "not_with" in cells:
            names = identifiers(cells["not_with"])
            if known := " ".join(sorted(names & {entry.technician.id for entry in self._roster})):
                kept["not_with"] = known
        return kept

    def _fill_insee(self, cells: dict[str, str], given: set[str]) -> None:
        """Add the commune that contains the position, where the row names none."""
        if "insee" in cells or "insee" in given or given & set(PLACE_FIELDS):
            return
        try:
            lon, lat = (float(cells[name].replace(",", ".")) for name in PLACE_FIELDS)
        except (KeyError, ValueError):
            return
        if abs(lon) <= 180 and abs(lat) <= 90:
            there = self._territory.commune_at(lon, lat)
            asking = cells.get("collectivity", "")
            if there is not None:
                cells["insee"] = there.insee
            elif asking and asking != METROPOLE:
                cells["insee"] = asking


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda at: (at.line or 0, at.column or 0)))
