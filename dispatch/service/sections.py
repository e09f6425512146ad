"""The sections of the service file as models: the meaning, unit and bounds of each key.

No figure of the service is here: `data/service.toml` has each figure with its reason. The default
of an optional key means "none", or "as in the section above".
"""

from __future__ import annotations

import math
import re
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_validator,
    model_validator,
)

from dispatch.fieldwork import Identifier
from dispatch.files.cells import end_on_the_next_day

PRIORITIES = 4
SUM_TOLERANCE = 1e-9
APPOINTMENT = "appointment"


def _clock_s(value: object) -> int:
    """Return a time of day as seconds since local midnight."""
    if not isinstance(value, time) or value.microsecond or value.tzinfo:
        msg = "must be a time such as 08:30:00, without quotes"
        raise ValueError(msg)
    return value.hour * 3600 + value.minute * 60 + value.second


def _over_midnight(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], end_on_the_next_day(*span)


Clock = Annotated[int, BeforeValidator(_clock_s)]
Insee = Annotated[str, Field(pattern=r"^\d[\dAB]\d{3}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Minutes = Annotated[int, Field(ge=0, le=7 * 1440)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
# TOML has lists only; strict models want tuples, so lists pass at this one level.
Spans = Annotated[tuple[Annotated[tuple[Clock, Clock], Strict(False)], ...], Strict(False)]
Span = Annotated[tuple[Clock, Clock], Strict(False)]
NightSpan = Annotated[Span, AfterValidator(_over_midnight)]
"""Hours that may run past midnight: 18:00 to 02:00 ends on the next day."""
Skills = Annotated[tuple[Identifier, ...], Strict(False)]


class TomlSection(BaseModel):
    """Unknown keys are refused by name, types are not guessed, nothing changes once read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


def _ordered(name: str, span: tuple[int, int]) -> None:
    if span[0] >= span[1]:
        msg = f"{name}: the end must be after the start"
        raise ValueError(msg)


def _sums_to_one(name: str, shares: list[float]) -> None:
    if not math.isclose(sum(shares), 1.0, abs_tol=SUM_TOLERANCE):
        msg = f"{name} must sum to 1, not {sum(shares):g}; correct the shares"
        raise ValueError(msg)


class CentreEntry(TomlSection):
    """A proximity centre: its premises at a town hall, or at an address with its position."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    """Names files and pages: letters, digits, `-` and `_`."""
    name: Identifier
    town_hall: Insee | None = None
    """INSEE code of the commune whose town hall houses the centre."""
    address: str | None = None
    lon: Longitude | None = None
    """Degrees, WGS84."""
    lat: Latitude | None = None
    """Degrees, WGS84."""
    communes: Annotated[tuple[Insee, ...], Strict(False)] = ()
    serves_metropole: bool = False

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [self.address, self.lon, self.lat]
        elsewhere = all(part is not None for part in given)
        at_town_hall = self.town_hall is not None and given == [None] * 3
        if elsewhere == at_town_hall or (self.town_hall is not None and elsewhere):
            msg = "give the premises either as `town_hall`, or as `address`, `lon` and `lat`"
            raise ValueError(msg)
        return self


class BreakEntry(TomlSection):
    """A break: how long, and from when to when it may start."""

    duration_min: Annotated[int, Field(gt=0, le=480)]
    earliest: Clock
    latest: Clock

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.earliest > self.latest:
            msg = "the latest start of the break is before the earliest"
            raise ValueError(msg)
        return self


class TechnicianDefaults(TomlSection):
    """Values of technicians whose own entry leaves them out."""

    shift: NightSpan
    break_: Annotated[BreakEntry | None, Field(alias="break")] = None
    """Left out: no break."""
    max_overtime_min: Minutes = 0
    """Of those whose shift is no shorter than `shift`; the others have none unless they say so."""
    max_working_min: Minutes | None = None
    """Bound on return minus departure, break included; left out: none."""
    capacity: Count | None = None
    """Loads that the van holds; left out: no bound."""

    @model_validator(mode="after")
    def _order(self) -> Self:
        _ordered("shift", self.shift)
        return self


class TechnicianEntry(TomlSection):
    """A technician; `technician_defaults` has the values that are left out."""

    id: Identifier
    centre: Identifier
    skills: Skills = ()
    start: Identifier | None = None
    """Where the round starts: a centre, or a commune (its town hall); left out: the centre."""
    end: Identifier | None = None
    """Where it ends; left out: the centre."""
    shift: NightSpan | None = None
    break_: Annotated[BreakEntry | None, Field(alias="break")] = None
    max_overtime_min: Minutes | None = None
    max_working_min: Minutes | None = None
    capacity: Count | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.shift is not None:
            _ordered("shift", self.shift)
        return self


class UnassignedCosts(TomlSection):
    """The unassigned cost of a visit."""

    cost_min: Annotated[
        tuple[Annotated[int, Field(ge=0, le=100_000)], ...],
        Field(min_length=PRIORITIES, max_length=PRIORITIES),
        Strict(False),
    ]
    """Minutes of driving for priority 1 to 4."""
    late_share_per_day: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    """Part of that cost added for each calendar day past the due date."""
    late_factor_max: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)]
    """At most this many times the cost..."""
    forgotten_after_days: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """...until this many calendar days past the due date: each further one adds
    `late_share_per_day` again, without end; left out: never."""
    target_days: (
        Annotated[
            tuple[Annotated[int, Field(ge=0, le=10_000)], ...],
            Field(min_length=PRIORITIES, max_length=PRIORITIES),
            Strict(False),
        ]
        | None
    ) = None
    """Calendar days after which a visit without a due date is due, counted from the day on which it
    was asked for, by priority 1 to 4; left out: such a visit is never late."""


class Response(TomlSection):
    """How soon a visit is on site."""

    within_min: dict[Literal["1", "2", "3", "4"], Annotated[int, Field(gt=0, le=10_080)]] = Field(
        default_factory=dict
    )
    """Minutes from the start of the centre's day, or from the call, to the start of the visit, by
    priority; a priority that is left out: no wish."""

    def minutes(self, priority: int) -> int | None:
        """Return the response time of a priority; None: there is none."""
        return next((each for name, each in self.within_min.items() if int(name) == priority), None)


class CostWeights(TomlSection):
    """Weights of the soft parts of a plan's cost, as in PROBLEM.json."""

    overtime: Annotated[int, Field(ge=0, le=1000)] = 0
    """Seconds of cost a second worked after the shift; 0: nobody does, even where it is allowed."""
    lateness: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Seconds of cost a second by which a service starts after its response time; left out: none.
    Windows are hard all the same."""
    unfamiliarity: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Seconds of cost of a visit by a technician who does not know the place at all."""
    imbalance: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Cost of time on site above a technician's fair share, in percent of that time."""
    slack_target_s: Annotated[int, Field(ge=0, le=86_400)] = 900
    """Among schedules of equal cost, the most time kept free before each window ends (seconds)."""


class Familiarity(TomlSection):
    """What counts as knowing a place, from past days; `weights` has its price."""

    look_back_days: Annotated[int, Field(gt=0, le=366)]
    """Days before the planned one that count."""
    site_radius_m: Annotated[int, Field(ge=0, le=10_000)]
    """Stops no farther apart than this are at the same place."""
    commune_percent: Annotated[int, Field(ge=0, le=100)]
    """How well one knows a place after a stop elsewhere in its commune; the very place is 100."""


class Volumes(TomlSection):
    """The service's counted volumes of one year."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    calls: Count
    incidents: Count
    requests: Count
    agents: Count
    copiers: Count


class DrawnPlaces(TomlSection):
    """Positions of visits in a commune: near the town hall, and spread over the commune."""

    core_share: Share
    core_sigma_m: Positive
    """Standard deviation around the town hall, each axis (metres)."""
    spread_of_size: Positive
    """Standard deviation of the others, as a part of the square root of the commune's area."""
    metropole_commune: Insee
    metropole_lon: Longitude
    metropole_lat: Latitude
    metropole_share: Share
    metropole_sigma_m: Positive


class Water(TomlSection):
    """The river in which no visit falls."""

    half_width_m: Positive
    both_banks: Annotated[tuple[Insee, ...], Strict(False)] = ()
    """Communes on both banks; another commune is taken to be on the bank of its town hall."""
    line: Annotated[
        tuple[Annotated[tuple[Longitude, Latitude], Strict(False)], ...],
        Field(min_length=2),
        Strict(False),
    ]
    """Middle line: longitude, latitude (degrees, WGS84)."""


class Due(TomlSection):
    """Time to due dates."""

    days_left: Annotated[
        tuple[Annotated[tuple[int, int], Strict(False)], ...],
        Field(min_length=PRIORITIES, max_length=PRIORITIES),
        Strict(False),
    ]
    """Working days to the due date, least and most, for priority 1 to 4."""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if any(least > most for least, most in self.days_left):
            msg = "days_left: the least must not exceed the most"
            raise ValueError(msg)
        return self


class Appointments(TomlSection):
    """Windows of an agreed hour."""

    starts: Annotated[tuple[Clock, ...], Field(min_length=1), Strict(False)]
    length_min: Annotated[int, Field(ge=0, le=480)]


class Words(TomlSection):
    """Texts that replace {lieu} in descriptions."""

    lieu: Annotated[tuple[Identifier, ...], Field(min_length=1), Strict(False)]
    lieu_metropole: Annotated[tuple[Identifier, ...], Field(min_length=1), Strict(False)]


class VisitKind(TomlSection):
    """A kind of visit, from which sample visits are drawn."""

    id: Identifier
    of: Literal["incident", "request"]
    share: Share
    """Of the on-site incidents, or of the on-site requests."""
    skills: Skills
    minutes: Annotated[tuple[int, int, int], Strict(False)]
    """Service: least, usual, most (minutes, steps of 5)."""
    load: Annotated[int, Field(ge=0, le=1000)] = 0
    priority: Annotated[
        tuple[Share, ...], Field(min_length=PRIORITIES, max_length=PRIORITIES), Strict(False)
    ]
    windows: dict[str, Share]
    descriptions: Annotated[tuple[Identifier, ...], Field(min_length=1), Strict(False)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        least, usual, most = self.minutes
        if not 0 < least <= usual <= most or least == most or any(m % 5 for m in self.minutes):
            msg = "minutes must rise (least, usual, most) and be multiples of 5"
            raise ValueError(msg)
        _sums_to_one("priority", list(self.priority))
        _sums_to_one("windows", list(self.windows.values()))
        return self


class Demand(TomlSection):
    """How visits of a day are drawn from the year's volumes."""

    working_days: Annotated[int, Field(gt=0, le=366)]
    onsite_share_incidents: Share
    onsite_share_requests: Share
    agents: Annotated[dict[str, Count], Field(min_length=1)]
    """Agents served, by INSEE code or "metropole"."""
    places: DrawnPlaces
    water: Water | None = None
    due: Due
    windows: dict[str, Spans]
    """Named sets of windows, none: any time."""
    appointments: Appointments
    words: Words
    kinds: Annotated[tuple[VisitKind, ...], Field(min_length=1), Strict(False)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, spans in self.windows.items():
            for span in spans:
                _ordered(f"windows.{name}", span)
        if APPOINTMENT in self.windows:
            msg = f"windows.{APPOINTMENT}: the name is taken by [demand.appointments]; use another"
            raise ValueError(msg)
        for of in ("incident", "request"):
            _sums_to_one(f"shares of the {of} kinds", [k.share for k in self.kinds if k.of == of])
        if not sum(self.agents.values()):
            msg = "agents: at least one must be served"
            raise ValueError(msg)
        return self


class Assess(TomlSection):
    """How splits are judged: days, confidence, and what counts as near."""

    first_day: date
    """The sampled days are the working days from this one on."""
    days: Annotated[int, Field(gt=0, le=10_000)]
    """How many, unless the command says."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    """Of the intervals, all comparisons together."""
    resamples: Annotated[int, Field(ge=99, le=1_000_000)]
    """Bootstrap samples."""
    margin: Share
    """Relative differences smaller than this count as none."""
    precisions: Annotated[tuple[Positive, ...], Field(min_length=1), Strict(False)]
    """Relative differences for which the pilot counts days."""
    power: Annotated[float, Field(gt=0, lt=1)]
    """Probability of showing one that is there."""
    reach_min: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Strict(False)]
    """Minutes from the centre within which demand is counted."""
    workstations_per_agent: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SheetSettings(TomlSection):
    """Route sheets: `dispatch sheets`."""

    place_link: Annotated[str, Field(pattern=r"^(https://|geo:)", max_length=200)]
    """What opens a place in the phone's map; {lat} and {lon} stand for its position (degrees)."""

    @field_validator("place_link")
    @classmethod
    def _has_a_place(cls, value: str) -> str:
        if value.count("{lat}") != 1 or value.count("{lon}") != 1 or re.search(r"[^!-~]", value):
            msg = "must hold {lat} and {lon} once each, and no spaces or accents"
            raise ValueError(msg)
        return value


class Explain(TomlSection):
    """What `dispatch explain` tries in order to serve an unassigned visit."""

    step_min: Annotated[int, Field(gt=0, le=60)]
    """Minutes in which overtime, an earlier start or a wider window grow."""
    most_overtime_min: Annotated[int, Field(ge=0, le=720)]
    """Most overtime that is tried for one technician, beyond what is allowed already."""
    most_earlier_min: Annotated[int, Field(ge=0, le=720)]
    """Most minutes that a shift starts earlier."""
    most_widening_min: Annotated[int, Field(ge=0, le=1440)]
    """Most minutes by which a visit's window widens, on either side."""
    examined: Annotated[int, Field(ge=0, le=1000)] = 20
    """Visits left, of each centre, that a day's pages examine; `dispatch explain` does any."""
