"""One centre's sampled day, planned with real rounds and reduced to the figures that are judged.

Every scenario is given the same days: what is asked depends on the demand, the date and
the seed, never on who is in charge (common random numbers: Law, *Simulation Modeling and
Analysis*, 5th ed. 2015, section 11.2). The road is that of `dispatch plan`: `day.share_out`,
`day.problem_of`, `solve`, `rules.check`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date as Date  # noqa: TC003 - pydantic resolves the annotation at run time
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch.checker.rules import check
from dispatch.demand import DemandModel
from dispatch.errors import DispatchError, SolverError
from dispatch.model.day import DEPOT, VISIT, problem_of, share_out
from dispatch.service.sections import PRIORITIES, CentreEntry
from dispatch.solve import solve
from dispatch.streets.router import Router, Site, TravelSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.fieldwork import Ticket
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.service.service import RosterEntry, Service
    from dispatch.solve.efforts import EffortName
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

REPLAY_FORMAT: Literal["dispatch-replay/1"] = "dispatch-replay/1"
# What a scenario changes of the service; the rest is the base that many share.
OF_SCENARIO = {"centres", "technicians"}
# What no round depends on: how results are judged, what is asked of a split, bounds of files.
OF_JUDGING = {"assess", "borders", "limits", "resplit", "split"}
# The counts of an effort end a search long before that. On a loaded machine the effort's own
# limit would not do: figures must not depend on the load.
PATIENCE_S = 86_400.0
# Where a centre is.
PLACE = ("town_hall", "lon", "lat")

Count = Annotated[int, Field(ge=0)]
OfPriority = Annotated[
    tuple[Count, ...], Field(min_length=PRIORITIES, max_length=PRIORITIES, strict=False)
]


class _Kept(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class Share(_Kept):
    """One technician's part of a centre's day; all zero for one who stayed in."""

    technician: str
    visits: Count
    travel_s: Count
    distance_m: Count
    service_s: Count
    working_s: Count
    """Return minus departure, without the break (seconds)."""


class Replayed(_Kept):
    """A centre's planned day, reduced to figures (seconds, metres)."""

    format: Literal["dispatch-replay/1"] = REPLAY_FORMAT
    centre: str
    date: Date
    asked: OfPriority
    """Visits asked of the centre, by priority 1 to 4."""
    undone: OfPriority
    """Visits left undone, by priority 1 to 4."""
    cost_s: int
    """Cost of the plan as `rules` counts it: travel, visits undone, overtime."""
    shares: Annotated[tuple[Share, ...], Field(strict=False)]
    """One a technician of the centre, by id."""
    from_centre_s: Annotated[tuple[Count, ...], Field(strict=False)]
    """Driving time from the centre's premises to each visit asked, rising (seconds)."""
    stopped: str
    """Why the search stopped; "time_limit" means that the clock had a say in the figures."""
    input_sha256: str
    """Digest of the problem that was planned."""
    elapsed_s: float = 0.0
    """How long building, planning and checking took; not compared, not a figure."""


@dataclass(frozen=True)
class Scenario:
    """
    A way to share the work: its name, and the service that it makes.

    Parameters
    ----------
    name
        Shown; unique among the scenarios of an assessment.
    service
        The service with its centres and technicians as the scenario has them.
    """

    name: str
    service: Service

    @cached_property
    def base(self) -> str:
        """Return the digest of all that the scenario shares with others: demand, costs, travel."""
        return digest(self.service.model_dump(exclude=OF_SCENARIO | OF_JUDGING))

    @cached_property
    def demand(self) -> str:
        """Return the digest of what is asked: scenarios that agree in it have the same days."""
        return digest(self.service.model_dump(include={"demand", "volumes"}))

    def jobs(self, days: tuple[Date, ...]) -> list[Job]:
        """Return the job of each centre and day, in the order of days, then of the file."""
        return [
            Job(
                base=self.base,
                date=day,
                centre=entry.id,
                centres=self.service.centres,
                roster=tuple(each for each in self.service.roster if each.centre == entry.id),
            )
            for day in days
            for entry in self.service.centres
        ]


@dataclass(frozen=True)
class Job:
    """
    One centre's day to plan.

    Parameters
    ----------
    base
        `Scenario.base`.
    date, centre
        Which day of which centre.
    centres
        All centres of the scenario: who is in charge of what, and where they are.
    roster
        The centre's technicians.
    """

    base: str
    date: Date
    centre: str
    centres: tuple[CentreEntry, ...]
    roster: tuple[RosterEntry, ...]

    @cached_property
    def key(self) -> str:
        """
        Return the digest of all that the centre's day depends on.

        Two scenarios that leave a centre as it is, with the same communes, premises and
        technicians, have the same job there: it is planned once.
        """
        own = [entry for entry in self.centres if entry.id == self.centre]
        people = [entry.technician for entry in self.roster]
        ends = {place for person in people for place in (person.start, person.end)}
        return digest(
            {
                "base": self.base,
                "date": self.date.isoformat(),
                "centre": [
                    {
                        "id": entry.id,
                        "communes": sorted(entry.communes),
                        "serves_metropole": entry.serves_metropole,
                        **{key: getattr(entry, key) for key in PLACE},
                    }
                    for entry in own
                ],
                # Rounds may start at another centre: where that is counts too.
                "ends": [
                    {key: getattr(entry, key) for key in ("id", *PLACE)}
                    for entry in self.centres
                    if entry.id in ends - {self.centre}
                ],
                "technicians": [person.model_dump() for person in people],
            }
        )


