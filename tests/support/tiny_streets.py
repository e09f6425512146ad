"""A tiny network for tags: a straight street of 600 m, and a way round of 1,800 m.

    D ─────────── E        every side is 600 m, at 30 km/h 72 s
    │             │
    A ──── M ──── B        A to B straight on: 72 s; round by D and E: 216 s

Driving is at the whole limit and junctions cost nothing, so that times are worked out by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyproj import Geod

from dispatch.networks.osmdata import Extract
from dispatch.networks.streets import graph_and_account
from dispatch.streets.graph import network_from_graph
from dispatch.streets.router import Router, Site
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.times import DelaySettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.networks.judged import Account
    from dispatch.streets.network import Network

_GEOD = Geod(ellps="GRS80")
# A little less than 600 m, so that a whole second is not rounded up to the next.
SIDE_M = 599.9
STRAIGHT_S, ROUND_S = 72, 216
STREET = {"highway": "residential"}


def plain_settings() -> RoadSettings:
    """Return settings with which a street takes its length at its limit, and a signal 20 s."""
    roads = RoadSettings.from_toml(bundled_section("roads"))
    none = DelaySettings(major=0.0, medium=0.0, minor=0.0)
    changed = {"speed_share": 1.0, "give_way_s": none, "keep_on_s": none}
    return roads.model_copy(update={"driving": roads.driving.model_copy(update=changed)})


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Return a position (degrees) so many metres from A."""
    lon, lat, _ = _GEOD.fwd(-0.6, 44.82, 90, east_m)
    lon, lat, _ = _GEOD.fwd(lon, lat, 0, north_m)
    return lon, lat


A, M, B, D, E = 1, 2, 3, 4, 5
POSITIONS = {
    A: at(0, 0), M: at(SIDE_M / 2, 0), B: at(SIDE_M, 0), D: at(0, SIDE_M), E: at(SIDE_M, SIDE_M),
}  # fmt: skip


def tiny(
    tags: Mapping[str, str],
    point: Mapping[str, str] | None = None,
    round_by: Mapping[str, str] = STREET,
) -> Extract:
    """Return the network with tags on the straight street, and on the node in its middle."""
    found = Extract()
    if point is not None:
        found.note_node(M, point)
    found.take(10, [A, M, B], {**STREET, **tags}, {n: POSITIONS[n] for n in (A, M, B)})
    found.take(11, [A, D, E, B], round_by, {n: POSITIONS[n] for n in (A, D, E, B)})
    return found


def built(extract: Extract, settings: RoadSettings | None = None) -> tuple[Network, Account]:
    """Return the network of an extract, and what was left out of it."""
    settings = settings or plain_settings()
    graph, account = graph_and_account(extract, settings)
    return network_from_graph(graph, "tiny", "tiny", "", settings), account


def seconds(network: Network, pairs: Iterable[tuple[tuple[float, float], tuple[float, float]]]):
    """Return the seconds between pairs of positions."""
    router = Router(network, access_s=0)
    found = []
    for a, b in pairs:
        found.append(int(router.measure([Site("a", *a), Site("b", *b)]).seconds[0, 0, 1]))
    return found


def town(
    ways: Mapping[int, tuple[list[int], Mapping[str, str]]],
    places: Mapping[int, tuple[float, float]],
    points: Mapping[int, Mapping[str, str]] | None = None,
    signs: Iterable[tuple[Mapping[str, str], list[tuple[str, int, str]]]] = (),
) -> Extract:
    """Return an extract of ways, by number, between places (metres east and north of A)."""
    found = Extract()
    for node, tags in (points or {}).items():
        found.note_node(node, tags)
    for number, (nodes, tags) in ways.items():
        found.take(number, nodes, {**STREET, **tags}, {n: at(*places[n]) for n in nodes})
    for tags, members in signs:
        found.note_relation(tags, members)
    return found
