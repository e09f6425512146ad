"""The service: centres, technicians, costs and assumptions, read from its TOML file.

`data/service.toml` comes with the package and gives every assumption with its
reason; another file of the same format describes another organisation.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic resolves the annotation at run time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.fieldwork import (
    Break,
    Identifier,
    Shift,
    Technician,
)
from dispatch.files.limits import Limits  # noqa: TC001 - pydantic needs it
from dispatch.files.positions import faults_of, locate, path_text
from dispatch.files.textfile import parse_toml, read_text
from dispatch.service.contradictions import contradictions
from dispatch.service.night_settings import Backlog, Retention
from dispatch.service.replan_settings import Replan
from dispatch.service.sections import (
    Assess,
    BreakEntry,
    CentreEntry,
    CostWeights,
    Demand,
    Explain,
    Familiarity,
    Response,
    SheetSettings,
    TechnicianDefaults,
    TechnicianEntry,
    TomlSection,
    UnassignedCosts,
    Volumes,
)
from dispatch.service.split_settings import Borders, ResplitSettings, SplitCriteria
from dispatch.service.ticket_settings import Geocoding, TicketLimits
from dispatch.service.uncertainty_settings import Uncertainty  # noqa: TC001 - pydantic needs it
from dispatch.territory import Centre, Commune, Territory
from dispatch.wording.catalogue import Language  # noqa: TC001 - pydantic needs it
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

SERVICE_FORMAT = "dispatch-service/1"
# The service file holds the bounds of other files; its own bound is here.
SERVICE_MAX_MB = 5
MINUTE_S = 60
DAY_S = 86_400
# No unassigned cost becomes larger by lateness (seconds): a tenth of the problem's own bound.
DEAREST_S = 10**8
# The source of faults that appear when communes are looked up.
SOURCE = "service"


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A technician and the centre that they belong to."""

    centre: str
    technician: Technician


