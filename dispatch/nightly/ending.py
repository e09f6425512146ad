"""A signal ends a night: nothing is changed, unless the results are in place already.

Then the night goes to its end, but waits for nobody longer than `LAST_S`.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dispatch.interrupts import SIGNALS, signals_handled

if TYPE_CHECKING:
    from collections.abc import Iterator

# The exit code of a command that a signal ended is this plus the signal's number.
BY_SIGNAL = 128
# How long a night may go on after a signal (seconds), with what changes nothing any more or must
# not be left half done. Who sends it waits five seconds before killing, or longer.
LAST_S = 3.0


class EndedError(Exception):
    """A signal asked the night to end; `exit_code` is the command's (143 for SIGTERM)."""

    def __init__(self, number: int) -> None:
        self.exit_code = BY_SIGNAL + number
        super().__init__(signal.Signals(number).name)


class Ending:
    """Whether a signal has asked the night to end, and whether the night may still end."""

    def __init__(self) -> None:
        self._told: int | None = None
        self._told_at = 0.0
        self._may_end = True

    def note(self, number: int, _frame: Any) -> None:  # noqa: ANN401 - as `signal` gives it
        """Handle a signal: interrupt what runs, while the night may end."""
        if self._told is None:
            self._told, self._told_at = number, time.monotonic()
        if self._may_end:
            # A search returns on `KeyboardInterrupt`; `check` then raises `EndedError`.
            raise KeyboardInterrupt

    def check(self) -> None:
        """
        End the night if a signal has asked for it.

        Raises
        ------
        EndedError
            When a signal has come.
        """
        if self._told is not None:
            raise EndedError(self._told)

    @property
    def end(self) -> EndedError:
        """Return the end that the signal asked for; Ctrl-C where none was noted."""
        return EndedError(self._told or signal.SIGINT)

    def is_over(self) -> bool:
        """Return whether a signal came so long ago that nothing may be waited for any more."""
        return self._told is not None and time.monotonic() > self._told_at + LAST_S

    def ignore(self) -> None:
        """From now on signals interrupt nothing; but nothing is waited for long after one."""
        self._may_end = False

    def no_more(self) -> None:
        """Ignore signals from now on; raise `EndedError` if one has come before."""
        self.ignore()
        self.check()


@contextmanager
def told_to_end() -> Iterator[Ending]:
    """Heed SIGTERM and Ctrl-C until the end of the block; they become `KeyboardInterrupt` there."""
    ending = Ending()
    with signals_handled(dict.fromkeys(SIGNALS, ending.note)):
        yield ending
