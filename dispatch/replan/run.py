"""The whole road of `dispatch replan`: read day and events, plan the rest again, write it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dispatch.errors import InputError
from dispatch.fieldwork import time_on_the_night
from dispatch.files.cells import clock_text
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.folder.read import read_written
from dispatch.folder.write import refuse_unwritable
from dispatch.model.problem import MAX_MB
from dispatch.replan.day import replan_of
from dispatch.replan.reading import read_events
from dispatch.replan.write import CHANGES, write_replanned
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.replan.day import OnReplan, ReplannedDay


@dataclass(frozen=True)
class ReplanOptions:
    """
    What to plan again, and where to write it: the options of `dispatch replan`.

    Parameters
    ----------
    folder
        Output directory of `dispatch plan` or `dispatch replan`.
    at_s
        The moment (seconds since midnight).
    events
        The file of events.
    out
        Output directory; None: the same.
    seed
        Of the random numbers.
    lang
        Language of pages and sentences.
    network
        Where the day's roads are now, if not where the folder says.
    """

    folder: Path
    at_s: int
    events: Path
    out: Path | None = None
    seed: int = 1
    lang: str = DEFAULT
    network: str | None = None

    @property
    def target(self) -> Path:
        """Return the folder that is written."""
        return self.out or self.folder


class _Header(BaseModel):
    """The keys of `changes.json` that a later replan needs."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    format: Literal["dispatch-changes/1"]
    number: int
    at_s: int


def replan(options: ReplanOptions, *, on_progress: OnReplan | None = None) -> ReplannedDay:
    """
    Plan a written day again from a moment on, and write it.

    Parameters
    ----------
    options
        What to do.
    on_progress
        As in `dispatch.replan.day.replan_of`.

    Raises
    ------
    InputError
        When the folder or the events are faulty, or the moment is before that of an earlier
        replan; nothing is written then.
    TravelError
        When a new visit is off the roads.
    """
    refuse_unwritable(options.target, folder=True)
    written = read_written(options.folder)
    everybody = [who for day in written.days.values() for who in day.problem.technicians]
    options = replace(options, at_s=time_on_the_night(options.at_s, everybody))
    number = _number(options)
    events = read_events(options.events, written, options.at_s)
    router = written.router(options.network)
    day = replan_of(
        written,
        events,
        options.at_s,
        router,
        number=number,
        seed=options.seed,
        source=options.events.name,
        on_progress=on_progress,
    )
    write_replanned(day, options.target, router.network, lang=options.lang)
    return day


def _number(options: ReplanOptions) -> int:
    """Return the number of this replan; its moment is not before that of the last one."""
    path = options.folder / CHANGES
    if not path.exists():
        return 1
    text = read_text(path, max_mb=MAX_MB)
    parse_json(text, CHANGES)
    try:
        last = _Header.model_validate_json(text)
    except ValidationError as error:
        raise InputError(faults_of(error, CHANGES, text, "json")) from error
    if options.at_s < last.at_s:
        message = f"the day was replanned at {clock_text(last.at_s)} already; what is past stays"
        source = "--at"
        raise InputError.one(source, message, value=clock_text(options.at_s))
    return last.number + 1
