"""The store within the night's time: a server or a disk that does not answer holds no night.

Each use of the store runs in a thread that is left behind when it is late, or when a signal ends
the night. What it was doing is one transaction: it is done whole, or not at all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast

from dispatch.errors import InputError
from dispatch.store import Store
from dispatch.supervision.deadline import LateError, in_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.nightly.ending import Ending


class TimedStore:
    """
    A store whose every method ends in time; see `open_in_time`.

    Parameters
    ----------
    store
        The store.
    seconds
        Time of one use.
    ending
        Whether a signal ends the night: then no use goes on for long.
    """

    def __init__(self, store: Store, seconds: float, ending: Ending) -> None:
        self._store, self._seconds, self._ending = store, seconds, ending

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        """Return a method of the store that ends in time."""
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            call = partial(found, *arguments, **named)
            return _answered(call, self._store.shown, self._seconds, self._ending)

        return timed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()


def open_in_time(url: str, seconds: float, ending: Ending) -> Store:
    """
    Open the store of a night.

    Parameters
    ----------
    url
        As for `Store.open`.
    seconds
        Time of opening it, and of each use of it.
    ending
        Whether a signal ends the night.

    Raises
    ------
    InputError
        When it cannot be opened, or not in time; its methods raise it likewise.
    """
    store = _answered(partial(Store.open, url), "store", seconds, ending)
    # It has every method of the store, each within its time.
    return cast("Store", TimedStore(store, seconds, ending))


def _answered(call: Callable[[], Any], shown: str, seconds: float, ending: Ending) -> Any:  # noqa: ANN401
    try:
        return in_time(call, seconds, is_over=ending.is_over)
    except LateError as error:
        message = f"did not answer within {seconds:g} s; see that its server or its disk works"
        raise InputError.one(shown, message) from error
