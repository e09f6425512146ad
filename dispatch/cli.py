"""The command line: arguments in, calls out, exit codes."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands import network, tickets
from dispatch.commands.assess import assess
from dispatch.commands.check import check
from dispatch.commands.doctor import doctor
from dispatch.commands.explain import explain
from dispatch.commands.history import history
from dispatch.commands.nightly import nightly
from dispatch.commands.plan import plan
from dispatch.commands.replan import replan
from dispatch.commands.resplit import resplit
from dispatch.commands.sheets import sheets
from dispatch.commands.solve import solve
from dispatch.commands.terminal import errors
from dispatch.errors import DispatchError
from dispatch.version import __version__

app = typer.Typer(
    name="dispatch",
    help="Plan the daily rounds of field technicians, and check plans independently.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        Console().print(__version__)
        raise typer.Exit


for command in (
    *(plan, solve, check, sheets, explain, replan, assess, resplit, nightly, doctor, history),
):
    app.command()(command)
app.add_typer(network.app, name="network")
app.add_typer(tickets.app, name="tickets")


# What commands write tells who is where: for its owner and their group, and nobody else.
UMASK = 0o027


def main() -> None:
    """Run the command line; every error of ours ends with its own exit code."""
    # A stricter mask stays.
    os.umask(os.umask(UMASK) | UMASK)
    # A reader that closes the pipe early ends the program quietly, as other tools do.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app()
    except DispatchError as error:
        text = f"[red]dispatch:[/red] {escape(str(error))}"
        errors().print(text, soft_wrap=True, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
