"""Road graphs larger than the one at hand: copies of it side by side, joined at their edges.

A stand-in for a region: as many nodes, streets of the same make, and ways from one end to the
other; not a map of anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from dispatch.streets.parts import among_edges, usable
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.streets.network import Network

# Roads between two copies: so many at each border, driven at so many metres a second.
JOINS, JOIN_M_PER_S = 40, 14.0


def tiled(network: Network, columns: int, rows: int) -> Network:
    """Return copies of a network side by side, neighbours joined by two-way primary roads."""
    width, height = np.ptp(network.lon) + 0.002, np.ptp(network.lat) + 0.002
    count, nodes = columns * rows, network.node_count
    east, north = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    lon = np.concatenate([network.lon + width * shift for shift in east])
    lat = np.concatenate([network.lat + height * shift for shift in north])
    shift_lonlat = np.stack([width * east, height * north], axis=1)
    lines = [network.line(edge) for edge in range(network.edge_count)]
    all_lines = [line + shift for shift in shift_lonlat for line in lines]
    tails = np.concatenate([network.tails + nodes * tile for tile in range(count)])
    heads = np.concatenate([network.heads + nodes * tile for tile in range(count)])
    seconds, metres = np.tile(network.seconds, count), np.tile(network.metres, count)
    attachable, classes = np.tile(network.attachable, count), np.tile(network.road_class, count)

    pairs = np.array(
        [
            pair
            for tile in range(count)
            for step, along, beside in ((1, lat, lon), (columns, lon, lat))
            if (east[tile] + 1 < columns if step == 1 else north[tile] + 1 < rows)
            for pair in _joins(tile * nodes, (tile + step) * nodes, nodes, along, beside)
        ]
    ).reshape(-1, 2)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    x, y = TO_METRIC.transform(lon, lat)
    away = np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]])
    tails, heads = np.concatenate([tails, pairs[:, 0]]), np.concatenate([heads, pairs[:, 1]])
    all_lines += [np.array([[lon[a], lat[a]], [lon[b], lat[b]]]) for a, b in pairs]
    seconds = np.concatenate([seconds, away / JOIN_M_PER_S])
    metres = np.concatenate([metres, away])
    attachable = np.concatenate([attachable, np.ones(len(pairs), dtype=np.bool_)])
    classes = np.concatenate([classes, np.full(len(pairs), "primary")])
    order = np.lexsort((heads, tails))
    all_lines = [all_lines[edge] for edge in order]
    return replace(
        network,
        name=f"{network.name}, {columns} x {rows} copies",
        node_ids=np.arange(count * nodes),
        lon=lon,
        lat=lat,
        tails=tails[order],
        heads=heads[order],
        seconds=seconds[order],
        metres=metres[order],
        attachable=attachable[order],
        road_class=classes[order],
        access_level=None,
        turn_starts=None,
        turn_edges=None,
        name_of=None,
        line_starts=np.cumsum([0, *map(len, all_lines)]),
        line_lonlat=np.concatenate(all_lines),
    )


def signed(network: Network, signs_per_km2: float, private: float, seed: int) -> Network:
    """
    Return a network with turn signs and private streets drawn at random.

    Parameters
    ----------
    network
        The network.
    signs_per_km2
        Signs of turning to each square kilometre of its extent.
    private
        Share of its dead ends and side streets that only those drive who begin or end there.
    seed
        Seed of the draw.
    """
    random = np.random.default_rng(seed)
    tails, heads = network.tails, network.heads
    x, y = TO_METRIC.transform(network.lon, network.lat)
    km2 = float(np.ptp(x) * np.ptp(y)) / 1e6
    street = network.street_keys
    side = np.isin(network.road_class, ["residential", "living_street", "unclassified"])
    level = np.zeros(len(tails), dtype=np.int8)
    level[side & (random.random(int(street.max()) + 1)[street] < private)] = 1
    first = random.permutation(len(tails))
    starts = np.searchsorted(tails, np.arange(network.node_count + 1))
    forbidden = []
    for edge in first.tolist():
        onward = np.arange(starts[heads[edge]], starts[heads[edge] + 1])
        onward = onward[heads[onward] != tails[edge]]
        if len(onward) > 1:
            forbidden.append((edge, int(random.choice(onward))))
        if len(forbidden) >= signs_per_km2 * km2:
            break
    kept, level = usable(network.node_count, tails, heads, level, forbidden, network.metres)
    chosen = np.flatnonzero(kept)
    turns = among_edges(forbidden, chosen, len(tails))
    lines = [network.line(edge) for edge in chosen.tolist()]
    changed = {
        name: getattr(network, name)[chosen]
        for name in ("tails", "heads", "seconds", "metres", "attachable", "road_class", "name_of")
    }
    return replace(
        network,
        **changed,
        access_level=level[chosen],
        turn_starts=np.cumsum([0, *map(len, turns)]).astype(np.int64),
        turn_edges=np.array(turns, dtype=np.int64).reshape(-1),
        line_starts=np.cumsum([0, *map(len, lines)]),
        line_lonlat=np.concatenate(lines),
    )


def _joins(
    first: int,
    second: int,
    nodes: int,
    along: NDArray[np.float64],
    beside: NDArray[np.float64],
) -> set[tuple[int, int]]:
    """Return pairs of nodes that face each other over the border of two copies."""
    near = first + np.argsort(beside[first : first + nodes])[-JOINS:]
    far = second + np.argsort(beside[second : second + nodes])[:JOINS]
    _, found = cKDTree(along[far, None]).query(along[near, None])
    return {(int(a), int(far[b])) for a, b in zip(near, found, strict=True)}


def random_sites(network: Network, count: int, seed: int) -> NDArray[np.float64]:
    """Return positions (longitude, latitude) at random nodes, moved by some 50 m."""
    random = np.random.default_rng(seed)
    on_streets = np.unique(network.tails[network.attachable])
    nodes = random.choice(on_streets, count, replace=count > len(on_streets))
    return np.stack([network.lon[nodes], network.lat[nodes]], axis=1) + random.normal(
        0, 0.0005, (count, 2)
    )
