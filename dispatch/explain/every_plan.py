"""Every plan of a small problem: what serves a visit, found by trying all.

For each technician, all sequences of visits are driven; the cheapest for each set of visits stays.
Sets of different technicians make plans. On a small day this takes a moment, and what is found is
not only tested but the best: no smaller change serves the visit, and where a visit gives way, one
has to.

Sets of visits are bits of a number: visit i is bit i.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.explain.changes import NO_CHANGE
from dispatch.solve.completion import clocks_after, clocks_at
from dispatch.solve.heuristic.insertion import checked_cost
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from dispatch.explain.changes import ProblemChange
    from dispatch.explain.trials import Tested, Trials
    from dispatch.solve.timing.arrays import Arrays

# Sequences of all technicians that are driven at most for one day: those of six visits and three
# technicians are fewer.
MOST_SEQUENCES = 6_000
# On larger days there are more for certain, or all but: they are not even begun.
MOST_VISITS = 8
# By the hour each takes some ten times as long.
MOST_BY_THE_HOUR = 1_000

Drives = dict[int, tuple[int, list[int]]]
"""The cheapest round of a technician for each set of visits: cost (seconds), sequence."""


class TooMany(Exception):
    """The problem has more sequences than are tried."""


class EveryPlan:
    """
    All plans of one problem, and of the problem with changes for one visit.

    Parameters
    ----------
    trials
        The problem and its present plan.
    visit
        Id of the visit to serve.

    Raises
    ------
    TooMany
        When there are more sequences than are tried.
    """

    def __init__(self, trials: Trials, visit: str) -> None:
        self.trials, self.visit = trials, visit
        if trials.a.visits > MOST_VISITS:
            raise TooMany
        self.left = MOST_SEQUENCES if trials.a.slots == 1 else MOST_BY_THE_HOUR
        self.drives = [self._drives(trials.a, m) for m in range(trials.a.technicians)]
        must = [name for name in trials.home if trials.problem.visit[name].mandatory]
        self.must = self._set([*must, visit])
        self.served = self._set([*trials.home, visit])

    def cheapest(self) -> Tested | None:
        """
        Return the cheapest plan that serves the visit without a change; None: there is none.

        Nobody gives way in it, if there is such a plan; never a mandatory visit that is served.
        """
        for kept in (self.served, self.must):
            found = self._plan(self.drives, self.trials.a, kept, NO_CHANGE)
            if found is not None:
                return found
        return None

    def serves(self, change: ProblemChange) -> Tested | None:
        """Return the cheapest plan with a change in which nobody gives way; None: there is none."""
        trials = self.trials
        problem = change.on(trials.problem, self.visit)
        a = arrays_of(problem)
        number = trials.index[self.visit]
        if change.unpinned:  # the visit is given to this technician, and to nobody else
            allowed = a.allowed.copy()
            allowed[:, number] = False
            if change.technician is not None:
                m = trials.who[change.technician]
                who, visit = problem.technicians[m], problem.visits[number]
                allowed[m, number] = visit.skills <= who.skills and who.id not in visit.not_with
            a = a._replace(allowed=allowed)
        about_the_visit = change.unpinned or change.window is not None
        drives = []
        for m, technician in enumerate(trials.problem.technicians):
            if about_the_visit or technician.id == change.technician:
                # A change allows more sequences than before, but not many times as many.
                self.left = 10 * MOST_SEQUENCES
                drives.append(self._drives(a, m))
            else:
                drives.append(self.drives[m])
        return self._plan(drives, a, self.served, change)

    def _set(self, names: list[str]) -> int:
        return sum(1 << self.trials.index[name] for name in set(names))

    def _drives(self, a: Arrays, m: int) -> Drives:
        """Return the cheapest round of a technician for each set of visits."""
        trials = self.trials
        lock = trials.problem.technicians[m].locked
        head = [] if lock is None else [trials.index[name] for name in lock.visits]
        held = {
            trials.index[name]
            for who in trials.problem.technicians
            if who.locked is not None
            for name in who.locked.visits
        }
        able = [v for v in range(a.visits) if a.allowed[m, v] and v not in held]
        free = [] if lock is not None and lock.closed else able
        load, capacity = a.load.tolist(), int(a.capacity[m])
        found: Drives = {}
        open_ = [(head, clocks_after(a, m, head), sum(load[v] for v in head))]
        while open_:
            sequence, clocks, carried = open_.pop()
            self.left -= 1
            if self.left < 0:
                raise TooMany
            if carried > capacity or clocks == (NEVER, NEVER):
                continue
            cost = checked_cost(a, m, sequence)
            key = sum(1 << v for v in sequence)
            if cost < NEVER and cost < found.get(key, (NEVER, []))[0]:
                found[key] = cost, sequence
            node = sequence[-1] if sequence else int(a.start[m])
            open_ += [
                ([*sequence, v], clocks_at(a, m, node, v, clocks), carried + load[v])
                for v in free
                if v not in sequence
            ]
        return found

    def _plan(
        self, drives: list[Drives], a: Arrays, kept: int, change: ProblemChange
    ) -> Tested | None:
        """Return the cheapest plan that serves a set of visits at least; None: there is none."""
        plans: dict[int, tuple[int, list[list[int]]]] = {0: (0, [])}
        for rounds in drives:
            better: dict[int, tuple[int, list[list[int]]]] = {}
            for done, (cost, made) in plans.items():
                for key, (more, sequence) in rounds.items():
                    both, total = done | key, cost + more
                    if not done & key and total < better.get(both, (NEVER * 2, []))[0]:
                        better[both] = total, [*made, sequence]
            plans = better
        unassigned = a.unassigned_cost_s.tolist()
        found = [
            (cost + sum(c for v, c in enumerate(unassigned) if not done >> v & 1), done, made)
            for done, (cost, made) in plans.items()
            if done & kept == kept
        ]
        if not found:
            return None
        best = min(found, key=lambda one: one[:2])[2]
        problem = change.on(self.trials.problem, self.visit)
        return self.trials.tested(problem, a, best, self.visit, change, "every_plan")
