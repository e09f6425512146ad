"""The planned day of all centres, in memory: nothing of it is written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.folder.write import DayFile, NetworkUsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.edits.apply import Status
    from dispatch.edits.day import EditedDay
    from dispatch.edits.model import Edits
    from dispatch.errors import DispatchError
    from dispatch.fieldwork import Ticket
    from dispatch.model.day import CentreDay
    from dispatch.model.plan import Plan
    from dispatch.planday.inputs import Inputs
    from dispatch.solve.side_by_side import Settings


@dataclass(frozen=True)
class Day:
    """
    A planned day: each plan has passed the checker.

    Parameters
    ----------
    inputs
        What it was planned from.
    search
        How it was searched: effort, seed, time limit.
    centres
        The day of each centre that has a plan, by its id, in the order of the request.
    failures
        Why the other centres have none, by id.
    edits
        The edits by hand; None: there were none.
    edited
        The problems with edits and without, and the visits that edits dropped.
    statuses
        What became of each edit.
    later
        Tickets that may not be planned on that day yet, by centre.
    lost
        How the process of a centre was lost; the centre was then tried again, alone.
    untold
        Why no chances are told of a centre whose service states how much lengths vary, by id.
    """

    inputs: Inputs
    search: Settings
    centres: Mapping[str, CentreDay]
    failures: Mapping[str, DispatchError]
    edits: Edits | None
    edited: EditedDay
    statuses: tuple[Status, ...] = ()
    later: Mapping[str, tuple[Ticket, ...]] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)

    @property
    def plans(self) -> dict[str, Plan]:
        """Return the plan of each centre that has one, by id."""
        return {centre: day.plan for centre, day in self.centres.items()}

    @property
    def exit_code(self) -> int:
        """Return the exit code of the worst failure; 0: there is none."""
        return max((error.exit_code for error in self.failures.values()), default=0)

    def as_file(self) -> DayFile:
        """Return the content of `plan.json`."""
        inputs, roads = self.inputs, self.inputs.roads
        plans = self.plans
        return DayFile(
            date=inputs.date,
            network=NetworkUsed.of(roads.network, roads.named),
            seed=self.search.seed,
            effort=self.search.effort,
            sample=inputs.sample,
            traffic=roads.traffic,
            summary={centre: plan.summary() for centre, plan in plans.items()},
            plans=plans,
            failures={centre: str(error) for centre, error in self.failures.items()},
            chances={
                centre: shown.chances
                for centre, shown in self.centres.items()
                if shown.chances is not None
            },
        )
