"""What is told of a file of tickets besides its tickets: warnings, fields left out, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.commands.network_tables import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from dispatch.tickets.reading import Reading

FAULTS_SHOWN = 50


def report_remarks(console: Console, reading: Reading) -> None:
    """Print what somebody has to look at first, then the fields left out, then the notes."""
    for warning in reading.warnings:
        console.print(f"[bold yellow]warning:[/bold yellow] {plain(warning)}", soft_wrap=True)
    for fault in reading.left_out[:FAULTS_SHOWN]:
        console.print(f"[yellow]left out: {plain(str(fault))}[/yellow]", soft_wrap=True)
    if (hidden := len(reading.left_out) - FAULTS_SHOWN) > 0:
        console.print(f"[yellow]… and {hidden} more fields left out[/yellow]")
    for note in reading.notes:
        if note not in reading.warnings:
            console.print(f"[dim]{plain(note)}[/dim]", soft_wrap=True)


def report_untold(console: Console, untold: Mapping[str, str]) -> None:
    """Print of which centres' plans no chances can be told, and why."""
    for centre, why in untold.items():
        console.print(
            f"[yellow]{plain(centre)}: planned, but how sure it is cannot be told ({plain(why)})"
            "[/yellow]",
            soft_wrap=True,
        )


def report_set_aside(console: Console, reading: Reading) -> None:
    """Print how many rows are not planned, and why each is not; faults show their cells."""
    if not reading.set_aside:
        return
    count = len(reading.set_aside)
    rows = "1 row is" if count == 1 else f"{count} rows are"
    console.print(f"[red]{rows} not planned:[/red]", soft_wrap=True)
    faults = [*reading.faults, *reading.lacking]
    for fault in faults[:FAULTS_SHOWN]:
        console.print(f"[red]{plain(str(fault))}[/red]", soft_wrap=True)
    if (hidden := len(faults) - FAULTS_SHOWN) > 0:
        console.print(f"[red]… and {hidden} more faults; dispatch tickets check has them all[/red]")
    if reading.lacking:
        console.print("[dim]--geocode looks addresses up[/dim]")
