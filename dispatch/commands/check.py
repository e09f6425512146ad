"""`dispatch check`: a plan verified by code that did not make it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.edits import EDITS_FILE, weigh_edits
from dispatch.commands.options import AsJson, EffortChoice
from dispatch.commands.terminal import print_json
from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.checker.rules import Violation
    from dispatch.commands.edits import Weighed

CHECK_FAILED = 1


def check(
    problem: Annotated[
        Path,
        typer.Argument(metavar="PROBLEM.json|DIR", help="A problem, or an output directory."),
    ],
    plan: Annotated[Path | None, typer.Argument(metavar="[PLAN.json]")] = None,
    effort: Annotated[
        EffortChoice | None,
        typer.Option(
            help="Effort of the plans without edits by hand, for their cost; default: that of the "
            "directory. With another one the edited day is planned anew too, to be compared."
        ),
    ] = None,
    prices: Annotated[
        bool,
        typer.Option(
            "--prices/--no-prices",
            help="Whether to plan without edits by hand, to find their cost.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """
    Verify a plan independently of the search: every rule, every figure; exit 1 if any fails.

    For a day planned with edits by hand it also shows the cost of each edit, and the rule that an
    impossible one breaks. To do so it plans the day without them, which takes as long as planning.
    """
    from dispatch.checker.rules import Violation
    from dispatch.checker.rules import check as check_plan
    from dispatch.folder.write import misstated_summaries, read_day
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem

    weighed = None
    if problem.is_dir():
        if plan is not None:
            raise InputError.one(str(problem), "a folder holds its plans; name no plan beside it")
        day, problems = read_day(problem)
        found = misstated_summaries(day)
        for name, plan_of_centre in day.plans.items():
            found[name] = check_plan(problems[name], plan_of_centre) + found[name]
        if (problem / EDITS_FILE).exists():
            weighed = weigh_edits(
                problem, day, problems, effort=effort.value if effort else None, prices=prices
            )
            for name in weighed.unlike:
                message = "is not what its edits make of the unedited problem"
                found[name].append(Violation("stated_edits", message=message))
    elif plan is None:
        raise InputError.one(problem.name, "name the plan too, or a folder that `plan` wrote")
    else:
        found = {plan.name: check_plan(DayProblem.read(problem), Plan.read(plan))}
    _report_violations(found, weighed, as_json=as_json)
    if any(found.values()):
        raise typer.Exit(CHECK_FAILED)


def _report_violations(
    found: Mapping[str, Iterable[Violation]], weighed: Weighed | None, *, as_json: bool
) -> None:
    if as_json:
        from dataclasses import asdict

        said: dict[str, Any] = {
            name: [asdict(entry) for entry in entries] for name, entries in found.items()
        }
        if weighed is not None:
            said["edits"] = weighed.to_dict()
        print_json(said)
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, entries in found.items():
        lines = [str(entry) for entry in entries]
        console.print(escape(f"{name}: {'no violation' if not lines else len(lines)}"))
        for line in lines:
            console.print(escape(f"  {line}"))
    for line in weighed.lines() if weighed is not None else ():
        console.print(escape(line))
