"""One finding, and how a check that fails in any way becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dispatch.errors import DispatchError

if TYPE_CHECKING:
    from collections.abc import Callable

State = Literal["ok", "warn", "fail"]


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
    state: State
    found: str
    remedy: str = ""


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
        return Finding(name, "fail", str(error), "as the message says")
    except Exception as error:  # a library that is half installed fails in ways of its own
        return Finding(name, "fail", f"{type(error).__name__}: {error}", remedy)
