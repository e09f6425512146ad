"""`dispatch explain`: why a visit is unassigned, what would serve it, and who else could do it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dispatch.commands.options import AsJson, Lang
from dispatch.commands.terminal import print_json
from dispatch.errors import Fault, InputError
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from dispatch.explain.served import Served
    from dispatch.explain.unserved import Unserved
    from dispatch.folder.read import Written
    from dispatch.views.explanations import Teller


def explain(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An output directory of `plan`.")],
    visit: Annotated[
        str | None,
        typer.Argument(metavar="[VISIT]", help="One visit; default: all unassigned ones."),
    ] = None,
    centre: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this centre; may be repeated.")
    ] = None,
    lang: Lang = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """
    Explain why visits are unassigned, and show tested changes that serve each, smallest first.

    For a served visit: the cost of every other technician. One visit alone is examined more deeply,
    which takes some seconds.
    """
    with interruptions_held():
        from dispatch.explain import explain as explain_one
        from dispatch.explain import explain_left
        from dispatch.folder.read import read_written
        from dispatch.views.explanations import Teller

    written = read_written(folder, tuple(centre or ()))
    settings = written.service.explain
    found: dict[str, dict[str, Served | Unserved]] = {}
    if visit is None:
        for name, day in written.days.items():
            # Who asks for all of them gets all, however long the backlog is.
            all_ = settings.model_copy(update={"examined": len(day.plan.unassigned)})
            left = explain_left(day.problem, day.plan, all_, seed=written.day.seed)
            found[name] = dict(left)
    else:
        name = _centre_of(written, visit)
        day = written.days[name]
        one = explain_one(day.problem, day.plan, visit, settings, seed=written.day.seed)
        found[name] = {visit: one}
    teller = Teller(lang, written.service.labels_of_skills(lang))
    if as_json:
        print_json(
            {
                name: {key: _plain(result, teller) for key, result in results.items()}
                for name, results in found.items()
            }
        )
    else:
        _print(found, written, teller, every=visit is None)


def _print(
    found: dict[str, dict[str, Served | Unserved]],
    written: Written,
    teller: Teller,
    *,
    every: bool,
) -> None:
    console = Console(highlight=False)
    if every and not any(found.values()):
        console.print(teller.words.none_left)
    for name, results in found.items():
        if results and len(found) > 1:
            console.print(f"[bold]{escape(written.days[name].centre.name)}[/bold]")
        for key, result in results.items():
            ticket = written.days[name].tickets[key]
            about = ", ".join(filter(None, (ticket.description, ticket.address)))
            console.print(f"[bold]{escape(key)}[/bold] {escape(about)}".rstrip())
            for line in teller.lines(result):
                console.print(f"  {escape(line)}", soft_wrap=not console.is_terminal)


def _centre_of(written: Written, visit: str) -> str:
    for name, day in written.days.items():
        if visit in day.problem.visit:
            return name
    from difflib import get_close_matches

    known = [key for day in written.days.values() for key in day.problem.visit]
    near = get_close_matches(visit, known, n=3)
    remedy = f"; did you mean {' or '.join(near)}?" if near else "; stops.csv lists the visits"
    raise InputError([Fault("VISIT", "", visit, f"no such visit in {written.folder}{remedy}")])


def _plain(result: Served | Unserved, teller: Teller) -> dict[str, Any]:
    """Return an explanation as data, its sentences included; plans left out."""
    from dataclasses import asdict

    def without_plan(items: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in items if key != "plan"}

    data: dict[str, Any] = asdict(result, dict_factory=without_plan)
    return {"sentences": teller.lines(result), **data}
