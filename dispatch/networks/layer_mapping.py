"""Layer mappings: what the columns of a reference layer of roads mean, and their values.

A mapping (TOML) describes the layer of a town or of a mapping agency, so that it is read without
new code. Bundled mappings are chosen by name, or by the columns of the layer; docs/networks.md
explains each key.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, Strict, ValidationError

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.files.positions import faults_of, locate, path_text
from dispatch.files.textfile import parse_toml, read_text
from dispatch.service.sections import TomlSection
from dispatch.streets.settings import OTHER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

FOLDER = "layers"
OPTION = "--columns"
# A mapping is written by hand.
MAX_MB = 1
_BUNDLED_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
# OpenStreetMap's classes, which the settings have speeds and shares of traffic for.
ROAD_CLASSES = frozenset(
    {*_MAIN, *(f"{road}_link" for road in _MAIN), "unclassified", "residential", "living_street",
     "service", "track", "pedestrian", "cycleway", "footway", "path", "steps", OTHER}
)  # fmt: skip

Way = Literal["both", "along", "against", "neither"]
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=200), Strict(False)]
_Level = Annotated[int, Field(ge=-9, le=9)]
_Where = dict[_Text, _Texts]


class DirectionColumn(TomlSection):
    """Section `[direction]`: in which direction a section is driven."""

    column: _Text
    values: dict[_Text, Way]
    """What each value means; one that is not listed is a fault. "along" is from the first
    position of the line to the last."""
    empty: Way | None = None
    """What an empty cell means; none: it is a fault."""


class LevelColumn(TomlSection):
    """Section `[level]`: 0 on the ground, 1 and more above, -1 and less below."""

    column: _Text
    values: dict[_Text, _Level] = Field(default_factory=dict)
    """What each value means; whole numbers that are not listed mean themselves."""
    empty: _Level = 0


class SpeedColumn(TomlSection):
    """Section `[speed]`: a speed in km/h; an empty cell or 0 is none."""

    column: _Text
    means: Literal["limit", "mean"] = "limit"
    """The allowed speed, to which junctions come; or the mean speed, which holds as it is."""


class _Rule(TomlSection):
    where: _Where = Field(default_factory=dict)
    """Columns, and the values that fit; all of them must. Empty: fits always. The value "" is an
    empty cell."""


class ClassRule(_Rule):
    """An entry of `[[classes]]`: the road class of sections that fit it, and no entry before it."""

    road_class: _Text
    roundabout: bool = False
    speed_by: Literal["class", "density"] = "class"
    """By density where the class says whose a road is, and not how fast."""


class LeaveOutRule(_Rule):
    """An entry of `[[left_out]]`: sections that are not roads of use, with the reason."""

    reason: Annotated[str, Field(min_length=1, max_length=80)]
    only_for: Annotated[tuple[_Text, ...], Strict(False)] = ()
    """Profiles for which it holds; none: for all."""


class AccessRule(_Rule):
    """An entry of `[[access]]`: sections that only those drive who begin or end a trip there."""

    level: Literal["destination", "private"]


class LayerMapping(TomlSection):
    """What the columns of a layer of roads mean."""

    format: Literal["dispatch-layer/1"] = "dispatch-layer/1"
    title: _Text = "lines"
    attribution: _Text | None = None
    """Source and licence, shown on every map; none: the name of the file."""
    layer: _Text | None = None
    """Name of the layer, in a file that has several."""
    crs: _Text | None = None
    """Coordinate system, where the file states none."""
    id: _Text | None = None
    """Column that identifies a section, for faults."""
    name: Annotated[tuple[_Text, ...], Strict(False)] = ()
    """Columns of the street's name: the first that is not empty counts."""
    start: _Text | None = None
    """Columns of the junctions' numbers at the first and last position: equal numbers join."""
    end: _Text | None = None
    known_by: Annotated[tuple[_Text, ...], Strict(False)] = ()
    """A layer that has all of these columns is read by this mapping without being asked to."""
    optional: Annotated[tuple[_Text, ...], Strict(False)] = ()
    """Columns that a layer may lack; the others must be there."""
    also_named: dict[_Text, _Texts] = Field(default_factory=dict)
    """Other names of a column, as shapefiles cut them after ten letters."""
    direction: DirectionColumn | None = None
    level: LevelColumn | None = None
    speed: SpeedColumn | None = None
    classes: Annotated[tuple[ClassRule, ...], Strict(False)] = ()
    left_out: Annotated[tuple[LeaveOutRule, ...], Strict(False)] = ()
    access: Annotated[tuple[AccessRule, ...], Strict(False)] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that the mapping speaks of, each once."""
        single = (self.id, self.start, self.end)
        sections = (self.direction, self.level, self.speed)
        rules = (*self.left_out, *self.access, *self.classes)
        found = [
            *(column for column in single if column),
            *self.name,
            *(section.column for section in sections if section),
            *(column for rule in rules for column in rule.where),
        ]
        return tuple(dict.fromkeys(found))

    def found_in(self, fields: Collection[str]) -> dict[str, str]:
        """Return for each of the mapping's columns the field of a layer; case does not matter."""
        known = {field.casefold(): field for field in reversed(list(fields))}
        found = {}
        for column in self.columns:
            for name in (column, *self.also_named.get(column, ())):
                if name.casefold() in known:
                    found[column] = known[name.casefold()]
                    break
        return found

    def is_known_by(self, fields: Collection[str]) -> bool:
        """Return whether a layer with these fields is plainly the one that this mapping is for."""
        known = {field.casefold() for field in fields}
        names = (
            {name.casefold() for name in (column, *self.also_named.get(column, ()))}
            for column in self.known_by
        )
        return bool(self.known_by) and all(not known.isdisjoint(one) for one in names)


