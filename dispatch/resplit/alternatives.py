"""The nearest alternatives to a split: one or two communes change their centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.resplit.search import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.resplit.criteria import Candidates, Criteria
    from dispatch.resplit.search import Ceiling, CentreChoice
    from dispatch.resplit.units import Units

State = tuple[tuple[int, int], ...]


def nearest(
    units: Units,
    centres: Candidates,
    criteria: Criteria,
    ceiling: Ceiling | None,
    base: State,
    moves: int = 2,
) -> list[CentreChoice]:
    """
    Return every admissible split within some moves of a given one, by rising cost.

    Parameters
    ----------
    units, centres, criteria, ceiling
        As in `search.best`.
    base
        The given split, which need not be admissible: mask and label of each centre (label -1
        where candidates have none).
    moves
        Most communes that change their centre.
    """
    known = {
        (int(mask), int(label)): number
        for number, (mask, label) in enumerate(zip(centres.masks, centres.label, strict=True))
    }
    seen = {frozenset(base)}
    level = [base]
    found = []
    for _ in range(moves):
        following = []
        for state in level:
            for moved in _moved(units, state):
                key = frozenset(moved)
                if key in seen:
                    continue
                seen.add(key)
                following.append(moved)
                chosen = [known.get(part, -1) for part in moved]
                if min(chosen) < 0:
                    continue
                made = counted(centres, criteria, chosen)
                if ceiling is None or _within(centres, criteria, ceiling, made):
                    found.append(made)
        level = following
    return sorted(found, key=lambda each: (each.cost, each.workload, each.chosen))


def _within(centres: Candidates, criteria: Criteria, ceiling: Ceiling, made: CentreChoice) -> bool:
    work = centres.work_s[list(made.chosen)]
    needed = ceiling.needed(work, criteria.technicians_least)
    return bool((needed <= np.array(made.technicians)).all())


def _moved(units: Units, state: State) -> Iterator[State]:
    """Yield the states in which one unit has gone to a neighbouring centre."""
    for giver, (mask, _) in enumerate(state):
        for unit in range(len(units)):
            if not mask >> unit & 1 or mask == 1 << unit:
                continue
            around = sum(1 << other for other in units.near[unit])
            for taker, (other, _) in enumerate(state):
                if taker == giver or not other & around:
                    continue
                yield tuple(
                    (
                        part ^ (1 << unit) if centre in (giver, taker) else part,
                        label,
                    )
                    for centre, (part, label) in enumerate(state)
                )
