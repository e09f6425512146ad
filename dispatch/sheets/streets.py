"""The streets of a round, in words: by which ones each leg leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.errors import DispatchError
from dispatch.model.day import legs_by_technician
from dispatch.sheets.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.folder.read import Written

# A driver wants the main streets of a leg, not each corner: those driven the farthest.
MOST = 4
NAME_CHARS = 40


def streets_of(written: Written, centre: str) -> dict[str, tuple[str, ...]]:
    """
    Return the main streets of each leg of a centre's rounds, by technician.

    Parameters
    ----------
    written
        The day.
    centre
        One of its centres.

    Returns
    -------
    streets
        A text a leg, from the departure to the return: "rue A, cours B"; empty where no street of
        it has a name. No technicians where the roads of the plan are gone or have no names.
    """
    day = written.days[centre]
    try:
        router = written.router()
        if not any(router.network.names.tolist()):
            return {}
        legs = legs_by_technician(
            day.tickets, day.problem, day.plan, written.service, written.communes
        )
        told = iter(router.streets(leg for of_round in legs.values() for leg in of_round))
    except DispatchError:
        return {}
    return {
        technician: tuple(in_words(next(told)) for _ in of_round)
        for technician, of_round in legs.items()
    }


def in_words(streets: Sequence[tuple[str, float]]) -> str:
    """
    Return the main streets of a way, in the order of driving.

    Parameters
    ----------
    streets
        Names, and metres driven on each.
    """
    metres: dict[str, float] = {}
    for name, driven in streets:
        if name:
            metres[name] = metres.get(name, 0.0) + driven
    main = sorted(metres, key=lambda name: (-metres[name], name))[:MOST]
    return ", ".join(one_line(name, NAME_CHARS) for name in metres if name in main)
