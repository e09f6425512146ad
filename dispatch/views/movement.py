"""Where a technician is at every minute of the plan, for the player of the map page.

A round's line is cut at its stops, so that a technician at a stop is on its pin. Along a leg the
speed is constant: the plan knows when a leg begins and ends, not where it is slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dispatch.territory import TO_METRIC
from dispatch.views import cartography, palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.model.day import Line
    from dispatch.views.cartography import LatLon
    from dispatch.views.itinerary import Itinerary

# A share of a leg is shown on a screen: three decimals are a pixel of any leg.
SHARE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Movement:
    """
    A round as it moves.

    Parameters
    ----------
    line
        The way, thinned, for a web map (latitude, longitude in degrees, WGS84).
    cuts
        Index in `line` of where each leg ends, the way back included; the first leg begins at 0.
        Empty where the way is not known.
    frames
        Time (seconds since midnight) and legs covered by then: 2.5 is half way to the third stop.
        Between two frames both grow evenly.
    """

    line: tuple[LatLon, ...]
    cuts: tuple[int, ...]
    frames: tuple[tuple[int, float], ...]


def movement(itinerary: Itinerary, line: Line) -> Movement:
    """
    Return a round as it moves along its line.

    Parameters
    ----------
    itinerary
        The round.
    line
        Its way along the roads (longitude, latitude, WGS84); under two points: not known, and the
        round has times only.
    """
    shown: list[LatLon] = []
    cuts = []
    sites = [(step.ticket.lon, step.ticket.lat) for step in itinerary.steps]
    for leg in legs(line, sites) if len(line) > 1 else ():
        thin = cartography.thin_line(leg)
        shown += thin[1:] if shown else thin
        cuts.append(len(shown) - 1)
    return Movement(tuple(shown), tuple(cuts), _frames(itinerary))


def legs(line: Line, sites: Sequence[tuple[float, float]]) -> list[Line]:
    """
    Return a line cut at the sites that it passes in this order; each piece has two points or more.

    The cuts are the points of the line that are nearest to the sites, in their order: the sum of
    the distances is minimal. A line that passes a site twice is cut where the order allows it.

    Parameters
    ----------
    line
        Longitude, latitude (degrees, WGS84); two points or more.
    sites
        The stops, likewise.
    """
    points = np.column_stack(TO_METRIC.transform(*np.array(line).T))
    spots = np.column_stack(TO_METRIC.transform(*np.array(sites).reshape(-1, 2).T))
    away = np.hypot(*(points[None, :, :] - spots[:, None, :]).transpose(2, 0, 1))
    bounds = [0, *_nearest_in_order(away), len(line) - 1]
    return [
        # A leg between two visits at one place has no length, and still two ends.
        line[start : end + 1] if end > start else (line[start], line[start])
        for start, end in pairwise(bounds)
    ]


def _nearest_in_order(away: NDArray[np.float64]) -> list[int]:
    """Return for each row a column, none before the last, so that the sum is the least there is."""
    if not len(away):
        return []
    best = np.zeros(away.shape[1])
    columns = np.arange(away.shape[1])
    choices = []
    for row in away:
        # best[j]: the least sum with this row at column j or before.
        total = best + row
        best = np.minimum.accumulate(total)
        # Its column: the earliest of the least sum, so a new one only where the sum falls.
        falls = np.append(True, best[1:] < best[:-1])
        choices.append(np.maximum.accumulate(np.where(falls, columns, 0)))
    found = []
    column = away.shape[1] - 1
    for choice in reversed(choices):
        column = int(choice[column])
        found.append(column)
    return found[::-1]


def _frames(itinerary: Itinerary) -> tuple[tuple[int, float], ...]:
    round_ = itinerary.round
    pause = round_.break_
    arrivals = [*(step.stop.arrival_s for step in itinerary.steps), round_.return_s]
    leaves = [round_.departure_s, *(step.stop.end_s for step in itinerary.steps)]
    frames: list[tuple[int, float]] = []
    for done, (leave, arrive) in enumerate(zip(leaves, arrivals, strict=True)):
        frames.append((leave, done))
        if pause is not None and leave <= pause.start_s and pause.end_s <= arrive:
            driven = arrive - leave - (pause.end_s - pause.start_s)
            share = round((pause.start_s - leave) / driven, SHARE_DECIMALS) if driven else 0
            frames += [(pause.start_s, done + share), (pause.end_s, done + share)]
        frames.append((arrive, done + 1))
    return tuple(dict.fromkeys(frames))


def player_data(itinerary: Itinerary, moved: Movement) -> dict[str, Any]:
    """Return what the page's script needs of a round: codes of ours and whole numbers only."""
    pause = itinerary.round.break_
    return {
        "letter": itinerary.letter,
        "css": palette.colour_class(itinerary.rank),
        "break": None if pause is None else [pause.start_s, pause.end_s],
        "stops": [
            [step.code, step.stop.arrival_s, step.stop.start_s, step.stop.end_s]
            for step in itinerary.steps
        ],
        "cuts": list(moved.cuts),
        "frames": [list(frame) for frame in moved.frames],
    }
