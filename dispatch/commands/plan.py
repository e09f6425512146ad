"""`dispatch plan`: the day of every centre."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import (
    AsJson,
    Effort,
    EffortChoice,
    Lang,
    LangChoice,
    Roads,
    Seed,
    ServiceFile,
    TimeLimit,
    day_of,
)
from dispatch.commands.terminal import errors, print_json
from dispatch.interrupts import interruptions_held

PART_FAILED = 5


def plan(
    date: Annotated[
        Date, typer.Option(parser=day_of, metavar="DATE", help="Day to plan, as 2026-11-25.")
    ],
    centre: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this centre; may be repeated.")
    ] = None,
    visits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Visits (CSV); default: the bundled sample.")
    ] = None,
    technicians: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who works (CSV); default: the service's technicians."),
    ] = None,
    service: ServiceFile = None,
    network: Roads = None,
    traffic: Annotated[
        bool | None,
        typer.Option(
            "--traffic/--no-traffic",
            help="Travel by time of day, by the weekday's usual traffic; default: as the service "
            "file says (the bundled one: no).",
        ),
    ] = None,
    effort: Effort = EffortChoice.standard,
    time_limit: TimeLimit = None,
    seed: Seed = 1,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")] = Path("out"),
    lang: Lang = LangChoice.fr,
    tiles: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Online map tiles, as https://…/{z}/{x}/{y}.png."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Plan a day of every centre: maps, tables, and a plan that `dispatch check` verifies.

    Without files it plans the bundled sample day.
    """
    with interruptions_held():
        from dispatch.planday import Request, plan_day
        from dispatch.progress import table_of_centres

    request = Request(
        date=date,
        centres=tuple(centre or ()),
        visits=visits,
        technicians=technicians,
        service=service,
        network=network,
        traffic=traffic,
        effort=effort.value,
        time_limit_s=time_limit,
        seed=seed,
        out=out,
        lang=lang.value,
        tiles=tiles,
    )
    with table_of_centres(errors()) as show:
        outcome = plan_day(request, on_progress=show)
    summary = outcome.day.summary
    if as_json:
        failures = outcome.day.failures
        print_json({"date": date.isoformat(), "centres": summary, "failures": failures})
    else:
        from dispatch.progress import summary_table

        console = Console()
        console.print(summary_table(outcome.day))
        console.print(f"[dim]{escape(str(out))}/index.html[/dim]", soft_wrap=True)
    for name, message in outcome.day.failures.items():
        errors().print(f"[red]{escape(name)}[/red]: {escape(message)}", soft_wrap=True)
    if outcome.day.failures and not summary:
        raise typer.Exit(outcome.worst_exit_code)
    undone = [name for name, made in outcome.day.plans.items() if made.status == "infeasible"]
    for name in undone:
        errors().print(
            f"[red]{escape(name)}[/red]: a mandatory visit cannot be served; its page says which",
            soft_wrap=True,
        )
    if outcome.day.failures or undone:
        raise typer.Exit(PART_FAILED)
