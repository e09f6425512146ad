"""The lines and tables of `dispatch network`; text of files is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dispatch.commands.terminal import errors

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.networks.compare import Comparison
    from dispatch.networks.info import Info
    from dispatch.streets.files import About

LOSERS_SHOWN = 5
M_PER_KM = 1000
LEAST_KM = 0.05
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(value: str) -> str:
    """Return a text that is safe on a terminal: without control characters and markup."""
    letters = (" " if letter.isspace() else letter for letter in value)
    return escape("".join(letter if letter.isprintable() else REPLACEMENT for letter in letters))


def account_lines(about: About) -> list[str]:
    """Return what became of every kilometre read, a reason a line, and what is told beside."""
    lines = _dropped_lines(about)
    rows = about.kilometres
    if not rows:
        return lines
    lines.append(f"{_length(sum(rows.values()))} of ways read, of which")
    lines += [f"  {_length(km)} {reason}" for reason, km in rows.items()]
    return lines + [f"{number} {what}" for what, number in about.told.items()]


def _dropped_lines(about: About) -> list[str]:
    """Return in words what cannot be driven there and back."""
    if not about.dropped_edges:
        return ["nothing was dropped: every street can be driven there and back"]
    lines = [
        f"dropped {about.dropped_nodes} nodes and {about.dropped_edges} edges, "
        f"{_length(about.dropped_km)} of street that cannot be driven there and back"
    ]
    losers = list(about.dropped_km_by_commune.items())[:LOSERS_SHOWN]
    if losers:
        lines.append("most in " + ", ".join(f"{name} ({_length(km)})" for name, km in losers))
    return lines


def _length(km: float) -> str:
    """Return a length as people read it: nothing that is there is 0.0 km."""
    return f"{km * M_PER_KM:.0f} m" if km < LEAST_KM else f"{km:.1f} km"


def print_info(known: Info, names: list[str]) -> None:
    """Print the figures of a network, and on standard error the communes it covers poorly."""
    network, about = known.network, known.about
    west, south, east, north = known.bounds
    rows: list[tuple[str, str]] = [("network", network.name)]
    if about is not None:
        rows += [
            ("source", about.source),
            ("area", about.area),
            ("profile", about.profile),
            ("data of", about.data_date or "not stated"),
            ("built", f"{about.built}, dispatch {about.version}"),
            ("times", "as the file stated them" if about.times == "stated" else
             f"speeds (tagged on {about.limits_share:.0%} of the length) and junctions"),
        ]  # fmt: skip
    if network.approximate:
        rows.append(("kind", "an approximation: not real streets"))
    rows += [
        ("extent", f"longitude {west} to {east}, latitude {south} to {north}"),
        ("size", f"{network.node_count} nodes, {network.edge_count} edges, "
         f"{known.street_km:.0f} km of street"),
    ]  # fmt: skip
    if about is not None:
        rows += [("" if row else "streets", line) for row, line in enumerate(account_lines(about))]
    elif network.dropped_edges:
        text = f"{network.dropped_nodes} nodes and {network.dropped_edges} edges were dropped"
        rows.append(("", text))
    total, missed = len(known.covered), known.unreached
    reached = f"{total - len(missed)} of {total} reached, both ways"
    rows.append(("town halls", reached + (f"; not {', '.join(missed)}" if missed else "")))
    rows.append(("data", network.attribution))
    if names:
        rows.append(("there are", ", ".join(["bundled", *names])))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, text in rows:
        table.add_row(heading, plain(text))
    Console(highlight=False).print(table)
    if known.poor:
        poorly = ", ".join(
            f"{known.covered[insee].commune.name} "
            f"({known.covered[insee].street_m_per_inhabitant:.1f} m)"
            for insee in known.poor
        )
        errors().print(
            f"[yellow]poorly covered[/yellow]: {plain(poorly)}: under {known.poor_street_m:g} m of "
            "street an inhabitant; times there are not to be relied on",
            highlight=False,
            soft_wrap=True,
        )


def print_comparison(found: Comparison, plot: Path | None) -> None:
    """Print a comparison as a table."""
    title = (
        f"times on {found.second} over those on {found.first}: {found.places} places in "
        f"{len(found.communes)} communes, seed {found.seed}"
    )
    table = Table(
        title=plain(title), title_justify="left", title_style="bold", box=SIMPLE_HEAD,
        pad_edge=False, collapse_padding=True,
    )  # fmt: skip
    for heading in ("area", "km, crow-fly"):
        table.add_column(heading, no_wrap=True)
    for heading in ("trips", "A min", "B min", "B/A", "10 %", "90 %", "metres"):
        table.add_column(heading, justify="right", no_wrap=True)
    before: Any = None
    for row in found.rows:
        if before not in (None, row.area):
            table.add_section()
        table.add_row(
            plain(row.area) if before != row.area else "", row.distance, str(row.trips),
            f"{row.first_min:.1f}", f"{row.second_min:.1f}", f"{row.median:.2f}",
            f"{row.low:.2f}", f"{row.high:.2f}", f"{row.metres:.2f}",
        )  # fmt: skip
        before = row.area
    console = Console(highlight=False)
    console.print(table)
    if found.left_out:
        text = "left out, as one of them covers these poorly: " + ", ".join(found.left_out)
        console.print(plain(text), soft_wrap=True)
    if plot is not None:
        console.print(f"[dim]{plain(str(plot))}[/dim]", soft_wrap=True)
