"""The report's diagrams as plain positions: templates turn them into SVG, styles colour them.

Lengths are pixels of the diagram's own box, y downwards. Nothing here knows a colour: every
mark carries a class, as the pages allow no style of its own to anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.assess.rank import pareto_front

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.assess.rank import Field

TICKS = 6
ROW, LABEL, FOOT, NAME = 24, 190, 34, 17
# A mark a half pixel aside cannot be told apart: of more than that only one is drawn.
GRID = 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where it stands, and its value."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Axis:
    """
    A straight scale from values to pixels.

    Parameters
    ----------
    low, high
        Values at its ends.
    start, end
        Pixels at its ends.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value stands (pixels)."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Return round values within the ends, about six."""
        step = _round_step((self.high - self.low) / TICKS)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(Tick(self.at(n * step), n * step) for n in range(first, last + 1))

    @property
    def digits(self) -> int:
        """Return how many decimals the ticks need."""
        step = _round_step((self.high - self.low) / TICKS)
        return max(0, -math.floor(math.log10(step) + 1e-9))


def axis(values: Sequence[float], start: float, end: float, *, zero: bool = False) -> Axis:
    """
    Return an axis that holds some values with a little room; with `zero`, 0 too.

    Raises
    ------
    ValueError
        When no value is a number.
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        msg = "no value to draw"
        raise ValueError(msg)
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high == 0:
        return Axis(-1.0, 1.0, start, end)
    room = 0.05 * (high - low) or 0.05 * abs(high)
    low = low if zero and low == 0 else low - room
    high = high if zero and high == 0 else high + room
    return Axis(low, high, start, end)


def _round_step(rough: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least the rough step."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A labelled stretch on a line: an interval with its value, or a box with whiskers."""

    y: float
    label: str
    value: float
    low: float
    high: float
    css: str = ""
    first: float = 0.0
    third: float = 0.0
    dots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RowChart:
    """Stretches under one another over a common scale; `zero` is where 0 stands, if it is drawn."""

    width: int
    height: int
    scale: Axis
    rows: tuple[ChartRow, ...]
    zero: float | None = None


def intervals(
    entries: Sequence[tuple[str, float, float, float, str]], width: int = 720
) -> RowChart | None:
    """
    Return intervals around 0 under one another; None where there is none to draw.

    Parameters
    ----------
    entries
        Label, value, low, high and class of each.
    width
        Of the diagram (pixels).
    """
    known = [entry for entry in entries if all(map(math.isfinite, entry[1:4]))]
    if not known:
        return None
    scale = axis([end for entry in known for end in entry[2:4]], LABEL, width - 20, zero=True)
    rows = tuple(
        ChartRow(ROW * (n + 0.5), label, scale.at(value), scale.at(low), scale.at(high), css)
        for n, (label, value, low, high, css) in enumerate(known)
    )
    return RowChart(width, ROW * len(known) + FOOT, scale, rows, scale.at(0.0))


def boxes(
    entries: Sequence[tuple[str, Sequence[float], str]],
    span: tuple[float, float],
    width: int = 520,
) -> RowChart:
    """
    Return box plots under one another: least, quartiles, most, and a dot a value.

    Parameters
    ----------
    entries
        Label, values and class of each; at least one value each.
    span
        Least and greatest value of all diagrams that share the scale.
    width
        Of the diagram (pixels).
    """
    scale = axis(span, LABEL - 40, width - 14, zero=True)
    rows = []
    for n, (label, values, css) in enumerate(entries):
        low, first, middle, third, high = (
            scale.at(float(q)) for q in np.percentile(values, [0, 25, 50, 75, 100])
        )
        dots = tuple(scale.at(value) for value in sorted(values))
        rows.append(ChartRow(ROW * (n + 0.5), label, middle, low, high, css, first, third, dots))
    return RowChart(width, ROW * len(entries) + FOOT, scale, tuple(rows))


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its name: SVG path, class and dash pattern."""

    path: str
    label: str
    css: str
    dash: str | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over a square from (0, 0) to (1, 1)."""

    size: int
    x: Axis
    y: Axis
    lines: tuple[Curve, ...]


def curves(
    entries: Sequence[tuple[str, Sequence[Sequence[float]], str, str | None]], size: int = 380
) -> Curves:
    """Return curves from (0, 0) to (1, 1): label, points, class and dash of each."""
    x, y = Axis(0, 1, 50, size - 24), Axis(0, 1, size - FOOT, 10)
    lines = tuple(
        Curve(_path([(x.at(px), y.at(py)) for px, py in points]), label, css, dash)
        for label, points, css, dash in entries
    )
    return Curves(size, x, y, lines)


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """A named point; `name_y` is the height of its name, where that is worked out."""

    x: float
    y: float
    label: str
    css: str
    on_left: bool
    name_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """All splits as points, the front as a line, the judged ones by name."""

    width: int
    height: int
    x: Axis
    y: Axis
    points: str
    edge: str
    spots: tuple[NamedPoint, ...]
    drawn: int


def cloud(field: Field, classes: Mapping[str, str], width: int = 760, height: int = 430) -> Cloud:
    """Return the scatter of all admissible splits: travel to the right, imbalance upwards."""
    own = list(field.of_splits.values())
    x = axis([*field.travel.tolist(), *(each[0] for each in own)], 60, width - 14)
    y = axis([*field.imbalance.tolist(), *(each[1] for each in own)], height - FOOT - 8, 10)
    spread_x = x.start + (field.travel - x.low) / (x.high - x.low) * (x.end - x.start)
    spread_y = y.start + (field.imbalance - y.low) / (y.high - y.low) * (y.end - y.start)
    cells = np.unique(np.rint(np.column_stack([spread_x, spread_y]) * GRID).astype(int), axis=0)
    points = "".join(f"M{cx / GRID:g} {cy / GRID:g}h0" for cx, cy in cells.tolist())
    best = pareto_front(field.travel, field.imbalance)
    # In steps: what lies above and to the right of a corner is no better than it.
    edge = "".join(
        f"{'H' if number else 'M'}{x.at(field.travel[each]):g}"
        f"{'V' if number else ' '}{y.at(field.imbalance[each]):g}"
        for number, each in enumerate(best.tolist())
    )
    spots: list[NamedPoint] = []
    lowest = -math.inf
    for name, (a, b) in sorted(field.of_splits.items(), key=lambda item: y.at(item[1][1])):
        # Names under one another, so that none hides another.
        lowest = max(y.at(b) + 4, lowest + NAME)
        left = x.at(a) > width / 2
        spots.append(NamedPoint(x.at(a), y.at(b), name, classes.get(name, ""), left, lowest))
    return Cloud(width, height, x, y, points, edge, tuple(spots), len(cells))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
