"""Fixing by reduced cost: the legs and rounds that a plan below a target can still use.

A plan that costs less than a target T and uses round r of vehicle type k has

    rc_r <= min(-omega_k, min rc) + (T - 1) - L                                        (2)

with the duals that prove the bound L (symbols in docs/bound.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.bound.duals import SCALE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.bound.duals import DualBound, Route
    from dispatch.solve.bound.enumeration import Enumerator
    from dispatch.solve.bound.proof_run import ProofRun
    from dispatch.solve.bound.vehicle_types import VehicleType

# Vehicle types listed at once, whatever the number of threads: plans must not depend on it.
LISTED_AT_ONCE = 2


def greatest_reduced_cost(bound: DualBound, vehicle_type: VehicleType, target: int) -> int:
    """Return the right-hand side of (2) for a vehicle type (scaled seconds)."""
    return bound.least[vehicle_type.number] + (target - 1) * SCALE - bound.value


def drop_legs(run: ProofRun, bound: DualBound, enumerator: Enumerator) -> None:
    """Forbid the legs that no ng-route of a plan below the known cost drives, by (2)."""

    def useless_legs(vehicle_type: VehicleType) -> NDArray[np.bool_] | None:
        pricing = run.pricer.problem(vehicle_type, bound.duals, bound.cuts)
        threshold = greatest_reduced_cost(bound, vehicle_type, run.proof.cost)
        return enumerator.useless_legs(vehicle_type, pricing, threshold)

    found = run.threads.map(useless_legs, run.vehicle_types)
    for vehicle_type, useless in zip(run.vehicle_types, found, strict=True):
        if useless is not None:
            vehicle_type.forbid(useless)


def list_rounds(
    run: ProofRun, bound: DualBound, enumerator: Enumerator, target: int
) -> list[list[tuple[int, Route]]] | None:
    """
    Return (cost, visits) of all rounds of plans below a target, by vehicle type; None: too many.

    Raises
    ------
    ProofEnded
        When the deadline has passed.
    """

    def rounds_of(vehicle_type: VehicleType) -> list[tuple[int, Route]] | None:
        pricing = run.pricer.problem(vehicle_type, bound.duals, bound.cuts)
        threshold = greatest_reduced_cost(bound, vehicle_type, target)
        return enumerator.rounds(vehicle_type, pricing, threshold)

    lists = []
    for first in range(0, len(run.vehicle_types), LISTED_AT_ONCE):
        vehicle_types = run.vehicle_types[first : first + LISTED_AT_ONCE]
        found = run.threads.map(rounds_of, vehicle_types)
        run.proof.counts["enumerations"] += len(vehicle_types)
        run.stop_if_late()
        for rounds in found:
            if rounds is None:
                return None
            lists.append(rounds)
    run.proof.counts["listed"] = sum(map(len, lists))
    return lists
