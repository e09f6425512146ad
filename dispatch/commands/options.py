"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date as Date
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dispatch.wording.languages import languages

# A week: longer than anyone waits for a plan of a day.
MAX_TIME_LIMIT_S = 604_800.0


class EffortChoice(StrEnum):
    """How long the search works: about 1 s, 20 s or 2 min a centre."""

    quick = "quick"
    standard = "standard"
    thorough = "thorough"


def language_of(code: str) -> str:
    """Return a language that the program has words in, by its code."""
    if code not in languages():
        msg = f"{code!r} is not one of {', '.join(map(repr, languages()))}."
        raise typer.BadParameter(msg)
    return code


def day_of(text: str) -> Date:
    """Return the date that was written, as 2026-11-25 or 25/11/2026."""
    try:
        return Date.fromisoformat(text)
    except ValueError:
        pass
    try:
        # As French offices write it; only the date is used, so no time zone matters.
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007
    except ValueError as error:
        msg = f"{text!r} is not a date; write it as 2026-11-25"
        raise typer.BadParameter(msg) from error


def finite(what: str) -> Callable[[float | None], float | None]:
    """Return a callback that refuses "nan", which passes every comparison with a bound."""

    def refuse(value: float | None) -> float | None:
        if value is not None and not math.isfinite(value):
            msg = f"must be {what}"
            raise typer.BadParameter(msg)
        return value

    return refuse


Effort = Annotated[EffortChoice, typer.Option(help="How long to search.")]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        min=0.1,
        max=MAX_TIME_LIMIT_S,
        callback=finite("a number of seconds"),
        metavar="S",
        help="Safety net: stop a search after S seconds; the plan then says so.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the random numbers.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Lang = Annotated[
    str,
    typer.Option(
        parser=language_of,
        autocompletion=languages,
        metavar="|".join(languages()),
        help="Language of the pages.",
    ),
]
Roads = Annotated[
    str | None,
    typer.Option(
        metavar="bundled|NAME|PATH",
        help="Roads: bundled, one that `network build` made, or an OSMnx GraphML; "
        "default: as the service file says.",
    ),
]
ServiceFile = Annotated[
    Path | None,
    typer.Option(
        "--service", metavar="FILE", help="Service file (TOML); default: the bundled one."
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, max=1000, help="Processes; default: one a processor.")
]
Mapping = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="How columns and values are read: a bundled mapping (glpi, office) or a file (TOML); "
        "default: by the headings, as a file of visits or as a table of an office.",
    ),
]
Sites = Annotated[Path | None, typer.Option(metavar="FILE", help="Known places (CSV).")]
