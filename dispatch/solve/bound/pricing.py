"""Pricing: the rounds of least reduced cost of one kind of technician, and exactly how low it gets.

Bidirectional labelling over ng-routes; formulas and references in docs/bound.md.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.extend import backward_labels, floors, forward_labels
from dispatch.solve.bound.join import close, join
from dispatch.solve.bound.labels import (
    EXACT,
    FIXED,
    FULL,
    LABELS,
    SCALE,
    STEPS,
    WORD,
    Net,
    Space,
    space_for,
    trace,
)
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import start_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

BUCKETS = 32
FOUND = 20_000
# Visits remembered where labels are made only to complete others, beside their own.
LITTLE = 1
# Care of pricing that is exact over routes of little memory which pay no cut: a quick bound.
ROUGH = 2
LABEL_STEPS = 40
# Stands where nothing completes a label; far above any cost, far below what overflows.
FAR = 1 << 60


class Priced(NamedTuple):
    """
    What a pricing call found.

    Parameters
    ----------
    best
        Least reduced cost (scaled seconds), wage not counted, or minus the wage where
        none is less; a lower bound only when `exact`.
    routes
        (reduced cost, visits in order), cheapest first; visits may repeat (ng-routes).
    exact
        Whether every route was considered, none left out for want of space.
    """

    best: int
    routes: list[tuple[int, tuple[int, ...]]]
    exact: bool


class Duals(NamedTuple):
    """
    Prices, scaled integers.

    Parameters
    ----------
    prize
        Of each visit (n,), at most what leaving it costs.
    penalty
        Of paying each cut, at least 0.
    wage
        Of one more technician of each kind, at least 0.
    """

    prize: Ints
    penalty: Ints
    wage: Ints


@dataclass
class Kind:
    """
    One kind of technician: a representative, how many there are, which legs may be driven.

    Parameters
    ----------
    number
        As in `Arrays.vehicle_type`.
    technician
        Index of the first technician of the kind.
    count
        How many technicians are of the kind.
    legs
        Bool (n + 1, n + 1): row = from, column = to; index n is the start and end place.
    soonest, latest
        As in `Net` (n, 2).
    use, limit, work
        As in `Net`.
    charged
        Whether overtime costs, so that a round's cost depends on its return.
    middle
        Where forward and backward labels meet (seconds); moved to balance them.
    """

    number: int
    technician: int
    count: int
    legs: NDArray[np.bool_]
    soonest: Ints
    latest: Ints
    use: Ints
    limit: Ints
    work: bool
    charged: bool
    middle: int
    _lists: tuple[Ints, Ints, Ints, Ints] | None = field(default=None, repr=False)

    @property
    def usable(self) -> bool:
        """Return whether any round is possible at all."""
        return bool(self.legs.any())

    def forbid(self, legs: NDArray[np.bool_]) -> None:
        """Take away legs (n + 1, n + 1) that no better solution can use."""
        self.legs &= ~legs
        self._lists = None

    def lists(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return after_first, after, before_first, before, as in `Net`."""
        if self._lists is None:
            inner = self.legs[:-1, :-1]
            self._lists = (*_rows_of(inner), *_rows_of(inner.T))
        return self._lists


