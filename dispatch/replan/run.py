"""A day's folder read, replanned from a moment on, and written so that nothing is lost.

The folder holds the day as it is now, as `dispatch plan` would have written it; beside that:

- `changes.json`, `changes.txt`: what the last replan changed, of each centre;
- `earlier/<n>/`: the folder as it was before the n-th replan (its plan, problems, inputs and
  tables), which `dispatch check` and another replan read as any other.

`plan.json` is put in its place last: a replan that is killed leaves the earlier day whole in
`earlier/<n>/`, and a folder that the check takes for what it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dispatch.errors import InputError
from dispatch.files.cells import clock_text
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.folder.read import ROUNDS, TICKETS, DayTickets, read_written
from dispatch.folder.write import OURS, PLAN_FILE, problem_file, refuse_unwritable, write_folder
from dispatch.model.day import CentreDay, Work, visit_of, ways_of
from dispatch.model.problem import MAX_MB
from dispatch.planday.pages import pages_of_day
from dispatch.replan.changed import changed_day
from dispatch.replan.changes import Change, changes_of, sentences
from dispatch.replan.past import standings
from dispatch.replan.planner import Replanned, replanned
from dispatch.replan.reading import read_events
from dispatch.replan.sites import with_new_sites
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import minutes
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dispatch.folder.read import Written
    from dispatch.replan.changed import Changed
    from dispatch.replan.events import Events
    from dispatch.streets.router import Router

CHANGES, CHANGES_TEXT = "changes.json", "changes.txt"
EARLIER = "earlier"
CHANGES_FORMAT: Literal["dispatch-changes/1"] = "dispatch-changes/1"


@dataclass(frozen=True)
class ReplanOptions:
    """
    What to replan, and where to write it: the options of `dispatch replan`.

    Parameters
    ----------
    folder
        A folder that `dispatch plan` or `dispatch replan` wrote.
    at_s
        The moment (seconds since midnight).
    events
        The file of events.
    out
        Folder to write; None: the same.
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


@dataclass(frozen=True)
class CentreOutcome:
    """
    One centre, replanned.

    Parameters
    ----------
    before, day
        The centre's day as it was and as it is now.
    changed
        What was to be planned.
    found
        The plan, with what it changes.
    changes
        The differences.
    """

    before: CentreDay
    day: CentreDay
    changed: Changed
    found: Replanned
    changes: tuple[Change, ...]

    def figures(self) -> dict[str, Any]:
        """Return the objective and its parts (seconds), and how many visits changed."""
        cost, prices = self.found.plan.cost_s, self.found.prices
        return {
            "total_s": self.found.total_s,
            "plan_s": cost.total,
            "travel_s": cost.travel,
            "unassigned_s": cost.unassigned,
            "overtime_s": cost.overtime,
            "prices_s": prices.total_s,
            "changed_technician": prices.technician,
            "changed_order": prices.order,
            "shifted_appointment": prices.shifted,
            "repair_total_s": self.found.repaired_s,
            "travel_before_s": self.before.plan.cost_s.travel,
            "visits_left": len(self.found.plan.unassigned),
        }


@dataclass(frozen=True)
class Outcome:
    """
    What was written.

    Parameters
    ----------
    number
        Which replan of the day it is, from 1.
    folder
        Where.
    centres
        The centres that events were about, by id.
    """

    number: int
    folder: Path
    centres: Mapping[str, CentreOutcome]


