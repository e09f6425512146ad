"""The columns of the files of visits and of technicians, and their rows as values."""

from __future__ import annotations

import csv
import io
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dispatch.fieldwork import DEFAULT_PRIORITY, Identifier, TimeWindow
from dispatch.files import cells
from dispatch.files.csvfile import Columns
from dispatch.service.sections import Insee, Latitude, Longitude  # noqa: TC001 - as above
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.fieldwork import Ticket

VISIT_COLUMNS = Columns(
    {
        "id": ("numero", "n", "no", "ticket", "identifiant", "reference", "visite", "visit"),
        "insee": ("code_insee", "insee_code", "commune_insee", "insee_commune", "code_commune"),
        "commune": ("nom_commune", "nom_de_la_commune", "ville", "town"),
        "collectivity": ("collectivite", "entite", "entity"),
        "lon": ("longitude", "lng"),
        "lat": ("latitude",),
        "address": ("adresse", "lieu", "location"),
        "description": ("titre", "title", "libelle", "objet", "intitule"),
        "duration_min": ("duree_min", "duree", "duration", "duree_minutes", "duree_en_minutes"),
        "windows": ("window", "creneaux", "creneau", "plages", "plage", "disponibilites"),
        "skills": ("skill", "competences", "competence"),
        "priority": ("priorite",),
        "due": ("echeance", "due_date", "date_limite", "date_d_echeance", "date_echeance"),
        "asked": (
            "demande_le",
            "ouverture",
            "ouvert_le",
            "date_ouverture",
            "date_d_ouverture",
            "opened",
            "created",
            "date_creation",
            "date_de_creation",
        ),
        "technician": ("technicien", "intervenant", "id_technicien"),
        "load": ("charge", "colis"),
        "mandatory": ("obligatoire",),
    },
    required=("id", "insee", "lon", "lat", "duration_min"),
)
TECHNICIAN_COLUMNS = Columns(
    {
        "id": ("identifiant", "technicien", "technician", "id_technicien"),
        "centre": ("center", "centre_id", "centre_de_proximite"),
        "skills": ("skill", "competences", "competence"),
        "shift": ("horaires", "horaire", "vacation"),
        "break_min": ("pause_min", "duree_pause", "pause_minutes"),
        "break_window": ("pause", "pause_plage", "plage_pause", "debut_pause"),
        "start": ("depart", "lieu_depart"),
        "end": ("arrivee", "lieu_arrivee"),
        "max_overtime_min": ("overtime", "overtime_min", "heures_sup_min", "depassement_min"),
        "max_working_min": ("travail_max_min", "amplitude_max_min"),
        "capacity": ("capacite",),
    },
    required=("id", "centre"),
)


class Cells(BaseModel):
    """The cells of a row as values; empty cells are left out before."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VisitRow(Cells):
    """A line of a file of visits."""

    id: Identifier
    insee: Insee
    commune: str = ""
    collectivity: str | None = None
    lon: Annotated[Longitude, BeforeValidator(cells.number)]
    lat: Annotated[Latitude, BeforeValidator(cells.number)]
    address: str = ""
    description: str = ""
    duration_min: Annotated[int, BeforeValidator(cells.integer), Field(gt=0)]
    windows: Annotated[tuple[TimeWindow, ...], BeforeValidator(cells.windows)] = ()
    skills: Annotated[frozenset[Identifier], BeforeValidator(cells.words)] = frozenset()
    priority: Annotated[int, BeforeValidator(cells.integer), Field(ge=1, le=4)] = DEFAULT_PRIORITY
    due: Annotated[date | None, BeforeValidator(cells.day)] = None
    asked: Annotated[date | None, BeforeValidator(cells.day)] = None
    technician: Identifier | None = None
    load: Annotated[int, BeforeValidator(cells.integer), Field(ge=0, le=1_000_000)] = 0
    mandatory: Annotated[bool, BeforeValidator(cells.yes)] = False

    @property
    def asking(self) -> str:
        """Return who asks: the INSEE code of a commune, or "metropole"."""
        if self.collectivity is None:
            return self.insee
        if cells.plain(self.collectivity) in (METROPOLE, "bordeaux_metropole"):
            return METROPOLE
        return self.collectivity


_Minutes = Annotated[int, BeforeValidator(cells.integer), Field(ge=0, le=7 * 1440)]


class TechnicianRow(Cells):
    """A line of a file of technicians; what is None is as in the service's defaults."""

    id: Identifier
    centre: Identifier
    skills: Annotated[frozenset[Identifier], BeforeValidator(cells.words)] = frozenset()
    shift: Annotated[TimeWindow | None, BeforeValidator(cells.window)] = None
    break_min: Annotated[_Minutes | None, Field(le=480)] = None
    break_window: Annotated[TimeWindow | None, BeforeValidator(cells.window)] = None
    start: Identifier | None = None
    end: Identifier | None = None
    max_overtime_min: _Minutes | None = None
    max_working_min: _Minutes | None = None
    capacity: Annotated[int, BeforeValidator(cells.integer), Field(ge=0, le=1_000_000)] | None = (
        None
    )


def visits_text(tickets: Iterable[Ticket]) -> str:
    """
    Return visits as the text of a CSV file, which `read_visits` reads back as they were.

    Parameters
    ----------
    tickets
        Services and windows in whole minutes.

    Raises
    ------
    ValueError
        When a time is not in whole minutes.
    """
    tickets = list(tickets)
    # Only where it is known: most files have no such column.
    left_out = {"commune"} if any(ticket.asked for ticket in tickets) else {"commune", "asked"}
    fields = [field for field in VISIT_COLUMNS.names if field not in left_out]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fields, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for ticket in tickets:
        times = [ticket.duration_s, *(time for window in ticket.windows_s for time in window)]
        if any(time % cells.MINUTE_S for time in times):
            msg = f"visit {ticket.id!r} has a time that is not in whole minutes; round it"
            raise ValueError(msg)
        row = {
            "id": ticket.id,
            "insee": ticket.insee,
            "collectivity": ticket.collectivity,
            "lon": ticket.lon,
            "lat": ticket.lat,
            "address": ticket.address,
            "description": ticket.description,
            "duration_min": ticket.duration_s // cells.MINUTE_S,
            "windows": " ".join(cells.span_text(window) for window in ticket.windows_s),
            "skills": " ".join(sorted(ticket.skills)),
            "priority": ticket.priority,
            "due": ticket.due.isoformat() if ticket.due else "",
            "asked": ticket.asked.isoformat() if ticket.asked else "",
            "technician": ticket.technician or "",
            "load": ticket.load,
            "mandatory": "oui" if ticket.mandatory else "",
        }
        writer.writerow(row)
    return text.getvalue()
