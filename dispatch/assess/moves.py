"""What moves between two splits, whatever their centres are called.

Centres of two splits are matched one to one so that as many agents as possible keep their centre
(assignment problem: Kuhn, doi:10.1002/nav.3800020109; scipy's `linear_sum_assignment`). A
collectivity has moved when its new centre is not matched with its former one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.service.service import Service


@dataclass(frozen=True)
class Moves:
    """
    How a split differs from another.

    Parameters
    ----------
    former
        For each centre of the split its match in the other split; centres without a match are left
        out.
    moved
        For each collectivity that changed its centre, the two centre ids: (from, to).
    joined
        Collectivities that had no centre before.
    """

    former: Mapping[str, str]
    moved: Mapping[str, tuple[str, str]]
    joined: tuple[str, ...]


def charges(service: Service) -> dict[str, str]:
    """Return the centre in charge of each collectivity, in rising order of codes."""
    found = {
        name: entry.id
        for entry in service.centres
        for name in (*entry.communes, *([METROPOLE] if entry.serves_metropole else []))
    }
    return dict(sorted(found.items()))


def moves_between(before: Service, after: Service) -> Moves:
    """Return what moves from one split to another, both applied to a service."""
    from scipy.optimize import linear_sum_assignment

    old, new = charges(before), charges(after)
    rows = [entry.id for entry in after.centres]
    columns = [entry.id for entry in before.centres]
    kept = np.zeros((len(rows), len(columns)))
    for name in set(old) & set(new):
        # One more than the agents, so that a commune without agents counts too.
        weight = after.demand.agents.get(name, 0) + 1
        kept[rows.index(new[name]), columns.index(old[name])] += weight
    pairs = zip(*linear_sum_assignment(kept, maximize=True), strict=True)
    former = {rows[i]: columns[j] for i, j in pairs if kept[i, j] > 0}
    return Moves(
        former=former,
        moved={
            name: (old[name], centre)
            for name, centre in new.items()
            if name in old and former.get(centre) != old[name]
        },
        joined=tuple(name for name in new if name not in old),
    )
