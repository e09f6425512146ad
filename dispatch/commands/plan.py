"""`dispatch plan`: the day of every centre."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.edits import BROKEN, edits_data, report_edits
from dispatch.commands.evenness import report_evenness
from dispatch.commands.options import (
    AsJson,
    Effort,
    EffortChoice,
    Lang,
    Mapping,
    Roads,
    Seed,
    ServiceFile,
    Sites,
    TimeLimit,
    day_of,
)
from dispatch.commands.remarks import report_remarks, report_set_aside, report_untold
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import PART_FAILED, InputError
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from dispatch.edits.apply import Status
    from dispatch.tickets.reading import Reading


def plan(
    date: Annotated[
        Date, typer.Option(parser=day_of, metavar="DATE", help="Day to plan, as 2026-11-25.")
    ],
    centre: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this centre; may be repeated.")
    ] = None,
    visits: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="Visits (CSV, XLSX), or a folder of them, read as `dispatch tickets check` reads "
            "them; default: the bundled sample.",
        ),
    ] = None,
    mapping: Mapping = None,
    sites: Sites = None,
    geocode: Annotated[
        bool,
        typer.Option(
            "--geocode",
            help="Look addresses up; otherwise visits without a position are set aside.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Plan nothing if any row, field or column of the visits is faulty."
        ),
    ] = False,
    technicians: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who works (CSV); default: the service's technicians."),
    ] = None,
    service: ServiceFile = None,
    edits: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Edits by hand (TOML or CSV): pins, locked rounds, absences, dropped visits; "
            "default: those that the output directory holds for this day.",
        ),
    ] = None,
    no_edits: Annotated[
        bool, typer.Option("--no-edits", help="Forget the edits that the output directory holds.")
    ] = False,
    history: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Output directory of a past day, or a folder of such: technicians know the places "
            "of its stops, where [weights] unfamiliarity is not 0; may be repeated.",
        ),
    ] = None,
    network: Roads = None,
    traffic: Annotated[
        bool | None,
        typer.Option(
            "--traffic/--no-traffic",
            help="Travel by time of day, by the usual traffic of the weekday; default: as the "
            "service file says (the bundled one: no).",
        ),
    ] = None,
    even: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=50,
            metavar="PERCENT",
            help="How much even work is worth, in place of [weights] imbalance: 10 means that an "
            "hour too much for one is worth 6 minutes of driving. What another value would cost is "
            "told; for that, each centre is planned twice.",
        ),
    ] = None,
    effort: Effort = EffortChoice.standard,
    time_limit: TimeLimit = None,
    seed: Seed = 1,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Output directory.")] = Path("out"),
    lang: Lang = DEFAULT,
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
    if edits is not None and no_edits:
        option, message = "--no-edits", "goes with no --edits; give one of them"
        raise InputError.one(option, message)
    with interruptions_held():
        from dispatch.commands.progress import table_of_centres
        from dispatch.planday.inputs import PlanOptions
        from dispatch.planday.run import plan_day

    options = PlanOptions(
        date=date,
        centres=tuple(centre or ()),
        visits=visits,
        mapping=mapping,
        sites=sites,
        geocode=geocode,
        strict=strict,
        technicians=technicians,
        service=service,
        history=tuple(history or ()),
        network=network,
        traffic=traffic,
        effort=effort.value,
        time_limit_s=time_limit,
        seed=seed,
        out=out,
        lang=lang,
        tiles=tiles,
        edits=edits,
        keep_edits=not no_edits,
        even=even,
    )
    console = errors()

    def tell(statuses: tuple[Status, ...], kept: bool) -> None:
        report_edits(console, statuses, kept=kept)

    def tell_reading(reading: Reading) -> None:
        if visits is not None:
            report_remarks(console, reading)
            report_set_aside(console, reading)

    with table_of_centres(console) as show:
        day = plan_day(options, on_progress=show, on_edits=tell, on_reading=tell_reading)
    evenness = None
    if even is not None and day.plans:
        from dispatch.planday.evenness import compared

        with table_of_centres(console) as show:
            evenness = compared(day, on_progress=show)
    said = day.as_file()
    aside = () if day.inputs.reading is None else day.inputs.reading.set_aside
    later = [ticket for tickets in day.later.values() for ticket in tickets]
    if as_json:
        data: dict[str, Any] = {
            "date": date.isoformat(),
            "centres": said.summary,
            "failures": said.failures,
        }
        if aside:
            data["set_aside"] = [asdict(each) for each in aside]
        if later:
            data["not_yet"] = {t.id: str(t.earliest_day) for t in later}
        if evenness is not None:
            data["even"] = asdict(evenness)
        print_json(data | ({"edits": edits_data(day.statuses)} if day.statuses else {}))
    else:
        from dispatch.commands.progress import summary_table

        console = Console()
        console.print(summary_table(said))
        if later:
            visits_ = "1 visit is" if len(later) == 1 else f"{len(later)} visits are"
            console.print(f"{visits_} not planned yet: not before a later day", soft_wrap=True)
        if evenness is not None:
            report_evenness(console, evenness)
        console.print(f"[dim]{escape(str(out))}/index.html[/dim]", soft_wrap=True)
    for name, message in said.failures.items():
        errors().print(f"[red]{escape(name)}[/red]: {escape(message)}", soft_wrap=True)
    if day.failures and not day.plans:
        raise typer.Exit(day.exit_code)
    report_untold(errors(), day.untold)
    undone = [name for name, made in day.plans.items() if made.status == "infeasible"]
    for name in undone:
        errors().print(
            f"[red]{escape(name)}[/red]: a mandatory visit cannot be served; its page says which",
            soft_wrap=True,
        )
    # Edits that are impossible alone were reported before the search; only the plan shows which
    # others it does not keep.
    report_edits(errors(), [status for status in day.statuses if status.state == "unkept"])
    broken = any(status.state in BROKEN for status in day.statuses)
    if day.failures or undone or broken or aside:
        raise typer.Exit(PART_FAILED)
