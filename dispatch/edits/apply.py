"""Edits put into the day's problems, one after the other; what is impossible is left out, and told.

An edit is possible when somebody could still do what it asks were it all that was to be done:
the rules are those of `checker.rules`. What is impossible changes nothing, so that its visit is
planned as if the edit were not there, and never lost. Two edits that are possible each may
still be impossible together; that only the plan tells (`kept`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dispatch.edits.editor import Editor, Impossible, locked_visits
from dispatch.edits.model import Lock, Pin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.edits.editor import EditState
    from dispatch.edits.model import Edit
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True, slots=True)
class Status:
    """
    What became of an edit.

    Parameters
    ----------
    edit
        The edit; a lock names its visits here.
    state
        Whether it was put in.
    centre
        Id of the centre whose problem it concerns; empty when it is in none.
    rule
        Name of the rule that it breaks; empty: none.
    message
        The same in words.
    """

    edit: Edit
    state: EditState
    centre: str = ""
    rule: str = ""
    message: str = ""

    def __str__(self) -> str:
        rule = f" ({self.rule})" if self.rule else ""
        return f"{self.edit}: {self.message}{rule}" if self.message else str(self.edit)


@dataclass(frozen=True)
class Edited:
    """
    Problems with edits put in.

    Parameters
    ----------
    problems
        By centre, those that are planned.
    statuses
        What became of each edit, in their order.
    dropped
        Visits dropped, by centre.
    """

    problems: dict[str, DayProblem]
    statuses: tuple[Status, ...]
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)


def apply_edits(
    problems: Mapping[str, DayProblem],
    edits: Sequence[Edit],
    before: Mapping[str, Sequence[str]] | None = None,
) -> Edited:
    """
    Put edits into the day's problems.

    Parameters
    ----------
    problems
        By centre, as they are without edits. A visit that an edit gives to another centre's
        technician has its place among that centre's places as well (`moved_visits`).
    edits
        In the order of `model.ordered`.
    before
        Visits of each technician's round in the plan before, for locks that name none.
    """
    editor = Editor(problems, before or {})
    statuses = []
    for edit in edits:
        try:
            centre, made, message = editor.put(edit)
            statuses.append(Status(made, "applied", centre, message=message))
        except Impossible as found:
            centre = editor.centre_of(edit)
            statuses.append(Status(edit, found.state, centre, found.rule, found.message))
    dropped = {name: tuple(visits) for name, visits in editor.dropped.items() if visits}
    return Edited(editor.problems, tuple(statuses), dropped)


def moved_visits(
    homes: Mapping[str, str],
    technicians: Mapping[str, str],
    edits: Sequence[Edit],
    before: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, set[str]]:
    """
    Return the visits that edits may give to other centres, by the centre that gets them.

    Parameters
    ----------
    homes, technicians
        Centre of each visit and technician, by id.
    edits, before
        As in `apply_edits`.
    """
    found: dict[str, set[str]] = {}
    for edit in edits:
        if not isinstance(edit, Pin | Lock) or edit.technician is None:
            continue
        visits = locked_visits(edit, before or {}) if isinstance(edit, Lock) else (edit.visit,)
        centre = technicians.get(edit.technician)
        if centre is None:
            continue
        for visit in visits or ():
            if homes.get(visit, centre) != centre:
                found.setdefault(centre, set()).add(visit)
    return found


def held_by(plans: Mapping[str, Plan], statuses: Sequence[Status]) -> tuple[Status, ...]:
    """
    Return what became of edits once there are plans: pins without a stop are "unkept".

    Parameters
    ----------
    plans
        Plans of the edited problems, by centre.
    statuses
        What became of the edits.
    """
    found = []
    for status in statuses:
        plan = plans.get(status.centre)
        left = {} if plan is None else {entry.visit: entry.reason for entry in plan.unassigned}
        if (
            isinstance(status.edit, Pin)
            and status.state == "applied"
            and status.edit.visit in left
            and not status.edit.optional
        ):
            reason = left[status.edit.visit]
            message = f"possible alone, but no round has room for it beside the others ({reason})"
            found.append(replace(status, state="unkept", message=message))
        else:
            found.append(status)
    return tuple(found)
