"""A finding; an error of a check becomes one too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dispatch.errors import DispatchError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

Outcome = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """
    The result of a check.

    Parameters
    ----------
    name
        What was checked.
    state
        "ok"; "warn": the job runs all the same; "fail": it does not run.
    found
        What there is.
    remedy
        What to do; empty: nothing.
    """

    name: str
    state: Outcome
    found: str
    remedy: str = ""


def failed(name: str, error: DispatchError) -> Finding:
    """Return an error of ours as a finding; its message has the fault, then the remedy."""
    if isinstance(error, InputError) and len(error.faults) == 1:
        what, _, remedy = error.faults[0].message.partition("; ")
        if remedy:
            return Finding(name, "fail", str(replace(error.faults[0], message=what)), remedy)
    return Finding(name, "fail", str(error), "as the message says")


def guarded(name: str, remedy: str, look: Callable[[], Finding]) -> Finding:
    """
    Return the finding of a check, or its error as a finding.

    Parameters
    ----------
    name, remedy
        Of the finding that an error becomes; an error of ours has a remedy of its own.
    look
        The check.
    """
    try:
        return look()
    except DispatchError as error:
        return failed(name, error)
    except Exception as error:  # a half installed library may raise anything
        return Finding(name, "fail", f"{type(error).__name__}: {error}", remedy)
