"""The front as a diagram: positions that the template turns into SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.assess import charts

if TYPE_CHECKING:
    from dispatch.resplit.answer import ResplitAnswer

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the diagram, with or without a name."""

    x: float
    y: float
    label: str = ""
    css: str = ""
    on_left: bool = False


@dataclass(frozen=True)
class Chart:
    """The front as a diagram: positions in its own box."""

    width: int
    height: int
    x: charts.Axis
    y: charts.Axis
    edge: str
    dots: tuple[Dot, ...]


def front_chart(found: ResplitAnswer, width: int = 760, height: int = 360) -> Chart | None:
    """Return the diagram of the front: travel to the right, largest workload upwards."""
    if not found.front:
        return None
    points = [(each.travel_s / HOUR_S, each.workload_max_s / HOUR_S) for each in found.front]
    named = [(found.best, "round-0"), *([(found.present, "round-7")] if found.present else [])]
    others = [(e.travel_s / HOUR_S, e.workload_max_s / HOUR_S, e.split.name, c) for e, c in named]
    x = charts.axis([p[0] for p in points] + [o[0] for o in others], 60, width - 14)
    y = charts.axis([p[1] for p in points] + [o[1] for o in others], height - 42, 10)
    # A staircase: below a point's travel the workload of the point before is the least possible.
    path, last = "", 0.0
    for number_, (travel, workload) in enumerate(points):
        step = f"M{x.at(travel):g} {y.at(workload):g}"
        if number_:
            step = f"L{x.at(travel):g} {last:g}L{x.at(travel):g} {y.at(workload):g}"
        path, last = path + step, y.at(workload)
    dots = [Dot(x.at(t), y.at(w)) for t, w in points]
    dots += [Dot(x.at(t), y.at(w), name, css, x.at(t) > width / 2) for t, w, name, css in others]
    return Chart(width, height, x, y, path, tuple(dots))
