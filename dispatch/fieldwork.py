"""What there is to do and who can do it: visits, technicians, shifts, breaks, windows.

Times are integer seconds since local midnight. A day problem (JSON) carries these objects, and a
solver knows nothing else of the field. Where a visit comes from (its text, its coordinates) is a
`Ticket`, which the solver never sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAY_S = 86_400
Seconds = Annotated[int, Field(ge=0, le=7 * DAY_S)]
Identifier = Annotated[str, Field(min_length=1, max_length=200)]
# Far beyond any van; `model.sums` bounds their sum.
Load = Annotated[int, Field(ge=0, le=10**12)]
Priority = Annotated[int, Field(ge=1, le=4)]
Percent = Annotated[int, Field(ge=0, le=100)]

DEFAULT_PRIORITY = 3
# Beyond any reason; `model.sums` bounds their sum.
MAX_UNASSIGNED_COST_S = 10**9
# The driving, in seconds, that one would accept to serve a visit: design, section 3.
UNASSIGNED_COST_S = {1: 36_000, 2: 14_400, 3: 7_200, 4: 3_600}


class TimeWindow(NamedTuple):
    """A span in which something must start; both ends included (seconds since midnight)."""

    start_s: Seconds
    end_s: Seconds


class Shift(NamedTuple):
    """Leave no earlier than `start_s`, be back no later than `end_s` (seconds since midnight)."""

    start_s: Seconds
    end_s: Seconds


def _pair(value: object) -> object:
    # pydantic would also take {"start_s": ..., "end_s": ...}, which is not in the format.
    if not isinstance(value, list | tuple):
        kind = "not_a_pair"
        raise PydanticCustomError(kind, "must be a list of two times, [start, end]")
    return value


Window = Annotated[TimeWindow, BeforeValidator(_pair)]
# A skill named twice is still that skill: the published schema says so too.
Skills = Annotated[frozenset[Identifier], Field(json_schema_extra={"uniqueItems": False})]


class StrictModel(BaseModel):
    """Base of every format: frozen; unknown keys are refused by name, types are not guessed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class Break(StrictModel):
    """One break that must start within `[earliest_s, latest_s]`, never inside a service."""

    duration_s: Seconds
    earliest_s: Seconds
    latest_s: Seconds


class RoundLock(StrictModel):
    """A lock: the visits with which a round begins, whatever else is planned."""

    visits: tuple[Identifier, ...] = ()
    """Their ids, in this order."""
    closed: bool = False
    """Whether nothing may follow them: the round is these visits and no others."""


class Technician(StrictModel):
    """Who drives a round: from where to where, when, with which skills and limits."""

    id: Identifier
    start: Identifier
    """Place where the round starts."""
    end: Identifier
    """Place where the round ends."""
    shift_s: Annotated[Shift, BeforeValidator(_pair)]
    skills: Skills = frozenset()
    break_: Break | None = Field(default=None, alias="break")
    max_overtime_s: Seconds = 0
    """How long after the end of the shift the return may still be."""
    max_working_s: Seconds | None = None
    """Bound on return minus departure, break included; null: none."""
    capacity: Load | None = None
    """Bound on the sum of the loads of a round; null: none."""
    fair_share_s: Seconds | None = None
    """Time on site above which more counts as imbalance, where that has a weight; null: the day's
    visits shared out by the length of shifts."""
    locked: RoundLock | None = None
    """The lock of the round, which gives it a fixed prefix; null: there is none."""


