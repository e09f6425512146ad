"""A row in progress: a source's cells turned, by the mapping, into those of a file of visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.fieldwork import DEFAULT_PRIORITY, FREE_TEXTS
from dispatch.files.cells import normalised
from dispatch.tickets.communes import Collectivities
from dispatch.tickets.coordinates import position_cells
from dispatch.tickets.dates import day_of
from dispatch.tickets.geocode import Query
from dispatch.tickets.mapping import FURTHER_FIELDS
from dispatch.tickets.sites import AmbiguousPlace
from dispatch.tickets.table import CellFault
from dispatch.tickets.text import clean, has_lost_digits, safe_id, written_id
from dispatch.tickets.values import minutes_text, priority_text, skills_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dispatch.service.service import Service
    from dispatch.territory import Commune
    from dispatch.tickets.dates import Order
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.sites import KnownPlaces
    from dispatch.tickets.table import RawRow

PLACE_FIELDS = ("lon", "lat")
DATE_FIELDS = ("due", "asked", "earliest_day")
PRIORITIES = ("1", "2", "3", "4")
UNKNOWN_PLACE = "the sites file does not know this place, and there is no address; add it there"
NOWHERE = "no position: give lon and lat, an address, or a location that the sites file knows"
ZEROS = "0, 0 is no position, and there is no other"
LOST_DIGITS = "the spreadsheet rounded this number; make the column text and export again"


@dataclass
class Draft:
    """
    A row in progress.

    Parameters
    ----------
    line
        Of the source.
    cells
        In the form of a file of visits.
    faults
        What cannot be read.
    query
        The address that the geocoder has to find; None: none.
    mended
        What was done to the position; empty: nothing.
    """

    line: int
    cells: dict[str, str]
    faults: list[CellFault] = field(default_factory=list)
    query: Query | None = None
    mended: str = ""

    def fault(self, name: str, value: str | None, message: str) -> None:
        """Note a fault in the cell of a field."""
        self.faults.append(CellFault(name, value, message))


class DraftMaker:
    """
    Makes drafts of raw rows.

    Parameters
    ----------
    service
        Limits.
    skills
        The skills that there are.
    communes
        The communes by INSEE code.
    mapping
        What columns and values mean.
    sites
        Known places.
    """

    def __init__(
        self,
        service: Service,
        skills: Collection[str],
        communes: Mapping[str, Commune],
        mapping: TicketMapping,
        sites: KnownPlaces,
    ) -> None:
        self._service = service
        self._skills = skills
        self._communes = communes
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
        self._sites = sites

    def id_of(self, row: RawRow) -> str:
        """Return a row's id, made harmless; empty where it has none."""
        bound = self._service.ticket_limits.id_chars
        given = row.cells.get("id", "")
        if has_lost_digits(given):
            return ""
        if self._mapping.as_written:
            return written_id(given)
        name = safe_id(given, bound)
        return safe_id(self._mapping.id_prefix + name, bound) if name else ""

    def passed_over(self, cells: Mapping[str, str]) -> str | None:
        """Return why a ticket is passed over; None: it is not."""
        for name, values in self._passed_over.items():
            if (value := cells.get(name)) is not None and normalised(value) in values:
                # The value is a word of the mapping, so it may be shown.
                return f"{name} {value.strip()}"
        category = self._mapping.category_of(cells.get("category", ""))
        return "no visit needed" if category is not None and not category.visit else None

    def draft(self, row: RawRow, name: str, own: KnownPlaces, order: Order | None) -> Draft:
        """
        Return the draft of a row.

        Parameters
        ----------
        row
            The row.
        name
            Its id, of `id_of`.
        own
            Places of the source itself; places of the sites file take precedence.
        order
            Of day and month; None: not known.
        """
        draft = Draft(row.line, {"id": name}, list(row.faults))
        cells, mapping = draft.cells, self._mapping
        found = {**mapping.constants, **row.cells}
        for field_, cell in found.items():
            if field_ in ("id", *FURTHER_FIELDS):
                continue
            values = self._values.get(field_)
            if values is None:
                cells[field_] = cell
            elif (ours := values.get(normalised(cell))) is not None:
                cells[field_] = ours
            elif mapping.as_written:
                cells[field_] = priority_text(cell) if field_ == "priority" else cell
            else:
                message = f"the mapping does not say what this means; add it to [values.{field_}]"
                draft.fault(field_, cell, message)
        bound = self._service.limits.text_chars
        for field_ in FREE_TEXTS:
            if field_ in cells:
                cells[field_] = clean(cells[field_], bound, markup=mapping.markup)
        for field_ in DATE_FIELDS:
            if field_ in cells:
                try:
                    cells[field_] = day_of(cells[field_], order).isoformat()
                except ValueError as error:
                    draft.fault(field_, cells.pop(field_), str(error))
        if "skills" in cells:
            cells["skills"] = skills_text(cells["skills"], self._skills)
        if has_lost_digits(found.get("id", "")):
            draft.fault("id", found["id"], LOST_DIGITS)
        self._categorise(draft, found.get("category", ""))
        self._name_asking(draft, found.get("entity"))
        self._place(draft, found, own)
        return draft

    def _categorise(self, draft: Draft, path: str) -> None:
        cells = draft.cells
        category = self._mapping.category_of(path)
        usual = category.duration_min if category is not None else None
        if "duration_min" in cells:
            given = cells["duration_min"]
            if (minutes := minutes_text(given)) is not None:
                cells["duration_min"] = minutes
            elif usual is not None:
                message = "must be minutes such as 45, or 1h30; the category's usual length counts"
                draft.fault("duration_min", cells.pop("duration_min"), message)
        if category is None:
            return
        if category.skills is not None:
            cells.setdefault("skills", " ".join(category.skills))
        if usual is not None:
            cells.setdefault("duration_min", str(usual))
        if category.load is not None:
            cells.setdefault("load", str(category.load))
        if category.priority is not None:
            own = cells.get("priority", str(DEFAULT_PRIORITY))
            if own in PRIORITIES:
                cells["priority"] = min(own, str(category.priority))

    def _name_asking(self, draft: Draft, entity: str | None) -> None:
        cells = draft.cells
        if given := cells.get("collectivity"):
            if self._mapping.as_written and (code := self._collectivities.asking(given)):
                cells["collectivity"] = code
            return
        if entity is None:
            return
        code = self._collectivities.asking(entity)
        if code is None:
            message = "names no commune; add it to the mapping's [entities]"
            draft.fault("entity", entity, message)
        else:
            cells["collectivity"] = code

    def _place(self, draft: Draft, found: Mapping[str, str], own: KnownPlaces) -> None:
        """Give a draft its position and commune, or the query for the geocoder."""
        cells = draft.cells
        self._name_commune(draft)
        position, given = position_cells(cells), cells.get("lon")
        for name in PLACE_FIELDS:
            cells.pop(name, None)
        if position is not None:
            cells["lon"], cells["lat"] = position.lon, position.lat
            draft.mended = position.done
            return
        location = found.get("location", "")
        asking = cells.get("collectivity", "")
        likely = asking if asking in self._communes else ""
        there, known_address = cells.get("insee", "") or likely, ""
        for sites in (self._sites, own):
            try:
                # A file of visits has the name of a place in its column of addresses.
                site = sites.find(location or cells.get("address", ""), there)
            except AmbiguousPlace as error:
                draft.fault("location" if location else "address", location, str(error))
                return
            if site is None:
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
            if site.address and location:
                cells.setdefault("address", clean(site.address, self._service.limits.text_chars))
            if "lon" in cells:
                return
            if site.address:
                known_address = "" if location else site.address
                break
        if address := known_address or cells.get("address", ""):
            insee = cells.get("insee", likely)
            if not insee and (postcode := found.get("postcode")):
                address = f"{address} {postcode}"
            draft.query = Query(address, insee)
        elif location:
            draft.fault("location", location, UNKNOWN_PLACE)
        else:
            draft.fault("lon", given, NOWHERE if given is None else ZEROS)

    def _name_commune(self, draft: Draft) -> None:
        """Turn the name of a commune into its INSEE code; both together must agree."""
        cells = draft.cells
        town = cells.pop("commune", None)
        if town is None:
            return
        insee = self._collectivities.commune(town)
        given = cells.setdefault("insee", insee) if insee is not None else cells.get("insee")
        if given is None:
            draft.fault("commune", town, "is no commune of the territory; correct the name")
        elif given != insee and given in self._communes:
            name = self._communes[given].name
            message = f"{given} is {name}; correct the name or the INSEE code"
            draft.fault("commune", town, message)
