"""Every centre for one date: read, solve side by side, check, draw, write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dispatch import rules
from dispatch.config import SERVICE_MAX_MB, parse_service
from dispatch.data import data_path
from dispatch.day import CentreDay, problem_of, roads_of, share_out, ways_of
from dispatch.edits.applying import held_by
from dispatch.edits.day import edited_day
from dispatch.edits.kept import files_of, kept_edits, rounds_before
from dispatch.edits.reading import read_edits
from dispatch.errors import DispatchError, Fault, InputError, SolverError
from dispatch.explain import explain_left
from dispatch.familiarity import read_history, with_familiarity
from dispatch.files.textfile import read_text
from dispatch.folder import Day, NetworkUsed, problem_file, refuse_unwritable, write_folder
from dispatch.planning import Settings, plan_all
from dispatch.read import read_technicians, read_visits
from dispatch.roads import BUNDLED
from dispatch.territory import read_communes
from dispatch.travel import Router, TravelSettings
from dispatch.views import tables, wording
from dispatch.views.explanations import Teller
from dispatch.written import inputs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date as Date
    from pathlib import Path

    from dispatch.config import RosterEntry, Service
    from dispatch.day import Work
    from dispatch.edits.applying import Status
    from dispatch.edits.model import Edits
    from dispatch.fieldwork import Ticket
    from dispatch.plan import Plan
    from dispatch.planning import Planner
    from dispatch.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.search import Progress
    from dispatch.streets.network import Network
    from dispatch.territory import Commune, Territory

    OnEdits = Callable[[tuple[Status, ...], bool], None]

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
class Outcome:
    """
    What was written, and what went wrong.

    Parameters
    ----------
    day
        The day, as written.
    worst_exit_code
        Of the worst failure; 0: none.
    failures
        Each centre's failure.
    edits
        What became of each edit by hand.
    edits_kept
        Whether they are those that the folder had kept.
    """

    day: Day
    worst_exit_code: int = 0
    failures: Mapping[str, DispatchError] = field(default_factory=dict)
    edits: tuple[Status, ...] = ()
    edits_kept: bool = False


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


def plan_day(
    request: Request,
    *,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_edits: OnEdits | None = None,
) -> Outcome:
    """
    Plan a day and write its folder.

    Parameters
    ----------
    request
        What to plan, and where to write it.
    on_progress, on_edits
        As in `plan_inputs`.

    Raises
    ------
    InputError
        When a file is faulty or the folder cannot be written; nothing is written then.
    """
    inputs = read_inputs(request)
    return plan_inputs(request, inputs, on_progress=on_progress, on_edits=on_edits)


def plan_inputs(
    request: Request,
    inputs: Inputs,
    *,
    roads: Roads | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_edits: OnEdits | None = None,
    planner: Planner | None = None,
) -> Outcome:
    """
    Plan a day of what was read already, and write its folder.

    Parameters
    ----------
    request
        The day, the centres, the search and the folder; its files are not read.
    inputs
        What is planned.
    roads
        Those of the request, where they were loaded already; None: they are loaded.
    on_progress
        As in `dispatch.planning.plan_all`.
    on_edits
        Called before anything is planned with what became of the edits by hand, where there are
        some, and whether the folder had kept them.
    planner
        What plans the problems; None: processes of this machine.

    Raises
    ------
    InputError
        When the folder cannot be written; nothing is written then.
    """
    refuse_unwritable(request.out, folder=True)
    works = share_out(inputs.territory, inputs.tickets, inputs.roster)
    if request.centres:
        works = {centre: works[centre] for centre in dict.fromkeys(request.centres)}
    service = inputs.service
    roads = roads or load_roads(request, service)
    network, router, traffic = roads.network, roads.router, roads.traffic

    history = read_history(request.history, request.date, service.familiarity)

    def problem(work: Work) -> DayProblem:
        made = problem_of(work, request.date, service, inputs.communes, router, traffic=traffic)
        tickets = {ticket.id: ticket for ticket in work.tickets}
        return with_familiarity(made, tickets, history, service.familiarity)

    edits = inputs.edits
    if edits is None and request.keep_edits:
        edits = kept_edits(request.out, service.limits, request.date)
    rounds = rounds_before(request.out, request.date) if edits else {}
    edited = edited_day(works, problem, edits.entries if edits else (), rounds)
    works, problems, failures = edited.works, edited.problems, edited.failures
    edits_kept = edits is not None and edits is not inputs.edits
    if on_edits is not None and edits is not None:
        on_edits(edited.edited.statuses, edits_kept)
    search = Settings(request.effort, request.seed, request.time_limit_s)
    plan_problems = plan_all if planner is None else planner
    planned = plan_problems(problems, search, workers=request.workers, on_progress=on_progress)
    failures |= planned.failures

    plans: dict[str, Plan] = {}
    for centre, plan in planned.plans.items():
        # Checked again here, after it crossed from another process.
        broken = [v for v in rules.check(problems[centre], plan) if v.rule != "mandatory_served"]
        if broken:
            failures[centre] = SolverError("\n".join(map(str, broken)))
        else:
            plans[centre] = plan
    plans = {centre: plans[centre] for centre in works if centre in plans}
    days = [
        CentreDay(
            centre=works[centre].centre,
            problem=problems[centre],
            plan=plan,
            tickets={ticket.id: ticket for ticket in works[centre].tickets},
            lines=ways_of(
                works[centre], problems[centre], plan, inputs.service, inputs.communes, router
            ),
            sample=inputs.sample,
        )
        for centre, plan in plans.items()
    ]
    messages = {centre: str(failures[centre]) for centre in works if centre in failures}
    day = Day(
        date=request.date,
        network=NetworkUsed(
            name=network.name,
            named=request.network or service.network,
            approximate=network.approximate,
            sha256=network.sha256,
            attribution=network.attribution,
        ),
        seed=request.seed,
        effort=request.effort,
        sample=inputs.sample,
        traffic=traffic,
        summary={centre: plan.summary() for centre, plan in plans.items()},
        plans=plans,
        failures=messages,
    )
    files = {problem_file(name): problems[name].to_json() for name in plans}
    files |= inputs_of(
        inputs.service_text, request.date, {name: works[name].tickets for name in plans}
    )
    if edits is not None:
        files |= files_of(edits, edited.edited, edited.before, request.date)
    files |= _views(
        request, days, inputs, network, messages, traffic=traffic, dropped=edited.dropped
    )
    write_folder(request.out, files, day)
    return Outcome(
        day,
        max((error.exit_code for error in failures.values()), default=0),
        failures,
        held_by(plans, edited.edited.statuses),
        edits_kept=edits_kept,
    )


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


def _views(
    request: Request,
    days: list[CentreDay],
    inputs: Inputs,
    network: Network,
    failures: Mapping[str, str],
    *,
    traffic: bool,
    dropped: Mapping[str, Sequence[Ticket]],
) -> dict[str, str]:
    """Return the text of every page and table, by file name."""
    from dispatch.views import cartography, pages  # here: folium takes a while to load

    lang = request.lang
    left = {
        visit: found
        for day in days
        for visit, found in explain_left(
            day.problem, day.plan, inputs.service.explain, seed=request.seed
        ).items()
    }
    skills = inputs.service.skills
    said = {visit: Teller(lang, skills).brief(found) for visit, found in left.items()}
    # The table is in French, whatever the pages are in.
    french = {visit: Teller("fr", skills).brief(found) for visit, found in left.items()}
    bundled = (request.network or inputs.service.network) == BUNDLED
    attribution = wording.attribution(lang) if bundled else network.attribution
    note = wording.network_note(
        bundled=bundled, traffic=request.date if traffic else None, lang=lang
    )
    water = inputs.service.demand.water
    backdrop = cartography.backdrop(network, [] if water is None else [tuple(water.line)])
    files = {
        pages.map_file_name(day.centre.id): pages.map_page(
            day,
            inputs.territory,
            network_note=note,
            attribution=attribution,
            lang=lang,
            tiles=request.tiles,
            backdrop=backdrop,
            skill_labels=inputs.service.skills,
            explanations=said,
        )
        for day in days
    }
    files["index.html"] = pages.index_page(
        days,
        inputs.territory,
        date=request.date,
        attribution=attribution,
        network_note=note,
        failures=failures,
        lang=lang,
        explanations=said,
        downloads=tuple(pages.DOWNLOADS),
    )
    files["stops.csv"] = tables.stops_csv(days, inputs.territory)
    files["unassigned.csv"] = tables.unassigned_csv(
        days, inputs.territory, explanations=french, dropped=dropped
    )
    files["rounds.geojson"] = tables.rounds_geojson(days, attribution)
    return files
