"""The streets of a round, in words: by which ones each leg leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.errors import DispatchError
from dispatch.model.day import streets_of
from dispatch.sheets.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.folder.read import Written
    from dispatch.model.day import CentreDay

NAME_CHARS = 40


def with_streets(written: Written, centre: str) -> CentreDay:
    """
    Return a centre's day with the streets of its rounds.

    Where the roads of the plan are gone, it stays without.

    Parameters
    ----------
    written
        The day.
    centre
        One of its centres.
    """
    day = written.days[centre]
    try:
        router = written.router()
        streets = streets_of(
            day.tickets, day.problem, day.plan, written.service, written.communes, router
        )
    except DispatchError:
        return day
    return replace(day, streets=streets)


def in_words(names: Iterable[str]) -> str:
    """Return the streets of a leg on one line, each of few letters: "rue A, cours B"."""
    return ", ".join(one_line(name, NAME_CHARS) for name in names)
