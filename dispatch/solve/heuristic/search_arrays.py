"""What one search carries from call to call: solutions, tables, settings, workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.cheapest_insertion import InsertionTable
    from dispatch.solve.heuristic.round_record import RoundRecord
    from dispatch.solve.heuristic.state import State

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


class Parameters(NamedTuple):
    """
    The numbers that steer a search; times and costs in seconds.

    Parameters
    ----------
    first_temperature, last_temperature
        Of the annealing.
    worth_recording
        Rounds of a solution are recorded where it costs less than this above the best one.
    absence_weight
        What an absence counts for at first; 0: nothing. See `absence`.
    removed, longest
        As in `AnnealingSettings`.
    noise, all_turns
        As in `AnnealingSettings`.
    """

    first_temperature: float
    last_temperature: float
    worth_recording: float
    absence_weight: float
    removed: float
    longest: float
    noise: float
    all_turns: float


class Search(NamedTuple):
    """
    All that a search carries from one call to the next (n visits, m technicians).

    Parameters
    ----------
    trial, current
        The solution being changed, and the one that it is compared with.
    best_node, best_size
        The best solution, as in `State`.
    current_cost, best_cost
        Costs of these, unassigned visits included, shape (1,).
    parameters
        Temperatures and the like.
    neighbours
        Neighbour lists: see `neighbour_lists`.
    keys, order_weights
        See `insertion_keys`, `ORDER_WEIGHTS`.
    insertions
        The cheapest insertions known.
    blurred_key, spare
        Workspace for a blurred key, and for a part of the removed visits (n,).
    removed
        The visits to insert, in the order in which they are inserted (n,).
    open
        Technicians to whom removed visits may go (m,).
    touched, differs
        Rounds in which the trial differs from the current solution, and the current
        from the best (m,).
    absences
        See `note_absences`.
    record
        Rounds met.
    generator
        State of the random generator.
    """

    trial: State
    current: State
    best_node: Ints
    best_size: Ints
    current_cost: Ints
    best_cost: Ints
    parameters: Parameters
    neighbours: Ints
    keys: Ints
    order_weights: Ints
    insertions: InsertionTable
    blurred_key: Ints
    spare: Ints
    removed: Ints
    open: Bools
    touched: Bools
    differs: Bools
    absences: Floats
    record: RoundRecord
    generator: NDArray[np.uint64]