class Visit(StrictModel):
    """One job at one place: how long, when it may start, what it needs, what not doing it costs."""

    id: Identifier
    place: Identifier
    duration_s: Seconds
    windows_s: tuple[Window, ...] = ()
    """The service must start within one of them; empty: at any time of a shift."""
    within_s: tuple[Window, ...] = ()
    """The service must lie wholly inside one of them; empty: nothing is asked."""
    skills: Skills = frozenset()
    priority: Priority = DEFAULT_PRIORITY
    """1 (VIP or service down) to 4."""
    unassigned_cost_s: Annotated[int, Field(ge=0, le=MAX_UNASSIGNED_COST_S)] | None = Field(
        default_factory=lambda data: UNASSIGNED_COST_S[data.get("priority", DEFAULT_PRIORITY)]
    )
    """Seconds of driving one would accept to serve it; null: mandatory; left out: by priority."""
    technician: Identifier | None = None
    """A pin: only this technician may do it."""
    not_with: tuple[Identifier, ...] = ()
    """Technicians who may not do it; who does not work that day may be named."""
    load: Load = 0
    due_s: Seconds | None = None
    """Wished latest start: a later one costs `weights.lateness` a second; null: none."""
    familiar: dict[Identifier, Percent] = Field(default_factory=dict)
    """How well technicians know the place, in percent: 100 is the very site, lately; who is not
    named does not know it. Who does not work that day may be named."""

    @property
    def mandatory(self) -> bool:
        """Whether the visit may not stay unassigned."""
        return self.unassigned_cost_s is None

    def starts_s(self) -> tuple[TimeWindow, ...] | None:
        """
        Return when the service may start, in rising order and apart; None: at any time.

        No span at all: there is no time at which it could be done.
        """
        if not self.windows_s and not self.within_s:
            return None
        spans = [(low, high - self.duration_s) for low, high in self.within_s]
        both = self.windows_s or spans
        if self.windows_s and spans:
            both = [
                (max(low, first), min(high, last))
                for low, high in self.windows_s
                for first, last in spans
            ]
        return _apart(both)


def _apart(spans: Iterable[tuple[int, int]]) -> tuple[TimeWindow, ...]:
    """Return spans in order; those that touch or overlap become one, those without time go."""
    found: list[TimeWindow] = []
    for low, high in sorted(span for span in spans if span[0] <= span[1]):
        if found and low <= found[-1].end_s + 1:
            found[-1] = TimeWindow(found[-1].start_s, max(found[-1].end_s, high))
        else:
            found.append(TimeWindow(low, high))
    return tuple(found)


Showing = Literal["sheet", "map"]


@dataclass(frozen=True, slots=True)
class TicketField:
    """
    How a field of a ticket is written in files, kept in the store, and shown to people.

    Parameters
    ----------
    headings
        Headings of its column besides the column's own name, compared by `files.cells.normalised`.
    column
        Name of its column; empty: the field's name.
    free_text
        Whether people write in it what they like: telephone numbers and addresses of mail are
        then replaced before it is shown.
    personal
        Whether it may tell of a person or a home: the store empties it when the ticket is old.
    rare
        Whether a written file has the column only where a ticket has a value.
    shown
        Where it is shown as a detail of a visit, after its name: on the route sheet, in the map's
        popups. The name is a word of the section `details` of each language.
    """

    headings: tuple[str, ...] = ()
    column: str = ""
    free_text: bool = False
    personal: bool = False
    rare: bool = False
    shown: tuple[Showing, ...] = ()


