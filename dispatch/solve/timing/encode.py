"""From a day problem to flat integer arrays: the only place where names become numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.model.sums import dearest_lateness_s
from dispatch.solve.timing.arrays import NEVER, Arrays
from dispatch.solve.timing.lateness import counts_lateness, earliest_starts, lateness_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem import DayProblem


def arrays_of(problem: DayProblem) -> Arrays:
    """
    Return the arrays of a problem.

    Parameters
    ----------
    problem
        A valid day problem.
    """
    visits, technicians = problem.visits, problem.technicians
    depots = sorted({place for t in technicians for place in (t.start, t.end)})
    rows = [problem.place_index[place] for place in [*(v.place for v in visits), *depots]]
    node = {place: len(visits) + index for index, place in enumerate(depots)}
    travel = np.ascontiguousarray(problem.travel.seconds[:, rows][:, :, rows])

    windows = [_windows(visit) for visit in visits]
    starts = _ints(node[t.start] for t in technicians)
    slot_start = _ints(problem.travel.slot_starts_s)
    soft = _soft(problem)
    if counts_lateness(problem):
        earliest = earliest_starts(
            _ints(t.shift_s.start_s for t in technicians),
            starts,
            travel,
            _ints(spans[0][0] for spans in windows),
            _ints(spans[-1][1] for spans in windows),
        )
        soft = _with_lateness(problem, soft, earliest)
        if len(slot_start) == 1:
            travel, slot_start = np.concatenate([travel, travel]), _ints([0, NEVER])
    mandatory_cost = _mandatory_cost(problem, travel, soft)
    breaks = [t.break_ for t in technicians]
    arrays = Arrays(
        travel=travel,
        slot_start=slot_start,
        duration=_ints(v.duration_s for v in visits),
        load=_ints(v.load for v in visits),
        unassigned_cost_s=_ints(
            mandatory_cost if v.unassigned_cost_s is None else v.unassigned_cost_s for v in visits
        ),
        window_first=_ints(np.cumsum([0, *map(len, windows)])),
        window_low=_ints(low for spans in windows for low, _ in spans),
        window_high=_ints(high for spans in windows for _, high in spans),
        allowed=np.array(
            [[_may_do(t, v) for v in visits] for t in technicians],
            dtype=np.bool_,
        ).reshape(len(technicians), len(visits)),
        start=starts,
        end=_ints(node[t.end] for t in technicians),
        shift_start=_ints(t.shift_s.start_s for t in technicians),
        shift_end=_ints(t.shift_s.end_s for t in technicians),
        latest_return=_ints(t.shift_s.end_s + t.max_overtime_s for t in technicians),
        has_break=np.array([b is not None for b in breaks], dtype=np.bool_),
        break_length=_ints(b.duration_s if b else 0 for b in breaks),
        break_earliest=_ints(b.earliest_s if b else 0 for b in breaks),
        break_latest=_ints(b.latest_s if b else 0 for b in breaks),
        max_working=_ints(
            NEVER if t.max_working_s is None else t.max_working_s for t in technicians
        ),
        capacity=_ints(NEVER if t.capacity is None else t.capacity for t in technicians),
        vehicle_type=_vehicle_types(technicians, problem, soft),
        soft=soft,
        overtime_weight=_ints([problem.weights.overtime]),
        mandatory_cost=_ints([mandatory_cost]),
        pack=np.zeros(0, dtype=np.int64),
    )
    if arrays.slots > 1:
        # Problems without slots need not load these functions.
        from dispatch.solve.timing.slots import pack_of

        arrays = arrays._replace(pack=pack_of(arrays))
    return arrays


def typical(a: Arrays) -> NDArray[np.int64]:
    """
    Return travel on average over the hours in which somebody works (seconds, (k, k)).

    It only guides the search; no cost and no bound rests on it.
    """
    if a.slots == 1 or not a.technicians:
        return a.travel[0]
    begin, end = int(a.shift_start.min()), int(a.latest_return.max())
    edges = np.clip([*a.slot_start[1:], NEVER], begin, max(end, begin + 1))
    shares = np.diff(edges, prepend=begin)
    return np.asarray((a.travel * shares[:, None, None]).sum(axis=0) // shares.sum())


def _ints(values: object) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]


def _may_do(t: Technician, v: Visit) -> bool:
    """Return whether a technician may do a visit, as far as it is a question of who they are."""
    return v.skills <= t.skills and v.technician in (None, t.id) and t.id not in v.not_with


def _windows(visit: Visit) -> Sequence[tuple[int, int]]:
    """Return when a visit's service may start; where it never may, a window that no clock finds."""
    spans = visit.starts_s()
    if spans is None:
        return [(0, NEVER)]
    return spans or [(NEVER, -NEVER)]


