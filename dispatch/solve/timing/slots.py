"""The functions that `by_address.call` calls, and their pack: for travel with several slots.

After its head the pack holds copies of the arrays that a clock and a schedule read, and the
workspace of a schedule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba.np.numpy_support import carray

from dispatch.solve.timing import by_address
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import (
    BreakTimes,
    arrive_by_slots,
    leave_before_break_by_slots,
    leave_by_slots,
    ready_by_slots,
)
from dispatch.solve.timing.kernel import addressed, allocating
from dispatch.solve.timing.schedule import WIDTH, cheapest_schedule
from dispatch.solve.timing.slot_arrays import Slots
from dispatch.solve.timing.spans import begin_of_span, end_of_span, least_of_span, least_when_rested

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays
    from dispatch.solve.timing.slot_arrays import Ints

SIGNATURE = "int64(int64, int64, int64, int64, int64, int64)"


def pack_of(a: Arrays) -> Ints:
    """
    Return the pack of a problem with slots; the functions are compiled, or read from the cache.

    Parameters
    ----------
    a
        The arrays, their pack yet empty.
    """
    n = a.visits
    fields = [getattr(a, name) for name in Slots._fields[2:-3]]
    if a.soft.shape[1] > n + 2:
        fields += [a.soft[:, n + 2 : 2 * n + 2], a.soft[:1, 2 * n + 2]]
    else:
        fields += [np.full((a.technicians, n), NEVER, dtype=np.int64), np.zeros(1, dtype=np.int64)]
    sizes = (a.visits, a.technicians, a.travel.shape[1], a.slots, len(a.window_low))
    parts = [np.asarray(field, dtype=np.int64).ravel() for field in fields]
    # First the head and a sequence of visits, last the workspace.
    first = np.zeros(by_address.HEAD + a.visits, dtype=np.int64)
    workspace = np.zeros((a.visits + 2) * 2 * WIDTH, dtype=np.int64)
    pack = np.concatenate([first, *parts, workspace])
    pack[by_address.VISITS : by_address.VISITS + len(sizes)] = sizes
    pack[by_address.SELF] = pack.ctypes.data
    for place, function in FUNCTIONS.items():
        pack[place] = function.address
    return pack


def with_every_second(a: Arrays) -> Arrays:
    """
    Return the arrays of a problem with slots, whose schedules try every second where few are open.

    Their costs are then exact, to the second, where rounds leave each place within some eight
    minutes. That takes many times as long.
    """
    apart = with_own_pack(a)
    apart.pack[by_address.EVERY_SECOND] = 1
    return apart


def with_own_pack(a: Arrays) -> Arrays:
    """Return the arrays of a problem with slots, with a pack of their own: for one thread only."""
    pack = a.pack.copy()
    pack[by_address.SELF] = pack.ctypes.data
    return a._replace(pack=pack)


@allocating
def unpack(address: int) -> Slots:
    """Return views of the arrays in the pack at an address."""
    head = carray(by_address.pointer(address), by_address.HEAD)
    n, m, k = head[by_address.VISITS], head[by_address.TECHNICIANS], head[by_address.NODES]
    s, w = head[by_address.SLOTS], head[by_address.WINDOWS]
    starts = address + 8 * (by_address.HEAD + n)
    travel = starts + 8 * s
    visits = travel + 8 * s * k * k
    crew = visits + 8 * (n + n + 1 + 2 * w)
    row = 8 * m
    weight = crew + 10 * row
    due = weight + 8
    lateness = due + n * row
    return Slots(
        head,
        carray(by_address.pointer(address + 8 * by_address.HEAD), n),
        carray(by_address.pointer(starts), s),
        carray(by_address.pointer(travel), (s, k, k)),
        carray(by_address.pointer(visits), n),
        carray(by_address.pointer(visits + 8 * n), n + 1),
        carray(by_address.pointer(visits + 8 * (n + n + 1)), w),
        carray(by_address.pointer(visits + 8 * (n + n + 1 + w)), w),
        carray(by_address.pointer(crew), m),
        carray(by_address.pointer(crew + row), m),
        carray(by_address.pointer(crew + 2 * row), m),
        carray(by_address.pointer(crew + 3 * row), m),
        carray(by_address.pointer(crew + 4 * row), m),
        carray(by_address.pointer(crew + 5 * row), m),
        carray(by_address.pointer(crew + 6 * row), m),
        carray(by_address.pointer(crew + 7 * row), m),
        carray(by_address.pointer(crew + 8 * row), m),
        carray(by_address.pointer(crew + 9 * row), m),
        carray(by_address.pointer(weight), 1),
        carray(by_address.pointer(due), (m, n)),
        carray(by_address.pointer(lateness), 1),
        carray(by_address.pointer(lateness + 8), (n + 2, 2, WIDTH)),
    )


@addressed(SIGNATURE)
def _arrive(pack: int, origin: int, destination: int, leave: int, _: int, __: int) -> int:
    a = unpack(pack)
    return arrive_by_slots(a.slot_start, a.travel, origin, destination, leave)


@addressed(SIGNATURE)
def _leave_by(pack: int, origin: int, destination: int, arrival: int, _: int, __: int) -> int:
    a = unpack(pack)
    return leave_by_slots(a.slot_start, a.travel, origin, destination, arrival, np.int64(0))


@addressed(SIGNATURE)
def _ready(pack: int, m: int, origin: int, destination: int, leave: int, _: int) -> int:
    a = unpack(pack)
    rest = BreakTimes(a.break_earliest[m], a.break_latest[m], a.break_length[m])
    return ready_by_slots(a.slot_start, a.travel, rest, origin, destination, leave)


@addressed(SIGNATURE)
def _before(pack: int, m: int, origin: int, destination: int, ready: int, _: int) -> int:
    a = unpack(pack)
    rest = BreakTimes(a.break_earliest[m], a.break_latest[m], a.break_length[m])
    return leave_before_break_by_slots(a.slot_start, a.travel, rest, origin, destination, ready)


@addressed(SIGNATURE)
def _schedule(pack: int, m: int, size: int, _: int, __: int, ___: int) -> int:
    a = unpack(pack)
    return cheapest_schedule(a, m, a.sequence, size)


@addressed(SIGNATURE)
def _span_end(pack: int, origin: int, destination: int, leave: int, _: int, __: int) -> int:
    a = unpack(pack)
    return end_of_span(a.slot_start, a.travel, origin, destination, leave)


@addressed(SIGNATURE)
def _span_begin(pack: int, origin: int, destination: int, leave: int, _: int, __: int) -> int:
    a = unpack(pack)
    return begin_of_span(a.slot_start, a.travel, origin, destination, leave)


@addressed(SIGNATURE)
def _least(pack: int, origin: int, destination: int, first: int, last: int, _: int) -> int:
    a = unpack(pack)
    return least_of_span(a.slot_start, a.travel, origin, destination, first, last)


@addressed(SIGNATURE)
def _rested(pack: int, m: int, origin: int, destination: int, first: int, last: int) -> int:
    a = unpack(pack)
    return least_when_rested(a, m, origin, destination, first, last)


FUNCTIONS = {
    by_address.ARRIVE: _arrive,
    by_address.LEAVE_BY: _leave_by,
    by_address.READY: _ready,
    by_address.BEFORE: _before,
    by_address.SCHEDULE: _schedule,
    by_address.SPAN_END: _span_end,
    by_address.SPAN_BEGIN: _span_begin,
    by_address.LEAST: _least,
    by_address.RESTED: _rested,
}
