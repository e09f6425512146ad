"""What a benchmark leaves: one row for each instance, solver and seed."""

from __future__ import annotations

from typing import NamedTuple

OURS = "dispatch"
# Ends the name of the solver on a row that says when its gap had come down.
CLOSE = ": gap of 1 %"


class Row(NamedTuple):
    """
    One result.

    Parameters
    ----------
    family, instance, solver, seed
        What was solved, by whom.
    cost_s, value_s, served
        See `peers.Score`.
    gap
        Our proven gap; None for peers.
    seconds
        Wall time.
    megabytes
        Peak memory of the process so far.
    faults
        Rules broken; 0 for a sound plan.
    """

    family: str
    instance: str
    solver: str
    seed: int
    cost_s: int
    value_s: int
    served: int
    gap: float | None
    seconds: float
    megabytes: float
    faults: int
