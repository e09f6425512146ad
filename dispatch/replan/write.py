"""A day planned again as files; the day before stays whole in `earlier/<n>/`.

The output directory holds the day as it is now, as `dispatch plan` would have written it, and:

- `changes.json`, `changes.txt`: what the last replan changed, centre by centre;
- `earlier/<n>/`: the directory as it was before the n-th replan (its plan, problems, inputs and
  tables), which `dispatch check` and another replan read like any other.

All files are new or all are old (`dispatch.folder.replacing`): what a killed replan has moved is
put back by the next command that reads the directory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from dispatch.files.cells import clock_text
from dispatch.folder.read import ROUNDS, TICKETS, DayTickets
from dispatch.folder.write import OURS, PLAN_FILE, problem_file, write_folder
from dispatch.planday.pages import pages_of_day
from dispatch.replan.changes import sentences
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import minutes

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.replan.day import ReplannedCentre, ReplannedDay
    from dispatch.streets.network import Network

CHANGES, CHANGES_TEXT = "changes.json", "changes.txt"
EARLIER = "earlier"
CHANGES_FORMAT: Literal["dispatch-changes/1"] = "dispatch-changes/1"


def write_replanned(day: ReplannedDay, out: Path, network: Network, *, lang: str) -> None:
    """
    Write a day planned again.

    Parameters
    ----------
    day
        The day.
    out
        Output directory; the one that the day was read from, or another.
    network
        The roads, for the maps.
    lang
        Language of pages and sentences.

    Raises
    ------
    InputError
        When the folder cannot be written to; its files are then as they were.
    """
    written, days = day.written, day.days
    plans = {centre: shown.plan for centre, shown in days.items()}
    summary = {centre: plan.summary() for centre, plan in plans.items()}
    chances = {centre: shown.chances for centre, shown in days.items() if shown.chances}
    now = {"plans": plans, "summary": summary, "chances": chances}
    said = written.day.model_copy(update=now)
    files = _earlier(written.folder, out, day.number)
    files |= {
        problem_file(name): found.day.problem.to_json() for name, found in day.centres.items()
    }
    files |= {
        name: _text(written.folder / name)
        for pattern in (*OURS, "inputs/**/*.*")
        for name in _names(written.folder, pattern)
        if name not in files
    }
    tickets = DayTickets(
        date=said.date,
        centres={centre: tuple(shown.tickets.values()) for centre, shown in days.items()},
    )
    files[TICKETS] = tickets.to_json()
    files |= pages_of_day(
        said,
        list(days.values()),
        written.service,
        written.territory,
        network,
        lang=lang,
        changes={name: sentences(found.changes, lang) for name, found in day.centres.items()},
    )
    files |= {CHANGES: changes_json(day, lang), CHANGES_TEXT: changes_text(day, lang)}
    write_folder(out, files, said)


def _names(folder: Path, pattern: str) -> list[str]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _earlier(folder: Path, out: Path, number: int) -> dict[str, str]:
    """Return the files of the day before this replan; in another folder, also of those before."""
    written = [PLAN_FILE, ROUNDS, CHANGES, CHANGES_TEXT, "stops.csv", "unassigned.csv"]
    names = [name for name in written if (folder / name).exists()]
    names += [*_names(folder, "problems/*.json"), *_names(folder, "inputs/**/*.*")]
    files = {f"{EARLIER}/{number}/{name}": _text(folder / name) for name in names}
    if out.resolve() != folder.resolve():
        files |= {name: _text(folder / name) for name in _names(folder, f"{EARLIER}/**/*.*")}
    return files


def _text(path: Path) -> str:
    """Return a file of ours word for word, line ends included."""
    return path.read_bytes().decode("utf-8")


def changes_json(day: ReplannedDay, lang: str) -> str:
    """Return what changed as JSON text: the moment, and the figures and changes of each centre."""
    content = {
        "format": CHANGES_FORMAT,
        "number": day.number,
        "at_s": day.at_s,
        "seed": day.seed,
        "centres": {
            centre: {
                "figures": found.figures(),
                "changes": [
                    change.to_dict() | {"text": text}
                    for change, text in zip(
                        found.changes, sentences(found.changes, lang), strict=False
                    )
                ],
            }
            for centre, found in day.centres.items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def changes_text(day: ReplannedDay, lang: str) -> str:
    """Return what changed as plain text for people, a paragraph a centre."""
    at = clock_text(day.at_s)
    lines = []
    for found in day.centres.values():
        head = catalogue(lang).changes.heading.format(centre=found.day.centre.name, time=at)
        lines += [head, *(f"- {line}" for line in sentences(found.changes, lang))]
        lines += [f"  {figures_line(found, lang)}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def figures_line(found: ReplannedCentre, lang: str) -> str:
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


def _driven_more(found: ReplannedCentre) -> int:
    return found.found.plan.cost_s.travel - found.before.plan.cost_s.travel
