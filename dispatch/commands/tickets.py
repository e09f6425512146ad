"""`dispatch tickets`: the tickets that a file gives, and every fault."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from dispatch.commands.network_tables import plain
from dispatch.commands.options import AsJson, Mapping, ServiceFile, Sites
from dispatch.commands.remarks import FAULTS_SHOWN, report_remarks
from dispatch.commands.terminal import print_json

if TYPE_CHECKING:
    from datetime import date as Date

    from rich.console import JustifyMethod

    from dispatch.fieldwork import Ticket
    from dispatch.service.service import Service
    from dispatch.territory import Commune
    from dispatch.tickets.reading import Reading

SOME_REJECTED = 1
MINUTE_S = 60
# Columns of a terminal from which on positions are shown; between two columns; of texts at least.
WIDE, GAP, LEAST_TEXT = 100, 2, 16

app = typer.Typer(
    help="Tickets of other tools: which tickets of a file can be planned, and every fault.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _tickets() -> None:
    """Keep `check` and `mapping` as sub-commands."""


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="Tickets (CSV, XLSX), or a folder of them.")
    ],
    mapping: Mapping = None,
    sites: Sites = None,
    technicians: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who works (CSV); default: the service's technicians."),
    ] = None,
    service: ServiceFile = None,
    geocode: Annotated[
        bool,
        typer.Option("--geocode", help="Look addresses up; otherwise they are only counted."),
    ] = False,
    rows: Annotated[int, typer.Option(min=0, max=100_000, help="Tickets shown.")] = 10,
    as_json: AsJson = False,
) -> None:
    """
    Show which tickets would be read, and every fault with line, column and remedy.

    Exit 0: all rows can be planned or were passed over; 1: some were rejected; 2: the file as
    a whole cannot be read. Nothing is written, and no network is used without --geocode.
    """
    from dispatch.inputs.read import read_technicians
    from dispatch.service.service import read_service
    from dispatch.territory import read_communes
    from dispatch.tickets import open_source
    from dispatch.tickets.section import section_of

    known, communes = read_service(service), read_communes()
    roster = None if technicians is None else read_technicians(technicians, known, communes)
    section = section_of(file, mapping=mapping, sites=sites, geocode=geocode)
    today = _today()
    reading = open_source(section, known, communes, roster).read(today)
    if as_json:
        print_json(_as_json(file, reading, today))
    else:
        _print(reading, communes, known, rows, today)
    if reading.rejected:
        raise typer.Exit(SOME_REJECTED)


@app.command()
def mapping(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A bundled mapping, such as glpi.")],
) -> None:
    """Print a bundled mapping, as the start of your own."""
    from dispatch.files.textfile import read_text
    from dispatch.tickets.mapping import MAX_MB, located

    sys.stdout.write(read_text(located(name), max_mb=MAX_MB))


def _today() -> Date:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Europe/Paris")).date()


def _as_json(file: Path, reading: Reading, today: Date) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "source": file.name,
        "counts": {
            "tickets": len(reading.tickets),
            "set_aside": len(reading.rejected),
            "not_yet": sum(ticket.waits_on(today) for ticket in reading.tickets),
            "to_geocode": reading.to_geocode,
            "left_out": len(reading.left_out),
        },
        "tickets": [ticket.model_dump(mode="json") for ticket in reading.tickets],
        "set_aside": [asdict(each) for each in reading.rejected],
        "faults": [asdict(fault) for fault in reading.faults],
        "left_out": [asdict(fault) for fault in reading.left_out],
        "warnings": list(reading.warnings),
        "notes": list(reading.notes),
    }


def _print(
    reading: Reading, communes: dict[str, Commune], known: Service, rows: int, today: Date
) -> None:
    console = Console(highlight=False)
    if reading.tickets and rows:
        console.print(_table(reading.tickets[:rows], communes, known, console.width))
    count = len(reading.tickets)
    parts = [f"{count} {'ticket' if count == 1 else 'tickets'} would be planned"]
    if count > rows:
        parts[0] += f" ({rows} shown)"
    waiting = [day for each in reading.tickets if (day := each.earliest_day) and day > today]
    if waiting:
        parts.append(f"{len(waiting)} of them not yet (the first one on {min(waiting)})")
    if reading.to_geocode:
        parts.append(f"{reading.to_geocode} wait for a position (--geocode looks addresses up)")
    parts.append(f"{len(reading.rejected)} rejected")
    console.print("[bold]" + plain("; ".join(parts)) + "[/bold]", soft_wrap=True)
    report_remarks(console, reading)
    for fault in reading.faults[:FAULTS_SHOWN]:
        console.print(f"[red]{plain(str(fault))}[/red]", soft_wrap=True)
    if (hidden := len(reading.faults) - FAULTS_SHOWN) > 0:
        console.print(f"… and {hidden} more faults; --json has them all")


def _table(
    tickets: tuple[Ticket, ...], communes: dict[str, Commune], known: Service, width: int
) -> Table:
    """Return tickets as a table; what does not fit is cut from texts, never from figures."""
    right = {"min", "prio"}
    names = ["id", "where", "asks", "min", "skills", "prio", "due"]
    if width >= WIDE:
        names.append("position")
    rows = [[_cell(name, ticket, communes, known) for name in names] for ticket in tickets]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name, wide in zip(names, widths, strict=True):
        justify: JustifyMethod = "right" if name in right else "left"
        table.add_column(name, min_width=wide, no_wrap=True, justify=justify)
    left = width - sum(widths) - GAP * len(names)
    table.add_column("what", max_width=max(left, LEAST_TEXT), no_wrap=True, overflow="ellipsis")
    for ticket, row in zip(tickets, rows, strict=True):
        table.add_row(*map(plain, row), plain(ticket.description))
    if any(ticket.due is None and ticket.asked is not None for ticket in tickets):
        table.caption = "* no due date: the service's own target for the priority"
        table.caption_justify = "left"
    return table


def _cell(name: str, ticket: Ticket, communes: dict[str, Commune], known: Service) -> str:
    if name == "where":
        return communes[ticket.insee].name
    if name == "asks":
        asking = communes.get(ticket.collectivity)
        named = asking.name if asking is not None else ticket.collectivity
        return "" if ticket.collectivity == ticket.insee else named
    if name == "due":
        due = known.due_date(ticket.priority, ticket.due, ticket.waiting_since)
        return "" if due is None else due.isoformat() + ("" if ticket.due else "*")
    cells = {
        "id": ticket.id,
        "min": str(ticket.duration_s // MINUTE_S),
        "skills": " ".join(sorted(ticket.skills)),
        "prio": str(ticket.priority),
        "position": f"{ticket.lat:.4f} {ticket.lon:.4f}",
    }
    return cells[name]
