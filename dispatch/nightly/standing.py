"""What stands of a day that was planned before: a centre that fails now keeps its earlier plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.errors import DispatchError, SolverError
from dispatch.folder.read import read_written

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.model.day import CentreDay
    from dispatch.planday.day import Day


def with_standing(planned: Day, folder: Path) -> tuple[Day, tuple[str, ...]]:
    """
    Give each centre that failed the plan which it has in the day's folder.

    Parameters
    ----------
    planned
        The day as it was planned now.
    folder
        The day as it was planned before; it need not be there.

    Returns
    -------
    day
        With these plans, their problems and their tickets; the failures say so.
    kept
        The centres that keep their earlier plan.
    """
    standing: dict[str, CentreDay] = {}
    for centre in planned.failures:
        try:
            standing |= read_written(folder, [centre]).days
        except DispatchError:  # no such folder, or the centre had no plan then either
            continue
    if not standing:
        return planned, ()
    edited = planned.edited
    works = {
        centre: replace(work, tickets=tuple(standing[centre].tickets.values()))
        if centre in standing
        else work
        for centre, work in edited.works.items()
    }
    problems = edited.problems | {name: day.problem for name, day in standing.items()}
    centres = {**planned.centres, **standing}
    order = [centre for centre in edited.works if centre in centres]
    failures = {
        centre: SolverError(f"{error}; the plan that was made before stays")
        if centre in standing
        else error
        for centre, error in planned.failures.items()
    }
    day = replace(
        planned,
        failures=failures,
        centres={centre: centres[centre] for centre in order},
        edited=replace(edited, works=works, problems=problems),
    )
    return day, tuple(standing)
