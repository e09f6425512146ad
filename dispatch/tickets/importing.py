"""Raw rows -> tickets: values by the mapping, places by sites and addresses, then every check.

One row is one ticket or one reason why there is none. Nothing that stands in a row raises.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dispatch.fieldwork import DEFAULT_PRIORITY, FREE_TEXTS
from dispatch.files.cells import normalised
from dispatch.files.csvfile import Table, TableRow
from dispatch.inputs.read import validated_rows
from dispatch.inputs.rows import VISIT_COLUMNS, VisitRow
from dispatch.inputs.visit_checks import VisitChecks
from dispatch.territory import METROPOLE
from dispatch.tickets.communes import Collectivities
from dispatch.tickets.delivery import RejectedTicket
from dispatch.tickets.geocode import FoundAddress, Geocoder, Query
from dispatch.tickets.mapping import FURTHER_FIELDS
from dispatch.tickets.sites import KnownPlaces
from dispatch.tickets.text import clean, has_lost_digits, safe_id, shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dispatch.errors import Fault
    from dispatch.fieldwork import Ticket
    from dispatch.service.service import RosterEntry, Service
    from dispatch.territory import Commune
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.table import RawRow, RawTable

PLACE_FIELDS = ("lon", "lat")
PRIORITIES = ("1", "2", "3", "4")
UNKNOWN_PLACE = "the sites file does not know this place, and there is no address; add it there"
NOWHERE = "no position: give lon and lat, an address, or a location that the sites file knows"


@dataclass(frozen=True)
class Reading:
    """
    The result of reading one source.

    Parameters
    ----------
    tickets
        Ready to be planned.
    rejected
        Rows without a ticket, and why.
    faults
        Their faults with line, column and value, for those who may see the source.
    notes
        Further remarks for the operator.
    seen
        Ids of all rows, those passed over included.
    to_geocode
        Rows that only lack a position for their address, where geocoding is off.
    whole
        Whether the source did not change while it was read.
    """

    tickets: tuple[Ticket, ...] = ()
    rejected: tuple[RejectedTicket, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    to_geocode: int = 0
    whole: bool = True


@dataclass
class _Draft:
    """A row in progress: its cells in the form of a file of visits, and its faults."""

    line: int
    cells: dict[str, str]
    faults: list[tuple[str, str | None, str]] = field(default_factory=list)
    """Field, value, message."""
    query: Query | None = None

    def fault(self, name: str, value: str | None, message: str) -> None:
        self.faults.append((name, value, message))


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
        self._communes = communes
        self._territory = service.territory(communes)
        self._roster = service.roster if roster is None else roster
        self._mapping = mapping
        self._values = {
            name: {normalised(found): ours for found, ours in values.items()}
            for name, values in mapping.values.items()
        }
        self._passed_over = {
            name: {normalised(value) for value in values}
            for name, values in mapping.passed_over.items()
        }
        self._collectivities = Collectivities(communes, mapping.entities)
        self._sites = sites or KnownPlaces()
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
        for row in raw.rows:
            cells = self._translated_id(row)
            seen.add(cells["id"])
            if (why := self._passed(row.cells)) is not None:
                passed[why] += 1
                continue
            drafts.append(self._draft(row, cells, sites or KnownPlaces()))
        notes = [*raw.notes]
        notes += [f"{raw.source}: {count} passed over, {why}" for why, count in passed.items()]
        waiting = self._geocode(drafts, day, notes, raw.source)
        reading = self._checked(raw, drafts, waiting)
        return replace(reading, notes=tuple(notes), seen=frozenset(seen - {""}), whole=raw.whole)

    def _translated_id(self, row: RawRow) -> dict[str, str]:
        bound = self._service.ticket_limits.id_chars
        given = row.cells.get("id", "")
        name = "" if has_lost_digits(given) else safe_id(given, bound)
        return {"id": safe_id(self._mapping.id_prefix + name, bound) if name else ""}

    def _passed(self, cells: Mapping[str, str]) -> str | None:
        """Return why a ticket is passed over; None: it is not."""
        for name, values in self._passed_over.items():
            if (value := cells.get(name)) is not None and normalised(value) in values:
                # The value is a word of the mapping, so it may be shown.
                return f"{name} {value.strip()}"
        category = self._mapping.category_of(cells.get("category", ""))
        return "no visit needed" if category is not None and not category.visit else None

    def _draft(self, row: RawRow, cells: dict[str, str], own: KnownPlaces) -> _Draft:
        draft = _Draft(row.line, cells)
        found = {**self._mapping.constants, **row.cells}
        bound, markup = self._service.limits.text_chars, self._mapping.markup
        for name, cell in found.items():
            if name in ("id", *FURTHER_FIELDS):
                continue
            values = self._values.get(name)
            if values is None:
                cells[name] = cell
            elif (ours := values.get(normalised(cell))) is not None:
                cells[name] = ours
            else:
                message = f"the mapping does not say what this means; add it to [values.{name}]"
                draft.fault(name, cell, message)
        for name in FREE_TEXTS:
            if name in cells:
                cells[name] = clean(cells[name], bound, markup=markup)
        if has_lost_digits(found.get("id", "")):
            message = "the spreadsheet rounded this number; make the column text and export again"
            draft.fault("id", found["id"], message)
        self._categorise(draft, found.get("category", ""))
        self._name_asking(draft, found.get("entity"))
        self._locate(draft, found, own)
        return draft

    def _categorise(self, draft: _Draft, path: str) -> None:
        category = self._mapping.category_of(path)
        if category is None:
            return
        cells = draft.cells
        if category.skills is not None:
            cells.setdefault("skills", " ".join(category.skills))
        if category.duration_min is not None:
            cells.setdefault("duration_min", str(category.duration_min))
        if category.load is not None:
            cells.setdefault("load", str(category.load))
        if category.priority is not None:
            own = cells.get("priority", str(DEFAULT_PRIORITY))
            if own in PRIORITIES:
                cells["priority"] = min(own, str(category.priority))

    def _name_asking(self, draft: _Draft, entity: str | None) -> None:
        if entity is None or "collectivity" in draft.cells:
            return
        code = self._collectivities.asking(entity)
        if code is None:
            message = "names no commune; add it to the mapping's [entities]"
            draft.fault("entity", entity, message)
        else:
            draft.cells["collectivity"] = code

    def _locate(self, draft: _Draft, found: Mapping[str, str], own: KnownPlaces) -> None:
        """Give a draft its position and commune, or the query for the geocoder."""
        cells = draft.cells
        if town := cells.pop("commune", None):
            insee = self._collectivities.commune(town)
            if insee is not None:
                cells.setdefault("insee", insee)
            else:
                draft.fault("commune", town, "is no commune of the territory; correct the name")
        if any(name in cells for name in PLACE_FIELDS):
            return
        location = found.get("location", "")
        asking = cells.get("collectivity", "")
        likely = asking if asking in self._communes else ""
        for sites in (self._sites, own):
            if (site := sites.find(location)) is None:
                continue
            if site.insee and likely and site.insee != likely:
                message = (
                    f"this location is in {self._communes[site.insee].name}, but"
                    f" {self._communes[likely].name} asks; write its whole path in the sites file"
                )
                draft.fault("location", location, message)
                return
            if site.insee:
                cells.setdefault("insee", site.insee)
            if site.lon is not None and site.lat is not None:
                cells["lon"], cells["lat"] = repr(site.lon), repr(site.lat)
                cells.setdefault("address", clean(site.address, self._service.limits.text_chars))
                return
            if site.address:
                cells.setdefault("address", clean(site.address, self._service.limits.text_chars))
                break
        if address := cells.get("address"):
            insee = cells.get("insee", likely)
            if not insee and (postcode := found.get("postcode")):
                address = f"{address} {postcode}"
            draft.query = Query(address, insee)
        elif location:
            draft.fault("location", location, UNKNOWN_PLACE)
        else:
            draft.fault("lon", None, NOWHERE)

    def _geocode(
        self, drafts: list[_Draft], day: date, notes: list[str], source: str
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
                draft.fault("address", draft.cells.get("address"), answer)
        if queries:
            found = sum(isinstance(answers[query], FoundAddress) for query in queries)
            notes.append(f"{source}: {found} of {len(queries)} addresses have a position")
        return frozenset()

    def _checked(self, raw: RawTable, drafts: list[_Draft], waiting: frozenset[int]) -> Reading:
        """Check the drafts like rows of visits; a draft with a fault gives no ticket."""
        columns = {name: (0, name) for name in VISIT_COLUMNS.names} | raw.columns
        table = Table(raw.source, columns=columns, faults=list(raw.faults))
        for draft in drafts:
            cells = {name: cell for name, cell in draft.cells.items() if cell}
            given = {name for name, _, _ in draft.faults}
            if draft.line in waiting or given & {"entity", "location", "address", *PLACE_FIELDS}:
                # A fault that follows from another one is not reported.
                given |= set(PLACE_FIELDS)
                if "insee" not in cells:
                    given |= {"insee"}
            if "entity" in given:
                given |= {"collectivity"}
            for name, value, message in draft.faults:
                table.fault(draft.line, name, value, message)
            self._fill_insee(cells, given)
            table.rows.append(TableRow(draft.line, cells, frozenset(given)))
        territory, service = self._territory, self._service
        checks = VisitChecks(table, service, territory, self._roster)
        rows = []
        for line, row, faulty in validated_rows(table, VisitRow):
            checks.note(line, row, faulty)
            rows.append((line, row))
        bad = {fault.line for fault in table.faults}
        tickets = tuple(
            row.to_ticket() for line, row in rows if line not in bad and line not in waiting
        )
        ids = {draft.line: shown_id(draft.cells["id"]) for draft in drafts}
        return Reading(
            tickets=tickets,
            rejected=rejections_of(table.faults, raw.source, ids, raw.word),
            faults=tuple(sorted(table.faults, key=lambda at: (at.line or 0, at.column or 0))),
            to_geocode=len(waiting - bad),
        )

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


def rejections_of(
    faults: Sequence[Fault], source: str, ids: Mapping[int, str], word: str = "line"
) -> tuple[RejectedTicket, ...]:
    """Return one rejected ticket for each line with faults; its reason shows no cell."""
    by_line: dict[int | None, dict[str, None]] = {}
    for fault in sorted(faults, key=lambda at: (at.line or 0, at.column or 0)):
        text = f"{fault.where}: {fault.message}" if fault.where else fault.message
        by_line.setdefault(fault.line, {})[text] = None
    return tuple(
        RejectedTicket(
            source,
            f"{word} {line}" if line is not None else "",
            ids.get(line or 0, ""),
            "; ".join(texts),
        )
        for line, texts in by_line.items()
    )
