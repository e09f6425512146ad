"""Edits by hand as commands report them: what became of each, and what it costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from dispatch.commands.terminal import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rich.console import Console

    from dispatch.edits.apply import Status
    from dispatch.edits.costs import EditCost, EditCosts
    from dispatch.folder.write import DayFile
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName

# The same as in `dispatch.edits.files`, whose libraries would slow down `dispatch --help`.
EDITS_FILE = "inputs/edits.toml"
# The edit breaks a rule by itself, or beside the other edits.
BROKEN = ("impossible", "unkept")
# The edit is in the problem; the plan keeps it, or does not.
IN_PROBLEM = ("applied", "unkept")
_HEADS = {
    "applied": "[dim]edit:[/dim]",
    "gone": "[yellow]edit without effect:[/yellow]",
    "impossible": "[red]impossible edit, not applied:[/red]",
    "unkept": "[red]edit not kept:[/red]",
}


def report_edits(console: Console, statuses: Iterable[Status], *, kept: bool = False) -> None:
    """
    Report which edits were applied, and why others were not.

    Parameters
    ----------
    console
        The console; the one that shows progress, if one does.
    statuses
        What became of each edit.
    kept
        Whether the output directory held them; otherwise they were given.
    """
    found = list(statuses)
    if kept and found:
        head = f"edits kept in {EDITS_FILE} are applied again (--no-edits forgets them):"
        console.print(escape(head), soft_wrap=True, highlight=False)
    for status in found:
        text = f"{_HEADS[status.state]} {escape(str(status))}"
        console.print(text, soft_wrap=True, highlight=False)


def edits_data(statuses: Iterable[Status]) -> list[dict[str, Any]]:
    """Return what became of edits, as JSON data."""
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


@dataclass(frozen=True)
class Weighed:
    """
    The edits of an output directory, and their cost.

    Parameters
    ----------
    statuses
        What became of each, when they are applied again to the unedited problems.
    costs
        Costs of the applied edits, in their order; None: not asked for, or no edit was applied.
    effort, seed
        Those of the plans without them.
    unlike
        Centres whose problem differs from the unedited one with the edits applied.
    """

    statuses: tuple[Status, ...]
    costs: EditCosts | None
    effort: str
    seed: int
    unlike: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield edits and costs in words, line by line."""
        yield f"edits by hand: {len(self.statuses)}"
        each = iter(self.costs.each if self.costs is not None else ())
        for status in self.statuses:
            head = {"impossible": "IMPOSSIBLE ", "unkept": "NOT KEPT ", "gone": "without effect "}
            yield f"  {head.get(status.state, '')}{status}"
            if status.state in IN_PROBLEM and self.costs is not None:
                yield f"    {_cost_in_words(next(each))}"
        if self.costs is not None:
            yield f"  together: {_cost_in_words(self.costs.together)}"
            yield (
                f"  (against the day planned without them, or without this one; effort "
                f"{self.effort}, seed {self.seed}; costs of single edits need not add up)"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return edits and costs as JSON data."""
        each = iter(self.costs.each if self.costs is not None else ())
        entries = edits_data(self.statuses)
        for entry in entries:
            price = next(each, None) if entry["state"] in IN_PROBLEM else None
            entry["price"] = None if price is None else asdict(price)
        together = None if self.costs is None else self.costs.together
        return {
            "effort": self.effort,
            "seed": self.seed,
            "together": None if together is None else asdict(together),
            "entries": entries,
        }


def weigh_edits(
    folder: Path,
    day: DayFile,
    problems: Mapping[str, DayProblem],
    *,
    effort: EffortName | None,
    prices: bool,
) -> Weighed:
    """
    Return what became of the edits of an output directory, and their cost.

    Parameters
    ----------
    folder, day, problems
        The directory, its day and its problems, by centre.
    effort
        Effort of the plans without edits; None: that of the day.
    prices
        Whether to plan without edits, for the costs.

    Raises
    ------
    InputError
        When the folder's edits cannot be read.
    """
    from dispatch.commands.progress import table_of_centres
    from dispatch.edits.apply import apply_edits, held_by
    from dispatch.edits.costs import costs_of_edits
    from dispatch.edits.files import problems_before
    from dispatch.edits.reading import read_edits
    from dispatch.files.textfile import read_text
    from dispatch.folder.read import SERVICE_COPY
    from dispatch.service.service import SERVICE_MAX_MB, parse_service
    from dispatch.solve.efforts import EFFORTS
    from dispatch.solve.side_by_side import Settings, plan_all

    service = parse_service(read_text(folder / SERVICE_COPY, max_mb=SERVICE_MAX_MB), SERVICE_COPY)
    edits = read_edits(folder / EDITS_FILE, service.limits)
    before = problems_before(folder, problems)
    edited = apply_edits(before, edits.entries)
    unlike = [name for name in problems if edited.problems[name].sha256 != problems[name].sha256]
    plans = dict(day.plans)
    statuses = held_by(plans, edited.statuses)
    put = [status.edit for status in statuses if status.state in IN_PROBLEM]
    known: EffortName = effort or "standard"
    if effort is None:
        known = next((name for name in EFFORTS if name == day.effort), known)
    settings = Settings(known, day.seed)
    found = None
    if prices and put and not unlike:
        with table_of_centres(errors()) as show:
            if known != day.effort:
                touched = {n: p for n, p in problems.items() if before[n].sha256 != p.sha256}
                plans |= plan_all(touched, settings, on_progress=show).plans
            found = costs_of_edits(before, plans, put, settings, on_progress=show)
    return Weighed(statuses, found, known, day.seed, tuple(unlike))


def _cost_in_words(cost: EditCost | None) -> str:
    """Return the cost of edits in words."""
    if cost is None:
        return "cost unknown: the day could not be planned without it"
    said = f"costs {_minutes(cost.total_s)} (driving {_minutes(cost.driving_s)})"
    if cost.least_s is not None and cost.most_s is not None:
        if cost.least_s == cost.most_s:
            said += ", proven"
        else:
            low, high = _minutes(cost.least_s), _minutes(cost.most_s)
            said += f"; between {low} and {high}, proven"
    if cost.left:
        said += f"; leaves {', '.join(cost.left)} undone"
    if cost.served:
        said += f"; has {', '.join(cost.served)} done"
    return said


def _minutes(seconds: int) -> str:
    """Return a difference in minutes, with its sign."""
    minutes = (abs(seconds) + 30) // 60
    sign = "" if not minutes else "-" if seconds < 0 else "+"
    return f"{sign}{minutes} min"
