"""A technician's day as a calendar (iCalendar, RFC 5545) that updates what it was before.

An entry's UID is made of the day, the technician and the visit, so that it is the same
however often the day is planned. What changed since the calendar that lies in the folder
gains a SEQUENCE; what is gone stays, CANCELLED, so that it leaves the phone too. DTSTAMP
and LAST-MODIFIED count revisions (the eve of the day, 00:00 UTC, and a second a revision)
and tell nothing of the clock: the same plan gives the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Component, Event, Timezone, vGeo

from dispatch.errors import InputError
from dispatch.sheets.instants import ZONE, span
from dispatch.sheets.texts import few_lines, one_line
from dispatch.wording.formats import long_date, unit_count
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.sheets.content import Content
    from dispatch.views.itinerary import Itinerary, Step

PRODUCT = "-//Bordeaux Metropole//dispatch//FR"
DOMAIN = "dispatch.bordeaux-metropole.fr"
BREAK = "break"
DAY = "x-dispatch-day"
CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"
SUMMARY_CHARS, TEXT_CHARS, TEXT_LINES = 120, 4000, 60

# Europe/Paris as the law has it since 1996 (directive 2000/84/EC), by rules, as Outlook wants them.
# icalendar's own `add_missing_timezones` lists dates instead, and has summer begin an hour late.
PARIS = b"""\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:STANDARD
DTSTART:19961027T030000
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19970330T020000
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Entry:
    """
    One entry of a calendar.

    Parameters
    ----------
    uid
        Who it is, over all revisions.
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
    Return the UID of an entry; it tells nobody anything.

    Parameters
    ----------
    day
        The planned day.
    centre, technician
        Ids. One visit has another UID with another technician, so that who reads both
        calendars sees it leave the one and come to the other.
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
                text=_text(content, step),
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


def _text(content: Content, step: Step) -> str:
    say, words, visit = Speech(content.lang), content.words, step.visit
    pages, sheets = words.pages, words.sheets
    leg = f"{say.duration(step.leg.travel_s)}, {say.kilometres(step.leg.distance_m)}"
    about = [
        (sheets.visit_id, one_line(visit.id, 200)),
        (pages.priority, str(visit.priority)),
        (pages.window, content.windows(visit, step.ticket)),
        (pages.skills, ", ".join(content.skills(visit))),
        (sheets.equipment, unit_count(visit.load, content.lang) if visit.load else ""),
        (sheets.trip, leg),
        (sheets.link, content.link(step.ticket)),
    ]
    lines = [
        f"{word[:1].upper()}{word[1:]}{words.lists.wide_colon} {value}"
        for word, value in about
        if value
    ]
    return "\n".join([few_lines(step.ticket.description, TEXT_CHARS, TEXT_LINES), *lines]).strip()


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


def write_calendar(day: date, name: str, entries: Iterable[Entry]) -> bytes:
    """
    Return a calendar file (UTF-8, CRLF, lines folded).

    Parameters
    ----------
    day
        The planned day.
    name
        What phones call the calendar.
    entries
        What stands in it; at least one.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add(DAY, day.isoformat())
    eve = datetime.combine(day - timedelta(days=1), time(), tzinfo=UTC)
    calendar.add_component(Timezone.from_ical(PARIS))
    for entry in entries:
        calendar.add_component(_event(entry, eve))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, eve: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    stamp = eve + timedelta(seconds=entry.revision)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", entry.revision)
    event.add("status", entry.status)
    event.add("dtstart", _written(entry.start))
    event.add("dtend", _written(entry.end))
    event.add("summary", entry.summary)
    if entry.place:
        event.add("location", entry.place)
    if entry.text:
        event.add("description", entry.text)
    if entry.geo is not None:
        event.add("geo", entry.geo)
    if entry.link:
        event.add("url", entry.link)
    event.add("transp", "TRANSPARENT" if entry.status == CANCELLED else "OPAQUE")
    return event


def _written(at: datetime) -> datetime:
    """Return an instant as it can be written: a local hour that comes twice means its first."""
    return at.astimezone(UTC) if at.fold else at


def read_calendar(content: bytes, day: date, source: str) -> dict[str, Entry]:
    """
    Return the entries of a calendar that `write_calendar` wrote, by UID.

    Parameters
    ----------
    content
        The file.
    day
        The planned day. A calendar of another one has no entries to go on from: what it says
        has been, and is not cancelled.
    source
        Its name, for errors.

    Raises
    ------
    InputError
        When it is not such a calendar any more.
    """
    try:
        calendar = Calendar.from_ical(content)
        if str(calendar[DAY]) != day.isoformat():
            return {}
        found = [_entry(event) for event in calendar.walk("VEVENT")]
    except Exception as error:
        # icalendar lets through what it stumbles upon, down to OSError: it looks for the file of a
        # time zone by the name that the calendar gives.
        message = (
            "is not the calendar that an earlier run wrote; put it back, or delete it (phones "
            "then keep what has been cancelled since)"
        )
        raise InputError.one(source, message) from error
    return {entry.uid: entry for entry in found}


def _entry(event: Component) -> Entry:
    geo = event.get("geo")
    return Entry(
        uid=str(event["uid"]),
        start=_instant_of(event, "dtstart"),
        end=_instant_of(event, "dtend"),
        summary=str(event["summary"]),
        place=str(event.get("location", "")),
        text=str(event.get("description", "")),
        link=str(event.get("url", "")),
        geo=None if not isinstance(geo, vGeo) else (float(geo.latitude), float(geo.longitude)),
        status=str(event["status"]),
        revision=int(str(event["sequence"])),
    )


def _instant_of(event: Component, key: str) -> datetime:
    found = event.decoded(key)
    if not isinstance(found, datetime) or found.tzinfo is None:
        msg = f"{key} is no instant"
        raise ValueError(msg)
    return found.astimezone(ZONE)


def calendar_name(content: Content, technician: str) -> str:
    """Return what a technician's calendar is called."""
    day = long_date(content.day.problem.date, content.lang)
    return one_line(f"{content.words.sheets.round_of} {technician} – {day}", SUMMARY_CHARS)
