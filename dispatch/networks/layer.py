"""A reference layer of roads as sections: lines in degrees with their class, direction and level.

What is not a road of use is left out with its reason and its length, so that everything that was
read is accounted for. All faults of a file are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from dispatch.errors import InputError
from dispatch.networks.judged import Account
from dispatch.networks.layer_file import layer_table, open_layer
from dispatch.networks.layer_lines import line_metres, lines_in_degrees, lines_outside
from dispatch.networks.layer_mapping import LayerMapping, bundled_mappings, read_layer_mapping
from dispatch.networks.layer_values import LayerValues
from dispatch.streets.roads import SECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.networks.area import Area
    from dispatch.networks.layer_file import LayerTable
    from dispatch.streets.settings import BuildSettings

OUTSIDE: Final = "outside the area"
CLOSED: Final = "driven in neither direction"
UNUSED: Final = "of a class that nobody drives on"
NO_LINE: Final = "sections without a line (no geometry, or a single position)"


@dataclass(frozen=True, eq=False)
class RoadSections:
    """
    The sections of a layer that are used.

    Parameters
    ----------
    lonlat, starts
        Section `i` runs through `lonlat[starts[i]:starts[i + 1]]` (degrees, WGS84).
    metres
        Length (m, on the ellipsoid), shape (sections,).
    along, against
        Whether it is driven in the direction of its line, and in the other one.
    road_class
        OpenStreetMap's class; "" where none is known.
    roundabout, by_density
        Whether it is part of a roundabout; whether its class says nothing of its speed.
    limit_kmh, mean_kmh
        Allowed speed and mean speed; nan where none is known.
    level
        0 on the ground, more above, less below.
    access
        Who drives it: 0 all, 1 who begins or ends a trip there, 2 the same on private ground.
    names
        Name of the street; "" where there is none.
    first, last
        Numbers of the junctions at its ends as the layer states them; "" where it does not.
    numbers_decide
        Whether equal numbers join whatever the levels, as in OpenStreetMap.
    """

    lonlat: NDArray[np.float64]
    starts: NDArray[np.int64]
    metres: NDArray[np.float64]
    along: NDArray[np.bool_]
    against: NDArray[np.bool_]
    road_class: NDArray[np.str_]
    roundabout: NDArray[np.bool_]
    by_density: NDArray[np.bool_]
    limit_kmh: NDArray[np.float64]
    mean_kmh: NDArray[np.float64]
    level: NDArray[np.int64]
    access: NDArray[np.int8]
    names: tuple[str, ...]
    first: NDArray[np.str_]
    last: NDArray[np.str_]
    numbers_decide: bool = False


@dataclass
class ReadLayer:
    """
    A layer, read.

    Parameters
    ----------
    source
        Name of its file.
    sections
        The sections that are used.
    mapping
        The mapping by which they were read.
    account
        Lengths left out, and what people are told of.
    """

    source: str
    sections: RoadSections
    mapping: LayerMapping
    account: Account = field(default_factory=Account)


def read_layer(
    path: Path,
    *,
    columns: str | Path | None,
    layer: str | None,
    area: Area | None,
    bounds: BuildSettings,
    profile: str,
    ways: Collection[str],
    on_stage: Callable[[str], None] = lambda _: None,
) -> ReadLayer:
    """
    Return the sections of a layer that are used.

    Parameters
    ----------
    path
        .gpkg, .shp, .geojson or .geojson.gz.
    columns
        The mapping, as `read_layer_mapping` takes it; None: the bundled one that is known by the
        layer's columns, or else lines alone.
    layer
        Name of the layer, in a file that has several; None: as the mapping says, or the only one.
    area
        Sections with a position in the area are taken as a whole; None: all sections.
    bounds
        Limits of the file's size and of positions.
    profile, ways
        Name of the profile for which it is read, and the road classes that it uses.
    on_stage
        Called with the name of each stage.

    Raises
    ------
    InputError
        When the file or the mapping is faulty, or no section is left; all faults at once.
    """
    mapping = None if columns is None else read_layer_mapping(columns)
    bundled = [read_layer_mapping(name) for name in bundled_mappings()]
    hints = [known.layer for known in bundled if known.layer]
    wanted = layer or (mapping.layer if mapping is not None else None)
    on_stage(f"reading {path.name}")
    opened = open_layer(path, wanted, bounds, hints)
    if mapping is None:
        fits = [known for known in bundled if known.is_known_by(opened.fields)]
        mapping = fits[0] if len(fits) == 1 else LayerMapping()
    table = layer_table(opened, mapping)
    values = LayerValues(table, mapping, profile)
    lines, parents, faults = lines_in_degrees(table, mapping, values.section)
    read = _Judged(table, mapping, values, lines, parents, bounds)
    faults += read.faults
    if faults:
        raise InputError(faults)
    return read.result(area, ways)


class _Judged:
    """The cells of a layer's lines, and what is left out."""

    def __init__(
        self,
        table: LayerTable,
        mapping: LayerMapping,
        values: LayerValues,
        lines: NDArray[np.object_],
        parents: NDArray[np.int64],
        bounds: BuildSettings,
    ) -> None:
        self.table, self.mapping, self.bounds = table, mapping, bounds
        self.lines, self.parents = lines, parents
        self.along, self.against = values.ways()
        self.level, self.speed = values.levels(), values.speeds()
        self.class_rule, self.access = values.classes(), values.access()
        self.reasons, self.names = np.array(values.reasons(), dtype=object), values.names()
        self.ends = values.ends()
        self.faults = values.faults

    def result(self, area: Area | None, ways: Collection[str]) -> ReadLayer:
        """Return the sections that are used, and the length of the others."""
        metres = line_metres(self.lines)
        rules, of = self.mapping.classes, self.parents
        classes = np.array([*(rule.road_class for rule in rules), ""], dtype=np.str_)
        road_class = classes[self.class_rule]
        reason = self.reasons[of].copy()
        unused = (road_class != "") & ~np.isin(road_class, list(ways))
        for which, text in (
            (unused[of], UNUSED),
            (~(self.along | self.against)[of], CLOSED),
            (lines_outside(self.lines, area), OUTSIDE),
        ):
            reason[which & (reason == "")] = text
        kept = np.flatnonzero(reason == "")
        gone = np.flatnonzero(reason != "")
        account = Account()
        for text, length in zip(reason[gone], metres[gone].tolist(), strict=True):
            account.leave_out(text, length)
        without = len(self.table.geometry) - len(np.unique(of))
        if without:
            account.told[NO_LINE] = without
        if not len(kept):
            raise self._nothing(area, account.left_out_m)
        if (
            size := int(shapely.get_num_coordinates(self.lines[kept]).sum())
        ) > self.bounds.positions:
            message = (
                f"has streets of {size} positions; name a smaller area (--place, --margin), or "
                f"raise positions in {SECTION}"
            )
            raise InputError.one(self.table.source, message)
        sections = self._sections(kept, metres, road_class)
        return ReadLayer(self.table.source, sections, self.mapping, account)

    def _sections(
        self, kept: NDArray[np.int64], metres: NDArray[np.float64], road_class: NDArray[np.str_]
    ) -> RoadSections:
        of, rules = self.parents[kept], self.mapping.classes
        round_ = np.array([*(rule.roundabout for rule in rules), False])[self.class_rule]
        density = np.array([*(rule.speed_by == "density" for rule in rules), True])[self.class_rule]
        rule = self.mapping.speed
        mean = rule is not None and rule.means == "mean"
        none = np.full(len(of), np.nan)
        lines = self.lines[kept]
        sizes = shapely.get_num_coordinates(lines)
        # Of a section in several parts that do not meet, only the outer ends have numbers.
        opens = np.concatenate([[True], of[1:] != of[:-1]])
        closes = np.concatenate([of[1:] != of[:-1], [True]])
        return RoadSections(
            lonlat=shapely.get_coordinates(lines),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            metres=metres[kept],
            along=self.along[of],
            against=self.against[of],
            road_class=road_class[of],
            roundabout=round_[of],
            by_density=density[of] & np.isnan(self.speed[of]),
            limit_kmh=none if mean else self.speed[of],
            mean_kmh=self.speed[of] if mean else none,
            level=self.level[of],
            access=self.access[of],
            names=tuple(self.names[row] for row in of.tolist()),
            first=np.where(opens, self.ends[0][of], ""),
            last=np.where(closes, self.ends[1][of], ""),
        )

    def _nothing(self, area: Area | None, left_out: dict[str, float]) -> InputError:
        why = "; ".join(f"{metres / 1000:.1f} km {reason}" for reason, metres in left_out.items())
        message = "has no section that is used" + (f": {why}" if why else "")
        where = " (--place, --margin)" if area is not None else ""
        remedy = f"; look at the mapping and the area{where}"
        return InputError.one(self.table.source, message + remedy)