def _soft(problem: DayProblem) -> NDArray[np.int64]:
    """Return `Arrays.soft`; the cost of each unfamiliar place is rounded up."""
    unfamiliarity, imbalance = problem.weights.unfamiliarity, problem.weights.imbalance
    crew, count = len(problem.technicians), len(problem.visits)
    if not (unfamiliarity or imbalance):
        return np.zeros((0, count + 2), dtype=np.int64)
    known = np.zeros((crew, count), dtype=np.int64)
    row = {technician.id: m for m, technician in enumerate(problem.technicians)}
    for index, visit in enumerate(problem.visits):
        for name, percent in visit.familiar.items():
            if name in row:
                known[row[name], index] = percent
    soft = np.zeros((crew, count + 2), dtype=np.int64)
    soft[:, :count] = -(-unfamiliarity * (100 - known) // 100)
    if imbalance:
        soft[:, count], soft[:, count + 1] = _shares(problem), imbalance
    return soft


def _with_lateness(
    problem: DayProblem, soft: NDArray[np.int64], earliest: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return `Arrays.soft` with what late starts cost."""
    crew, count = earliest.shape
    if len(soft) == 0:
        soft = np.zeros((crew, count + 2), dtype=np.int64)
    sure, columns = lateness_columns(problem, earliest)
    soft[:, :count] += sure
    return np.concatenate([soft, columns], axis=1)


def _shares(problem: DayProblem) -> NDArray[np.int64]:
    """Return the fair share of each technician (seconds): own, or by length of shift, up."""
    total = sum(visit.duration_s for visit in problem.visits)
    lengths = [t.shift_s.end_s - t.shift_s.start_s for t in problem.technicians]
    if not any(lengths):
        lengths = [1] * len(lengths)
    whole = sum(lengths)
    return _ints(
        -(-total * length // whole) if t.fair_share_s is None else t.fair_share_s
        for t, length in zip(problem.technicians, lengths, strict=True)
    )


def _mandatory_cost(problem: DayProblem, travel: NDArray[np.int64], soft: NDArray[np.int64]) -> int:
    """Return an unassigned cost of mandatory visits that no saving elsewhere can outweigh."""
    optional = sum(v.unassigned_cost_s or 0 for v in problem.visits)
    legs = len(problem.visits) + len(problem.technicians)
    overtime = problem.weights.overtime * sum(t.max_overtime_s for t in problem.technicians)
    # Where a drive goes over the ends of slots, each may round it up by a second.
    longest = int(travel.max(initial=0)) + len(travel) - 1
    unknown = int(soft[:, : len(problem.visits)].max(axis=0, initial=0).sum())
    unknown += dearest_lateness_s(problem.technicians, problem.visits, problem.weights)
    work = sum(visit.duration_s for visit in problem.visits)
    over = -(-problem.weights.imbalance * work // 100)
    # The cost above the share is rounded up for each technician.
    over += len(problem.technicians) if over else 0
    return 1 + optional + overtime + legs * longest + unknown + over


def _vehicle_types(
    technicians: tuple[Technician, ...],
    problem: DayProblem,
    soft: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the number of each technician's vehicle type: those of one type can swap rounds."""
    pinned = {visit.technician for visit in problem.visits}
    needed = [visit.skills for visit in problem.visits]
    excluded = [visit.not_with for visit in problem.visits if visit.not_with]
    seen: dict[object, int] = {}
    types = []
    for m, t in enumerate(technicians):
        key = (
            t.id if t.id in pinned else None,
            tuple(skills <= t.skills for skills in needed),
            tuple(t.id in names for names in excluded),
            t.start,
            t.end,
            t.shift_s,
            t.break_,
            t.max_overtime_s,
            t.max_working_s,
            t.capacity,
            soft[m].tobytes() if len(soft) else None,
        )
        types.append(seen.setdefault(key, len(seen)))
    return _ints(types)