def _rows_of(legs: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    first = np.concatenate([[0], np.cumsum(legs.sum(axis=1))]).astype(np.int64)
    return first, np.nonzero(legs)[1].astype(np.int64)


def shortest(travel: Ints) -> Ints:
    """Return the least seconds between all nodes (k, k), by way of others where that is less."""
    least = travel.copy()
    for via in range(len(least)):
        np.minimum(least, least[:, via, None] + least[None, via, :], out=least)
    return least


def kinds_of(a: Arrays) -> list[Kind]:
    """Return the kinds of a problem, in the order of their numbers."""
    least = shortest(a.travel.min(axis=0))
    members: dict[int, list[int]] = {}
    for m, kind in enumerate(a.vehicle_type.tolist()):
        members.setdefault(kind, []).append(m)
    return [_kind_of(a, k, members[k], least) for k in sorted(members)]


def _kind_of(a: Arrays, number: int, members: list[int], least: Ints) -> Kind:
    n, m = a.visits, members[0]
    soonest = np.full((n, 2), NEVER, dtype=np.int64)
    latest = np.full((n, 2), -NEVER, dtype=np.int64)
    for v in range(n):
        ready = int(a.shift_start[m] + least[a.start[m], v])
        rested = max(ready, int(a.break_earliest[m])) + int(a.break_length[m])
        for flag, at in ((1, ready), (0, rested)):
            begin = int(start_from(a, v, at))
            soonest[v, flag] = NEVER if begin == NEVER else begin + int(a.duration[v])
        latest[v, 1] = a.latest_return[m] - least[v, a.end[m]]
        # Past the latest start of the break it can no longer be taken, and it is owed.
        latest[v, 0] = min(latest[v, 1], a.break_latest[m])
    possible = a.allowed[m] & (soonest[:, 1] <= latest[:, 1]) & (a.load <= a.capacity[m])
    legs = np.zeros((n + 1, n + 1), dtype=np.bool_)
    legs[:n, :n] = possible[:, None] & possible[None, :]
    np.fill_diagonal(legs, val=False)
    legs[n, :n] = legs[:n, n] = possible
    for x, y in np.argwhere(legs[:n, :n]).tolist():
        begin = int(start_from(a, y, int(soonest[x, 1] + a.travel[:, x, y].min())))
        legs[x, y] = begin + int(a.duration[y]) <= latest[y, 1]

    use, limit = [], []
    if a.load[possible].sum() > a.capacity[m]:
        use.append(a.load)
        limit.append(int(a.capacity[m]))
    work = bool(a.max_working[m] < a.latest_return[m] - a.shift_start[m])
    if work:
        use.append(a.duration)
        limit.append(int(a.max_working[m]))
    middle = int(a.shift_start[m] + a.latest_return[m]) // 2
    if a.has_break[m]:
        middle = int(a.break_earliest[m] + a.break_latest[m] + a.break_length[m]) // 2
    return Kind(
        number=number,
        technician=m,
        count=len(members),
        legs=legs,
        soonest=soonest,
        latest=latest,
        use=np.array(use, dtype=np.int64).reshape(len(use), n),
        limit=np.array(limit, dtype=np.int64),
        work=work,
        charged=bool(a.overtime_weight[0] > 0 and a.latest_return[m] > a.shift_end[m]),
        middle=middle,
    )


def neighbourhoods(a: Arrays, size: int) -> Ints:
    """
    Return the ng-neighbourhood of each visit as bits (n, words): its nearest visits and itself.

    Visits that take no time together are always neighbours, or a route could turn
    among them for ever.
    """
    n = a.visits
    words = max(1, -(-n // WORD))
    near = np.zeros((n, words), dtype=np.int64)
    away = a.travel.min(axis=0)[:n, :n]
    round_trip = away + away.T
    order = np.argsort(round_trip, axis=1, kind="stable")
    least = shortest(a.travel.min(axis=0))[:n, :n]
    idle = (least + least.T + a.duration[:, None] + a.duration[None, :]) == 0
    for v in range(n):
        chosen = {v, *order[v, : size + 1].tolist(), *np.nonzero(idle[v])[0].tolist()}
        for u in sorted(chosen):
            near[v, u // WORD] |= np.int64(1 << (u % WORD))
    return near


class Desk:
    """
    Room for one pricing call at a time, kept between calls, and the work done in it.

    Parameters
    ----------
    labels, visits
        Most labels of one pass, and visits of the problem.
    """

    def __init__(self, labels: int, visits: int) -> None:
        self.labels, self.visits = labels, visits
        self.steps = 0
        self.made = 0
        self.found = np.empty((FOUND, 3), dtype=np.int64)
        self._spaces: dict[int, tuple[Space, Space]] = {}

    def spaces(self, width: int) -> tuple[Space, Space]:
        """Return space for forward and backward labels of a width, to be used until the next."""
        if width not in self._spaces:
            # Those of other widths belong to fewer cuts, or to a kind with other limits.
            while len(self._spaces) >= 3:
                del self._spaces[next(iter(self._spaces))]
            self._spaces[width] = (
                space_for(self.labels, width, self.visits, BUCKETS),
                space_for(self.labels, width, self.visits, BUCKETS),
            )
        return self._spaces[width]

    def count(self, space: Space) -> None:
        """Take note of the work done in a space."""
        # To make a label takes about as long as so many comparisons.
        self.steps += int(space.used[STEPS]) + LABEL_STEPS * int(space.used[LABELS])
        self.made += int(space.used[LABELS])


class Pricer:
    """
    Prices the kinds of one problem; several at once, each at a desk of its own.

    Parameters
    ----------
    a
        The problem.
    near
        ng-neighbourhoods (n, words), changed in place as they grow.
    labels
        Most labels of one pass.
    """

    def __init__(self, a: Arrays, near: Ints, labels: int) -> None:
        self.a = a
        self.near = near
        self.little = neighbourhoods(a, LITTLE)
        self.labels = labels
        self.buckets = BUCKETS
        self._desks: list[Desk] = []
        self._free: LifoQueue[Desk] = LifoQueue()

    @property
    def steps(self) -> int:
        """Return the comparisons of labels made so far, and what else counts as such."""
        return sum(desk.steps for desk in self._desks)

    @property
    def made(self) -> int:
        """Return the labels made so far."""
        return sum(desk.made for desk in self._desks)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Have a desk that nobody else uses meanwhile."""
        try:
            desk = self._free.get_nowait()
        except Empty:
            desk = Desk(self.labels, self.a.visits)
            self._desks.append(desk)
        try:
            yield desk
        finally:
            self._free.put(desk)

    def net(self, kind: Kind, duals: Duals, cuts: Cuts) -> Net:
        """Return what the kernels see of a kind under duals."""
        after_first, after, before_first, before = kind.lists()
        penalty = np.zeros(cuts.inside.shape[1] * WORD, dtype=np.int64)
        penalty[: len(duals.penalty)] = duals.penalty
        a, m, prize, fair = self.a, kind.technician, duals.prize, np.zeros(0, dtype=np.int64)
        if len(a.soft):
            prize = prize - SCALE * a.soft[m, : a.visits]
        if a.imbalance:
            # Percent of a second: a whole number of scaled seconds.
            fair = np.array([a.imbalance * SCALE // 100, a.share[m]], dtype=np.int64)
        return Net(
            prize=prize,
            entry=np.ascontiguousarray(kind.legs[-1, :-1]),
            leaving=np.ascontiguousarray(kind.legs[:-1, -1]),
            after_first=after_first,
            after=after,
            before_first=before_first,
            before=before,
            near=self.near,
            cut_in=cuts.inside,
            cut_mem=cuts.memory,
            penalty=penalty,
            use=kind.use,
            limit=kind.limit,
            work=np.array([kind.work]),
            fair=fair,
            soonest=kind.soonest,
            latest=kind.latest,
        )

    def price(
        self, kind: Kind, duals: Duals, cuts: Cuts, care: int = EXACT, take: int = 60
    ) -> Priced:
        """
        Return the rounds of a kind whose reduced cost does not pay the wage of its technician.

        Parameters
        ----------
        kind
            The kind.
        duals, cuts
            Prices, and the cuts they are for.
        care
            EXACT; LOOSE: fast, and not every round is looked at; or ROUGH: exact, over more
            routes than there are.
        take
            Most routes returned.
        """
        threshold = -int(duals.wage[kind.number])
        if not kind.usable:
            return Priced(threshold, [], exact=True)
        with self.desk() as desk:
            return self._priced(desk, kind, self.net(kind, duals, cuts), threshold, care, take)

    def _priced(
        self, desk: Desk, kind: Kind, net: Net, threshold: int, care: int, take: int
    ) -> Priced:
        rough = care == ROUGH
        if rough:
            net, care = self._relaxed(net), EXACT
        m = kind.technician
        ahead, behind = self.spaces(desk, net)
        two_sided = care == EXACT and not kind.charged
        middle = kind.middle if two_sided else int(self.a.latest_return[m])
        words = self.near.shape[1]
        ahead_floor = behind_floor = np.empty(0, dtype=np.int64)
        if care == EXACT and not rough:
            ahead_floor, behind_floor = self.floors_of(desk, kind, net, threshold)
        forward_labels(self.a, m, net, ahead, BUCKETS, middle, care, words, ahead_floor, threshold)
        whole = not ahead.used[FULL]
        count, best = close(self.a, m, net, ahead, middle, desk.found, 0, threshold)
        if two_sided:
            backward_labels(
                self.a, m, net, behind, BUCKETS, middle, care, words, behind_floor, threshold
            )
            whole = whole and not behind.used[FULL]
            count, least = join(
                self.a,
                m,
                net,
                ahead,
                behind,
                BUCKETS,
                middle,
                words,
                desk.found,
                count,
                threshold,
            )
            best = min(best, least)
            self._balance(kind, int(ahead.used[LABELS]), int(behind.used[LABELS]))
            desk.count(behind)
        desk.count(ahead)
        routes = self._routes(ahead, behind, desk.found[:count], take)
        return Priced(int(best), routes, whole and care == EXACT)

    def floors_of(self, desk: Desk, kind: Kind, net: Net, cutoff: int) -> tuple[Ints, Ints]:
        """
        Return what completes a forward, and a backward, label at least (`extend.floors`).

        It comes from the same labels with little memory and no cuts: fewer, and never dearer.
        Empty where that is not worth its time or has no room.
        """
        none = np.empty(0, dtype=np.int64)
        a, m, n = self.a, kind.technician, self.a.visits
        relaxed = self._relaxed(net)
        ahead, behind = self.spaces(desk, relaxed)
        words, first, last = self.near.shape[1], int(a.shift_start[m]) - 1, int(a.latest_return[m])
        ahead_floor = np.empty(n * 2 * BUCKETS, dtype=np.int64)
        behind_floor = np.empty(n * 2 * BUCKETS, dtype=np.int64)
        backward_labels(a, m, relaxed, behind, BUCKETS, first, EXACT, words, none, cutoff)
        desk.count(behind)
        if behind.used[FULL]:
            return none, none
        floors(a, m, behind, BUCKETS, True, ahead_floor, FAR)
        forward_labels(a, m, relaxed, ahead, BUCKETS, last, EXACT, words, ahead_floor, cutoff)
        desk.count(ahead)
        if ahead.used[FULL]:
            return ahead_floor, none
        floors(a, m, ahead, BUCKETS, False, behind_floor, FAR)
        return ahead_floor, behind_floor

    def _relaxed(self, net: Net) -> Net:
        """Return the same with little memory and without cuts: no route is dearer in it."""
        none = np.zeros((self.a.visits, 0), dtype=np.int64)
        return net._replace(near=self.little, cut_in=none, cut_mem=none)

    def behind_all(self, desk: Desk, kind: Kind, net: Net, cutoff: int) -> Space | None:
        """Return all backward labels of a kind that can end below the cutoff; None: no room."""
        floor = self.floors_of(desk, kind, net, cutoff)[1]
        a, m = self.a, kind.technician
        behind = self.spaces(desk, net)[1]
        first = int(a.shift_start[m]) - 1
        words = self.near.shape[1]
        backward_labels(a, m, net, behind, BUCKETS, first, EXACT, words, floor, cutoff)
        desk.count(behind)
        return None if behind.used[FULL] else behind

    def ahead_all(self, desk: Desk, kind: Kind, net: Net, cutoff: int) -> Space | None:
        """Return all forward labels of a kind that can end below the cutoff; None: no room."""
        floor = self.floors_of(desk, kind, net, cutoff)[0]
        a, m = self.a, kind.technician
        ahead = self.spaces(desk, net)[0]
        last = int(a.latest_return[m])
        words = self.near.shape[1]
        forward_labels(a, m, net, ahead, BUCKETS, last, EXACT, words, floor, cutoff)
        desk.count(ahead)
        return None if ahead.used[FULL] else ahead

    def spaces(self, desk: Desk, net: Net) -> tuple[Space, Space]:
        """Return a desk's space for forward and backward labels, to be used until the next."""
        more = min(1, len(net.fair)) + len(net.limit)
        return desk.spaces(FIXED + self.near.shape[1] + net.cut_in.shape[1] + more)

    def _balance(self, kind: Kind, ahead: int, behind: int) -> None:
        """Move the meeting time a little, towards the side with fewer labels."""
        m = kind.technician
        span = int(self.a.latest_return[m] - self.a.shift_start[m])
        move = span // 48
        if ahead > 1.3 * behind:
            kind.middle = max(int(self.a.shift_start[m]), kind.middle - move)
        elif behind > 1.3 * ahead:
            kind.middle = min(int(self.a.latest_return[m]), kind.middle + move)

    def _routes(
        self, ahead: Space, behind: Space, found: Ints, take: int
    ) -> list[tuple[int, tuple[int, ...]]]:
        """Return the cheapest routes, so that no visit is in too many of them."""
        order = np.argsort(found[:, 0], kind="stable")
        longest = int(self.a.latest_return.max()) + 2
        out = np.empty(min(longest, max(2, len(ahead.parent))), dtype=np.int64)
        share = np.zeros(self.a.visits, dtype=np.int64)
        routes: list[tuple[int, tuple[int, ...]]] = []
        seen: dict[tuple[int, ...], bool] = {}
        for row in order.tolist():
            if len(routes) >= take:
                break
            cost, first, second = found[row].tolist()
            size = trace(ahead, first, out)
            visits = out[:size][::-1].tolist()
            if second >= 0:
                size = trace(behind, second, out)
                visits += out[1:size].tolist()
            route = tuple(visits)
            if route in seen or share[visits].min() * 3 > take:
                continue
            seen[route] = True
            share[visits] += 1
            routes.append((cost, route))
        return routes
