"""One centre's sampled day: planned with real rounds and reduced to the figures that are judged.

A centre day takes the steps of `dispatch plan`: `day.share_out`, `day.problem_of`, `solve`,
`rules.check`.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from dispatch.assess.replayed import Replayed, Share
from dispatch.checker.rules import check
from dispatch.demand import DemandModel
from dispatch.errors import DispatchError, SolverError
from dispatch.model.day import DEPOT, VISIT, problem_of, share_out
from dispatch.service.sections import PRIORITIES
from dispatch.solve import solve
from dispatch.streets.router import Router, Site, TravelSettings

if TYPE_CHECKING:
    from dispatch.assess.scenarios import Context, Job
    from dispatch.fieldwork import Ticket
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem


class Replayer:
    """
    Plans jobs one after another; roads and demand are prepared once.

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
        Return the figures of a centre's planned day.

        Raises
        ------
        TravelError
            When a place is too far from any road.
        SolverError
            When the plan breaks a rule, which is a fault of this program.
        KeyboardInterrupt
            When the search was interrupted: an unfinished search gives no figures.
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
        plan = solve(problem, context.effort, seed=context.seed)
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
        How long it took (seconds).
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
    """Return a centre's planned day, or its error, so that one failure does not end the others."""
    try:
        return replayer(job)
    except DispatchError as error:
        return error
    except Exception as error:  # a fault of this program, in this job
        return DispatchError(f"{type(error).__name__}: {error}")
