"""`dispatch sheets`: what technicians take along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson, Lang
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import PART_FAILED
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from dispatch.sheets.write import Made


def sheets(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `plan` wrote.")],
    centre: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this centre; may be repeated.")
    ] = None,
    lang: Lang = DEFAULT,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write; default: DIR/sheets.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Write what technicians take along: printed sheets, calendars, tracks, a workbook a centre.

    Run again after the day has changed: calendars then update those on the phones.
    """
    with interruptions_held():
        from dispatch.folder.read import read_written
        from dispatch.folder.write import refuse_unwritable
        from dispatch.sheets.linked import link_sheets
        from dispatch.sheets.write import FOLDER, write_sheets

    written = read_written(folder, tuple(centre or ()))
    target = folder / FOLDER if out is None else out
    refuse_unwritable(target, folder=True)
    with _bar() as show:
        made = write_sheets(written, target, lang=lang, on_progress=show)
    link_sheets(folder, made, list(written.days))
    if as_json:
        listed = {name: list(entry.files) for name, entry in made.manifest.centres.items()}
        print_json(
            {
                "date": made.manifest.date.isoformat(),
                "folder": str(made.folder),
                "centres": listed,
                "removed": list(made.removed),
                "failures": made.failures,
                "notes": list(made.notes),
            }
        )
    else:
        _print(made, list(written.days))
    for note in made.notes:
        errors().print(escape(note), highlight=False, soft_wrap=True)
    for name, message in made.failures.items():
        errors().print(f"[red]{escape(name)}[/red]: {escape(message)}", soft_wrap=True)
    if made.failures:
        raise typer.Exit(PART_FAILED)


def _print(made: Made, centres: list[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for name in centres:
        files = made.manifest.centres[name].files
        whole = [file for file in files if "/" not in file]
        rounds = len({file.rsplit(".", 1)[0] for file in files if "/" in file})
        told = "1 round" if rounds == 1 else f"{rounds} rounds"
        console.print(escape(f"{name}: {', '.join(whole)}, {told} as ICS, GPX, GeoJSON"))
    console.print(f"[dim]{escape(str(made.folder))}[/dim]")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that shows how many centres are done; None where there is no terminal."""
    console = errors()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress

    columns = (BarColumn(), MofNCompleteColumn(), "centres")
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show
