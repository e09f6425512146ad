"""Edits applied to the day's problems, one after the other; an impossible edit is only reported.

An edit is possible when somebody could do what it asks if nothing else had to be done; the rules
are those of `checker.rules`. An impossible edit changes nothing: its visit is planned as if the
edit were not there. Two edits may each be possible alone and still be impossible together; only
the plan shows that (`held_by`).
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
        The edit; a lock lists its visits here.
    state
        Whether it was applied.
    centre
        Id of the centre whose problem it concerns; empty: there is none.
    rule
        Name of the rule that it breaks; empty: none.
    message
        The reason in words.
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
    Problems with edits applied.

    Parameters
    ----------
    problems
        The edited problems, by centre.
    statuses
        What became of each edit, in their order.
    dropped
        Dropped visits, by centre.
    """

    problems: dict[str, DayProblem]
    statuses: tuple[Status, ...]
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)


def apply_edits(
    problems: Mapping[str, DayProblem],
    edits: Sequence[Edit],
    rounds: Mapping[str, Sequence[str]] | None = None,
) -> Edited:
    """
    Apply edits to the day's problems.

    Parameters
    ----------
    problems
        The problems without edits, by centre. Where an edit gives a visit to a technician of
        another centre, that centre's problem already has the visit's place (`moved_visits`).
    edits
        In the order of `model.ordered`.
    rounds
        Visits of each technician's round in the plan before, for locks that list none.
    """
    editor = Editor(problems, rounds or {})
    statuses = []
    for edit in edits:
        try:
            centre, made, message = editor.apply(edit)
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
    rounds: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, set[str]]:
    """
    Return the visits that edits may give to other centres, by the centre that gets them.

    Parameters
    ----------
    homes, technicians
        Centre of each visit and technician, by id.
    edits, rounds
        As in `apply_edits`.
    """
    found: dict[str, set[str]] = {}
    for edit in edits:
        if not isinstance(edit, Pin | Lock) or edit.technician is None:
            continue
        visits = locked_visits(edit, rounds or {}) if isinstance(edit, Lock) else (edit.visit,)
        centre = technicians.get(edit.technician)
        if centre is None:
            continue
        for visit in visits or ():
            if homes.get(visit, centre) != centre:
                found.setdefault(centre, set()).add(visit)
    return found


def held_by(plans: Mapping[str, Plan], statuses: Sequence[Status]) -> tuple[Status, ...]:
    """
    Return what became of edits in the plans: a pinned visit without a stop makes its pin "unkept".

    Parameters
    ----------
    plans
        Plans of the edited problems, by centre.
    statuses
        What became of the edits before the search.
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
            message = f"possible alone, but not together with the other visits ({reason})"
            found.append(replace(status, state="unkept", message=message))
        else:
            found.append(status)
    return tuple(found)
