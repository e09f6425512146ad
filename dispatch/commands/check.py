"""`dispatch check`: a plan verified by code that did not make it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson
from dispatch.commands.terminal import print_json
from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.rules import Violation

CHECK_FAILED = 1


def check(
    problem: Annotated[
        Path, typer.Argument(metavar="PROBLEM.json|DIR", help="A problem, or a planned folder.")
    ],
    plan: Annotated[Path | None, typer.Argument(metavar="[PLAN.json]")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a plan independently of the search: every rule, every figure; exit 1 if any fails."""
    from dispatch.folder import belied_summaries, read_day
    from dispatch.plan import Plan
    from dispatch.problem import DayProblem
    from dispatch.rules import check as check_plan

    if problem.is_dir():
        if plan is not None:
            raise InputError.one(str(problem), "a folder holds its plans; name no plan beside it")
        day, problems = read_day(problem)
        found = belied_summaries(day)
        for name, plan_of_centre in day.plans.items():
            found[name] = check_plan(problems[name], plan_of_centre) + found[name]
    elif plan is None:
        raise InputError.one(problem.name, "name the plan too, or a folder that `plan` wrote")
    else:
        found = {plan.name: check_plan(DayProblem.read(problem), Plan.read(plan))}
    _report_violations(found, as_json=as_json)
    if any(found.values()):
        raise typer.Exit(CHECK_FAILED)


def _report_violations(found: Mapping[str, Iterable[Violation]], *, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        print_json({name: [asdict(entry) for entry in entries] for name, entries in found.items()})
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, entries in found.items():
        lines = [str(entry) for entry in entries]
        console.print(escape(f"{name}: {'no violation' if not lines else len(lines)}"))
        for line in lines:
            console.print(escape(f"  {line}"))
