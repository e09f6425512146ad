"""The initial solution, by OR-Tools' routing library, on the whole model of a day.

OR-Tools orders the visits; the times of its answer are not used. Each round is
timed again by `round_times`, and visits with which it cannot be driven are removed.
So a fault of the library can cost quality, but it breaks no rule.

Where travel depends on the time of day, OR-Tools gets its average over the working hours: the
library's own function, `RegisterCumulDependentTransitCallback`, is broken in 9.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays

Rounds = list[list[int]]

# ROUTING_SUCCESS, partial success (local optimum not reached), fail by timeout with a solution.
ACCEPTED = (1, 2, 7)
# A time limit that never ends anything (seconds): the library's own must be finite.
A_DAY_S = 86_400.0


def initial_solution(a: Arrays, time_limit_s: float = A_DAY_S) -> Rounds:
    """
    Return one sequence of visits a technician, found by insertion and local search.

    Parameters
    ----------
    a
        The problem's arrays.
    time_limit_s
        What is left of the caller's time (seconds). Unless one was asked for the descent ends by
        itself, and no clock decides.

    Returns
    -------
    rounds
        One list of visit indices a technician; every one can be driven. All are empty where
        OR-Tools finds nothing within the time: the search inserts the visits itself.
    """
    if a.visits == 0 or a.technicians == 0:
        return [[] for _ in range(a.technicians)]
    manager = pywrapcp.RoutingIndexManager(
        a.travel.shape[1], a.technicians, a.start.tolist(), a.end.tolist()
    )
    routing = pywrapcp.RoutingModel(manager)
    _costs(a, routing)
    _loads(a, routing)
    _times(a, routing, manager)
    _choices(a, routing, manager)
    solution = routing.SolveWithParameters(_parameters(time_limit_s))
    if solution is None or routing.status() not in ACCEPTED:
        return [[] for _ in range(a.technicians)]
    rounds = []
    for m in range(a.technicians):
        sequence, index = [], solution.Value(routing.NextVar(routing.Start(m)))
        while not routing.IsEnd(index):
            sequence.append(manager.IndexToNode(index))
            index = solution.Value(routing.NextVar(index))
        rounds.append(drivable(a, m, sequence))
    return rounds


def drivable(a: Arrays, m: int, sequence: list[int]) -> list[int]:
    """Return the sequence without the visits that the technician cannot do or drive to in time."""
    kept: list[int] = []
    load = 0
    for visit in sequence:
        trial = np.array([*kept, visit], dtype=np.int64)
        fits = a.allowed[m, visit] and load + a.load[visit] <= a.capacity[m]
        if fits and round_cost(a, m, trial, len(trial)) < NEVER:
            kept.append(visit)
            load += int(a.load[visit])
    return kept


def _costs(a: Arrays, routing: pywrapcp.RoutingModel) -> None:
    # A matrix runs in C++, eleven times as fast as a callback; it takes lists, not arrays.
    travel = routing.RegisterTransitMatrix(typical(a).tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(travel)


def _loads(a: Arrays, routing: pywrapcp.RoutingModel) -> None:
    total = int(a.load.sum())
    if (a.capacity >= total).all():
        return
    loads = np.zeros(a.travel.shape[1], dtype=np.int64)
    loads[: a.visits] = a.load
    evaluator = routing.RegisterUnaryTransitVector(loads.tolist())
    capacities = np.minimum(a.capacity, total).tolist()
    routing.AddDimensionWithVehicleCapacity(evaluator, 0, capacities, True, "load")


def _times(
    a: Arrays, routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager
) -> None:
    horizon = _horizon(a)
    stay = np.zeros(a.travel.shape[1], dtype=np.int64)
    stay[: a.visits] = a.duration
    transit = routing.RegisterTransitMatrix((typical(a) + stay[:, None]).tolist())
    routing.AddDimension(transit, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for visit in range(a.visits):
        cumul = time.CumulVar(manager.NodeToIndex(visit))
        low, high = a.window_first[visit], a.window_first[visit + 1]
        if a.window_low[low] > horizon:
            continue  # an empty range would fail the whole model; `_choices` leaves the visit out
        cumul.SetRange(int(a.window_low[low]), min(int(a.window_high[high - 1]), horizon))
        for gap in range(low, high - 1):
            cumul.RemoveInterval(int(a.window_high[gap]) + 1, int(a.window_low[gap + 1]) - 1)
    # Its length must be routing.Size(): OR-Tools takes any other in silence.
    services = [0] * routing.Size()
    for visit in range(a.visits):
        services[manager.NodeToIndex(visit)] = int(a.duration[visit])
    weight, travel = int(a.overtime_weight[0]), typical(a)
    for m in range(a.technicians):
        start, end = routing.Start(m), routing.End(m)
        # Who does not drive still "travels" from start to end in the model, and rests: it must fit.
        direct = int(travel[a.start[m], a.end[m]] + a.break_length[m])
        latest = max(int(a.latest_return[m]), int(a.shift_start[m]) + direct)
        time.CumulVar(start).SetRange(int(a.shift_start[m]), latest)
        time.CumulVar(end).SetRange(int(a.shift_start[m]), latest)
        if weight and a.latest_return[m] > a.shift_end[m]:
            time.SetCumulVarSoftUpperBound(end, int(a.shift_end[m]), weight)
        if a.max_working[m] < a.latest_return[m] - a.shift_start[m]:
            time.SetSpanUpperBoundForVehicle(max(int(a.max_working[m]), direct), m)
        if a.has_break[m] and a.break_latest[m] >= a.shift_start[m]:
            _break(a, m, routing, time, services)


def _horizon(a: Arrays) -> int:
    direct = typical(a)[a.start, a.end] + a.break_length
    return int(np.maximum(a.latest_return, a.shift_start + direct).max())


def _break(
    a: Arrays,
    m: int,
    routing: pywrapcp.RoutingModel,
    time: pywrapcp.RoutingDimension,
    services: list[int],
) -> None:
    """Add the break; OR-Tools lets it follow the round, as when one is back before it is due."""
    pause = routing.solver().FixedDurationIntervalVar(
        max(int(a.break_earliest[m]), int(a.shift_start[m])),
        int(a.break_latest[m]),
        int(a.break_length[m]),
        False,
        f"break {m}",
    )
    time.SetBreakIntervalsOfVehicle([pause], m, services)


def _choices(
    a: Arrays, routing: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager
) -> None:
    horizon = _horizon(a)
    # A break that was due before the shift starts can no longer be taken.
    usable = ~a.has_break | (a.break_latest >= a.shift_start)
    for visit in range(a.visits):
        index = manager.NodeToIndex(visit)
        routing.AddDisjunction([index], int(a.unassigned_cost_s[visit]))
        # SetAllowedVehiclesForIndex is broken in OR-Tools 9.15.
        allowed = np.flatnonzero(a.allowed[:, visit] & usable).tolist()
        if a.window_low[a.window_first[visit]] > horizon:
            allowed = []
        routing.VehicleVar(index).SetValues([-1, *allowed])


def _parameters(time_limit_s: float) -> object:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    # It ends where nothing near is better: no clock decides, so every run gives the same.
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    )
    milliseconds = max(1, int(min(time_limit_s, A_DAY_S) * 1000))
    parameters.time_limit.FromMilliseconds(milliseconds)
    # Its default is 100 ms by the wall clock: a loaded machine then gave other rounds.
    parameters.lns_time_limit.FromMilliseconds(milliseconds)
    return parameters
