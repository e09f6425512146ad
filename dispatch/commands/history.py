"""`dispatch history`: figures of the past nights, as a table and as a picture."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dispatch.commands.options import AsJson, Lang, day_of
from dispatch.commands.terminal import print_json
from dispatch.errors import InputError
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.store.timeline import Timed, Timeline

# The lines of a screen.
NIGHTS_SHOWN = 30
# Bars of the line under each column, the last nights: on a screen of 80 columns, and on a wide one.
TREND, WIDE_TREND, WIDE = 6, 15, 150
FORMATS = (".png", ".svg")


def history(
    store: Annotated[
        str,
        typer.Option(
            metavar="URL|FILE",
            envvar="DISPATCH_STORE",
            help="The store: a file, or postgresql://user@host/database.",
        ),
    ],
    since: Annotated[
        Date | None,
        typer.Option(
            parser=day_of,
            metavar="DATE",
            help=f"First day, as 2026-11-25; default: the last {NIGHTS_SHOWN} nights.",
        ),
    ] = None,
    centre: Annotated[
        str | None, typer.Option(metavar="ID", help="One centre; default: all together.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the nights into a .png or .svg file too."),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = DEFAULT,
) -> None:
    """Show figures of the past nights: kilometres, hours, visits served, gap and duration."""
    with interruptions_held():
        from dispatch.folder.replacing import replace_files
        from dispatch.folder.write import refuse_unwritable
        from dispatch.store import Store
        from dispatch.store.timeline import Timeline, timeline

    if plot is not None:
        if plot.suffix.lower() not in FORMATS:
            name, message = "--plot", "must end in .png or .svg"
            raise InputError.one(name, message, value=plot.name)
        refuse_unwritable(plot, folder=False)
    with Store.open(store, create=False) as opened:
        found, where = timeline(opened, since, centre), opened.shown
    if since is None:
        found = Timeline(found.nights[-NIGHTS_SHOWN:], found.centre)
    if plot is not None:
        if not found.nights:
            name, message = "--plot", "there is no night to draw; correct --since, or plan one"
            raise InputError.one(name, message)
        from dispatch.views.night_plot import nights_picture

        kind = cast("Literal['png', 'svg']", plot.suffix.lower().removeprefix("."))
        replace_files(plot.parent, {plot.name: nights_picture(found, kind, lang)})
    if as_json:
        print_json(found.to_dict())
        return
    console = Console()
    if not found.nights:
        since_when = "" if since is None else f" since {since}"
        console.print(escape(f"{where}: no nights{since_when}"), highlight=False, soft_wrap=True)
        return
    console.print(_table(found, where, WIDE_TREND if console.width >= WIDE else TREND))
    for line in _failures(found):
        console.print(f"[yellow]{escape(line)}[/yellow]", highlight=False, soft_wrap=True)


def _table(found: Timeline, where: str, bars: int) -> Table:
    """Return a row a night, and under each column the last nights as bars."""
    nights = found.nights
    whose = "all centres" if found.centre is None else f"centre {found.centre}"
    table = Table(
        title=escape(f"{whose}, {len(nights)} nights ({where})"), title_justify="left",
        title_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
        show_footer=len(nights) > 1,
    )  # fmt: skip
    last = nights[-bars:]
    trends = {
        "km": _trend([night.distance_m for night in last]),
        "drive h": _trend([night.travel_s for night in last]),
        "served": _trend([night.served for night in last]),
        "share": _trend([night.served_share for night in last]),
        "undone": _trend([night.undone for night in last], low=0),
        "gap": _trend([night.gap for night in last], low=0),
        "min:s": _trend([night.duration_s for night in last], low=0),
    }
    table.add_column("day", footer=f"last {len(last)}", no_wrap=True)
    for heading, trend in trends.items():
        table.add_column(heading, footer=trend, justify="right", no_wrap=True)
    table.add_column("exit", justify="right", no_wrap=True)
    for night in nights:
        table.add_row(*_cells(night))
    return table


def _trend(values: Sequence[float | None], low: float | None = None) -> str:
    from dispatch.store.timeline import sparkline

    return sparkline(values, low)


def _cells(night: Timed) -> tuple[str, ...]:
    share, gap, code = night.served_share, night.gap, night.exit_code
    return (
        night.day.isoformat(),
        "-" if night.distance_m is None else f"{night.distance_m / 1000:.1f}",
        "-" if night.travel_s is None else f"{night.travel_s / 3600:.1f}",
        str(night.served),
        "-" if share is None else f"{100 * share:.1f} %",
        str(night.undone),
        "-" if gap is None else f"{100 * gap:.1f} %",
        "-" if night.duration_s is None else _duration(night.duration_s),
        f"[red]{code}[/red]" if code else "0",
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _failures(found: Timeline) -> list[str]:
    return [
        f"{night.day}: {row.centre} was not planned: {row.failure.splitlines()[0]}"
        for night in found.nights
        for row in night.centres
        if row.status is None and row.failure
    ]
