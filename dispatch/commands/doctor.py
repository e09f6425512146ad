"""`dispatch doctor`: whether the machine is ready for the nightly job."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dispatch.commands.options import AsJson
from dispatch.commands.terminal import errors, print_json
from dispatch.interrupts import interruptions_held

if TYPE_CHECKING:
    from dispatch.doctor import Finding

FAILED = 1
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Configuration of the nightly job; default: dispatch.toml, if any."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Check that everything is in place for `dispatch nightly`; each finding names the remedy.

    Exits with 0, or with 1 when the job could not run.
    """
    with interruptions_held():
        from dispatch.doctor import examine

    usual = Path("dispatch.toml")
    path = config or (usual if usual.exists() else None)
    found: list[Finding] = []
    with errors().status("") as status:
        for finding in examine(path):
            found.append(finding)
            status.update(f"after {finding.name} …")
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        Console().print(_table(found))
        if path is None:
            Console().print("The job was not examined: name its file by --config.", soft_wrap=True)
    if any(finding.state == "fail" for finding in found):
        raise typer.Exit(FAILED)


def _table(found: list[Finding]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("found", overflow="fold")
    table.add_column("remedy", overflow="fold")
    for finding in found:
        state = Text(finding.state, style=COLOURS[finding.state])
        remedy = "" if finding.state == "ok" else finding.remedy
        table.add_row(state, finding.name, Text(finding.found), Text(remedy))
    return table
