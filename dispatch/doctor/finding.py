"""One finding, and how a check that fails in any way becomes one."""

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
    What a check found.

    Parameters
    ----------
    name
        What was looked at.
    state
        "ok"; "warn" where the job runs all the same; "fail" where it does not.
    found
        What there is.
    remedy
        What to do; empty where nothing is to be done.
    """

    name: str
    state: Outcome
    found: str
    remedy: str = ""


def failed(name: str, error: DispatchError) -> Finding:
    """Return an error of ours as a finding: its messages say what is wrong, then what to do."""
    if isinstance(error, InputError) and len(error.faults) == 1:
        what, _, remedy = error.faults[0].message.partition("; ")
        if remedy:
            return Finding(name, "fail", str(replace(error.faults[0], message=what)), remedy)
    return Finding(name, "fail", str(error), "as the message says")


def guarded(name: str, remedy: str, look: Callable[[], Finding]) -> Finding:
    """
    Return what a check finds, or that it failed.

    Parameters
    ----------
    name, remedy
        For a finding that an error becomes. An error of ours brings its remedy along.
    look
        The check.
    """
    try:
        return look()
    except DispatchError as error:
        return failed(name, error)
    except Exception as error:  # a library that is half installed fails in ways of its own
        return Finding(name, "fail", f"{type(error).__name__}: {error}", remedy)
