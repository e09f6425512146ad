"""Upkeep of the master problem: columns and cuts that join it, and those that leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.cuts import separate
from dispatch.solve.bound.master import Master
from dispatch.solve.bound.ng import is_elementary, is_ng_route, widen
from dispatch.solve.timing.arrays import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts, Triple
    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.proof_run import ProofRun

# Most columns of the master problem after cuts were added.
MASTER_COLUMNS = 12_000


class MasterUpkeep:
    """
    The master problem, and what belongs into it.

    Parameters
    ----------
    run
        The problem, the pool that receives drivable rounds, and the known plan.
    cuts
        The cuts to start with.
    unassigned_cost_s
        Of each visit (n,), at most the cost of the known plan.
    most_cuts
        Most cuts added at once.
    listed
        Whether all rounds are listed: cuts then remember everything at no cost, and no round
        returns to a visit.
    """

    def __init__(
        self,
        run: ProofRun,
        cuts: Cuts,
        unassigned_cost_s: NDArray[np.int64],
        most_cuts: int,
        *,
        listed: bool = False,
    ) -> None:
        self.run, self.cuts, self.most_cuts, self.listed = run, cuts, most_cuts, listed
        self.master = Master(unassigned_cost_s, run.counts.tolist(), cuts)

    def add(self, number: int, route: Route, cost: int) -> bool:
        """Add a route of a vehicle type to the master, and to the pool when it can be driven."""
        if is_elementary(route):
            true = self.run.true_cost(number, route)
            if true < NEVER:
                self.run.pool.add(number, route, true)
        return self.master.add(number, route, cost)

    def cut(self) -> bool:
        """Add violated cuts, drop those that no longer bind, and return whether there were any."""
        master, cuts = self.master, self.cuts
        used = master.used()
        found = self._violated(used)
        if not self._widen(used) and not found:
            return False
        reduced = dict(zip(master.columns, master.reduced(), strict=True))
        duals = master.duals().cut
        cuts.keep([cut for cut in range(len(cuts)) if duals[cut] > 0])
        for triple, memory in found:
            cuts.put(triple, memory)
        self.run.proof.counts["cuts"] += len(found)
        self._rebuild(reduced)
        return True

    def _violated(
        self, used: list[tuple[int, Route, float]]
    ) -> list[tuple[Triple, NDArray[np.bool_]]]:
        """Return the cuts that the master's solution violates, and what they must remember."""
        n = self.run.a.visits
        routes = [route for _, route, _ in used]
        values = np.array([value for _, _, value in used])
        found = separate(n, routes, values, self.most_cuts)
        if not self.listed:
            return found
        everywhere = np.ones(n, dtype=np.bool_)
        return [(triple, everywhere) for triple, _ in found]

    def _widen(self, used: list[tuple[int, Route, float]]) -> bool:
        """Make the visits on each cycle remember its visit; return whether any did not yet."""
        if self.listed:
            return False
        routes = [route for _, route, _ in used]
        return widen(self.run.pricer.near, routes, self.run.limits.nearest)

    def _rebuild(self, reduced: dict[tuple[int, Route], float]) -> None:
        """Rebuild the master from the columns of least reduced cost that are still routes."""
        gap = self.run.proof.cost - self.run.proof.bound
        kept = [
            (number, route, cost)
            for (number, route), cost in self.master.columns.items()
            if reduced[number, route] <= gap and self._is_route(number, route)
        ]
        if len(kept) > MASTER_COLUMNS:
            kept.sort(key=lambda column: reduced[column[0], column[1]])
            del kept[MASTER_COLUMNS // 2 :]
        self.master.rebuild(kept)

    def _is_route(self, number: int, route: Route) -> bool:
        """Return whether no leg of a route is forbidden, and it is an ng-route."""
        legs = self.run.vehicle_types[number].legs
        stops = np.array([-1, *route, -1])
        return bool(legs[stops[:-1], stops[1:]].all()) and is_ng_route(self.run.pricer.near, route)
