"""The command line: arguments in, calls out, exit codes."""

from __future__ import annotations

import json
import math
import signal
import sys
from datetime import date as Date
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dispatch import __version__
from dispatch.errors import DispatchError, InputError
from dispatch.interrupts import interruptions_held

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.plan import Plan
    from dispatch.rules import Violation

app = typer.Typer(
    name="dispatch",
    help="Plan the daily rounds of field technicians, and check plans independently.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CHECK_FAILED, PART_FAILED = 1, 5
# A week: longer than anyone waits for a plan of a day.
MAX_TIME_LIMIT_S = 604_800.0


class EffortChoice(StrEnum):
    """How long the search works: about 1 s, 20 s or 2 min a centre."""

    quick = "quick"
    standard = "standard"
    thorough = "thorough"


class LangChoice(StrEnum):
    """Language of the pages."""

    fr = "fr"
    en = "en"


def _day(text: str) -> Date:
    try:
        return Date.fromisoformat(text)
    except ValueError:
        pass
    try:
        # As French offices write it; only the day is kept, so no time zone is involved.
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007
    except ValueError as error:
        msg = f"{text!r} is not a date; write it as 2026-11-25"
        raise typer.BadParameter(msg) from error


def _finite(value: float | None) -> float | None:
    # "nan" is neither below the least nor above the most, and no clock ever reaches it.
    if value is not None and not math.isfinite(value):
        msg = "must be a number of seconds"
        raise typer.BadParameter(msg)
    return value


Effort = Annotated[EffortChoice, typer.Option(help="How long to search.")]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        min=0.1,
        max=MAX_TIME_LIMIT_S,
        callback=_finite,
        metavar="S",
        help="Safety net: stop a search after S seconds. A plan that hit it says so.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the random numbers.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        Console().print(__version__)
        raise typer.Exit


@app.command()
def plan(
    date: Annotated[
        Date, typer.Option(parser=_day, metavar="DATE", help="Day to plan, as 2026-11-25.")
    ],
    centre: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this centre; may be repeated.")
    ] = None,
    visits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Visits (CSV); default: the bundled sample.")
    ] = None,
    technicians: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who works (CSV); default: the service's technicians."),
    ] = None,
    service: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Service file (TOML); default: the bundled one."),
    ] = None,
    network: Annotated[
        str, typer.Option(metavar="bundled|PATH", help="Roads: bundled, or an OSMnx GraphML.")
    ] = "bundled",
    effort: Effort = EffortChoice.standard,
    time_limit: TimeLimit = None,
    seed: Seed = 1,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")] = Path("out"),
    lang: Annotated[LangChoice, typer.Option(help="Language of the pages.")] = LangChoice.fr,
    tiles: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Online map tiles, as https://…/{z}/{x}/{y}.png."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Plan a day of every centre: maps, tables, and a plan that `dispatch check` verifies.

    Without files it plans the bundled sample day.
    """
    with interruptions_held():
        from dispatch.planday import Request, plan_day
        from dispatch.progress import table_of_centres

    request = Request(
        date=date,
        centres=tuple(centre or ()),
        visits=visits,
        technicians=technicians,
        service=service,
        network=network,
        effort=effort.value,
        time_limit_s=time_limit,
        seed=seed,
        out=out,
        lang=lang.value,
        tiles=tiles,
    )
    with table_of_centres(_errors()) as show:
        outcome = plan_day(request, on_progress=show)
    summary = outcome.day.summary
    if as_json:
        failures = outcome.day.failures
        _print_json({"date": date.isoformat(), "centres": summary, "failures": failures})
    else:
        from dispatch.progress import summary_table

        console = Console()
        console.print(summary_table(outcome.day))
        console.print(f"[dim]{escape(str(out))}/index.html[/dim]", soft_wrap=True)
    for name, message in outcome.day.failures.items():
        _errors().print(f"[red]{escape(name)}[/red]: {escape(message)}", soft_wrap=True)
    if outcome.day.failures and not summary:
        raise typer.Exit(outcome.worst_exit_code)
    undone = [name for name, made in outcome.day.plans.items() if made.status == "infeasible"]
    for name in undone:
        _errors().print(
            f"[red]{escape(name)}[/red]: a mandatory visit cannot be served; its page says which",
            soft_wrap=True,
        )
    if outcome.day.failures or undone:
        raise typer.Exit(PART_FAILED)


@app.command()
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
        from dispatch.folder import refuse_unwritable, write_file
        from dispatch.problem import DayProblem
        from dispatch.progress import line_of_search, plan_line
        from dispatch.solve import solve as solve_problem

    read = DayProblem.read(problem)
    refuse_unwritable(out, folder=False)
    with line_of_search(_errors()) as show:
        plan = solve_problem(
            read, effort.value, seed=seed, time_limit_s=time_limit, on_progress=show
        )
    write_file(out, plan.to_json())
    if as_json:
        _print_json(plan.summary())
    else:
        Console().print(plan_line(plan), highlight=False, soft_wrap=True)
    if plan.status == "infeasible":
        _report_infeasible(plan, read.visit)
        raise typer.Exit(4)


@app.command()
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


def main() -> None:
    """Run the command line; every error of ours ends with its own exit code."""
    # A reader that closes the pipe early ends the program quietly, as other tools do.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app()
    except DispatchError as error:
        text = f"[red]dispatch:[/red] {escape(str(error))}"
        _errors().print(text, soft_wrap=True, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _errors() -> Console:
    return Console(stderr=True)


def _print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _report_infeasible(plan: Plan, visits: Mapping[str, Any]) -> None:
    left = [entry for entry in plan.unassigned if visits[entry.visit].mandatory]
    for entry in left:
        text = f"mandatory visit {entry.visit} cannot be served: {entry.reason}"
        _errors().print(escape(text), highlight=False, soft_wrap=True)


def _report_violations(found: Mapping[str, Iterable[Violation]], *, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        _print_json({name: [asdict(entry) for entry in entries] for name, entries in found.items()})
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, entries in found.items():
        lines = [str(entry) for entry in entries]
        console.print(escape(f"{name}: {'no violation' if not lines else len(lines)}"))
        for line in lines:
            console.print(escape(f"  {line}"))
