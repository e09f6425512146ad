"""`dispatch solve`: one day problem given as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson, Effort, EffortChoice, Seed, TimeLimit
from dispatch.commands.terminal import errors, print_json
from dispatch.interrupts import interruptions_held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.model.plan import Plan


def solve(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.json")],
    out: Annotated[Path, typer.Option(metavar="PLAN.json", help="File to write.")],
    effort: Effort = EffortChoice.standard,
    time_limit: TimeLimit = None,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Plan one day problem given as data; Ctrl-C gives the best plan so far."""
    with interruptions_held():
        from dispatch.commands.progress import line_of_search, plan_line
        from dispatch.folder.write import refuse_unwritable, write_file
        from dispatch.model.problem import DayProblem
        from dispatch.solve import solve as solve_problem

    read = DayProblem.read(problem)
    refuse_unwritable(out, folder=False)
    with line_of_search(errors()) as show:
        plan = solve_problem(
            read, effort.value, seed=seed, time_limit_s=time_limit, on_progress=show
        )
    write_file(out, plan.to_json())
    if as_json:
        print_json(plan.summary())
    else:
        Console().print(plan_line(plan), highlight=False, soft_wrap=True)
    if plan.status == "infeasible":
        _report_infeasible(plan, read.visit)
        raise typer.Exit(4)


def _report_infeasible(plan: Plan, visits: Mapping[str, Any]) -> None:
    left = [entry for entry in plan.unassigned if visits[entry.visit].mandatory]
    for entry in left:
        text = f"mandatory visit {entry.visit} cannot be served: {entry.reason}"
        errors().print(escape(text), highlight=False, soft_wrap=True)
