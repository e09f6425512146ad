"""The best plan among the columns of the master problem (restricted master heuristic)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.partition.choose import choose_rounds

if TYPE_CHECKING:
    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.master import Master
    from dispatch.solve.bound.proof_run import ProofRun


def choose_among_columns(run: ProofRun, master: Master, value: float) -> None:
    """
    Look for a better plan among the master's columns of least reduced cost.

    Parameters
    ----------
    run
        Receives the plan.
    master, value
        The master problem, and the cost of its last solution (seconds).
    """
    reduced = master.reduced()
    lists: list[list[tuple[int, Route]]] = [[] for _ in run.vehicle_types]
    surplus: list[list[float]] = [[] for _ in run.vehicle_types]
    for ((number, route), cost), more in zip(master.columns.items(), reduced, strict=True):
        if more < run.proof.cost - value and run.is_drivable(number, route):
            true = run.true_cost(number, route) if run.a.slots > 1 else cost
            lists[number].append((true, route))
            surplus[number].append(max(0.0, more) + true - cost)
    duals = master.duals()
    candidates = ListedRounds(run.a.visits, lists).candidates(
        master.unassigned_cost_s,
        np.array([more for each in surplus for more in each]),
        idle=duals.vehicle_type / SCALE,
        unassigned=master.unassigned_cost_s - duals.visit / SCALE,
        base=value,
    )
    numbers, _ = choose_rounds(
        candidates,
        run.counts,
        run.proof.cost - int(master.unassigned_cost_s.sum()),
        run.limits.choice,
        deadline=run.deadline,
        on_wait=run.report,
    )
    if numbers is not None:
        run.offer_plan(candidates.picked(numbers))