class Service(TomlSection):
    """
    Everything that the service file says.

    Times inside are seconds since local midnight; durations in the file are minutes.
    """

    format: Literal["dispatch-service/1"]
    network: Identifier = "bundled"
    """The default roads: "bundled", a name in the user's data folder, or the path of a file."""
    centres: Annotated[tuple[CentreEntry, ...], Field(min_length=1), Strict(False)]
    skills: dict[Identifier, Identifier]
    """Label of each skill, in French, by identifier."""
    skill_labels: dict[Language, dict[Identifier, Identifier]] = Field(default_factory=dict)
    """Labels of skills in other languages: by language, then by identifier."""
    technician_defaults: TechnicianDefaults
    technicians: Annotated[tuple[TechnicianEntry, ...], Field(min_length=1), Strict(False)]
    unassigned: UnassignedCosts
    response: Response = Field(default_factory=lambda: Response(**_bundled("response")))
    """How soon visits are on site, if lateness has a weight; left out: as in the bundled file."""
    weights: CostWeights = CostWeights()
    familiarity: Familiarity = Field(default_factory=lambda: Familiarity(**_bundled("familiarity")))
    """What counts as knowing a place; left out: as in the bundled file."""
    uncertainty: Uncertainty | None = None
    """How much drives and services vary; left out: no chances are told."""
    volumes: Volumes
    demand: Demand
    limits: Limits
    assess: Assess | None = None
    """How splits are judged; left out: as the bundled file says."""
    roads: dict[str, Any] = Field(default_factory=dict)
    """Speeds and barriers of the bundled road graph; `streets/settings.py` reads them."""
    travel: dict[str, Any] = Field(default_factory=dict)
    """How sites are attached to the roads; `streets/sites.py` reads them."""
    borders: Borders = Field(default_factory=lambda: Borders(**_bundled("borders")))
    """Which communes are neighbours; left out: as in the bundled file."""
    split: SplitCriteria = Field(default_factory=lambda: SplitCriteria(**_bundled("split")))
    """What is asked of a split; left out: as in the bundled file."""
    resplit: ResplitSettings = Field(default_factory=lambda: ResplitSettings(**_bundled("resplit")))
    """How other splits are sought; left out: as in the bundled file."""
    backlog: Backlog = Field(default_factory=lambda: Backlog(**_bundled("backlog")))
    """When a ticket without delivery counts as closed; left out: as in the bundled file."""
    retention: Retention = Field(default_factory=lambda: Retention(**_bundled("retention")))
    """Retention of the store; left out: as in the bundled file."""
    explain: Explain = Field(default_factory=lambda: Explain(**_bundled("explain")))
    """What is tried to serve a visit left unassigned; left out: as in the bundled file."""
    sheets: SheetSettings = Field(default_factory=lambda: SheetSettings(**_bundled("sheets")))
    """Route sheets; left out: as in the bundled file."""
    ticket_limits: TicketLimits = Field(
        default_factory=lambda: TicketLimits(**_bundled("ticket_limits"))
    )
    """Bounds of sources of tickets; left out: as in the bundled file."""
    geocoding: Geocoding = Field(default_factory=lambda: Geocoding(**_bundled("geocoding")))
    """How addresses become positions; left out: as in the bundled file."""

    replan: Replan = Field(default_factory=lambda: Replan(**_bundled("replan")))
    """What changing a day under way costs; left out: as in the bundled file."""

    @cached_property
    def roster(self) -> tuple[RosterEntry, ...]:
        """Return the technicians with their centres, in the order of the file."""
        return tuple(roster_entry(entry, self.technician_defaults) for entry in self.technicians)

    @cached_property
    def judging(self) -> Assess:
        """Return how splits are judged: as this file says, or else as the bundled one does."""
        judging = self.assess or read_service().assess
        if judging is None:
            msg = "the bundled service file says nothing in [assess]"
            raise RuntimeError(msg)
        return judging

    def labels_of_skills(self, lang: str = DEFAULT) -> dict[str, str]:
        """Return the label of each skill in a language; in French where it has no other."""
        return self.skills | self.skill_labels.get(lang, {})

    def technicians_of(self, centre: str) -> tuple[Technician, ...]:
        """Return the technicians of a centre, in the order of the file."""
        return tuple(entry.technician for entry in self.roster if entry.centre == centre)

    def territory(self, communes: Mapping[str, Commune]) -> Territory:
        """
        Return the communes with the centres on them.

        Parameters
        ----------
        communes
            The communes by INSEE code.

        Raises
        ------
        InputError
            When the service names a commune that is not among them; every such name.
        """
        unknown = "no such commune in the territory; correct its INSEE code"
        named = [
            (f"centres[{index}].{key}", insee)
            for index, entry in enumerate(self.centres)
            for key, codes in (("town_hall", [entry.town_hall]), ("communes", entry.communes))
            for insee in codes
        ]
        named += [
            (f"technicians[{index}].{end}", getattr(entry, end))
            for index, entry in enumerate(self.technicians)
            for end in ("start", "end")
            if getattr(entry, end) not in {centre.id for centre in self.centres}
        ]
        named.append(("demand.places.metropole_commune", self.demand.places.metropole_commune))
        if self.demand.water is not None:
            named += [("demand.water.both_banks", insee) for insee in self.demand.water.both_banks]
        faults = [
            Fault(SOURCE, where, insee, unknown)
            for where, insee in named
            if insee is not None and insee not in communes
        ]
        if faults:
            raise InputError(faults)
        centres = {entry.id: _centre(entry, communes) for entry in self.centres}
        return Territory(communes, centres)

    def position(self, place: str, communes: Mapping[str, Commune]) -> tuple[float, float]:
        """
        Return longitude and latitude (degrees, WGS84) of where a round may start or end.

        Parameters
        ----------
        place
            A centre's id, or the INSEE code of a commune (its town hall).
        communes
            The communes by INSEE code.

        Raises
        ------
        InputError
            When there is neither such a centre nor such a commune.
        """
        for entry in self.centres:
            if entry.id == place:
                centre = _centre(entry, communes)
                return centre.lon, centre.lat
        if place in communes:
            return communes[place].town_hall_lon, communes[place].town_hall_lat
        message = "no such place; name a centre, or a commune by its INSEE code"
        raise InputError.one(SOURCE, message, where="place", value=place)

    def due_date(self, priority: int, due: date | None, asked: date | None) -> date | None:
        """
        Return the day from which a visit counts as late: its due date, or else its target.

        Parameters
        ----------
        priority
            1 (VIP or service down) to 4.
        due
            Day by which the visit should be done; None: not known.
        asked
            Day on which it was asked for; None: not known.

        Returns
        -------
        due
            None when there is neither due date nor target.
        """
        if due is not None or asked is None or self.unassigned.target_days is None:
            return due
        return asked + timedelta(days=self.unassigned.target_days[priority - 1])

    def unassigned_cost_s(
        self, priority: int, due: date | None, day: date, asked: date | None = None
    ) -> int:
        """
        Return a visit's unassigned cost on a day: the driving that one would accept (s).

        With c the cost of the priority, s `late_share_per_day`, m `late_factor_max`, g
        `forgotten_after_days` and d the calendar days past the due date (`due_date`):
        c (min(1 + s d, m) + s max(0, d - g)). The first term orders late visits. The second has no
        bound, so that no visit waits for ever (docs/backlog.md).

        Parameters
        ----------
        priority
            1 (VIP or service down) to 4.
        due
            Day by which the visit should be done; None: it is never late.
        day
            The planned day.
        asked
            Day on which it was asked for, for visits without a due date; None: not known.
        """
        counted = self.due_date(priority, due, asked)
        late_days = max(0, (day - counted).days) if counted is not None else 0
        settings = self.unassigned
        factor = min(1 + settings.late_share_per_day * late_days, settings.late_factor_max)
        if settings.forgotten_after_days is not None:
            forgotten_days = max(0, late_days - settings.forgotten_after_days)
            factor += settings.late_share_per_day * forgotten_days
        cost_s = settings.cost_min[priority - 1] * MINUTE_S * factor
        return min(round(cost_s), DEAREST_S)

    def due_s(self, priority: int, windows_s: Sequence[tuple[int, int]], from_s: int) -> int | None:
        """
        Return the wished latest start of a visit (seconds since midnight); None: there is none.

        Parameters
        ----------
        priority
            1 (VIP or service down) to 4.
        windows_s
            Windows of its start; empty: at any time. Where all open later, they say otherwise.
        from_s
            Start of the centre's day, or the call.
        """
        within = self.response.minutes(priority)
        if within is None:
            return None
        wished = from_s + within * MINUTE_S
        return None if windows_s and min(windows_s)[0] > wished else wished

    @property
    def visits_per_day(self) -> float:
        """Return the mean number of on-site visits of a working day, all centres together."""
        demand, volumes = self.demand, self.volumes
        year = (
            volumes.incidents * demand.onsite_share_incidents
            + volumes.requests * demand.onsite_share_requests
        )
        return year / demand.working_days


