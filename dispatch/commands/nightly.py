"""`dispatch nightly`: every centre for the next working day, unattended."""

from __future__ import annotations

from contextlib import suppress
from datetime import date as Date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson, day_of
from dispatch.commands.outputs import ErrorOutput, readers_may_go
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import DispatchError
from dispatch.interrupts import interruptions_held


def nightly(
    config: Annotated[
        Path, typer.Option(metavar="FILE", help="What is where: see docs/operations.md.")
    ] = Path("dispatch.toml"),
    date: Annotated[
        Date | None,
        typer.Option(
            parser=day_of, metavar="DATE", help="Day to plan; default: the next working day."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Dask scheduler that plans, as tcp://host:8786; the plans are the same.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Plan a day far ahead, or by a clock that seems wrong, all the same."
        ),
    ] = False,
    accept_shrink: Annotated[
        bool,
        typer.Option(
            "--accept-shrink",
            help="Believe a list of tickets that has shrunk sharply: what is missing was closed.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Plan every centre for the next working day: from the ticket source to folder, store and log.

    Exits with 0; with 5 when a part failed (a centre, the source, the store) and the rest was
    planned; with 2 to 4 when nothing was planned and nothing changed; with 143 after SIGTERM, 130
    after Ctrl-C.
    """
    with interruptions_held():
        from dispatch.commands.progress import table_of_centres
        from dispatch.nightly.config import read_config
        from dispatch.nightly.ending import EndedError, told_to_end
        from dispatch.nightly.logs import Log
        from dispatch.nightly.run import NoPlanError, run_night

    settings = read_config(config)
    if accept_shrink:
        believing = settings.backlog.model_copy(update={"shrinks_at": None})
        settings = settings.model_copy(update={"backlog": believing})
    with readers_may_go(), suppress(BrokenPipeError):
        code = DispatchError.exit_code
        log = Log(ErrorOutput(), settings.log.format)
        terminal = errors().is_terminal
        try:
            with told_to_end() as ending, table_of_centres(errors()) as show:
                report = run_night(
                    settings,
                    log,
                    ending,
                    day=date,
                    on_progress=show,
                    scheduler=scheduler,
                    force=force,
                )
        except EndedError as error:
            raise typer.Exit(error.exit_code) from error
        except NoPlanError as error:
            # On a terminal the error is shown to a person; it may name places and people.
            for name, failure in error.failures.items() if terminal else ():
                errors().print(f"[red]{escape(name)}[/red]: {escape(str(failure))}", soft_wrap=True)
            raise _told(error, terminal=terminal) from error
        except DispatchError as error:
            raise _told(error, terminal=terminal) from error
        except Exception as error:
            # The log has the place of the error; its text may hold personal data.
            if terminal:
                raise
            raise typer.Exit(DispatchError.exit_code) from error
        code = report.exit_code
        if as_json:
            print_json(report.to_dict())
        elif Console().is_terminal:
            from dispatch.commands.progress import summary_table
            from dispatch.folder.write import read_day

            Console().print(summary_table(read_day(Path(report.folder))[0]))
            Console().print(f"[dim]{escape(report.folder)}/index.html[/dim]", soft_wrap=True)
    if code:
        raise typer.Exit(code)


def _told(error: DispatchError, *, terminal: bool) -> Exception:
    """Return the end of the command: the whole error on a terminal; elsewhere the log has it."""
    return error if terminal else typer.Exit(error.exit_code)
