"""The flat integer arrays of a day problem that the kernels read; `encode` makes them.

Nodes 0 to n-1 are the visits in the problem's order. The places where rounds start and end
follow. All code of the solver uses these indices, not names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Later than any time of a day problem; sums of a few stay far inside 64 bits.
NEVER = 1 << 40


class Arrays(NamedTuple):
    """
    A day problem (int64 unless it says otherwise; n visits, m technicians, k nodes, s slots).

    Parameters
    ----------
    travel
        Seconds, shape (s, k, k). Where late starts cost and there is one slot, that slot twice: so
        all that depends on the time goes the way of travel by time of day.
    slot_start
        Start of each slot (s,).
    duration, load, unassigned_cost_s
        Of each visit (n,); the unassigned cost of a mandatory visit is `mandatory_cost`.
    window_first, window_low, window_high
        The windows of visit v are rows window_first[v] to window_first[v + 1] - 1,
        rising and apart; a visit without windows has one from 0 to NEVER. In these it starts:
        of a span that holds the whole service, they are what comes early enough. A visit that can
        never start has one from NEVER to -NEVER.
    allowed
        Bool (m, n): skills, pins, and who may not do a visit.
    start, end
        Node where a technician's round starts and ends (m,).
    shift_start, shift_end, latest_return
        Seconds (m,); the last includes the allowed overtime.
    has_break
        Bool (m,).
    break_length, break_earliest, break_latest
        Seconds (m,).
    max_working, capacity
        (m,); NEVER where there is no limit.
    vehicle_type
        Number of each technician's vehicle type (m,), from 0 in order of appearance: technicians
        of one type differ in no rule.
    soft
        Costs beside driving and overtime (m, n + 2): the cost of each visit for a technician who
        does not know its place (seconds); the time on site above which more time costs (seconds);
        that cost in percent of the time. Shape (0, n + 2) where neither costs anything. Where late
        starts cost, n + 1 columns more (`lateness`). This is one array because every call of a
        kernel hands on each array.
    overtime_weight, mandatory_cost
        Shape (1,).
    pack
        The arrays for the functions with several slots (`slots`); empty where there is one slot.
    """

    travel: NDArray[np.int64]
    slot_start: NDArray[np.int64]
    duration: NDArray[np.int64]
    load: NDArray[np.int64]
    unassigned_cost_s: NDArray[np.int64]
    window_first: NDArray[np.int64]
    window_low: NDArray[np.int64]
    window_high: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    shift_start: NDArray[np.int64]
    shift_end: NDArray[np.int64]
    latest_return: NDArray[np.int64]
    has_break: NDArray[np.bool_]
    break_length: NDArray[np.int64]
    break_earliest: NDArray[np.int64]
    break_latest: NDArray[np.int64]
    max_working: NDArray[np.int64]
    capacity: NDArray[np.int64]
    vehicle_type: NDArray[np.int64]
    soft: NDArray[np.int64]
    overtime_weight: NDArray[np.int64]
    mandatory_cost: NDArray[np.int64]
    pack: NDArray[np.int64]

    @property
    def visits(self) -> int:
        """Return the number of visits."""
        return len(self.duration)

    @property
    def slots(self) -> int:
        """Return the number of slots of the day; more than one: costs depend on the time."""
        return len(self.slot_start)

    @property
    def share(self) -> NDArray[np.int64]:
        """Return the time on site of each technician above which more costs (seconds, (m,))."""
        return self.soft[:, self.visits]

    @property
    def imbalance(self) -> int:
        """Return what time on site above the share costs, in percent of that time."""
        return int(self.soft[:, self.visits + 1].max(initial=0))

    @property
    def by_the_hour(self) -> bool:
        """Return whether travel depends on the time of day; late starts may, where it does not."""
        return bool((self.travel[1:] != self.travel[0]).any())

    @property
    def technicians(self) -> int:
        """Return the number of technicians."""
        return len(self.start)
