"""What a day is planned from: the options, the files that they name, and the roads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.data import data_path
from dispatch.edits.reading import read_edits
from dispatch.errors import Fault, InputError
from dispatch.files.textfile import read_text
from dispatch.folder.familiarity import History, read_history
from dispatch.inputs.read import read_technicians
from dispatch.model.day import roads_of
from dispatch.service.service import SERVICE_MAX_MB, parse_service
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes
from dispatch.tickets.section import section_of
from dispatch.tickets.sources import open_source
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date as Date

    from dispatch.edits.model import Edits
    from dispatch.fieldwork import Ticket
    from dispatch.service.service import RosterEntry, Service
    from dispatch.solve.efforts import EffortName
    from dispatch.streets.network import Network
    from dispatch.territory import Commune, Territory
    from dispatch.tickets.reading import Reading

SAMPLE = "samples/visits.csv"


@dataclass(frozen=True)
class PlanOptions:
    """
    What to plan, and where to write it: the options of `dispatch plan`.

    Parameters
    ----------
    date
        The day.
    out
        Output directory; `plan_of` does not use it.
    centres
        Ids of the centres; empty: all.
    visits, technicians, service
        Files; None: the bundled ones. The visits may be a folder of files.
    mapping, sites, geocode
        How the visits are read: as in `dispatch.tickets.section.section_of`.
    strict
        Whether any fault of the visits stops the whole; otherwise it costs its row, or its field.
    network
        "bundled", a name in the user's data folder, or the path of a file; None: as the
        service file says.
    traffic
        Whether travel follows the time of day; None: as the service file says.
    effort, seed, time_limit_s
        As in `dispatch.solve.solve`.
    lang, tiles
        Language of the pages; URL of online tiles, or None.
    history
        Output directories of past days, or folders of such: who has been where lately.
    workers
        Number of processes; None: one a processor. The plans do not depend on it.
    edits
        A file of edits by hand; None: those that the output directory holds for the day.
    keep_edits
        Whether the edits of the output directory are applied again; otherwise they are
        forgotten.
    even
        Weight of even work (percent), in place of the service file's `[weights] imbalance`; None:
        that one. With it, each centre is planned a second time, with another value, to compare.
    """

    date: Date
    out: Path = Path("out")
    centres: tuple[str, ...] = ()
    visits: Path | None = None
    mapping: str | None = None
    sites: Path | None = None
    geocode: bool = False
    strict: bool = False
    technicians: Path | None = None
    service: Path | None = None
    network: str | None = None
    traffic: bool | None = None
    effort: EffortName = "standard"
    seed: int = 1
    time_limit_s: float | None = None
    lang: str = DEFAULT
    tiles: str | None = None
    history: tuple[Path, ...] = ()
    workers: int | None = None
    edits: Path | None = None
    keep_edits: bool = True
    even: int | None = None


@dataclass(frozen=True)
class Roads:
    """
    The roads of a day.

    Parameters
    ----------
    network
        The road graph.
    router
        Measures travel on it.
    traffic
        Whether travel follows the time of day.
    named
        How the network was named: "bundled", a name in the user's data folder, or a path.
    """

    network: Network
    router: Router
    traffic: bool
    named: str


@dataclass(frozen=True)
class Inputs:
    """
    All that a day is planned from; nothing says where it is written.

    Parameters
    ----------
    date
        The day.
    service, service_text
        The service, and the text of its file.
    communes, territory
        The communes by INSEE code, and the centres on them.
    roster
        Who works that day.
    tickets
        The visits asked for.
    sample
        Whether these are the bundled sample rather than real ones.
    roads
        The roads.
    history
        Stops of past days.
    centres
        Ids of the centres to plan; empty: all.
    edits
        Edits by hand; None: there are none.
    reading
        What was read of the visits besides the tickets; None: they came from elsewhere.
    """

    date: Date
    service: Service
    service_text: str
    communes: Mapping[str, Commune]
    territory: Territory
    roster: tuple[RosterEntry, ...]
    tickets: tuple[Ticket, ...]
    sample: bool
    roads: Roads
    history: History = field(default_factory=History)
    centres: tuple[str, ...] = ()
    edits: Edits | None = None
    reading: Reading | None = None


def load_roads(
    service: Service, day: Date, *, network: str | None = None, traffic: bool | None = None
) -> Roads:
    """
    Load the roads of a day.

    Parameters
    ----------
    service
        Names the roads, where `network` does not, and holds their settings.
    day
        The day.
    network, traffic
        As in `PlanOptions`.

    Raises
    ------
    InputError
        When there are none, or when there is no traffic although it is asked for.
    """
    roads = roads_of(service, network)
    settings = TravelSettings.from_toml(service.travel)
    router = Router(roads, settings=settings, cache=True)
    by_default = settings.traffic is not None and settings.traffic.by_default
    with_traffic = by_default if traffic is None else traffic
    if with_traffic:
        router.traffic_of(day)  # a day without traffic is refused before anything is planned
    return Roads(roads, router, with_traffic, network or service.network)


def read_inputs(options: PlanOptions) -> Inputs:
    """
    Read every file of a options.

    Raises
    ------
    InputError
        When any is faulty, with the faults of all.
    """
    service_path = options.service or data_path("service.toml")
    service_text = read_text(service_path, max_mb=SERVICE_MAX_MB)
    service = parse_service(service_text, service_path.name)
    communes = read_communes()
    territory = service.territory(communes)
    faults: list[Fault] = []
    centres = {name: territory.centre_named(name) for name in options.centres}
    known = ", ".join(sorted(territory.centres))
    faults += [
        Fault("--centre", "", name, f"no such centre; there are {known}")
        for name in options.centres
        if centres[name] is None
    ]
    roster = service.roster
    if options.technicians is not None:
        try:
            roster = tuple(read_technicians(options.technicians, service, communes))
        except InputError as error:
            faults += error.faults
    tickets: tuple[Ticket, ...] = ()
    reading = None
    try:
        reading = reading_of(options, service, communes, roster)
        tickets = reading.tickets
    except InputError as error:
        faults += error.faults
    edits = None
    if options.edits is not None:
        visits, technicians = None, None
        if not faults:  # ids are looked up only where the files that hold them could be read
            visits = {ticket.id for ticket in tickets}
            technicians = {entry.technician.id for entry in roster}
        try:
            edits = read_edits(
                options.edits,
                service.limits,
                options.date,
                visits=visits,
                technicians=technicians,
            )
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return Inputs(
        date=options.date,
        service=service,
        service_text=service_text,
        communes=communes,
        territory=territory,
        roster=tuple(roster),
        tickets=tickets,
        sample=options.visits is None,
        roads=load_roads(service, options.date, network=options.network, traffic=options.traffic),
        history=read_history(options.history, options.date, service.familiarity),
        centres=tuple(name for name in centres.values() if name is not None),
        edits=edits,
        reading=reading,
    )


def reading_of(
    options: PlanOptions,
    service: Service,
    communes: Mapping[str, Commune],
    roster: Sequence[RosterEntry],
) -> Reading:
    """
    Read the visits as `dispatch tickets check` does.

    Raises
    ------
    InputError
        When the file as a whole cannot be used, no row of it can be planned, or, if strict, it has
        any fault; every fault.
    """
    path = data_path(SAMPLE) if options.visits is None else options.visits
    section = section_of(
        path, mapping=options.mapping, sites=options.sites, geocode=options.geocode
    )
    reading = open_source(section, service, communes, roster).read(options.date)
    faults = [*reading.faults]
    if options.strict:
        faults += [*reading.left_out, *reading.unread, *reading.lacking]
    elif not reading.tickets:
        faults += reading.lacking
    if faults and (options.strict or not reading.tickets):
        raise InputError(sorted(faults, key=lambda at: (at.line or 0, at.column or 0)))
    if not reading.tickets:
        message = "has no row to plan: " + ("; ".join(reading.notes) or "add at least one")
        raise InputError.one(path.name, message)
    return reading
