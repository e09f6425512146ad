"""The cells of a layer, read as a mapping says: classes, directions, levels, speeds, reasons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from dispatch.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from dispatch.networks.layer_file import LayerTable
    from dispatch.networks.layer_mapping import LayerMapping

# Whether a section is driven along its line, and against it.
WAYS: Final = {
    "both": (True, True), "along": (True, False), "against": (False, True),
    "neither": (False, False),
}  # fmt: skip
ACCESS_LEVELS: Final = {"destination": 1, "private": 2}
# Faster than any limit; a mean speed beyond is a slip of a finger.
MOST_KMH = 200.0


class LayerValues:
    """
    The meaning of a layer's cells; faults are collected.

    Parameters
    ----------
    table
        The layer.
    mapping
        What its columns mean.
    profile
        Name of the profile for which it is read.
    """

    def __init__(self, table: LayerTable, mapping: LayerMapping, profile: str) -> None:
        self.table, self.mapping = table, mapping
        self.leaving = [
            rule for rule in mapping.left_out if not rule.only_for or profile in rule.only_for
        ]
        self.size = len(table.geometry)
        self.faults: list[Fault] = []
        self.left_out = self._first(self.leaving)
        # What has no line, or is left out, need not be understood.
        self.judged = ~shapely.is_missing(table.geometry) & (self.left_out < 0)

    def section(self, number: int) -> str:
        """Return how people find a section: by its identifier, or else by its place in the file."""
        ids = self._cells(self.mapping.id)
        if ids is not None and ids[number]:
            return f"{self.mapping.id} {ids[number]}"
        return f"section {number + 1}"

    def _cells(self, column: str | None) -> NDArray[np.str_] | None:
        return None if column is None else self.table.columns.get(column)

    def _fault(self, column: str, rows: NDArray[np.int64], value: str, message: str) -> None:
        """Note a fault of all sections with one value; the first stands for all."""
        others = f" ({len(rows)} sections, the first is {self.section(int(rows[0]))})"
        self.faults.append(Fault(self.table.source, column, value, message + others))

    def ways(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return whether each section is driven along its line, and against it."""
        along = np.ones(self.size, dtype=np.bool_)
        against = along.copy()
        rule = self.mapping.direction
        cells = None if rule is None else self._cells(rule.column)
        if rule is None or cells is None:
            return along, against
        meaning = _casefolded(rule.values)
        for value, rows in self._judged_groups(cells):
            way = rule.empty if value == "" else meaning.get(value.casefold())
            if way is None:
                message = (
                    "says nothing of the direction; add `empty` to [direction] of the mapping"
                    if value == ""
                    else "is no known direction; add it to direction.values of the mapping"
                )
                self._fault(rule.column, rows, value, message)
                continue
            along[rows], against[rows] = WAYS[way]
        return along, against

    def levels(self) -> NDArray[np.int64]:
        """Return the level of each section: 0 on the ground."""
        found = np.zeros(self.size, dtype=np.int64)
        rule = self.mapping.level
        cells = None if rule is None else self._cells(rule.column)
        if rule is None or cells is None:
            return found
        meaning = _casefolded(rule.values)
        for value, rows in self._judged_groups(cells):
            level = rule.empty if value == "" else meaning.get(value.casefold(), _whole(value))
            if level is None:
                message = "is no known level; add it to level.values of the mapping"
                self._fault(rule.column, rows, value, message)
            else:
                found[rows] = level
        return found

    def speeds(self) -> NDArray[np.float64]:
        """Return the speed of each section (km/h); nan where none is stated."""
        found = np.full(self.size, np.nan)
        rule = self.mapping.speed
        cells = None if rule is None else self._cells(rule.column)
        if rule is None or cells is None:
            return found
        for value, rows in self._judged_groups(cells):
            kmh = _number(value)
            if value and (kmh is None or not 0 <= kmh <= MOST_KMH):
                message = f"must be a speed in km/h, at most {MOST_KMH:g}; correct it or empty it"
                self._fault(rule.column, rows, value, message)
            elif kmh:
                found[rows] = kmh
        return found

    def names(self) -> list[str]:
        """Return the name of each section; "" where there is none."""
        found = np.full(self.size, "", dtype=object)
        for column in self.mapping.name:
            cells = self._cells(column)
            if cells is not None:
                found = np.where(found == "", cells.astype(object), found)
        return [str(name) for name in found]

    def ends(self) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        """Return the numbers of the junctions at the two ends of each section; "" where unknown."""
        none = np.full(self.size, "", dtype=np.str_)
        start, end = self._cells(self.mapping.start), self._cells(self.mapping.end)
        return (none if start is None else start), (none if end is None else end)

    def classes(self) -> NDArray[np.int64]:
        """Return for each section the number of its entry of `classes`; -1 where none says."""
        found = self._first(self.mapping.classes)
        columns = list(dict.fromkeys(c for rule in self.mapping.classes for c in rule.where))
        known = [
            (column, cells) for column in columns if (cells := self._cells(column)) is not None
        ]
        if not known:
            return found
        nowhere = np.flatnonzero((found < 0) & self.judged)
        combined = np.array(
            [" / ".join(str(cells[row]) for _, cells in known) for row in nowhere.tolist()],
            dtype=np.str_,
        )
        for value, rows in _groups(combined):
            # Where all cells are empty the layer says nothing of the class.
            if value.replace(" / ", ""):
                message = (
                    "fits no entry of `classes` of the mapping; add one, or a last without where"
                )
                where = " / ".join(column for column, _ in known)
                self._fault(where, nowhere[rows], value, message)
        return found

    def access(self) -> NDArray[np.int8]:
        """Return who drives each section: 0 all, 1 whose trip ends there, 2 on private ground."""
        found = self._first(self.mapping.access)
        level = [ACCESS_LEVELS[rule.level] for rule in self.mapping.access]
        return np.array([*level, 0], dtype=np.int8)[found]

    def reasons(self) -> list[str]:
        """Return why each section is left out; "" where it is not."""
        texts = [rule.reason for rule in self.leaving]
        return [texts[number] if number >= 0 else "" for number in self.left_out.tolist()]

    def _judged_groups(self, cells: NDArray[np.str_]) -> list[tuple[str, NDArray[np.int64]]]:
        """Return each value of a column with its rows, of the sections that are judged."""
        rows = np.flatnonzero(self.judged)
        return [(value, rows[inside]) for value, inside in _groups(cells[rows])]

    def _first(self, rules: Iterable[object]) -> NDArray[np.int64]:
        """Return the number of the first rule that fits each section; -1 where none does."""
        found = np.full(self.size, -1, dtype=np.int64)
        for number, rule in enumerate(rules):
            where: Mapping[str, tuple[str, ...]] = rule.where  # type: ignore[attr-defined]
            fits = np.ones(self.size, dtype=np.bool_)
            for column, values in where.items():
                cells = self._cells(column)
                wanted = {value.casefold() for value in values}
                if cells is None:
                    # An optional column that is not there has empty cells.
                    fits &= "" in wanted
                    continue
                for value, rows in _groups(cells):
                    if value.casefold() not in wanted:
                        fits[rows] = False
            found[fits & (found < 0)] = number
        return found


def _groups(cells: NDArray[np.str_]) -> list[tuple[str, NDArray[np.int64]]]:
    """Return each value of a column with its rows, in the order of first appearance."""
    values, first, inverse = np.unique(cells, return_index=True, return_inverse=True)
    rows = np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
    return [(str(values[number]), rows[number]) for number in np.argsort(first).tolist()]


def _casefolded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {value.casefold(): meaning for value, meaning in values.items()}


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number.is_integer() and abs(number) <= 9 else None
