"""Part of a problem: some technicians, and the visits that they may serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.arrays import Arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Part(NamedTuple):
    """
    A problem of its own, and what its numbers stand for in the whole.

    Parameters
    ----------
    a
        The arrays of the part: costs are those of the whole.
    technicians, visits, kinds
        Numbers in the whole of each technician, visit and kind of the part.
    """

    a: Arrays
    technicians: list[int]
    visits: list[int]
    kinds: list[int]

    def inside(self, rounds: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return what the part's technicians do in a solution of the whole, in its numbers."""
        number = {visit: i for i, visit in enumerate(self.visits)}
        return [[number[visit] for visit in rounds[m]] for m in self.technicians]

    def outside(self, sequence: Sequence[int]) -> list[int]:
        """Return the visits of a round of the part in the numbers of the whole."""
        return [self.visits[visit] for visit in sequence]


def part_of(a: Arrays, technicians: Sequence[int], visits: Sequence[int]) -> Part:
    """
    Return the part of a problem that some technicians and some visits make, in rising order.

    Parameters
    ----------
    a
        The whole.
    technicians, visits
        Which.
    """
    crew = np.array(sorted(technicians), dtype=np.int64)
    jobs = np.array(sorted(visits), dtype=np.int64)
    places = np.unique(np.concatenate([a.start[crew], a.end[crew]]))
    node = np.zeros(a.travel.shape[1], dtype=np.int64)
    rows = np.concatenate([jobs, places])
    node[rows] = np.arange(len(rows))
    windows = [np.arange(a.window_first[v], a.window_first[v + 1]) for v in jobs]
    chosen = np.concatenate([np.zeros(0, dtype=np.int64), *windows])
    kinds, kind = _numbered(a.kind[crew].tolist())
    of_crew = {name: getattr(a, name)[crew] for name in _OF_CREW}
    of_jobs = {name: getattr(a, name)[jobs] for name in _OF_JOBS}
    soft = a.soft
    if len(soft):
        soft = np.ascontiguousarray(soft[crew][:, [*jobs, -2, -1]])
    part = a._replace(
        **of_crew,
        **of_jobs,
        travel=np.ascontiguousarray(a.travel[:, rows][:, :, rows]),
        window_first=np.cumsum([0, *map(len, windows)], dtype=np.int64),
        window_low=a.window_low[chosen],
        window_high=a.window_high[chosen],
        allowed=np.ascontiguousarray(a.allowed[crew][:, jobs]),
        start=node[a.start[crew]],
        end=node[a.end[crew]],
        kind=np.array(kind, dtype=np.int64),
        soft=soft if len(soft) else np.zeros((0, len(jobs) + 2), dtype=np.int64),
    )
    if a.slots > 1:
        from dispatch.solve.slots import pack_of

        part = part._replace(pack=pack_of(part))
    return Part(part, crew.tolist(), jobs.tolist(), kinds)


_OF_CREW = (
    "shift_start",
    "shift_end",
    "latest_return",
    "has_break",
    "break_length",
    "break_earliest",
    "break_latest",
    "max_working",
    "capacity",
)
_OF_JOBS = ("duration", "load", "skip_cost")


def _numbered(kinds: list[int]) -> tuple[list[int], list[int]]:
    """Return the kinds as they appear, and the number of each technician's among them."""
    seen: dict[int, int] = {}
    numbers = [seen.setdefault(kind, len(seen)) for kind in kinds]
    return list(seen), numbers
