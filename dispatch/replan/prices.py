"""The price of changes to a plan, counted from the two plans; it shares no code with the search.

The visits that were still free at the moment of the replan count (`changed`); for a shifted
appointment also those to which somebody drives. A visit that both plans serve can change in three
ways:

- *changed technician*: it is on another round than before;
- *changed order*: of the visits that stay on a round, the fewest that must move to turn the old
  order into the new one, which is all but a longest subsequence still in order;
- *shifted appointment*: its start is farther from the announced one than the tolerance.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.model.plan import Plan
    from dispatch.replan.changed import Changed
    from dispatch.service.replan_settings import Replan

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class PricedChanges:
    """
    How many visits have changed, and the price.

    Parameters
    ----------
    technician, order, shifted
        How many visits changed their technician, their place in the order, their time.
    total_s
        The price (seconds).
    """

    technician: int
    order: int
    shifted: int
    total_s: int


def priced_changes(changed: Changed, plan: Plan, settings: Replan) -> PricedChanges:
    """
    Return what a new plan changes, and the price.

    Parameters
    ----------
    changed
        The day as it is now, with the old technicians, order and announced starts.
    plan
        The new plan.
    settings
        Prices and tolerance.
    """
    technician = order = shifted = 0
    for round_ in plan.rounds:
        ranks = []
        for stop in round_.stops:
            announced = changed.announced.get(stop.visit)
            if announced is not None:
                shifted += abs(stop.start_s - announced) > settings.tolerance_min * MINUTE_S
            if stop.visit not in changed.old:
                continue
            owner, rank = changed.old[stop.visit]
            if owner == round_.technician:
                ranks.append(rank)
            else:
                technician += 1
        order += len(ranks) - _longest_rising(ranks)
    total = (
        technician * settings.changed_technician_min
        + order * settings.changed_order_min
        + shifted * settings.shifted_appointment_min
    )
    return PricedChanges(technician, order, shifted, total * MINUTE_S)


def _longest_rising(ranks: list[int]) -> int:
    """Return the length of a longest rising run, not necessarily without gaps."""
    tails: list[int] = []
    for rank in ranks:
        at = bisect_left(tails, rank)
        tails[at : at + 1] = [rank]
    return len(tails)