class Ticket(StrictModel):
    """
    A visit as it was asked for: the solver's `Visit` plus where and why.

    Each field says here, in one place, how it is written, kept and shown. Names and telephone
    numbers of requesters are not among them: they are dropped when a file is read.
    """

    id: Annotated[
        Identifier,
        TicketField(("numero", "n", "no", "ticket", "identifiant", "reference", "visite", "visit")),
    ]
    insee: Annotated[
        str,
        Field(pattern=r"^\d{5}$"),
        TicketField(("code_insee", "insee_code", "commune_insee", "insee_commune", "code_commune")),
    ]
    """INSEE code of the commune where the visit takes place."""
    collectivity: Annotated[str, TicketField(("collectivite", "entite", "entity"))]
    """Who asks: the INSEE code of a commune, or "metropole" for the Métropole's own services."""
    lon: Annotated[float, TicketField(("longitude", "lng"), personal=True)]
    """Longitude, degrees, WGS84."""
    lat: Annotated[float, TicketField(("latitude",), personal=True)]
    """Latitude, degrees, WGS84."""
    address: Annotated[
        str, TicketField(("adresse", "lieu", "location"), free_text=True, personal=True)
    ] = ""
    description: Annotated[
        str,
        TicketField(
            ("titre", "title", "libelle", "objet", "intitule"), free_text=True, personal=True
        ),
    ] = ""
    duration_s: Annotated[
        Seconds,
        TicketField(
            ("duree_min", "duree", "duration", "duree_minutes", "duree_en_minutes"),
            column="duration_min",
        ),
    ]
    windows_s: Annotated[
        tuple[Window, ...],
        TicketField(
            ("window", "creneaux", "creneau", "plages", "plage", "disponibilites"),
            column="windows",
            personal=True,
        ),
    ] = ()
    within_s: Annotated[
        tuple[Window, ...],
        TicketField(
            ("presence", "presences", "present", "present_jusqu_a", "presence_jusqu_a"),
            column="within",
            personal=True,
            rare=True,
            shown=("map",),
        ),
    ] = ()
    """When somebody is there: the service lies wholly inside one of these spans."""
    skills: Annotated[Skills, TicketField(("skill", "competences", "competence"))] = frozenset()
    priority: Annotated[Priority, TicketField(("priorite",))] = DEFAULT_PRIORITY
    due: Annotated[
        date | None,
        TicketField(
            ("echeance", "due_date", "date_limite", "date_d_echeance", "date_echeance"),
            shown=("sheet",),
        ),
    ] = None
    """Day by which the visit should be done."""
    asked: Annotated[
        date | None,
        TicketField(
            (
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
            rare=True,
        ),
    ] = None
    """Day on which it was asked for; null: not known."""
    earliest_day: Annotated[
        date | None,
        TicketField(
            ("pas_avant", "pas_avant_le", "au_plus_tot", "a_partir_du", "not_before"), rare=True
        ),
    ] = None
    """Day before which it may not be planned; null: it may be at once."""
    technician: Annotated[
        Identifier | None,
        TicketField(("technicien", "intervenant", "id_technicien"), personal=True),
    ] = None
    not_with: Annotated[
        frozenset[Identifier],
        TicketField(("pas_avec", "sauf", "sauf_technicien", "except"), personal=True, rare=True),
    ] = frozenset()
    """Technicians who may not do it."""
    load: Annotated[Load, TicketField(("charge", "colis"))] = 0
    mandatory: Annotated[bool, TicketField(("obligatoire",))] = False

    def waits_on(self, day: date) -> bool:
        """Return whether it may not be planned on a day yet."""
        return self.earliest_day is not None and self.earliest_day > day

    @property
    def waiting_since(self) -> date | None:
        """Return the day on which it was asked for, or that from which it may be done if later."""
        if self.asked is None or self.earliest_day is None:
            return self.asked
        return max(self.asked, self.earliest_day)

    @field_serializer("skills", "not_with", when_used="json")
    def _in_order(self, names: frozenset[str]) -> list[str]:
        # The order of a set changes from run to run.
        return sorted(names)


def _plain_type(annotation: object) -> type:
    """Return the class of a field's values: `date` of `date | None`, `tuple` of `tuple[...]`."""
    options = [each for each in get_args(annotation) if each is not NoneType]
    if NoneType in get_args(annotation):
        annotation = options[0]
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    found = get_origin(annotation) or annotation
    assert isinstance(found, type)
    return found


TICKET_FIELDS: Mapping[str, TicketField] = {
    name: next(each for each in field.metadata if isinstance(each, TicketField))
    for name, field in Ticket.model_fields.items()
}
"""How each field of a ticket is written, kept and shown, in order."""
TICKET_TYPES: Mapping[str, type] = {
    name: _plain_type(field.annotation) for name, field in Ticket.model_fields.items()
}
"""The class of each field's values: str, int, float, bool, date, frozenset or tuple (windows)."""
WINDOW_FIELDS = tuple(name for name, kind in TICKET_TYPES.items() if kind is tuple)
"""Fields that hold spans of time."""
FREE_TEXTS = tuple(name for name, about in TICKET_FIELDS.items() if about.free_text)
"""Fields in which people write what they like."""


def time_on_the_night(time_s: int, technicians: Iterable[Technician]) -> int:
    """
    Return a time of day as people on shift mean it (seconds since midnight).

    Where a shift goes on past midnight, 01:30 is half past one on the next day. A time before every
    shift is moved if the end of the last shift is nearer then than the start of the first is.

    Parameters
    ----------
    time_s
        The time as it is written.
    technicians
        Everybody who is on shift.
    """
    everybody = list(technicians)
    first = min((who.shift_s.start_s for who in everybody), default=0)
    last = max((who.shift_s.end_s + who.max_overtime_s for who in everybody), default=0)
    moved = time_s + DAY_S
    return moved if last > DAY_S and moved - last < first - time_s else time_s
