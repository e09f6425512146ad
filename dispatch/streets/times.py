"""The time of a street: driving at a share of its speed, and a delay at its last junction.

At the allowed speed a trip through a city would take half of its real time; signals, priorities and
turns take the other half. Turns are not known here, so that the delay of a junction depends only on
the classes of its streets:

    seconds = length / (speed_share x speed) + delay of the junction at the end

A driver gives way when at least two other streets of the junction are at least as important as the
driver's street (a side street at a main one, equal streets that cross). A driver keeps on when at
most one is (the main road, past side streets). A piece of street shorter than `spacing_m` has no
delay at its end: it is inside a junction, between the two roadways of a boulevard, or between a
signal and its crossing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from numpy.typing import NDArray

S_PER_H = 3600
M_PER_KM = 1000
MINOR, MEDIUM, MAJOR, FREE = range(4)
# Nobody stops on a motorway, nor at a junction with a slip road. At its other end a slip road gives
# way like a side street.
_FREE = frozenset({"motorway"})
_MAJOR = frozenset({"trunk", "primary"})
_MEDIUM = frozenset({"secondary", "tertiary"})

_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DelaySettings(_Settings):
    """Delay (s) at a junction whose most important street is of each rank."""

    major: _NotNegative
    medium: _NotNegative
    minor: _NotNegative

    def by_rank(self) -> NDArray[np.float64]:
        """Return the delays (s) by rank; 0 at a motorway."""
        return np.array([self.minor, self.medium, self.major, 0.0])


class DrivingSettings(_Settings):
    """Section `[roads.driving]` of the service file, which gives each figure its reason."""

    speed_share: _Share
    """Share of the allowed speed that is driven between junctions."""
    spacing_m: _NotNegative
    """A shorter piece of street counts as inside a junction."""
    signal_s: _NotNegative
    """Mean delay (s) at a signal, when the source has signals."""
    signal_reach_m: _NotNegative
    """A signal or stop line so near before a junction is that junction's."""
    give_way_s: DelaySettings
    keep_on_s: DelaySettings


class StopLines(NamedTuple):
    """
    Signals and stop lines along edges, in the direction of each.

    Parameters
    ----------
    signals
        Number of signals away from junctions, shape (edges,).
    signal_at_end, gives_way
        Whether a signal, or a stop or give-way line, stands before the junction at the end.
    """

    signals: NDArray[np.int64]
    signal_at_end: NDArray[np.bool_]
    gives_way: NDArray[np.bool_]


def road_ranks(road_class: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the rank of each edge (MINOR, MEDIUM, MAJOR or FREE) by its road class."""
    names, codes = np.unique(road_class, return_inverse=True)
    of_name = np.array([_rank(str(name)) for name in names], dtype=np.int64)
    found: NDArray[np.int64] = of_name[codes.reshape(-1)]
    return found


def _rank(road_class: str) -> int:
    if road_class in _FREE:
        return FREE
    if road_class == "motorway_link":
        return MINOR
    plain = road_class.removesuffix("_link")
    return MAJOR if plain in _MAJOR else MEDIUM if plain in _MEDIUM else MINOR


def driving_s(
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    metres: NDArray[np.float64],
    speed_kmh: NDArray[np.float64],
    road_class: NDArray[np.str_],
    settings: DrivingSettings,
    *,
    signals: NDArray[np.bool_],
    in_roundabout: NDArray[np.bool_],
    lines: StopLines | None = None,
    street_m: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """
    Return the driving time (s) of each edge, junctions included, shape (edges,).

    Parameters
    ----------
    tails, heads
        First and last node of each directed edge, numbered from 0, shape (edges,).
    metres, speed_kmh, road_class
        Length (m), allowed speed (km/h) and OpenStreetMap's class of each edge.
    settings
        Share of the speed, and delays.
    signals
        Whether a signal stands at each node, shape (nodes,).
    in_roundabout
        Whether an edge is part of a roundabout, which has priority.
    lines
        Signals and stop lines along the edges; None: none are known.
    street_m
        Length (m) of the street of which each edge is a part, where that is longer than `metres`.
    """
    rolling = metres * S_PER_H / (M_PER_KM * speed_kmh * settings.speed_share)
    rank = road_ranks(road_class)
    delay = junction_s(tails, heads, rank, settings)
    at_end = signals[heads]
    if lines is not None:
        # A stop line is before the junction whose delay it explains: it counts with it, once.
        yields = settings.give_way_s.by_rank()[rank]
        delay = np.where(lines.gives_way, np.maximum(delay, yields), delay)
        at_end = at_end | lines.signal_at_end
        rolling = rolling + lines.signals * settings.signal_s
    # A known signal delays at least `signal_s`, whatever the classes of the streets.
    delay = np.where(at_end, np.maximum(delay, settings.signal_s), delay)
    street_m = metres if street_m is None else street_m
    inside = (street_m < settings.spacing_m) | in_roundabout
    total: NDArray[np.float64] = rolling + np.where(inside, 0.0, delay)
    return total


def junction_s(
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    rank: NDArray[np.int64],
    settings: DrivingSettings,
) -> NDArray[np.float64]:
    """
    Return the delay (s) at the end of each edge by the ranks that meet there, shape (edges,).

    The last node of an edge is a junction when at least three streets meet there, of whatever
    direction.
    """
    size = int(max(tails.max(initial=-1), heads.max(initial=-1))) + 1
    # Arms: both directions of a street are one arm, with the higher rank of the two.
    node, other = np.concatenate([tails, heads]), np.concatenate([heads, tails])
    of_arm = np.tile(rank, 2)
    key = node.astype(np.int64) * size + other
    order = np.lexsort((-of_arm, key))
    first = np.concatenate([[True], key[order][1:] != key[order][:-1]])[: len(order)]
    arms = order[first]
    count = np.zeros((size, FREE + 1), dtype=np.int64)
    np.add.at(count, (node[arms], of_arm[arms]), 1)

    at_least = count[:, ::-1].cumsum(axis=1)[:, ::-1]
    streets, highest = count.sum(axis=1), FREE - (count[:, ::-1] > 0).argmax(axis=1)
    # The driver's arm has the rank of its higher direction, as above.
    own = of_arm[arms][np.searchsorted(key[arms], heads.astype(np.int64) * size + tails)]
    rivals = at_least[heads, own] - 1
    gives_way = (rivals >= 2) | ((highest[heads] > own) & (rivals >= 1))
    delay = np.where(
        gives_way,
        settings.give_way_s.by_rank()[highest[heads]],
        settings.keep_on_s.by_rank()[own],
    )
    found: NDArray[np.float64] = np.where(streets[heads] >= 3, delay, 0.0)
    return found
