"""What became of edits by hand, and what they cost, as commands tell it."""

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

# As `dispatch.edits.files` has it, whose libraries `dispatch --help` need not wait for.
EDITS_FILE = "inputs/edits.toml"
# What breaks a rule by itself, and what does beside the others.
BROKEN = ("impossible", "unkept")
# What the problems hold, whether the plan keeps it or not.
IN_PROBLEM = ("applied", "unkept")
_HEADS = {
    "applied": "[dim]edit:[/dim]",
    "gone": "[yellow]edit without effect:[/yellow]",
    "impossible": "[red]impossible edit, not put in:[/red]",
    "unkept": "[red]edit not kept:[/red]",
}


def report_edits(console: Console, statuses: Iterable[Status], *, kept: bool = False) -> None:
    """
    Tell which edits were put in, and which were not and why.

    Parameters
    ----------
    console
        Where to: the one that shows progress, if one does.
    statuses
        What became of each.
    kept
        Whether they were kept from an earlier run, rather than given.
    """
    found = list(statuses)
    if kept and found:
        head = f"edits kept in {EDITS_FILE} are put in again (--no-edits forgets them):"
        console.print(escape(head), soft_wrap=True, highlight=False)
    for status in found:
        text = f"{_HEADS[status.state]} {escape(str(status))}"
        console.print(text, soft_wrap=True, highlight=False)


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


@dataclass(frozen=True)
class Weighed:
    """
    The edits of a folder, and what they cost.

    Parameters
    ----------
    statuses
        What became of each, once more from the folder's unedited problems.
    prices
        What those that were put in cost, in their order; None: not asked for, or none was.
    effort, seed
        With which the day was planned without them.
    unlike
        Centres whose problem is not what the edits make of the unedited one.
    """

    statuses: tuple[Status, ...]
    prices: EditCosts | None
    effort: str
    seed: int
    unlike: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield all of it in words, a line each."""
        yield f"edits by hand: {len(self.statuses)}"
        each = iter(self.prices.each if self.prices is not None else ())
        for status in self.statuses:
            head = {"impossible": "IMPOSSIBLE ", "unkept": "NOT KEPT ", "gone": "without effect "}
            yield f"  {head.get(status.state, '')}{status}"
            if status.state in IN_PROBLEM and self.prices is not None:
                yield f"    {_price_words(next(each))}"
        if self.prices is not None:
            yield f"  together: {_price_words(self.prices.together)}"
            yield (
                f"  (against the day planned without them, or without this one; effort "
                f"{self.effort}, seed {self.seed}; prices of single edits need not add up)"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can say it."""
        each = iter(self.prices.each if self.prices is not None else ())
        entries = edits_data(self.statuses)
        for entry in entries:
            price = next(each, None) if entry["state"] in IN_PROBLEM else None
            entry["price"] = None if price is None else asdict(price)
        together = None if self.prices is None else self.prices.together
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
    Return what became of a folder's edits and what they cost.

    Parameters
    ----------
    folder, day, problems
        The folder, its day and its problems, by centre.
    effort
        With which to plan without the edits; None: as the day was planned.
    prices
        Whether to plan without them at all.

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


def _price_words(price: EditCost | None) -> str:
    """Return what edits cost, in words."""
    if price is None:
        return "price unknown: the day could not be planned without"
    said = f"costs {_minutes(price.total_s)} (driving {_minutes(price.driving_s)})"
    if price.least_s is not None and price.most_s is not None:
        if price.least_s == price.most_s:
            said += ", proven"
        else:
            low, high = _minutes(price.least_s), _minutes(price.most_s)
            said += f"; between {low} and {high}, proven"
    if price.left:
        said += f"; leaves {', '.join(price.left)} undone"
    if price.served:
        said += f"; has {', '.join(price.served)} done"
    return said


def _minutes(seconds: int) -> str:
    """Return a difference in minutes, with its sign."""
    minutes = (abs(seconds) + 30) // 60
    sign = "" if not minutes else "-" if seconds < 0 else "+"
    return f"{sign}{minutes} min"
