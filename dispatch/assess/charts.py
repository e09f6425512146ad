"""The report's diagrams as plain positions: templates turn them into SVG, styles colour them.

Lengths are pixels of the diagram's own box, y downwards. Marks have no colour here: each has a CSS
class, because the pages allow no inline styles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.assess.rank import pareto_front

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.assess.rank import Field

TICKS = 6
ROW, LABEL, FOOT, NAME = 24, 190, 34, 17
# Points are rounded to 1 / GRID of a pixel, and of equal points one is drawn.
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
    Return an axis that spans some values with a margin of 5 %; with `zero`, it includes 0.

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
    margin = 0.05 * (high - low) or 0.05 * abs(high)
    low = low if zero and low == 0 else low - margin
    high = high if zero and high == 0 else high + margin
    return Axis(low, high, start, end)


def _round_step(rough: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least the rough step."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of a diagram: a label with an interval and its value, or with a box plot."""

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
    """Rows under one another on one scale; `zero` is the position of 0 where it is drawn."""

    width: int
    height: int
    scale: Axis
    rows: tuple[ChartRow, ...]
    zero: float | None = None


class LabelledInterval(NamedTuple):
    """A value with its interval, as `intervals` draws it; `css` is the class of its marks."""

    label: str
    value: float
    low: float
    high: float
    css: str


class LabelledValues(NamedTuple):
    """Values of which `boxes` draws a box plot; `css` is the class of its marks."""

    label: str
    values: Sequence[float]
    css: str


class LabelledCurve(NamedTuple):
    """Points that `curves` joins, with class and dash pattern of the line."""

    label: str
    points: Sequence[Sequence[float]]
    css: str
    dash: str | None


def intervals(entries: Sequence[LabelledInterval], width: int = 720) -> RowChart | None:
    """
    Return intervals around 0, one row each; None where there is none to draw.

    Parameters
    ----------
    entries
        One an interval; those with a value that is not finite are left out.
    width
        Width of the diagram (pixels).
    """
    known = [
        entry for entry in entries if all(map(math.isfinite, (entry.value, entry.low, entry.high)))
    ]
    if not known:
        return None
    ends = [end for entry in known for end in (entry.low, entry.high)]
    scale = axis(ends, LABEL, width - 20, zero=True)
    rows = tuple(
        ChartRow(
            y=ROW * (n + 0.5),
            label=entry.label,
            value=scale.at(entry.value),
            low=scale.at(entry.low),
            high=scale.at(entry.high),
            css=entry.css,
        )
        for n, entry in enumerate(known)
    )
    return RowChart(width, ROW * len(known) + FOOT, scale, rows, scale.at(0.0))


def boxes(
    entries: Sequence[LabelledValues],
    span: tuple[float, float],
    width: int = 520,
) -> RowChart:
    """
    Return box plots, one row each: minimum, quartiles, maximum, and a dot for each value.

    Parameters
    ----------
    entries
        One a box plot, with at least one value.
    span
        Minimum and maximum of all diagrams that share the scale.
    width
        Width of the diagram (pixels).
    """
    scale = axis(span, LABEL - 40, width - 14, zero=True)
    rows = []
    for n, entry in enumerate(entries):
        low, first, middle, third, high = (
            scale.at(float(q)) for q in np.percentile(entry.values, [0, 25, 50, 75, 100])
        )
        rows.append(
            ChartRow(
                y=ROW * (n + 0.5),
                label=entry.label,
                value=middle,
                low=low,
                high=high,
                css=entry.css,
                first=first,
                third=third,
                dots=tuple(scale.at(value) for value in sorted(entry.values)),
            )
        )
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


def curves(entries: Sequence[LabelledCurve], size: int = 380) -> Curves:
    """Return curves over the square from (0, 0) to (1, 1)."""
    x, y = Axis(0, 1, 50, size - 24), Axis(0, 1, size - FOOT, 10)
    lines = tuple(
        Curve(
            path=_path([(x.at(px), y.at(py)) for px, py in entry.points]),
            label=entry.label,
            css=entry.css,
            dash=entry.dash,
        )
        for entry in entries
    )
    return Curves(size, x, y, lines)


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """A point with its name; `name_y` is the height at which the name is written."""

    x: float
    y: float
    label: str
    css: str
    on_left: bool
    name_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """All admissible splits as points, the front as a line, the assessed splits by name."""

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
    # A staircase: a split above and to the right of a corner is no better than that corner.
    edge = "".join(
        f"{'H' if number else 'M'}{x.at(field.travel[each]):g}"
        f"{'V' if number else ' '}{y.at(field.imbalance[each]):g}"
        for number, each in enumerate(best.tolist())
    )
    spots: list[NamedPoint] = []
    lowest = -math.inf
    for name, (a, b) in sorted(field.of_splits.items(), key=lambda item: y.at(item[1][1])):
        # Names are moved down so that none hides another.
        lowest = max(y.at(b) + 4, lowest + NAME)
        left = x.at(a) > width / 2
        spots.append(NamedPoint(x.at(a), y.at(b), name, classes.get(name, ""), left, lowest))
    return Cloud(width, height, x, y, points, edge, tuple(spots), len(cells))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
