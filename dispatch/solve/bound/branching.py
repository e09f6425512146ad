"""Branching among listed rounds: the last gap between the bound and the plan, closed by cases.

Where all rounds that a better plan can use are listed, and cuts raise the bound no more,
every plan falls into one of two cases, and each case has a bound of its own:

    a visit goes with a vehicle type, or not with that type;
    a visit is unassigned, or not;
    two visits are on one round, or on none together.

A case keeps some of the rounds. Its bound is that of docs/bound.md, (1), over fewer rounds; (2)
then drops more of them. The bound of the whole is the least of the open cases. The question is
chosen by trying some (strong branching: Achterberg, Koch, Martin 2005,
doi:10.1016/j.orl.2004.04.002).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from dispatch.errors import SolverError
from dispatch.solve.bound.duals import SCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Triple
    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.listed_rounds import ListedRounds

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

# Rounds that a linear problem begins with, and those that are added at once.
AT_FIRST, SIFTED = 400, 200
# Questions tried before one is asked, and the least distance of a share in doubt from 0 and 1.
TRIED, DOUBT = 4, 1e-6


@dataclass(frozen=True, eq=False)
class Case:
    """
    Some of the plans: the rounds they may use, and their unassigned costs.

    Parameters
    ----------
    on
        Which rounds they may use (rounds,).
    unassigned_cost_s
        Of each visit (n,); of a visit that must be served, the cost of the known plan.
    bound
        No plan among them costs less (seconds).
    answer
        Share of each round in the linear solution (rounds,).
    unassigned
        Share of each visit that is unassigned in it (n,).
    """

    on: Bools
    unassigned_cost_s: Ints
    bound: int
    answer: Floats
    unassigned: Floats


class Question(NamedTuple):
    """
    The difference between two cases.

    Parameters
    ----------
    first, second
        Two visits; or a visit and -1.
    vehicle_type
        Of the round of a visit; -1: the visit is unassigned.
    """

    first: int
    second: int
    vehicle_type: int


class Branching:
    """
    The listed rounds as rows and columns, and the search among cases.

    Parameters
    ----------
    listed
        All rounds that a plan cheaper than the known one can use; their costs are exact.
    counts
        Technicians of each vehicle type.
    unassigned_cost_s
        Of each visit (n,), seconds.
    triples
        Visits of the cuts that bind.
    upper
        Cost of the known plan (seconds).
    """

    def __init__(
        self,
        listed: ListedRounds,
        counts: Sequence[int],
        unassigned_cost_s: Ints,
        triples: Sequence[Triple],
        upper: int,
    ) -> None:
        self.counts = np.array(counts, dtype=np.int64)
        self.unassigned_cost_s, self.upper = np.minimum(unassigned_cost_s, upper), upper
        self.rounds: list[tuple[int, Route]] = [
            (number, route) for number, routes in enumerate(listed.routes) for route in routes
        ]
        self.cost = np.concatenate(listed.costs)
        self.vehicle_type = np.repeat(
            np.arange(len(counts)), [len(costs) for costs in listed.costs]
        )
        holds = np.concatenate(listed.holds).astype(np.int64)
        self.holds = holds.astype(np.bool_)
        pays = np.empty((len(holds), len(triples)), dtype=np.int64)
        for cut, triple in enumerate(triples):
            pays[:, cut] = holds[:, list(triple)].sum(axis=1) // 2
        self.inside, self.pays = csr_array(holds), csr_array(pays)
        fleet = csr_array(
            (np.ones(len(holds)), (np.arange(len(holds)), self.vehicle_type)),
            shape=(len(holds), len(counts)),
        )
        self._limits = csr_array(np.hstack([fleet.toarray(), pays]))
        self._most = np.concatenate([self.counts, np.ones(len(triples))])
        self.linear = 0

    def search(
        self,
        cases: int,
        on_bound: Callable[[int], None],
        on_plan: Callable[[list[tuple[int, Route]]], None],
    ) -> None:
        """
        Look at so many cases at most, those of least bound first.

        Parameters
        ----------
        cases
            How many.
        on_bound
            Called with the bound (seconds) before each case, and at the end; where it is the cost
            of the best plan, that is proven.
        on_plan
            Called with each cheaper plan: (vehicle type, visits in order) of its rounds.
        """
        first = self._case(np.ones(len(self.cost), dtype=np.bool_), self.unassigned_cost_s)
        open_: list[tuple[int, int, Case]] = [(first.bound, 0, first)]
        # The least bound of cases that are at an end without having reached the best cost.
        ended, made = self.upper, 0
        while open_ and open_[0][0] < self.upper:
            on_bound(min(open_[0][0], ended))
            if made >= cases:
                return
            _, _, case = heapq.heappop(open_)
            plan = self._plan(case)
            parts = () if plan is not None else self._ask(case)
            if plan is not None and (cost := self._cost(plan)) < self.upper:
                self.upper = cost
                on_plan([self.rounds[number] for number in plan])
            if not parts:
                # Its bound is its cost, apart from the rounding of duals.
                ended = min(ended, case.bound)
            for part in parts:
                made += 1
                if part.bound < self.upper:
                    heapq.heappush(open_, (part.bound, made, part))
        on_bound(min(self.upper, ended))

    def _cost(self, plan: list[int]) -> int:
        served = self.holds[plan].any(axis=0)
        return int(self.cost[plan].sum() + self.unassigned_cost_s[~served].sum())

    def _plan(self, case: Case) -> list[int] | None:
        """Return the rounds of a case's answer where it leaves no doubt."""
        used = np.flatnonzero(case.answer > DOUBT)
        if (case.answer[used] < 1 - DOUBT).any():
            return None
        return [int(number) for number in used]

    def _ask(self, case: Case) -> tuple[Case, ...]:
        """Return the two cases of the question that raises both bounds most; none without one."""
        best: tuple[float, tuple[Case, ...]] | None = None
        for question in self._questions(case):
            parts = tuple(
                self._case(on, unassigned_cost_s)
                for on, unassigned_cost_s in self._parts(case, question)
            )
            gains = [max(min(part.bound, self.upper) - case.bound, 1) for part in parts]
            worth = float(gains[0]) * gains[1]
            if best is None or worth > best[0]:
                best = worth, parts
        return () if best is None else best[1]

    def _questions(self, case: Case) -> Iterator[Question]:
        """Yield the questions in most doubt: about one visit, or if there are none, about two."""
        used = np.flatnonzero(case.answer > DOUBT)
        answer, holds = case.answer[used], self.holds[used]
        vehicle_type = self.vehicle_type[used]
        doubts: list[tuple[float, Question]] = []
        for v in range(len(case.unassigned)):
            shares = [(-1, float(case.unassigned[v]))]
            shares += [
                (k, float(answer[holds[:, v] & (vehicle_type == k)].sum()))
                for k in range(len(self.counts))
            ]
            doubts += [
                (abs(share - 0.5), Question(v, -1, k))
                for k, share in shares
                if DOUBT < share < 1 - DOUBT
            ]
        if not doubts:
            together = (holds.T * answer) @ holds
            pairs = np.argwhere(np.triu((together > DOUBT) & (together < 1 - DOUBT), 1))
            doubts = [
                (abs(float(together[i, j]) - 0.5), Question(i, j, -1)) for i, j in pairs.tolist()
            ]
        for _, question in sorted(doubts)[:TRIED]:
            yield question

    def _parts(self, case: Case, question: Question) -> Iterator[tuple[Bools, Ints]]:
        """Yield the rounds and unassigned costs of the two answers to a question."""
        v, w, k = question
        has = self.holds[:, v]
        must = case.unassigned_cost_s.copy()
        if w >= 0:
            must[[v, w]] = self.upper
            both = has & self.holds[:, w]
            yield case.on & (both | ~(has | self.holds[:, w])), must
            yield case.on & ~both, case.unassigned_cost_s
            return
        must[v] = self.upper
        if k < 0:
            yield case.on & ~has, case.unassigned_cost_s
            yield case.on, must
            return
        of_type = self.vehicle_type == k
        yield case.on & (~has | of_type), must
        yield case.on & ~(has & of_type), case.unassigned_cost_s

    def _case(self, on: Bools, unassigned_cost_s: Ints) -> Case:
        """Return a case with its bound, by the duals of the linear problem of its rounds."""
        n = len(unassigned_cost_s)
        net_cost = self.cost - self.inside @ np.minimum(unassigned_cost_s, self.upper)
        within = np.flatnonzero(on)
        part = within[np.argsort(net_cost[within], kind="stable")[:AT_FIRST]]
        while True:
            self.linear += 1
            solved = linprog(
                np.concatenate([self.cost[part], unassigned_cost_s]),
                A_ub=_widened(self._limits[part].T, n),
                b_ub=self._most,
                A_eq=_joined(self.inside[part].T, n),
                b_eq=np.ones(n),
                bounds=(0, None),
                method="highs-ds",
            )
            if solved.status != 0:
                msg = f"linear relaxation of a case: {solved.message}"
                raise SolverError(msg)
            reduced = self.cost - self.inside @ solved.eqlin.marginals
            reduced = reduced - self._limits @ solved.ineqlin.marginals
            wanted = within[reduced[within] < -DOUBT]
            if not len(wanted):
                break
            part = np.union1d(part, wanted[np.argsort(reduced[wanted], kind="stable")[:SIFTED]])
        duals = (solved.eqlin.marginals, -solved.ineqlin.marginals)
        bound, kept = self._bound(on, unassigned_cost_s, *duals)
        answer = np.zeros(len(self.cost))
        answer[part] = solved.x[: len(part)]
        return Case(kept, unassigned_cost_s, bound, answer, solved.x[len(part) :])

    def _bound(
        self, on: Bools, unassigned_cost_s: Ints, visit: Floats, limits: Floats
    ) -> tuple[int, Bools]:
        """Return the bound of a case by (1) in exact integers, and the rounds that (2) keeps."""
        pi = np.minimum(np.rint(visit * SCALE).astype(np.int64), unassigned_cost_s * SCALE)
        types = len(self.counts)
        sigma = np.maximum(np.rint(limits[types:] * SCALE).astype(np.int64), 0)
        reduced = self.cost * SCALE - self.inside @ pi + self.pays @ sigma
        least = np.zeros(types, dtype=np.int64)
        np.minimum.at(least, self.vehicle_type[on], reduced[on])
        value = int(pi.sum()) - int(sigma.sum()) + int(self.counts @ least)
        gap = (self.upper - 1) * SCALE - value
        return -(-value // SCALE), on & (reduced <= least[self.vehicle_type] + gap)


def _joined(rounds: csr_array, n: int) -> csr_array:
    """Return the rows of visits over the rounds, and then one column for each unassigned visit."""
    return csr_array(hstack([rounds, eye_array(n)]))


def _widened(rows: csr_array, n: int) -> csr_array:
    """Return rows with a column more for each unassigned visit, which none of them counts."""
    return csr_array(hstack([rows, csr_array((rows.shape[0], n))]))