class _Header(BaseModel):
    """What a later replan has to know of `changes.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    format: Literal["dispatch-changes/1"]
    number: int
    at_s: int


def replan(
    request: ReplanOptions, *, on_progress: Callable[[str, int, int], None] | None = None
) -> Outcome:
    """
    Replan a day's folder from a moment on, and write it.

    Parameters
    ----------
    request
        What to do.
    on_progress
        Called with the centre, the iterations done and the objective so far (seconds).

    Raises
    ------
    InputError
        When the folder or the events are faulty, or the moment lies before that of an earlier
        replan; nothing is written then.
    TravelError
        When a new visit is off the roads.
    """
    out = request.out or request.folder
    refuse_unwritable(out, folder=True)
    written = read_written(request.folder)
    number = _number(request)
    told = read_events(request.events, written, request.at_s)
    router = written.router(request.network)
    done = {
        centre: _centre(request, written, centre, events, router, on_progress)
        for centre, events in told.items()
    }
    _write(request, out, written, number, done, router)
    return Outcome(number, out, done)


def _number(request: ReplanOptions) -> int:
    """Return the number of this replan; an earlier one may not have been of a later moment."""
    path = request.folder / CHANGES
    if not path.exists():
        return 1
    text = read_text(path, max_mb=MAX_MB)
    parse_json(text, CHANGES)
    try:
        last = _Header.model_validate_json(text)
    except ValidationError as error:
        raise InputError(faults_of(error, CHANGES, text, "json")) from error
    if request.at_s < last.at_s:
        message = f"the day was replanned at {clock_text(last.at_s)} already; what is past stays"
        source = "--at"
        raise InputError.one(source, message, value=clock_text(request.at_s))
    return last.number + 1


def _centre(
    request: ReplanOptions,
    written: Written,
    centre: str,
    events: Events,
    router: Router,
    on_progress: Callable[[str, int, int], None] | None,
) -> CentreOutcome:
    before = written.days[centre]
    settings = written.service.replan
    standing = standings(before.problem, before.plan, events, request.at_s)
    _refuse_unbegun(request, events, {stay.visit for s in standing.values() for stay in s.stays})
    travel = with_new_sites(written, before, events.new, router) if events.new else None
    new = [visit_of(ticket, written.day.date, written.service) for ticket in events.new]
    changed = changed_day(
        before.problem, before.plan, events, standing, request.at_s, travel=travel, new=new
    )

    def tell(iterations: int, cost_s: int) -> None:
        if on_progress is not None:
            on_progress(centre, iterations, cost_s)

    found = replanned(changed, settings, request.seed, tell)
    tickets = {**before.tickets, **{ticket.id: ticket for ticket in events.new}}
    kept = {visit.id: tickets[visit.id] for visit in changed.problem.visits}
    work = Work(before.centre, changed.problem.technicians, tuple(kept.values()))
    lines = ways_of(work, changed.problem, found.plan, written.service, written.communes, router)
    day = CentreDay(before.centre, changed.problem, found.plan, kept, lines, before.sample)
    changes = changes_of(changed, before.plan, found.plan, events, settings)
    return CentreOutcome(before, day, changed, found, tuple(changes))


def _refuse_unbegun(request: ReplanOptions, events: Events, settled: set[str]) -> None:
    """Refuse an expected end of a visit that nobody has begun, which would be passed over."""
    faults = [
        fault
        for visit, told in events.longer.items()
        if told.end_s is not None and visit not in settled
        for fault in InputError.one(
            request.events.name,
            f"has not begun at {clock_text(request.at_s)}; give its length, `duration_min`",
            where=f"longer {visit}",
            value=clock_text(told.end_s),
        ).faults
    ]
    if faults:
        raise InputError(faults)


def _write(
    request: ReplanOptions,
    out: Path,
    written: Written,
    number: int,
    done: Mapping[str, CentreOutcome],
    router: Router,
) -> None:
    days = {
        centre: done[centre].day if centre in done else day for centre, day in written.days.items()
    }
    plans = {centre: day.plan for centre, day in days.items()}
    day = written.day.model_copy(
        update={"plans": plans, "summary": {name: p.summary() for name, p in plans.items()}}
    )
    files = _earlier(request.folder, out, number)
    files |= {problem_file(centre): found.day.problem.to_json() for centre, found in done.items()}
    files |= {
        name: _text(request.folder / name)
        for pattern in (*OURS, "inputs/**/*.*")
        for name in _names(request.folder, pattern)
        if name not in files
    }
    tickets = DayTickets(
        date=written.day.date,
        centres={centre: tuple(found.tickets.values()) for centre, found in days.items()},
    )
    files[TICKETS] = tickets.to_json()
    files |= pages_of_day(
        day,
        list(days.values()),
        written.service,
        written.territory,
        router.network,
        lang=request.lang,
        changes={name: sentences(found.changes, request.lang) for name, found in done.items()},
    )
    files |= {
        CHANGES: changes_json(request, number, done),
        CHANGES_TEXT: changes_text(request, done),
    }
    write_folder(out, files, day)


def _names(folder: Path, pattern: str) -> list[str]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _earlier(folder: Path, out: Path, number: int) -> dict[str, str]:
    """Return the files of the day before this replan, and, elsewhere, those of the ones before."""
    kept = [PLAN_FILE, ROUNDS, CHANGES, CHANGES_TEXT, "stops.csv", "unassigned.csv"]
    names = [name for name in kept if (folder / name).exists()]
    names += [*_names(folder, "problems/*.json"), *_names(folder, "inputs/**/*.*")]
    files = {f"{EARLIER}/{number}/{name}": _text(folder / name) for name in names}
    if out.resolve() != folder.resolve():
        files |= {name: _text(folder / name) for name in _names(folder, f"{EARLIER}/**/*.*")}
    return files


def _text(path: Path) -> str:
    """Return a file of ours word for word, line ends included."""
    return path.read_bytes().decode("utf-8")


def changes_json(request: ReplanOptions, number: int, done: Mapping[str, CentreOutcome]) -> str:
    """Return what changed as JSON text: the moment, and of each centre figures and changes."""
    content = {
        "format": CHANGES_FORMAT,
        "number": number,
        "at_s": request.at_s,
        "seed": request.seed,
        "centres": {
            centre: {
                "figures": found.figures(),
                "changes": [
                    change.to_dict() | {"text": text}
                    for change, text in zip(
                        found.changes, sentences(found.changes, request.lang), strict=False
                    )
                ],
            }
            for centre, found in done.items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def changes_text(request: ReplanOptions, done: Mapping[str, CentreOutcome]) -> str:
    """Return what changed as plain text for people, a paragraph a centre."""
    at = clock_text(request.at_s)
    lines = []
    for found in done.values():
        head = catalogue(request.lang).changes.heading.format(centre=found.day.centre.name, time=at)
        lines += [head, *(f"- {line}" for line in sentences(found.changes, request.lang))]
        lines += [f"  {figures_line(found, request.lang)}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def figures_line(found: CentreOutcome, lang: str) -> str:
    """Return the figures of a centre's replan in a line."""
    prices = found.found.prices
    more = minutes(abs(drive := _driven_more(found)))
    sign = "-" if drive < 0 else "+"
    return catalogue(lang).changes.figures.format(
        driving=f"{sign}{more}",
        technicians=prices.technician,
        orders=prices.order,
        shifted=prices.shifted,
        price=minutes(prices.total_s),
        unassigned=len(found.found.plan.unassigned),
    )


def _driven_more(found: CentreOutcome) -> int:
    return found.found.plan.cost_s.travel - found.before.plan.cost_s.travel
