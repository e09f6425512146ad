"""The past nights as a picture: driving, visits served, gap and time; a line a centre."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dispatch.views.palette import colour
from dispatch.wording.catalogue import catalogue
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from matplotlib.axes import Axes

    from dispatch.store.records import CentreRow
    from dispatch.store.timeline import Timeline

Value = float | None
# Lines of two centres of one colour differ in their dashes.
STYLES = ("-", "--", ":", "-.")
INK, FAINT, ALARM = "#1b1b1b", "#d9d9d9", "#c0182b"
SIZE, DPI = (12.0, 8.0), 110
TICKS = 5
MARKED_UP_TO = 62  # nights; beyond, marks would run into each other


@dataclass(frozen=True)
class _Panel:
    """One diagram: the name of its heading, the value of a centre's row, the start of its scale."""

    name: str
    value: Callable[[CentreRow], Value]
    floor: float | None = 0.0


def _share(row: CentreRow) -> Value:
    served, left = row.visits_served, row.visits_unassigned
    if served is None or left is None or not served + left:
        return None
    return 100 * served / (served + left)


PANELS = (
    _Panel("km", lambda row: None if row.distance_m is None else row.distance_m / 1000),
    _Panel("driving", lambda row: None if row.travel_s is None else row.travel_s / 3600),
    _Panel("share", _share, None),
    _Panel("undone", lambda row: row.visits_unassigned),
    _Panel("gap", lambda row: None if row.gap is None else 100 * row.gap),
)


def nights_picture(shown: Timeline, kind: Literal["png", "svg"], lang: str = DEFAULT) -> bytes:
    """
    Return the nights as a picture; the same nights give the same bytes.

    Parameters
    ----------
    shown
        At least one night.
    kind
        Format of the picture.
    lang
        Language of its words.

    Raises
    ------
    ValueError
        When there is no night.
    """
    # A library of some weight, which no other command of the store needs.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    if not shown.nights:
        msg = "there is no night to show"
        raise ValueError(msg)
    words = catalogue(lang).nights_plot
    comma = catalogue(lang).numbers.decimal
    days = [night.day for night in shown.nights]
    with rc_context({"svg.hashsalt": "dispatch", "font.family": "DejaVu Sans", "font.size": 10}):
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        title = words.one if days[0] == days[-1] else words.title
        figure.suptitle(
            title.format(first=f"{days[0]:%d/%m/%Y}", last=f"{days[-1]:%d/%m/%Y}"),
            x=0.01, ha="left", fontsize=15, fontweight="bold", color=INK,
        )  # fmt: skip
        grid: list[Axes] = list(figure.subplots(2, 3, sharex=True).flat)
        for panel, axes in zip(PANELS, grid, strict=False):
            _draw_panel(axes, panel, shown)
            _finish(axes, words[panel.name], days, words.date, comma, whole=panel.name == "undone")
        _draw_durations(grid[-1], shown, 60 if shown.centre is None else 1)
        name = "duration" if shown.centre is None else "search"
        _finish(grid[-1], words[name], days, words.date, comma)
        lines, names = grid[0].get_legend_handles_labels()
        if any(night.failed for night in shown.nights):
            lines.append(_mark_failures(grid, shown))
            names.append(words.failed)
        figure.legend(
            lines, names, loc="outside lower left", ncols=6, frameon=False, handlelength=2.5
        )
        file = io.BytesIO()
        unstamped: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(file, format=kind, metadata=unstamped)
    return file.getvalue()


def _draw_panel(axes: Axes, panel: _Panel, shown: Timeline) -> None:
    for rank, centre in enumerate(shown.centres):
        rows = [
            next((row for row in night.centres if row.centre == centre), None)
            for night in shown.nights
        ]
        values = [None if row is None else panel.value(row) for row in rows]
        axes.plot(
            _days(shown),
            _numbers(values),
            color=colour(rank),
            linestyle=STYLES[rank % len(STYLES)],
            marker="o" if len(values) <= MARKED_UP_TO else "",
            markersize=3.5,
            linewidth=1.6,
            label=centre,
        )
    if panel.floor is not None:
        axes.set_ylim(bottom=panel.floor)
    else:
        # Shares: 100 % is the roof, with room for its line.
        axes.set_ylim(top=101)


def _draw_durations(axes: Axes, shown: Timeline, unit_s: int) -> None:
    durations = [night.duration_s for night in shown.nights]
    values = [None if duration is None else duration / unit_s for duration in durations]
    axes.bar(_days(shown), _numbers(values), color="#8a8a8a", width=0.7)
    axes.set_ylim(bottom=0)


def _days(shown: Timeline) -> list[float]:
    """Return the days as matplotlib counts them."""
    return [_number_of(night.day) for night in shown.nights]


def _number_of(day: date) -> float:
    from matplotlib import dates

    count: Any = dates.date2num  # has no types
    return float(count(day))


def _numbers(values: Sequence[Value]) -> list[float]:
    """Return values as matplotlib takes them: a line is broken where one is not known."""
    return [float("nan") if value is None else float(value) for value in values]


def _mark_failures(grid: Sequence[Axes], shown: Timeline) -> Any:  # noqa: ANN401 - any artist
    """Shade the nights on which a centre could not be planned; return one for the legend."""
    shade: Any = None
    for axes in grid:
        for day, night in zip(_days(shown), shown.nights, strict=True):
            if night.failed:
                shade = axes.axvspan(day - 0.45, day + 0.45, color=ALARM, alpha=0.15, linewidth=0)
    return shade


def _finish(
    axes: Axes, title: str, days: Sequence[date], written: str, comma: str, *, whole: bool = False
) -> None:
    from matplotlib import dates
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    untyped: Any = dates

    axes.set_title(title, loc="left", fontsize=11, color=INK)
    # Days of nights, evenly among them: another day would have nothing above it.
    step = -(-len(days) // TICKS)
    axes.xaxis.set_major_locator(FixedLocator([_number_of(day) for day in days[::step]]))
    axes.xaxis.set_major_formatter(untyped.DateFormatter(written))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace(".", comma)))
    if days[0] == days[-1]:
        middle = _number_of(days[0])
        axes.set_xlim(middle - 2, middle + 2)
    axes.tick_params(length=0, colors="#555555", labelbottom=True)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#999999")