@dataclass(frozen=True)
class Context:
    """
    What all jobs of an assessment share; sent to each process once.

    Parameters
    ----------
    bases
        A service for each `Scenario.base`; its centres and technicians are not used.
    communes
        The communes by INSEE code.
    network
        The roads.
    effort, seed
        Of the search; the seed is that of the sampled days too.
    """

    bases: Mapping[str, Service]
    communes: Mapping[str, Commune]
    network: Network
    effort: EffortName
    seed: int

    @cached_property
    def key(self) -> str:
        """Return the digest of what every figure rests on beside the scenarios."""
        return digest(self.stated)

    @cached_property
    def stated(self) -> dict[str, str | int]:
        """Return what every figure rests on beside the scenarios, by name."""
        communes = {
            insee: [each.population, each.town_hall_lon, each.town_hall_lat, each.outline.wkt]
            for insee, each in self.communes.items()
        }
        return {
            "format": REPLAY_FORMAT,
            "network": self.network.sha256,
            "communes": digest(communes),
            "effort": self.effort,
            "seed": self.seed,
        }


class Replayer:
    """
    Plans jobs, one after another, with roads and demand prepared once.

    Parameters
    ----------
    context
        What the jobs share.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._models: dict[str, DemandModel] = {}
        self._routers: dict[str, Router] = {}

    def __call__(self, job: Job) -> Replayed:
        """
        Return a centre's day as planned.

        Raises
        ------
        TravelError
            When a place is off the roads.
        SolverError
            When the plan breaks a rule: a fault of this program.
        KeyboardInterrupt
            When the search was interrupted: half a search is no figure.
        """
        begun = perf_counter()
        context = self._context
        base = context.bases[job.base]
        if job.base not in self._models:
            self._models[job.base] = DemandModel(base, context.communes)
            settings = TravelSettings.from_toml(base.travel)
            self._routers[job.base] = Router(context.network, settings=settings)
        router = self._routers[job.base]
        service = base.model_copy(update={"centres": job.centres})
        tickets = self._models[job.base].day(job.date, context.seed)
        work = share_out(service.territory(context.communes), tickets, job.roster)[job.centre]
        problem = problem_of(work, job.date, service, context.communes, router)
        plan = solve(problem, context.effort, seed=context.seed, time_limit_s=PATIENCE_S)
        if plan.stopped == "interrupted":
            raise KeyboardInterrupt
        broken = [found for found in check(problem, plan) if found.rule != "mandatory_served"]
        if broken:
            raise SolverError("\n".join(map(str, broken)))
        premises = Site(DEPOT + job.centre, *service.position(job.centre, context.communes))
        away = _from_centre(problem, premises, work.tickets, router)
        return reduced(job, problem, plan, away, perf_counter() - begun)


def reduced(
    job: Job, problem: DayProblem, plan: Plan, from_centre_s: list[int], elapsed_s: float = 0.0
) -> Replayed:
    """
    Return the figures of a plan.

    Parameters
    ----------
    job, problem, plan
        The centre's day, its problem and its plan.
    from_centre_s
        Driving time from the premises to each visit asked (seconds).
    elapsed_s
        How long it took.
    """
    asked, undone = [0] * PRIORITIES, [0] * PRIORITIES
    left = {entry.visit for entry in plan.unassigned}
    for visit in problem.visits:
        asked[visit.priority - 1] += 1
        undone[visit.priority - 1] += visit.id in left
    rounds = {round_.technician: round_ for round_ in plan.rounds}
    shares = []
    for person in sorted(problem.technician):
        round_ = rounds.get(person)
        if round_ is None:
            figures = dict.fromkeys(
                ("visits", "travel_s", "distance_m", "service_s", "working_s"), 0
            )
        else:
            pause = round_.break_
            rest_s = 0 if pause is None else pause.end_s - pause.start_s
            figures = {
                "visits": len(round_.stops),
                "travel_s": round_.travel_s,
                "distance_m": round_.distance_m or 0,
                "service_s": round_.service_s,
                "working_s": round_.return_s - round_.departure_s - rest_s,
            }
        shares.append(Share(technician=person, **figures))
    return Replayed(
        centre=job.centre,
        date=job.date,
        asked=tuple(asked),
        undone=tuple(undone),
        cost_s=plan.cost_s.total,
        shares=tuple(shares),
        from_centre_s=tuple(sorted(from_centre_s)),
        stopped=plan.stopped,
        input_sha256=plan.input_sha256,
        elapsed_s=round(elapsed_s, 3),
    )


def _from_centre(
    problem: DayProblem, premises: Site, tickets: tuple[Ticket, ...], router: Router
) -> list[int]:
    """Return the driving time from the premises to each visit asked (seconds), without traffic."""
    visits = [Site(VISIT + ticket.id, ticket.lon, ticket.lat) for ticket in tickets]
    travel = problem.travel
    if premises.id not in travel.places or len(travel.slot_starts_s) > 1:
        travel = router.measure([premises, *visits])
    row = travel.seconds[0, travel.places.index(premises.id)]
    column = {place: index for index, place in enumerate(travel.places)}
    return [int(row[column[site.id]]) for site in visits]


def attempt(replayer: Replayer, job: Job) -> Replayed | DispatchError:
    """Return a centre's day as planned, or what went wrong, so that one failure spares the rest."""
    try:
        return replayer(job)
    except DispatchError as error:
        return error
    except Exception as error:  # a fault of this program in one job
        return DispatchError(f"{type(error).__name__}: {error}")


def digest(value: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """Return a digest of a value, the same for equal values (lists keep their order)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    # Sets have no order of their own; dates and times are written as ISO 8601.
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
