"""From the sections of a layer to a street graph: joined, without doubles, timed by density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from shapely import LineString

from dispatch.networks.section_nodes import join_ends, plane_xy
from dispatch.networks.streets import TWICE
from dispatch.streets.density import density_s, density_speed_kmh, junctions_of
from dispatch.streets.graph import CRS
from dispatch.streets.profiles import VAN
from dispatch.streets.settings import OTHER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.networks.layer import ReadLayer, RoadSections
    from dispatch.networks.section_nodes import JoinedEnds
    from dispatch.streets.profiles import Profile
    from dispatch.streets.settings import RoadSettings

M_PER_KM: Final = 1000
S_PER_H: Final = 3600
BY_DENSITY: Final = "sections of which no speed is known, timed by the density of junctions"


def graph_of_sections(
    read: ReadLayer, settings: RoadSettings, name: str = VAN, profile: Profile | None = None
) -> nx.MultiDiGraph[int]:
    """
    Return the sections of a layer as an OSMnx graph; what is left out is noted in the layer.

    Parameters
    ----------
    read
        The layer.
    settings
        How ends join, and speeds by density.
    name, profile
        Who uses the streets; None: a van, at the speeds of its streets.

    Returns
    -------
    graph
        WGS84; nodes, numbered from 1, with x, y (degrees); edges with length (m, on the ellipsoid),
        highway and, where known, maxspeed, name, bridge, tunnel, junction, access_level; geometry
        where they bend; travel_time (s) where the layer states a mean speed or nothing at all.
    """
    sections = read.sections
    ends = join_ends(sections, settings.layers)
    read.account.told.update(ends.told)
    kept, along, against = _without_doubles(sections, ends, read)
    if profile is not None and not profile.one_way:
        along = against = along | against
    if profile is None or profile.speed_kmh is None:
        seconds = _stated_s(sections, ends, kept, settings)
        timed = int((sections.by_density & np.isnan(sections.mean_kmh))[kept].sum())
        if timed:
            read.account.told[BY_DENSITY] = timed
    else:
        seconds = _own_s(sections, ends, kept, profile)

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS, profile=name)
    graph.graph["attribution"] = read.mapping.attribution or f"Roads of {read.source}"
    used = np.unique(np.concatenate([ends.first[kept], ends.last[kept]]))
    graph.add_nodes_from(
        (node + 1, {"x": lon, "y": lat})
        for node, (lon, lat) in zip(used.tolist(), ends.lonlat[used].tolist(), strict=True)
    )
    for order, row in enumerate(kept.tolist()):
        values = _values(sections, row)
        if not np.isnan(seconds[order]):
            values["travel_time"] = float(seconds[order])
        line = sections.lonlat[sections.starts[row] : sections.starts[row + 1]]
        u, v = int(ends.first[row]) + 1, int(ends.last[row]) + 1
        geometry = LineString(line)
        if along[order]:
            graph.add_edge(u, v, **values, geometry=geometry)
        if against[order]:
            graph.add_edge(v, u, **values, geometry=geometry.reverse())
    return graph


def _without_doubles(
    sections: RoadSections, ends: JoinedEnds, read: ReadLayer
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """
    Return the sections without those drawn twice, and in which directions each is driven.

    Two lines of the same positions between the same nodes are one street; it is driven in the
    directions of both, as where each direction was drawn by itself.
    """
    seen: dict[tuple[int, int, bytes], tuple[int, bool]] = {}
    kept: list[int] = []
    along, against = sections.along.copy(), sections.against.copy()
    double_m = 0.0
    for row in range(len(sections.level)):
        line = sections.lonlat[sections.starts[row] : sections.starts[row + 1]]
        u, v = int(ends.first[row]), int(ends.last[row])
        ahead, behind = line.tobytes(), line[::-1].tobytes()
        turned = (v, u, behind) < (u, v, ahead)
        key = (v, u, behind) if turned else (u, v, ahead)
        if key not in seen:
            seen[key] = (row, turned)
            kept.append(row)
            continue
        first, first_turned = seen[key]
        double_m += float(sections.metres[row])
        same = first_turned == turned
        along[first] |= along[row] if same else against[row]
        against[first] |= against[row] if same else along[row]
    if double_m:
        read.account.leave_out(TWICE, double_m)
    rows = np.array(kept, dtype=np.int64)
    return rows, along[rows], against[rows]


def _stated_s(
    sections: RoadSections, ends: JoinedEnds, kept: NDArray[np.int64], settings: RoadSettings
) -> NDArray[np.float64]:
    """Return the time (s) of sections by their mean speed or by density; nan: by class or limit."""
    first, last = ends.first[kept], ends.last[kept]
    metres = sections.metres[kept]
    seconds = metres * S_PER_H / (M_PER_KM * sections.mean_kmh[kept])
    wanted = np.flatnonzero(sections.by_density[kept] & np.isnan(seconds))
    if not len(wanted):
        return seconds
    junction = junctions_of(len(ends.lonlat), first, last)
    lat = float(np.median(ends.lonlat[:, 1]))
    xy = plane_xy(ends.lonlat, lat)
    middle = (xy[first[wanted]] + xy[last[wanted]]) / 2
    speed = density_speed_kmh(middle, xy[junction], settings.density)
    at = junction[first[wanted]].astype(np.int64) + junction[last[wanted]]
    seconds[wanted] = density_s(metres[wanted], speed, at, settings.density)
    return seconds


def _own_s(
    sections: RoadSections, ends: JoinedEnds, kept: NDArray[np.int64], profile: Profile
) -> NDArray[np.float64]:
    """Return the time (s) of sections at a profile's own speed, its delay at junctions included."""
    first, last = ends.first[kept], ends.last[kept]
    junction = junctions_of(len(ends.lonlat), first, last)
    at = junction[first].astype(np.int64) + junction[last]
    speed = profile.speeds_kmh(sections.road_class[kept])
    return sections.metres[kept] * S_PER_H / (M_PER_KM * speed) + profile.junction_s * at / 2


def _values(sections: RoadSections, row: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "length": float(sections.metres[row]),
        "highway": str(sections.road_class[row]) or OTHER,
    }
    if not np.isnan(sections.limit_kmh[row]):
        values["maxspeed"] = f"{sections.limit_kmh[row]:g}"
    if sections.names[row]:
        values["name"] = sections.names[row]
    if sections.level[row]:
        values["bridge" if sections.level[row] > 0 else "tunnel"] = "yes"
    if sections.roundabout[row]:
        values["junction"] = "roundabout"
    if sections.access[row]:
        values["access_level"] = int(sections.access[row])
    return values