def _bundled(section: str) -> dict[str, Any]:
    """Return a section of the bundled file, the default of files without it."""
    path = data_path("service.toml")
    found: dict[str, Any] = parse_toml(read_text(path, max_mb=SERVICE_MAX_MB), path.name)[section]
    return found


def read_service(path: Path | None = None) -> Service:
    """
    Read a service file.

    Parameters
    ----------
    path
        A TOML file; None: the one that comes with the package.

    Raises
    ------
    InputError
        When it cannot be read, breaks the format or contradicts itself: every fault,
        with line and column.
    """
    path = data_path("service.toml") if path is None else path
    return parse_service(read_text(path, max_mb=SERVICE_MAX_MB), path.name)


def parse_service(text: str, source: str = "service.toml") -> Service:
    """
    Read a service from the text of its file; as `read_service`.

    Parameters
    ----------
    text
        TOML.
    source
        Name of the file, for error messages.
    """
    document = parse_toml(text, source)
    faults = []
    for path, value, message in contradictions(document):
        line, column = locate(text, path, "toml") or (None, None)
        faults.append(Fault(source, path_text(path), value, message, line, column))
    try:
        service = Service.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        faults += faults_of(error, source, text, "toml")
        faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0))
        raise InputError(faults) from error
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return service


def roster_entry(entry: TechnicianEntry, defaults: TechnicianDefaults) -> RosterEntry:
    """Return the technician that an entry describes, completed by the defaults."""

    def chosen(name: str) -> Any:  # noqa: ANN401 - whatever the field holds
        own = getattr(entry, name)
        return getattr(defaults, name) if own is None else own

    pause: BreakEntry | None = chosen("break_")
    overtime_min: int = chosen("max_overtime_min")
    working_min: int | None = chosen("max_working_min")
    shift = Shift(*chosen("shift"))
    if entry.max_overtime_min is None and _length_s(shift) < _length_s(Shift(*defaults.shift)):
        overtime_min = 0  # nobody's half day ends later unasked
    # On a night shift, a break that would be over before it is one after midnight.
    later_s = DAY_S if pause and shift.end_s > DAY_S and pause.latest < shift.start_s else 0
    technician = Technician.model_validate(
        {
            "id": entry.id,
            "start": entry.start or entry.centre,
            "end": entry.end or entry.centre,
            "shift_s": shift,
            "skills": frozenset(entry.skills),
            "break": None
            if pause is None
            else Break(
                duration_s=pause.duration_min * MINUTE_S,
                earliest_s=pause.earliest + later_s,
                latest_s=pause.latest + later_s,
            ),
            "max_overtime_s": overtime_min * MINUTE_S,
            "max_working_s": None if working_min is None else working_min * MINUTE_S,
            "capacity": chosen("capacity"),
        }
    )
    return RosterEntry(entry.centre, technician)


def _length_s(shift: Shift) -> int:
    return shift.end_s - shift.start_s


def _centre(entry: CentreEntry, communes: Mapping[str, Commune]) -> Centre:
    centre = Centre(
        id=entry.id,
        name=entry.name,
        address=entry.address or "",
        lon=entry.lon or 0.0,
        lat=entry.lat or 0.0,
        communes=entry.communes,
        serves_metropole=entry.serves_metropole,
    )
    if entry.town_hall is None:
        return centre
    hall = communes[entry.town_hall]
    return replace(
        centre, address=hall.town_hall_address, lon=hall.town_hall_lon, lat=hall.town_hall_lat
    )
