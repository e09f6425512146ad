"""Site-dependent vehicle routing with time windows (Cordeau and Laporte 2001) as arrays.

Distances, times and durations are multiplied by 1000 and rounded, as in the
stored costs. The times exceed a day, so that the instances go to the search as
arrays and not through `DayProblem`.

References
----------
Cordeau, Laporte (2001), "A tabu search algorithm for the site dependent vehicle
routing problem with time windows", INFOR 39(3), doi:10.1080/03155986.2001.11732443.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import vrplib  # type: ignore[import-untyped]

from dispatch.solve.timing.arrays import NEVER, Arrays

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 1000


def read(path: Path) -> tuple[Arrays, int]:
    """
    Return the arrays of an instance and its best known cost.

    Parameters
    ----------
    path
        A `.vrp` file; its `.sol` file lies beside it.
    """
    instance: dict[str, Any] = vrplib.read_instance(path)
    best = int(vrplib.read_solution(path.with_suffix(".sol"))["cost"])
    # Visits first, the depot last.
    order = [*range(1, len(instance["demand"])), 0]
    travel = np.rint(np.asarray(instance["edge_weight"]) * SCALE).astype(np.int64)
    windows = np.asarray(instance["time_window"]).astype(np.int64) * SCALE
    n, m = len(order) - 1, int(instance["vehicles"])
    allowed = np.zeros((m, n), dtype=np.bool_)
    for vehicle, clients in enumerate(instance["vehicles_allowed_clients"]):
        allowed[vehicle, [client - 2 for client in clients if client > 1]] = True
    capacity = np.broadcast_to(np.asarray(instance["capacity"]), (m,)).astype(np.int64)
    longest = instance.get("vehicles_max_duration")
    limits = np.broadcast_to(np.asarray(NEVER if longest is None else longest * SCALE), (m,))
    seen: dict[object, int] = {}
    kinds = [
        seen.setdefault((allowed[v].tobytes(), int(capacity[v]), int(limits[v])), len(seen))
        for v in range(m)
    ]
    mandatory = 1 + (n + m) * int(travel.max())
    zero = np.zeros(m, dtype=np.int64)
    full = np.full(m, windows[0, 1], dtype=np.int64)
    return Arrays(
        travel=np.ascontiguousarray(travel[np.ix_(order, order)])[None],
        slot_start=np.zeros(1, dtype=np.int64),
        duration=np.asarray(instance["service_time"])[1:].astype(np.int64) * SCALE,
        load=np.asarray(instance["demand"])[1:].astype(np.int64),
        unassigned_cost_s=np.full(n, mandatory, dtype=np.int64),
        window_first=np.arange(n + 1, dtype=np.int64),
        window_low=np.ascontiguousarray(windows[1:, 0]),
        window_high=np.ascontiguousarray(windows[1:, 1]),
        allowed=allowed,
        start=np.full(m, n, dtype=np.int64),
        end=np.full(m, n, dtype=np.int64),
        shift_start=zero + windows[0, 0],
        shift_end=full,
        latest_return=full.copy(),
        has_break=np.zeros(m, dtype=np.bool_),
        break_length=zero.copy(),
        break_earliest=zero.copy(),
        break_latest=zero.copy(),
        max_working=np.ascontiguousarray(limits, dtype=np.int64),
        capacity=np.ascontiguousarray(capacity),
        vehicle_type=np.array(kinds, dtype=np.int64),
        soft=np.zeros((0, n + 2), dtype=np.int64),
        overtime_weight=np.zeros(1, dtype=np.int64),
        mandatory_cost=np.array([mandatory], dtype=np.int64),
        pack=np.zeros(0, dtype=np.int64),
    ), best
