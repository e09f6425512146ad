"""The entries of a technician's calendar, and how they follow those of the calendar before.

An entry's UID is made of the day, the technician and the visit, so that it is the same
however often the day is planned. An entry that has changed since the calendar in the folder
gains a SEQUENCE. An entry that is gone stays as CANCELLED, so that phones delete it too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.sheets.instants import span
from dispatch.sheets.texts import few_lines, one_line
from dispatch.wording.formats import long_date, unit_count
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from dispatch.sheets.content import Content
    from dispatch.views.itinerary import Itinerary, Step

DOMAIN = "dispatch.bordeaux-metropole.fr"
BREAK = "break"
CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"
SUMMARY_CHARS, TEXT_CHARS, TEXT_LINES = 120, 4000, 60


@dataclass(frozen=True)
class Entry:
    """
    One entry of a calendar.

    Parameters
    ----------
    uid
        Identifies the entry over all revisions.
    start, end
        With their time zone.
    summary, place, text, link
        What people read; any but the summary may be empty.
    geo
        Latitude, longitude (degrees), or None.
    status
        "CONFIRMED" or "CANCELLED".
    revision
        SEQUENCE: how often it has changed.
    """

    uid: str
    start: datetime
    end: datetime
    summary: str
    place: str = ""
    text: str = ""
    link: str = ""
    geo: tuple[float, float] | None = None
    status: str = CONFIRMED
    revision: int = 0


def uid_of(day: date, centre: str, technician: str, what: str) -> str:
    """
    Return the UID of an entry, a digest that reveals nothing.

    Parameters
    ----------
    day
        The planned day.
    centre, technician
        Ids. One visit has another UID with another technician, so that a reader of
        both calendars sees it leave the one and enter the other.
    what
        The visit's id after "visit/", or "break".
    """
    parts = "\0".join((day.isoformat(), centre, technician, what))
    digest = hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:32]}@{DOMAIN}"


def entries_of(content: Content, itinerary: Itinerary) -> list[Entry]:
    """Return the entries of a round: its visits and its break, in their order."""
    day, centre = content.day.problem.date, content.day.centre.id
    technician = itinerary.technician.id
    found = []
    for step in itinerary.steps:
        start, end = span(day, step.stop.start_s, step.stop.end_s)
        town = content.town(step.ticket)
        job = one_line(step.ticket.description, 80)
        found.append(
            Entry(
                uid=uid_of(day, centre, technician, f"visit/{step.visit.id}"),
                start=start,
                end=end,
                summary=one_line(" – ".join(p for p in (step.code, town, job) if p), SUMMARY_CHARS),
                place=one_line(content.place(step.ticket), 300),
                text=_text(content, itinerary, step),
                link=content.link(step.ticket),
                geo=(round(step.ticket.lat, 6), round(step.ticket.lon, 6)),
            )
        )
    pause = itinerary.round.break_
    if pause is not None:
        start, end = span(day, pause.start_s, pause.end_s)
        uid = uid_of(day, centre, technician, BREAK)
        found.append(Entry(uid, start, end, content.words.pages.break_))
    return sorted(found, key=lambda entry: (entry.start, entry.uid))


def _text(content: Content, itinerary: Itinerary, step: Step) -> str:
    say, words, visit = Speech(content.lang), content.words, step.visit
    pages, sheets = words.pages, words.sheets
    leg = f"{say.duration(step.leg.travel_s)}, {say.kilometres(step.leg.distance_m)}"
    about = [
        (pages.time, _promise(content, itinerary, step)),
        (sheets.visit_id, one_line(visit.id, 200)),
        (pages.priority, str(visit.priority)),
        (pages.window, content.windows(visit, step.ticket)),
        (pages.skills, ", ".join(content.skills(visit))),
        (sheets.equipment, unit_count(visit.load, content.lang) if visit.load else ""),
        (sheets.trip, leg),
        (pages.streets, content.streets_to(itinerary, step.number - 1)),
        (sheets.link, content.link(step.ticket)),
    ]
    lines = [
        f"{word[:1].upper()}{word[1:]}{words.lists.wide_colon} {value}"
        for word, value in about
        if value
    ]
    return "\n".join([few_lines(step.ticket.description, TEXT_CHARS, TEXT_LINES), *lines]).strip()


def _promise(content: Content, itinerary: Itinerary, step: Step) -> str:
    """Return when the service starts nine times out of ten, in words; nothing: not told."""
    sure = content.surety(itinerary, step)
    if sure is None:
        return ""
    return Speech(content.lang).promise(sure.promise.from_s, sure.promise.until_s)


def revised(entries: Iterable[Entry], before: Mapping[str, Entry], cancelled: str) -> list[Entry]:
    """
    Return the entries of a calendar after those of the one before it.

    Parameters
    ----------
    entries
        What the plan says now, all confirmed.
    before
        What the calendar of the same day said before, by UID.
    cancelled
        What goes before the summary of a cancelled entry, for calendars that show it: "Annulé : ".

    Returns
    -------
    revised
        What is as it was keeps its revision; what changed, was cancelled or has come back has
        the next one.
    """
    found = []
    for entry in entries:
        old = before.get(entry.uid)
        if old is None:
            found.append(entry)
        elif replace(old, revision=0) == replace(entry, revision=0):
            found.append(old)
        else:
            found.append(replace(entry, revision=old.revision + 1))
    now = {entry.uid for entry in found}
    for uid, old in before.items():
        if uid in now:
            continue
        if old.status == CANCELLED:
            found.append(old)
        else:
            gone = replace(old, status=CANCELLED, summary=f"{cancelled}{old.summary}")
            found.append(replace(gone, revision=old.revision + 1))
    return sorted(found, key=lambda entry: (entry.start, entry.uid))


def calendar_name(content: Content, technician: str) -> str:
    """Return what a technician's calendar is called."""
    day = long_date(content.day.problem.date, content.lang)
    return one_line(f"{content.words.sheets.round_of} {technician} – {day}", SUMMARY_CHARS)
