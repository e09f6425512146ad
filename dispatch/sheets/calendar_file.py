"""A calendar as a file (iCalendar, RFC 5545), written and read back.

DTSTAMP and LAST-MODIFIED count revisions (the eve of the day, 00:00 UTC, and a second a revision).
They do not depend on the clock: the same entries give the same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Component, Event, Timezone, vGeo

from dispatch.errors import InputError
from dispatch.sheets.calendar_text import CalendarText, texts_of_events
from dispatch.sheets.calendars import CANCELLED, Entry
from dispatch.sheets.instants import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRODUCT = "-//Bordeaux Metropole//dispatch//FR"
DAY = "x-dispatch-day"

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
        Its entries; at least one.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", CalendarText(name), encode=False)
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
    texts = {"summary": entry.summary, "location": entry.place, "description": entry.text}
    for name, text in texts.items():
        if text or name == "summary":
            event.add(name, CalendarText(text), encode=False)
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
        texts = texts_of_events(content.decode("utf-8"))
        events = calendar.walk("VEVENT")
        found = [_entry(event, own) for event, own in zip(events, texts, strict=True)]
    except Exception as error:
        # icalendar lets through what it stumbles upon, down to OSError: it looks for the file of a
        # time zone by the name that the calendar gives.
        message = (
            "is not the calendar that an earlier run wrote; put it back, or delete it (phones "
            "then keep what has been cancelled since)"
        )
        raise InputError.one(source, message) from error
    return {entry.uid: entry for entry in found}


def _entry(event: Component, texts: Mapping[str, str]) -> Entry:
    geo = event.get("geo")
    return Entry(
        uid=str(event["uid"]),
        start=_instant_of(event, "dtstart"),
        end=_instant_of(event, "dtend"),
        summary=texts["SUMMARY"],
        place=texts.get("LOCATION", ""),
        text=texts.get("DESCRIPTION", ""),
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
