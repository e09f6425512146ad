"""What a day is planned from: the request, the files that it names, and the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dispatch.data import data_path
from dispatch.edits.reading import read_edits
from dispatch.errors import Fault, InputError
from dispatch.files.textfile import read_text
from dispatch.inputs.read import read_technicians, read_visits
from dispatch.model.day import roads_of
from dispatch.service.service import SERVICE_MAX_MB, parse_service
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date as Date
    from pathlib import Path

    from dispatch.edits.model import Edits
    from dispatch.fieldwork import Ticket
    from dispatch.service.service import RosterEntry, Service
    from dispatch.solve.efforts import EffortName
    from dispatch.streets.network import Network
    from dispatch.territory import Commune, Territory

SAMPLE = "samples/visits.csv"


@dataclass(frozen=True)
class Request:
    """
    What to plan, and where to write it: the options of `dispatch plan`.

    Parameters
    ----------
    date
        The day.
    centres
        Ids of the centres; empty: all.
    visits, technicians, service
        Files; None: the bundled ones.
    network
        "bundled", a name in the user's data folder, or the path of a file; None: as the
        service file says.
    traffic
        Whether travel follows the time of day; None: as the service file says.
    effort, seed, time_limit_s
        As in `dispatch.solve.solve`.
    out
        Folder to write.
    history
        Folders of past days, or folders of such: who has been where lately.
    lang, tiles
        Language of the pages; URL of online tiles, or None.
    workers
        Number of processes; None: one a processor. The plans do not depend on it.
    edits
        A file of edits by hand; None: those that the folder keeps for the day.
    keep_edits
        Whether the folder's edits are taken up again; otherwise they are forgotten.
    """

    date: Date
    out: Path
    centres: tuple[str, ...] = ()
    visits: Path | None = None
    technicians: Path | None = None
    service: Path | None = None
    network: str | None = None
    traffic: bool | None = None
    effort: EffortName = "standard"
    seed: int = 1
    time_limit_s: float | None = None
    lang: Literal["fr", "en"] = "fr"
    tiles: str | None = None
    history: tuple[Path, ...] = ()
    workers: int | None = None
    edits: Path | None = None
    keep_edits: bool = True


@dataclass(frozen=True)
class Inputs:
    """What was read: the service (and its file's text), its territory, who works, the tickets."""

    service: Service
    service_text: str
    communes: Mapping[str, Commune]
    territory: Territory
    roster: tuple[RosterEntry, ...]
    tickets: tuple[Ticket, ...]
    sample: bool
    edits: Edits | None = None


@dataclass(frozen=True)
class Roads:
    """The roads of a request: the network, what measures on it, whether by time of day."""

    network: Network
    router: Router
    traffic: bool


def load_roads(request: Request, service: Service) -> Roads:
    """
    Load the roads that a request names.

    Raises
    ------
    InputError
        When there are none, or no traffic where some is asked for.
    """
    network = roads_of(service, request.network)
    settings = TravelSettings.from_toml(service.travel)
    router = Router(network, settings=settings, cache=True)
    traffic = _with_traffic(request, settings)
    if traffic:
        router.traffic_of(request.date)  # refused before anything is planned, if there is none
    return Roads(network, router, traffic)


def _with_traffic(request: Request, settings: TravelSettings) -> bool:
    if request.traffic is not None:
        return request.traffic
    return settings.traffic is not None and settings.traffic.by_default


def read_inputs(request: Request) -> Inputs:
    """
    Read every file of a request.

    Raises
    ------
    InputError
        When any is faulty, with the faults of all.
    """
    service_path = request.service or data_path("service.toml")
    service_text = read_text(service_path, max_mb=SERVICE_MAX_MB)
    service = parse_service(service_text, service_path.name)
    communes = read_communes()
    territory = service.territory(communes)
    faults: list[Fault] = []
    unknown = [centre for centre in request.centres if centre not in territory.centres]
    if unknown:
        known = ", ".join(sorted(territory.centres))
        faults += [
            Fault("--centre", "", centre, f"no such centre; there are {known}")
            for centre in unknown
        ]
    roster = service.roster
    if request.technicians is not None:
        try:
            roster = tuple(read_technicians(request.technicians, service, communes))
        except InputError as error:
            faults += error.faults
    tickets: list[Ticket] = []
    try:
        path = data_path(SAMPLE) if request.visits is None else request.visits
        tickets = read_visits(path, service, communes, roster)
    except InputError as error:
        faults += error.faults
    edits = None
    if request.edits is not None:
        visits, technicians = None, None
        if not faults:  # what is there is known only where its file could be read
            visits = {ticket.id for ticket in tickets}
            technicians = {entry.technician.id for entry in roster}
        try:
            edits = read_edits(
                request.edits,
                service.limits,
                request.date,
                visits=visits,
                technicians=technicians,
            )
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return Inputs(
        service,
        service_text,
        communes,
        territory,
        tuple(roster),
        tuple(tickets),
        request.visits is None,
        edits,
    )
