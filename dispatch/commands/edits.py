"""What became of edits by hand, and what they cost, as commands tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from dispatch.commands.terminal import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.edits.applying import Status

KEPT = "inputs/edits.toml"
# What breaks a rule by itself, and what does beside the others.
BROKEN = ("impossible", "unkept")
_HEADS = {
    "applied": "[dim]edit:[/dim]",
    "gone": "[yellow]edit without effect:[/yellow]",
    "impossible": "[red]impossible edit, not put in:[/red]",
    "unkept": "[red]edit not kept:[/red]",
}


def report_edits(statuses: Iterable[Status], *, kept: bool) -> bool:
    """
    Tell which edits were put in, and which were not and why; return whether one breaks a rule.

    Parameters
    ----------
    statuses
        What became of each.
    kept
        Whether they were kept from an earlier run, rather than given.
    """
    console = errors()
    found = list(statuses)
    if kept and found:
        head = f"edits kept in {KEPT} are put in again (--no-edits forgets them):"
        console.print(escape(head), soft_wrap=True, highlight=False)
    for status in found:
        text = f"{_HEADS[status.state]} {escape(str(status))}"
        console.print(text, soft_wrap=True, highlight=False)
    return any(status.state in BROKEN for status in found)


def edits_data(statuses: Iterable[Status]) -> list[dict[str, Any]]:
    """Return what became of edits, as JSON can say it."""
    return [
        {
            "edit": str(status.edit),
            "state": status.state,
            "centre": status.centre,
            "rule": status.rule or None,
            "message": status.message or None,
        }
        for status in statuses
    ]
