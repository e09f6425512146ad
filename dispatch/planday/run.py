"""The whole road of `dispatch plan`: read the inputs, plan the day, write it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.edits.files import kept_edits, rounds_before
from dispatch.folder.replacing import put_back_killed
from dispatch.folder.write import refuse_unwritable
from dispatch.planday.evenness import with_even
from dispatch.planday.inputs import read_inputs
from dispatch.planday.plan import plan_of
from dispatch.planday.write import write_day
from dispatch.solve.side_by_side import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.edits.apply import Status
    from dispatch.planday.day import Day
    from dispatch.planday.inputs import PlanOptions
    from dispatch.solve.progress import Progress
    from dispatch.tickets.reading import Reading


def plan_day(
    options: PlanOptions,
    *,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_edits: Callable[[tuple[Status, ...], bool], None] | None = None,
    on_reading: Callable[[Reading], None] | None = None,
) -> Day:
    """
    Plan a day and write its output directory.

    Parameters
    ----------
    options
        What to plan, and where to write it.
    on_progress
        As in `dispatch.solve.side_by_side.plan_all`.
    on_edits
        Called before the search, where there are edits by hand, with what became of each and
        whether they are those that the output directory holds.
    on_reading
        Called before the search with what was read of the visits.

    Raises
    ------
    InputError
        When a file is faulty or the folder cannot be written; nothing is written then.
    """
    refuse_unwritable(options.out, folder=True)
    # Edits and rounds of the day before are read from there.
    put_back_killed(options.out)
    inputs = read_inputs(options)
    if options.even is not None:
        inputs = with_even(inputs, options.even)
    if on_reading is not None and inputs.reading is not None:
        on_reading(inputs.reading)
    edits = inputs.edits
    if edits is None and options.keep_edits:
        edits = kept_edits(options.out, inputs.service.limits, options.date)
    if edits is not None:
        edits = replace(edits, rounds=rounds_before(options.out, options.date))
    kept = inputs.edits is None

    def tell(statuses: tuple[Status, ...]) -> None:
        if on_edits is not None:
            on_edits(statuses, kept)

    day = plan_of(
        inputs,
        edits,
        search=Settings(options.effort, options.seed, options.time_limit_s),
        workers=options.workers,
        on_edits=tell,
        on_progress=on_progress,
    )
    write_day(day, options.out, lang=options.lang, tiles=options.tiles, workers=options.workers)
    return day
