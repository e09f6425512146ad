"""Seconds by slot of the day, and metres, between sites; computed for batches of positions.

Each level of traffic is one run over the roads, for however many slots. Besides the result, only
one batch of one level is in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.streets.arcs import MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dispatch.streets.traffic import Slot
    from dispatch.streets.ways import Engine, Ways

# Number of positions from which shortest paths are searched at a time; it bounds the memory.
BATCH = 64

Matrices = tuple["NDArray[np.int64]", "NDArray[np.int64] | None"]


def matrices(
    ways: Ways,
    slots: Sequence[Slot],
    shares: NDArray[np.float64] | None,
    *,
    engine: Engine = "dijkstra",
    distances: bool = True,
) -> Matrices:
    """
    Return travel between all sites of some ways, in the order of the sites.

    Parameters
    ----------
    ways
        The sites, joined to the roads.
    slots
        Traffic by time of day.
    shares
        Share of a slot's `extra` on each edge of the network, shape (edges,); None when no slot has
        traffic.
    engine
        How the quickest ways are found; the result is the same.
    distances
        Whether to measure metres too.

    Returns
    -------
    seconds, metres
        Rounded up and rounded, int64, shapes (slots, sites, sites) and (sites, sites). The
        metres are those of the quickest way without traffic; None unless asked for.

    Raises
    ------
    TravelError
        When there is no way from one site to another, or the engine is not installed.
    """
    size = len(ways.position)
    seconds = np.zeros((len(slots), size, size), dtype=np.int64)
    metres = np.zeros((size, size), dtype=np.int64) if distances else None
    levels: dict[float, list[int]] = {0.0: []} if distances else {}
    for number, slot in enumerate(slots):
        levels.setdefault(slot.extra, []).append(number)
    if not size:
        return seconds, metres
    for extra, numbers in levels.items():
        if extra and shares is None:
            msg = "slots with traffic need the share of it on each edge"
            raise ValueError(msg)
        measured = metres if extra == 0 else None
        timer = ways.timer(
            None if shares is None or extra == 0 else 1 + extra * shares,
            "dijkstra" if measured is not None else engine,
        )
        for rows, sites, line in _batches(ways):
            ms, m = timer(rows)
            if numbers:
                seconds[numbers[0], sites] = _seconds(ways, rows, ms)[line][:, ways.position]
            if measured is not None:
                measured[sites] = np.rint(m).astype(np.int64)[line][:, ways.position]
        seconds[numbers[1:]] = seconds[numbers[:1]]
    return seconds, metres


def _batches(
    ways: Ways,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Yield batches: positions, the sites at them, and the row of each site in the batch."""
    order = np.argsort(ways.position, kind="stable")
    first = np.searchsorted(ways.position[order], np.arange(len(ways.lonlat) + 1))
    for start in range(0, len(ways.lonlat), BATCH):
        rows = np.arange(start, min(start + BATCH, len(ways.lonlat)))
        sites = order[first[start] : first[rows[-1] + 1]]
        yield rows, sites, ways.position[sites] - start


def _seconds(ways: Ways, rows: NDArray[np.int64], ms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole seconds from positions to all others, access included; 0 to itself."""
    seconds = np.ceil((ms + round(ways.settings.access_s * MS)) / MS).astype(np.int64)
    seconds[np.arange(len(rows)), rows] = 0
    return seconds
