"""Outcomes of a benchmark as lines of a file, kept so that a run goes on where it ended."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Kept = TypeVar("Kept", bound=BaseModel)


def headline(benchmark: str) -> str:
    """Return when, with which command and on what machine a table is made."""
    today = datetime.now(tz=UTC).date().isoformat()
    command = " ".join([f"python -m benchmarks.{benchmark}", *sys.argv[1:]])
    machine = f"{platform.machine()}, one core, Python {platform.python_version()}"
    return f"{today}, `{command}`, {machine}.\n"


def kept(path: Path | None, kind: type[Kept]) -> list[Kept]:
    """Return the outcomes in a file; none where there is none yet."""
    if path is None or not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [kind.model_validate_json(line) for line in lines]


def noted(outcomes: Iterable[Kept], path: Path | None) -> Iterator[Kept]:
    """Yield outcomes as they come, told to who watches and appended to the file, if any."""
    for outcome in outcomes:
        sys.stderr.write(f"{outcome}\n")
        if path is not None:
            with path.open("a", encoding="utf-8") as file:
                file.write(outcome.model_dump_json() + "\n")
        yield outcome
