"""`dispatch replan`: a day under way, after something happened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson, Lang, Seed
from dispatch.commands.remarks import report_untold
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import PART_FAILED
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from dispatch.replan.day import ReplannedDay


def _moment(text: str) -> int:
    """Return a time of day (seconds since midnight), as 10:30 or 10h30."""
    from dispatch.files.cells import time_of_day

    try:
        return time_of_day(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def replan(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="An output directory of `plan` or `replan`.")
    ],
    at: Annotated[int, typer.Option(parser=_moment, metavar="TIME", help="The moment, as 10:30.")],
    events: Annotated[
        Path, typer.Option(metavar="FILE", help="What happened (TOML or CSV): docs/replan.md.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Output directory; default: DIR, with the earlier plan in earlier/."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="bundled|NAME|PATH", help="Where the day's roads are now."),
    ] = None,
    seed: Seed = 1,
    lang: Lang = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """
    Plan the rest of a day under way again: the past stays, the rest stays near the plan.

    Events change the day: new, cancelled and longer visits, technicians who are absent or late,
    visits that are done. Every other change of the plan has a price.
    """
    with interruptions_held():
        from dispatch.replan.run import ReplanOptions
        from dispatch.replan.run import replan as run
        from dispatch.replan.write import changes_json

    options = ReplanOptions(folder, at, events, out, seed, lang, network)
    # The first replan on a machine compiles the search, which takes a while.
    with errors().status("Replanning") as status:

        def show(centre: str, iterations: int, cost_s: int) -> None:
            minutes = cost_s // 60
            status.update(escape(f"{centre}: {iterations} iterations, {minutes} min of cost"))

        day = run(options, on_progress=show)
    if as_json:
        import json

        print_json(json.loads(changes_json(day, lang)))
    else:
        _tell(day, options.target, lang)
    report_untold(errors(), day.untold)
    undone = [
        name for name, found in day.centres.items() if found.found.plan.status == "infeasible"
    ]
    for name in undone:
        errors().print(
            f"[red]{escape(name)}[/red]: a mandatory visit cannot be served; its page says which",
            soft_wrap=True,
        )
    if undone:
        raise typer.Exit(PART_FAILED)


def _tell(day: ReplannedDay, folder: Path, lang: str) -> None:
    from dispatch.replan.changes import sentences
    from dispatch.replan.write import figures_line
    from dispatch.wording.catalogue import catalogue

    console = Console(highlight=False, soft_wrap=True)
    for found in day.centres.values():
        console.print(f"[bold]{escape(found.day.centre.name)}[/bold]")
        for line in sentences(found.changes, lang):
            console.print(f"  • {escape(line)}")
        console.print(f"  [dim]{escape(figures_line(found, lang))}[/dim]")
    console.print(f"[dim]{escape(str(folder))}/index.html[/dim]")
    if (folder / "sheets").is_dir():
        hint = catalogue(lang).changes.outdated_sheets
        console.print(f"[yellow]{escape(hint)}[/yellow]")