def bundled_mappings() -> list[str]:
    """Return the names of the bundled mappings, in order."""
    return sorted(path.stem for path in data_path(FOLDER).glob("*.toml"))


def read_layer_mapping(name: str | Path) -> LayerMapping:
    """
    Read a layer mapping.

    Parameters
    ----------
    name
        Name of a bundled mapping ("fv_tronc_l"), or the path of a file.

    Raises
    ------
    InputError
        When it cannot be read or contradicts itself; every fault, with line and column.
    """
    path = _located(str(name))
    text = read_text(path, max_mb=MAX_MB)
    document = parse_toml(text, path.name)
    try:
        mapping = LayerMapping.model_validate(document)
    except ValidationError as error:
        raise InputError(faults_of(error, path.name, text, "toml")) from error
    faults = []
    for where, value, message in _contradictions(mapping):
        line, column = locate(text, where, "toml") or (None, None)
        faults.append(Fault(path.name, path_text(where), value, message, line, column))
    if faults:
        raise InputError(faults)
    return mapping


def _located(name: str) -> Path:
    if not _BUNDLED_NAME.fullmatch(name) or Path(name).exists():
        return Path(name)
    if name in bundled_mappings():
        return data_path(FOLDER) / f"{name}.toml"
    known = ", ".join(bundled_mappings())
    message = f"there is neither such a file nor a bundled mapping; bundled: {known}"
    raise InputError.one(OPTION, message, value=name)


def _contradictions(
    mapping: LayerMapping,
) -> Iterator[tuple[tuple[str | int, ...], str | None, str]]:
    """Yield faults that pydantic does not find: path, value, message."""
    for number, rule in enumerate(mapping.classes):
        if rule.road_class not in ROAD_CLASSES:
            message = f"no such road class; choose among {', '.join(sorted(ROAD_CLASSES))}"
            yield ("classes", number, "road_class"), rule.road_class, message
        if not rule.where and number + 1 < len(mapping.classes):
            message = "fits always, so that later entries never count; put it last"
            yield ("classes", number), None, message
    for number, leaving in enumerate(mapping.left_out):
        if not leaving.where:
            message = "leaves out every section; say which, with `where`"
            yield ("left_out", number), None, message
    if (mapping.start is None) != (mapping.end is None):
        there, missing = ("start", "end") if mapping.end is None else ("end", "start")
        yield (there,), None, f"needs `{missing}` beside it: a section has two ends"
    for key in ("optional", "also_named"):
        for column in getattr(mapping, key):
            if column not in mapping.columns:
                yield (key,), column, "no key of the mapping speaks of this column; remove it"
