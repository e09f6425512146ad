"""Searches on the terminal: their progress while they run, and the summary after.

Where the output is not a terminal, no progress is shown.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.live import Live
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from dispatch.folder.write import DayFile
    from dispatch.model.plan import Plan
    from dispatch.solve.progress import Progress

    ShowCentre = Callable[[str, Progress], None]
    Show = Callable[[Progress], None]

MINUTE_S, HOUR_S = 60, 3600


@contextmanager
def table_of_centres(console: Console) -> Iterator[ShowCentre | None]:
    """Yield a function that shows each centre's search in a row; None: there is no terminal."""
    if not console.is_terminal:
        yield None
        return
    rows: dict[str, Progress] = {}
    with Live(console=console, transient=True, refresh_per_second=8) as live:

        def show(name: str, progress: Progress) -> None:
            rows[name] = progress
            live.update(_running(rows))

        yield show


@contextmanager
def line_of_search(console: Console) -> Iterator[Show | None]:
    """Yield a function that shows one search; None: there is no terminal."""
    with table_of_centres(console) as show_row:
        if show_row is None:
            yield None
            return

        def show(progress: Progress) -> None:
            show_row("", progress)

        yield show


def _running(rows: dict[str, Progress]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "stage", "cost", "bound", "gap"):
        table.add_column(heading, justify="right" if heading not in ("", "stage") else "left")
    for name in sorted(rows):
        progress = rows[name]
        known = progress.bound_s > 0
        table.add_row(
            escape(name),
            progress.stage,
            hours(progress.cost_s),
            hours(progress.bound_s) if known else "",
            f"{100 * progress.gap:.2f} %" if known else "",
        )
    return table


def summary_table(day: DayFile) -> Table:
    """Return the key figures of a day, a row a centre and their sum."""
    title = f"{day.date.isoformat()}, {'bundled sample day' if day.sample else 'visits as given'}"
    if day.network.approximate:
        title += "; travel times are an approximation"
    if day.traffic:
        title += "; travel by time of day"
    table = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("centre", no_wrap=True)
    for heading in ("rounds", "served", "driving", "km", "cost", "bound", "gap"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, plan in day.plans.items():
        table.add_row(escape(name), *_figures(day.summary[name]), _gap(plan))
    keys = (
        "rounds",
        "visits_served",
        "visits_unassigned",
        "travel_s",
        "distance_m",
        "cost_s",
        "bound_s",
    )
    total = {
        key: None
        if any(figures[key] is None for figures in day.summary.values())
        else sum(int(figures[key] or 0) for figures in day.summary.values())
        for key in keys
    }
    if len(day.plans) > 1:
        table.add_section()
        cost, bound = total["cost_s"] or 0, total["bound_s"]
        gap = "" if bound is None else f"{100 * (cost - bound) / cost if cost else 0:.2f} %"
        table.add_row("all", *_figures(total), gap)
    return table


def plan_line(plan: Plan) -> str:
    """Return the status and the key figures of a plan in one line."""
    figures = plan.summary()
    parts = [
        f"{plan.status}: {figures['visits_served']} visits served in {figures['rounds']} rounds",
        f"{figures['visits_unassigned']} unassigned",
        f"driving {hours(int(figures['travel_s'] or 0))}",
        f"cost {plan.cost_s.total} s",
    ]
    if plan.bound_s is not None:
        proof = "proven optimal" if plan.proven_optimal else f"gap {_gap(plan)}"
        parts.append(f"bound {plan.bound_s} s ({proof})")
    if plan.stopped in ("time_limit", "interrupted"):
        parts.append(f"stopped by {plan.stopped.replace('_', ' ')}")
    return ", ".join(parts)


def hours(seconds: int) -> str:
    """Return a duration as 2 h 05."""
    minutes = round(seconds / MINUTE_S)
    return f"{minutes // 60} h {minutes % 60:02d}"


def _figures(figures: Mapping[str, int | float | str | bool | None]) -> list[str]:
    metres, bound = figures["distance_m"], figures["bound_s"]
    served = int(figures["visits_served"] or 0)
    return [
        str(figures["rounds"]),
        f"{served}/{served + int(figures['visits_unassigned'] or 0)}",
        hours(int(figures["travel_s"] or 0)),
        "" if metres is None else f"{int(metres) / 1000:.0f}",
        hours(int(figures["cost_s"] or 0)),
        "" if bound is None else hours(int(bound)),
    ]


def _gap(plan: Plan) -> str:
    if plan.proven_optimal:
        return "optimal"
    return "" if plan.gap is None else f"{100 * plan.gap:.2f} %"
