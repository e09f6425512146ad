"""The peers, each given the same problem as closely as it can express it; answers in our terms.

Every answer is a list of visit indices for each technician. It is then timed by
`dispatch.solve.assemble`, checked by `dispatch.checker.rules` and scored by the same cost
as our own plans. Where a peer's model differs:

- VROOM takes a break always, even where the technician is back before it is due;
  it knows no overtime and no maximum working time (its vehicles' windows end
  at the shift's end), and maximises the sum of priorities before it looks
  at travel. A mandatory visit gets the highest priority.
- OR-Tools: see `dispatch.solve.heuristic.ortools_model`.
- PyVRP has no breaks and only one window a client: `pyvrp_expresses` tells when
  it applies. Skills become profiles whose edges into forbidden clients are priced out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.checker.rules import check, cost
from dispatch.model.plan import CostParts, Plan, Status, Unassigned
from dispatch.solve.assemble import round_of

if TYPE_CHECKING:
    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays


class Score(NamedTuple):
    """
    A peer's answer by our measure.

    Parameters
    ----------
    cost_s, travel_s
        Total cost and travel (seconds).
    value_s
        Sum of the skip costs of served visits (seconds): priority-weighted visits.
    served
        Visits served.
    seconds
        Wall time of the search.
    faults
        Violations of the rules, in words; empty: sound.
    """

    cost_s: int
    travel_s: int
    value_s: int
    served: int
    seconds: float
    faults: tuple[str, ...] = ()


def score(problem: DayProblem, a: Arrays, rounds: list[list[int]], seconds: float) -> Score:
    """Return the score of rounds, timed, checked and priced by our own rules."""
    made = []
    faults = []
    for m, sequence in enumerate(rounds):
        if sequence:
            round_ = round_of(problem, a, m, sequence)
            if round_ is None:
                faults.append(f"round of {problem.technicians[m].id} cannot be driven")
            else:
                made.append(round_)
    served = {stop.visit for round_ in made for stop in round_.stops}
    left = [v for v in problem.visits if v.id not in served]
    status: Status = "partial" if left else "complete"
    if any(visit.mandatory for visit in left):
        status = "infeasible"
    plan = Plan(
        status=status,
        cost_s=CostParts(total=0),
        rounds=tuple(made),
        unassigned=tuple(Unassigned(visit=v.id, reason="crowded_out") for v in left),
    )
    parts = cost(problem, plan)
    plan = plan.model_copy(update={"cost_s": parts})
    faults += [str(violation) for violation in check(problem, plan)]
    value = sum(v.unassigned_cost_s or 0 for v in problem.visits if v.id in served)
    return Score(parts.total, parts.travel, value, len(served), seconds, tuple(faults))


def vroom_rounds(a: Arrays, exploration: int = 5, threads: int = 1) -> list[list[int]]:
    """Return VROOM's answer."""
    import vroom  # type: ignore[import-untyped]

    problem = vroom.Input()
    problem.set_durations_matrix("car", a.travel[0].astype(np.uint32))
    loads = bool((a.load > 0).any())
    top = int(a.unassigned_cost_s[a.unassigned_cost_s < a.mandatory_cost[0]].max(initial=1))
    for m in range(a.technicians):
        pause = []
        if a.has_break[m]:
            window = vroom.TimeWindow(int(a.break_earliest[m]), int(a.break_latest[m]))
            pause = [vroom.Break(m + 1, [window], int(a.break_length[m]))]
        problem.add_vehicle(
            vroom.Vehicle(
                m + 1,
                start=int(a.start[m]),
                end=int(a.end[m]),
                capacity=[min(int(a.capacity[m]), 1 << 30)] if loads else (),
                # A technician and a visit share one number for each pair allowed.
                skills={int(v) + 1 for v in np.flatnonzero(a.allowed[m])},
                time_window=vroom.TimeWindow(int(a.shift_start[m]), int(a.shift_end[m])),
                breaks=pause,
            )
        )
    for v in range(a.visits):
        spans = range(int(a.window_first[v]), int(a.window_first[v + 1]))
        windows = [
            vroom.TimeWindow(int(a.window_low[w]), min(int(a.window_high[w]), 1 << 30))
            for w in spans
        ]
        problem.add_job(
            vroom.Job(
                v + 1,
                v,
                default_service=int(a.duration[v]),
                delivery=[int(a.load[v])] if loads else (),
                skills={v + 1},
                priority=min(100, int(100 * a.unassigned_cost_s[v]) // top),
                time_windows=windows,
            )
        )
    solution = problem.solve(exploration_level=exploration, nb_threads=threads)
    routes = solution.routes
    jobs = routes[routes["type"] == "job"]
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    for vehicle, job in zip(jobs["vehicle_id"], jobs["id"], strict=True):
        rounds[int(vehicle) - 1].append(int(job) - 1)
    return rounds


def pyvrp_expresses(a: Arrays) -> bool:
    """Return whether PyVRP can express the problem: no breaks, at most one window a visit."""
    single = bool((np.diff(a.window_first) == 1).all())
    return single and not a.has_break.any()


def pyvrp_rounds(a: Arrays, seconds: float, seed: int) -> list[list[int]]:
    """Return PyVRP's answer after a time (seconds), for a problem that it can express."""
    import pyvrp
    from pyvrp.stop import MaxRuntime

    n = a.visits
    nodes = [*range(n, a.travel.shape[1])]
    count = len(nodes)
    locations = [pyvrp.Location(0, 0) for _ in range(count + n)]
    depots = [pyvrp.Depot(i) for i in range(count)]
    clients = []
    loads = bool((a.load > 0).any())
    for v in range(n):
        w = int(a.window_first[v])
        mandatory = bool(a.unassigned_cost_s[v] >= a.mandatory_cost[0])
        clients.append(
            pyvrp.Client(
                count + v,
                delivery=[int(a.load[v])] if loads else [],
                service_duration=int(a.duration[v]),
                tw_early=int(a.window_low[w]),
                tw_late=min(int(a.window_high[w]), 1 << 40),
                prize=0 if mandatory else int(a.unassigned_cost_s[v]),
                required=mandatory,
            )
        )
    order = [*nodes, *range(n)]
    base = a.travel[0][np.ix_(order, order)]
    profiles: dict[bytes, int] = {}
    distances, durations, types = [], [], []
    shut = 1 << 24
    for m in range(a.technicians):
        key = a.allowed[m].tobytes()
        if key not in profiles:
            profiles[key] = len(profiles)
            forbidden = np.concatenate([np.zeros(count, dtype=bool), ~a.allowed[m]])
            priced = base.copy()
            priced[:, forbidden] = shut
            np.fill_diagonal(priced, 0)
            distances.append(priced)
            durations.append(priced)
        types.append(
            pyvrp.VehicleType(
                num_available=1,
                capacity=[min(int(a.capacity[m]), 1 << 40)] if loads else [],
                start_depot=int(a.start[m]) - n,
                end_depot=int(a.end[m]) - n,
                tw_early=int(a.shift_start[m]),
                tw_late=int(a.latest_return[m]),
                max_overtime=0,
                shift_duration=min(int(a.max_working[m]), 1 << 40),
                profile=profiles[key],
            )
        )
    data = pyvrp.ProblemData(locations, clients, depots, types, distances, durations)
    result = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, display=False)
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    for route in result.best.routes():
        visits = [activity.idx for activity in route if activity.is_client()]
        rounds[int(route.vehicle_type())] = visits
    return rounds


def ortools_rounds(a: Arrays, seconds: float) -> list[list[int]]:
    """Return the answer of OR-Tools alone: guided local search for a time (seconds)."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    from dispatch.solve.heuristic import ortools_model as ours

    manager = pywrapcp.RoutingIndexManager(
        a.travel.shape[1], a.technicians, a.start.tolist(), a.end.tolist()
    )
    routing = pywrapcp.RoutingModel(manager)
    ours._costs(a, routing)
    ours._loads(a, routing)
    ours._times(a, routing, manager)
    ours._choices(a, routing, manager)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    cheapest = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.first_solution_strategy = cheapest
    guided = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.local_search_metaheuristic = guided
    parameters.time_limit.FromMilliseconds(int(1000 * seconds))
    solution = routing.SolveWithParameters(parameters)
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    if solution is None:
        return rounds
    for m in range(a.technicians):
        index = solution.Value(routing.NextVar(routing.Start(m)))
        while not routing.IsEnd(index):
            rounds[m].append(manager.IndexToNode(index))
            index = solution.Value(routing.NextVar(index))
        rounds[m] = ours.drivable(a, m, rounds[m])
    return rounds
