"""Rounds to choose from, with a lower bound of every choice, and the choice made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# More than the rounding of duals, in seconds; costs are whole seconds.
SAFETY = 0.5


class CandidateRounds(NamedTuple):
    """
    Rounds to choose from, with a lower bound of every choice.

    A choice costs at least

        base + sum of the surplus of its rounds, idle technicians and unassigned visits    (1)

    where no surplus is negative.

    Parameters
    ----------
    vehicle_type
        Of the technicians who can drive each round (rounds,).
    visits
        Of each round.
    net_cost
        What each round adds to the cost of a choice (rounds,): its own cost minus the unassigned
        costs of its visits (seconds).
    surplus
        Of each round (rounds,), at least 0 (seconds).
    idle, unassigned
        Surplus of a technician of each vehicle type without a round (types,), and of each
        unassigned visit (n,), at least 0.
    base
        As in (1), for costs that are counted as `net_cost`.
    """

    vehicle_type: Ints
    visits: Sequence[Sequence[int]]
    net_cost: Ints
    surplus: Floats
    idle: Floats
    unassigned: Floats
    base: float

    def picked(self, numbers: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
        """Return (vehicle type, visits) of some rounds."""
        return [(int(self.vehicle_type[number]), tuple(self.visits[number])) for number in numbers]


class RoundChoice(NamedTuple):
    """
    The rounds chosen.

    Parameters
    ----------
    chosen
        Numbers of the rounds of the best choice; None where none is better than the known one.
    complete
        Whether no better choice is left: every one was tried or excluded.
    """

    chosen: list[int] | None
    complete: bool
