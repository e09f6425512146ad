"""The picture of a comparison: ratios of times by distance and by area (SVG).

No plotting library is needed: the picture has a dozen lines and texts. The same figures give the
same bytes. Every text goes through `page_text`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dispatch.networks.ratios import ACROSS, ALL, distance_classes
from dispatch.networks.sample import LEFT, RIGHT
from dispatch.views.escape import cut, page_text
from dispatch.views.palette import COLOURS
from dispatch.wording.catalogue import catalogue
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.networks.compare import Comparison
    from dispatch.networks.ratios import Ratios
    from dispatch.wording.plots import RoadsPlot

WIDTH, HEIGHT = 1060, 470
LEFT_X, RIGHT_X, TOP, BOTTOM = 70, 1040, 86, 380
GAP = 60  # between the part by distance and the part by centre
STEP, BAR = 12, 6
NAME_SHOWN = 30
TICKS = (0.25, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
NAMES = {"left bank": 0, "right bank": 1, "across": 2}


def comparison_picture(comparison: Comparison, lang: str = DEFAULT) -> str:
    """
    Return a comparison as an SVG picture.

    Parameters
    ----------
    comparison
        The comparison.
    lang
        Language of the texts.
    """
    words = catalogue(lang).roads_plot
    names = {
        "first": cut(comparison.first, NAME_SHOWN),
        "second": cut(comparison.second, NAME_SHOWN),
        "places": comparison.places,
        "seed": comparison.seed,
    }
    by_key = {(row.area, row.distance): row for row in comparison.rows}
    columns = [name for name in distance_classes() if any(key == (ALL, name) for key in by_key)]
    centres = [row.area for row in comparison.rows
               if row.distance == ALL and row.area not in (ALL, LEFT, RIGHT, ACROSS)]  # fmt: skip
    shown = [ALL, *(name for name in NAMES if any(row.area == name for row in comparison.rows))]
    scale = _Scale(comparison.rows)
    slots = len(columns) + len(centres)
    width = (RIGHT_X - LEFT_X - (GAP if centres else 0)) / max(slots, 1)
    parts = [
        _text(LEFT_X - 46, 26, words.title.format(**names), size=19, weight=600),
        _text(LEFT_X - 46, HEIGHT - 14, words.note.format(**names), size=13, colour="#555"),
        *_grid(scale),
        _text(LEFT_X - 46, TOP - 14, words.axis.format(**names), size=13, colour="#555"),
    ]
    for number, name in enumerate(columns):
        middle = LEFT_X + width * (number + 0.5)
        parts.append(_text(middle, BOTTOM + 22, _class_name(name, lang), anchor="middle"))
        for place, area in enumerate(shown):
            if (row := by_key.get((area, name))) is not None:
                x = middle + (place - (len(shown) - 1) / 2) * STEP
                parts.append(_bar(x, row, scale, _colour(area), square=False))
    parts.append(_text(LEFT_X + width * len(columns) / 2, BOTTOM + 46, words.distance,
                       anchor="middle", colour="#555"))  # fmt: skip
    start = LEFT_X + width * len(columns) + GAP
    for number, area in enumerate(centres):
        middle = start + width * (number + 0.5)
        # Ids are wider than a column, so that every other one is written lower.
        parts.append(_text(middle, BOTTOM + 22 + 17 * (number % 2), area, anchor="middle"))
        parts.append(_bar(middle, by_key[area, ALL], scale, COLOURS[7], square=True))
    if centres:
        parts.append(_text(start + width * len(centres) / 2, BOTTOM + 62, words.centre,
                           anchor="middle", colour="#555"))  # fmt: skip
    parts += _legend(shown, words)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" lang="{lang}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14" fill="#1b1b1b">\n'
        f"<title>{page_text(words.title.format(**names))}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )


class _Scale:
    """From ratios to heights on the picture, on a logarithmic scale: 0.5 and 2 are equally far."""

    def __init__(self, rows: Iterable[Ratios]) -> None:
        ratios = [1.0, *(value for row in rows for value in (row.low, row.high) if value > 0)]
        self.low = max(tick for tick in (TICKS[0], *TICKS) if tick <= min(0.8, *ratios)
                       or tick == TICKS[0])  # fmt: skip
        self.high = min(tick for tick in TICKS if tick >= max(1.25, *ratios) or tick == TICKS[-1])

    def y(self, ratio: float) -> float:
        within = min(max(ratio, self.low), self.high)
        share = math.log(within / self.low) / math.log(self.high / self.low)
        return BOTTOM - share * (BOTTOM - TOP)


def _grid(scale: _Scale) -> list[str]:
    lines = []
    for tick in TICKS:
        if scale.low <= tick <= scale.high:
            y, strong = scale.y(tick), tick == 1
            lines.append(
                f'<path d="M{LEFT_X} {y:.1f}H{RIGHT_X}" stroke="{"#1b1b1b" if strong else "#ddd"}" '
                f'stroke-width="{1.5 if strong else 1}"/>'
            )
            lines.append(_text(LEFT_X - 8, y + 5, f"{tick:g}", anchor="end", colour="#555"))
    return lines


def _bar(x: float, row: Ratios, scale: _Scale, colour: str, *, square: bool) -> str:
    top, bottom, middle = scale.y(row.high), scale.y(row.low), scale.y(row.median)
    mark = (
        f'<rect x="{x - 5:.1f}" y="{middle - 5:.1f}" width="10" height="10" fill="{colour}"/>'
        if square
        else f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="5" fill="{colour}"/>'
    )
    return (
        f'<g><path d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="{colour}" stroke-width="{BAR}" '
        f'stroke-opacity="0.35"/>{mark}</g>'
    )


def _legend(areas: list[str], words: RoadsPlot) -> list[str]:
    parts, x = [], LEFT_X - 46 + 5
    for area in areas:
        parts.append(f'<circle cx="{x}" cy="48" r="5" fill="{_colour(area)}"/>')
        parts.append(_text(x + 11, 53, words[area.replace(" ", "_")]))
        x += 34 + 8 * len(words[area.replace(" ", "_")])
    return parts


def _colour(area: str) -> str:
    return COLOURS[6] if area == ALL else COLOURS[NAMES[area]]


def _class_name(name: str, lang: str) -> str:
    words = catalogue(lang).roads_plot
    if name == ALL:
        return words.all
    comma = catalogue(lang).numbers.decimal
    if name.startswith("over "):
        return words.over.format(km=name.removeprefix("over ").replace(".", comma))
    low, high = (part.replace(".", comma) for part in name.split(" to "))
    return words.to.format(low=low, high=high)


def _text(
    x: float, y: float, text: str, *, size: int = 14, weight: int = 400, anchor: str = "start",
    colour: str = "#1b1b1b",
) -> str:  # fmt: skip
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{colour}">{page_text(text)}</text>'
    )
