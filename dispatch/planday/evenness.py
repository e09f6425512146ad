"""What another weight of even work would cost: the same day planned with it, beside the plan.

`[weights] imbalance` says how much driving even work is worth. A head who tries a value sees what
it buys: each centre is planned once more with the other value, by the same effort and seed, so that
the two differ by the weight alone. That plan is not written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.checker.fairness import workloads
from dispatch.planday.plan import plan_of
from dispatch.service.service import parse_service, read_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.model.day import CentreDay
    from dispatch.planday.day import Day
    from dispatch.planday.inputs import Inputs
    from dispatch.solve.progress import Progress
    from dispatch.solve.side_by_side import Planner


@dataclass(frozen=True)
class SharedWork:
    """
    How a plan of a centre shares the work.

    Parameters
    ----------
    on_site_s
        Time on site of each technician on shift, by id (seconds).
    travel_s
        Driving of all (seconds).
    served
        Visits served.
    """

    on_site_s: dict[str, int]
    travel_s: int
    served: int

    @classmethod
    def of(cls, day: CentreDay) -> SharedWork:
        """Return how the plan of a centre's day shares the work."""
        figures = day.plan.summary()
        return cls(
            on_site_s=workloads(day.problem, day.plan),
            travel_s=sum(round_.travel_s for round_ in day.plan.rounds),
            served=int(figures["visits_served"] or 0),
        )


@dataclass(frozen=True)
class Evenness:
    """
    A day planned with two weights of even work.

    Parameters
    ----------
    percent, other_percent
        The weight that was asked for, and the other one.
    centres
        By centre id: the work with the one, and with the other. A centre that could not be planned
        with either is not among them.
    """

    percent: int
    other_percent: int
    centres: dict[str, tuple[SharedWork, SharedWork]]


def with_even(inputs: Inputs, percent: int) -> Inputs:
    """Return inputs with another weight of even work (percent)."""
    weights = inputs.service.weights.model_copy(update={"imbalance": percent})
    return replace(inputs, service=inputs.service.model_copy(update={"weights": weights}))


def compared(
    day: Day,
    *,
    planner: Planner | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Evenness:
    """
    Plan a day once more with another weight, and return both.

    The other weight is none; where the day has none, it is that of the service file, and where that
    is none too, that of the bundled one.

    Parameters
    ----------
    day
        The planned day, with its edits.
    planner, on_progress
        As in `dispatch.planday.plan.plan_of`.
    """
    percent = day.inputs.service.weights.imbalance
    usual = parse_service(day.inputs.service_text).weights.imbalance
    other = 0 if percent else usual or read_service().weights.imbalance
    again = plan_of(
        with_even(day.inputs, other),
        day.edits,
        search=day.search,
        planner=planner,
        on_progress=on_progress,
    )
    return Evenness(
        percent=percent,
        other_percent=other,
        centres={
            name: (SharedWork.of(centre), SharedWork.of(again.centres[name]))
            for name, centre in day.centres.items()
            if name in again.centres
        },
    )
