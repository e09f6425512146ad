"""An output directory read back whole: sheets, explanations and replans start from it.

Beside problems and plans it holds the inputs: the service file word for word, and the tickets of
each centre (personal data were dropped when they were read). So the directory alone is enough to go
on with a day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, ValidationError

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import StrictModel, Ticket
from dispatch.files.cells import normalised
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.folder.write import read_day
from dispatch.model.day import CentreDay, roads_of
from dispatch.model.problem import MAX_MB
from dispatch.service.service import SERVICE_MAX_MB, parse_service
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dispatch.folder.write import DayFile
    from dispatch.model.day import Line
    from dispatch.service.service import Service
    from dispatch.territory import Commune, Territory

SERVICE_COPY = "inputs/service.toml"
TICKETS = "inputs/tickets.json"
ROUNDS = "rounds.geojson"


class DayTickets(StrictModel):
    """The tickets of each centre on a day: `inputs/tickets.json`."""

    model_config = ConfigDict(title="dispatch tickets")

    format: Literal["dispatch-tickets/1"] = "dispatch-tickets/1"
    date: date
    centres: dict[str, tuple[Ticket, ...]]
    """Tickets of each centre, by id, in the order in which they were read."""

    def to_json(self) -> str:
        """Return the tickets as JSON text."""
        plain = self.model_dump(mode="json")
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def tickets_schema() -> dict[str, Any]:
    """Return the JSON Schema of the tickets' format."""
    return DayTickets.model_json_schema()


@dataclass(frozen=True)
class Written:
    """
    A day as `dispatch plan` wrote it.

    Parameters
    ----------
    folder
        Where it stands.
    day
        Its `plan.json`.
    service
        The service that it was planned for.
    communes, territory
        The communes by INSEE code, and the centres on them.
    days
        Each centre's planned day, by the centre's id.
    """

    folder: Path
    day: DayFile
    service: Service
    communes: Mapping[str, Commune]
    territory: Territory
    days: Mapping[str, CentreDay]

    def router(self, network: str | None = None) -> Router:
        """
        Return the roads that the day was planned on.

        Parameters
        ----------
        network
            Where these roads are now, if not where the day says.

        Raises
        ------
        InputError
            When they are missing, or are no longer the same.
        """
        used = self.day.network
        roads = roads_of(self.service, network or used.named)
        if roads.sha256 != used.sha256:
            message = (
                "the roads have changed since the day was planned on them; plan it anew, or "
                "name the same roads with --network"
            )
            raise InputError.one(str(self.folder), message, where="network", value=roads.name)
        settings = TravelSettings.from_toml(self.service.travel)
        return Router(roads, settings=settings, cache=True)


def inputs_of(
    service_text: str, day: date, tickets: Mapping[str, Sequence[Ticket]]
) -> dict[str, str]:
    """
    Return the files with the inputs of a day, by name.

    Parameters
    ----------
    service_text
        The text of the service file.
    day
        The planned day.
    tickets
        The tickets of each centre, by its id.
    """
    by_centre = {name: tuple(found) for name, found in tickets.items()}
    file = DayTickets(date=day, centres=by_centre)
    return {SERVICE_COPY: service_text, TICKETS: file.to_json()}


def read_written(folder: Path, centres: Sequence[str] = ()) -> Written:
    """
    Read an output directory back.

    Parameters
    ----------
    folder
        A folder that `dispatch plan` wrote.
    centres
        Ids of the centres to read, capitals and accents aside; none: all that are planned in it.

    Raises
    ------
    InputError
        When it is no such folder, its parts do not belong together, or a centre is not in it.
    """
    day, problems = read_day(folder)
    by_name = {normalised(centre): centre for centre in day.plans}
    centres = [by_name.get(normalised(centre), centre) for centre in centres]
    unknown = [centre for centre in centres if centre not in day.plans]
    if unknown:
        there = ", ".join(sorted(day.plans)) or "none"
        raise InputError(
            Fault("--centre", "", name, f"not planned in {folder.name}; there are {there}")
            for name in unknown
        )
    if not (folder / TICKETS).exists():
        message = "was written by an earlier version, without tickets; plan the day again"
        raise InputError.one(str(folder), message)
    service = parse_service(read_text(folder / SERVICE_COPY, max_mb=SERVICE_MAX_MB), SERVICE_COPY)
    communes = read_communes()
    territory = service.territory(communes)
    tickets = read_tickets(folder)
    chosen = dict.fromkeys(centres) or dict.fromkeys(day.plans)
    faults = list(_unfit(day, tickets, territory, chosen))
    if faults:
        raise InputError(faults)
    lines = _read_lines(folder)
    days = {}
    for centre in chosen:
        of_id = {ticket.id: ticket for ticket in tickets.centres[centre]}
        missing = [visit.id for visit in problems[centre].visits if visit.id not in of_id]
        if missing:
            message = f"visit of {centre} without a ticket; plan the day again"
            raise InputError(Fault(TICKETS, "centres", name, message) for name in missing)
        days[centre] = CentreDay(
            centre=territory.centres[centre],
            problem=problems[centre],
            plan=day.plans[centre],
            tickets=of_id,
            lines=lines.get(centre, {}),
            sample=day.sample,
            chances=day.chances.get(centre),
        )
    return Written(folder, day, service, communes, territory, days)


def _unfit(
    day: DayFile, tickets: DayTickets, territory: Territory, chosen: Iterable[str]
) -> Iterable[Fault]:
    """Yield faults where the files of a folder belong to different days or services."""
    if tickets.date != day.date:
        message = f"are of another day than plan.json ({day.date}); plan the day again"
        yield Fault(TICKETS, "date", str(tickets.date), message)
    for centre in chosen:
        if centre not in tickets.centres:
            yield Fault(TICKETS, "centres", centre, "has no tickets here; plan the day again")
        if centre not in territory.centres:
            yield Fault(SERVICE_COPY, "centres", centre, "no such centre; plan the day again")


def read_tickets(folder: Path) -> DayTickets:
    """
    Return the tickets of a written day.

    Raises
    ------
    InputError
        When they are missing, or not as `dispatch plan` wrote them.
    """
    text = read_text(folder / TICKETS, max_mb=MAX_MB)
    parse_json(text, TICKETS)
    try:
        return DayTickets.model_validate_json(text)
    except ValidationError as error:
        raise InputError(faults_of(error, TICKETS, text, "json")) from error


def _read_lines(folder: Path) -> dict[str, dict[str, Line]]:
    """Return the ways of rounds, by centre and technician; none where their file is gone."""
    path = folder / ROUNDS
    if not path.exists():
        return {}
    found: dict[str, dict[str, Line]] = {}
    content = parse_json(read_text(path, max_mb=MAX_MB), ROUNDS)
    try:
        for feature in content["features"]:
            about, shape = feature["properties"], feature["geometry"]
            if about["kind"] == "round" and shape is not None:
                line = tuple((float(lon), float(lat)) for lon, lat in shape["coordinates"])
                found.setdefault(about["centre"], {})[about["technician"]] = line
    except (KeyError, TypeError, ValueError) as error:
        message = "is not as `dispatch plan` wrote it; plan the day again"
        raise InputError.one(ROUNDS, message) from error
    return found
