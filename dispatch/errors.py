"""Errors, and the exit codes of the command line.

Every error names the culprit and the remedy. All faults of an input file are gathered into one
`InputError`, so that the file can be corrected at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A broken file of 100,000 rows must not print 100,000 lines.
FAULTS_SHOWN = 50
VALUE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One fault of an input: its position, the value found, what to do.

    Parameters
    ----------
    source
        File name, or another name of the input ("service.toml", "PROBLEM.json").
    where
        Column, key or JSON path ("windows", "visits[3].duration_s"); may be empty.
    value
        The value found there, as text; None: there was none.
    message
        What is wrong and how to correct it, in one or two sentences.
    line, column
        Position in the file, both from 1; None: not known.
    """

    source: str
    where: str
    value: str | None
    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        position = "".join(f":{number}" for number in (self.line, self.column) if number)
        where = f" {self.where}:" if self.where else ""
        found = ""
        if self.value is not None:
            shown = self.value if len(self.value) <= VALUE_SHOWN else self.value[:VALUE_SHOWN] + "…"
            found = f" (found {shown!r})"
        return f"{self.source}{position}:{where} {self.message}{found}"


# Exit code where a part of the work failed and the rest was written.
PART_FAILED = 5


class DispatchError(Exception):
    """Any error that this package raises on purpose; `exit_code` is the command line's."""

    exit_code = 4


class InputError(DispatchError):
    """
    Input that cannot be used; holds every fault.

    Parameters
    ----------
    faults
        The faults, in the order of the file; at least one.
    """

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in self.faults[:FAULTS_SHOWN]]
        hidden = len(self.faults) - len(shown)
        if hidden > 0:
            shown.append(f"… and {hidden} more faults")
        super().__init__("\n".join(shown))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Let a worker process pickle the error: its argument is the faults, not the text."""
        return type(self), (self.faults,)

    @classmethod
    def one(cls, source: str, message: str, *, where: str = "", value: object = None) -> InputError:
        """Return an error with a single fault that has no position."""
        text = None if value is None else str(value)
        return cls([Fault(source, where, text, message)])


class TravelError(DispatchError):
    """Travel that cannot be computed: a site off the network, or a pair without a way."""

    exit_code = 3


class SolverError(DispatchError):
    """The solver failed, or made a plan that breaks a rule."""

    exit_code = 4
