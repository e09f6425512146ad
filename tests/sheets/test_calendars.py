"""Calendars: an update replaces and never doubles, and hours are right when clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from dispatch.errors import InputError
from dispatch.fieldwork import TimeWindow
from dispatch.sheets.calendar_file import read_calendar, write_calendar
from dispatch.sheets.calendars import CANCELLED, CONFIRMED, Entry, entries_of, revised, uid_of
from dispatch.sheets.instants import ZONE, instant, span
from tests.support.pages_fixture import DAY, HOSTILE
from tests.support.sheets_fixture import long_round, on, small_content

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HOUR_S = 3600
WORD = "Annulé : "


def entry(uid, start_s=30_000, end_s=33_600, day=DAY, **values: object):
    """Return an entry of a day."""
    start, end = span(day, start_s, end_s)
    return Entry(**{"uid": uid, "start": start, "end": end, "summary": uid, **values})


def by_uid(entries):
    """Return entries as a calendar read back gives them."""
    return {found.uid: found for found in entries}


def events(written):
    """Return the events of a file, read by icalendar."""
    return Calendar.from_ical(written).walk("VEVENT")


# --- hours ---


@pytest.mark.parametrize(
    ("day", "start_s", "end_s", "starts", "ends"),
    [
        # An ordinary day of winter, then of summer: one and two hours from UTC.
        (DAY, 8 * HOUR_S, 9 * HOUR_S, "07:00", "08:00"),
        (date(2026, 7, 1), 8 * HOUR_S, 9 * HOUR_S, "06:00", "07:00"),
        # The clock on the wall shows 8:00, whatever it did in the night.
        (SPRING, 8 * HOUR_S, 9 * HOUR_S, "06:00", "07:00"),
        (AUTUMN, 8 * HOUR_S, 9 * HOUR_S, "07:00", "08:00"),
        # An hour of work over the change takes an hour.
        (SPRING, 5400, 9000, "00:30", "01:30"),
        (AUTUMN, 9000, 12_600, "00:30", "01:30"),
        # 2:30 is not shown in spring: it is an hour later.
        (SPRING, 9000, 12_600, "01:30", "02:30"),
        # After midnight of the next day: winter has begun.
        (AUTUMN - timedelta(days=1), 30 * HOUR_S, 31 * HOUR_S, "05:00", "06:00"),
    ],
)
def test_a_time_of_the_plan_is_an_instant(day, start_s, end_s, starts, ends):
    """Written as UTC, computed by hand."""
    start, end = span(day, start_s, end_s)
    assert [at.astimezone(UTC).strftime("%H:%M") for at in (start, end)] == [starts, ends]


@settings(deadline=None, max_examples=50)
@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 2 * 86_400), st.integers(0, 86_400)
)
def test_something_lasts_as_long_as_it_takes(day, start_s, length_s):
    """On every day of the century, through every clock change."""
    start, end = span(day, start_s, start_s + length_s)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(seconds=length_s)
    # It is an instant that the clock shows.
    assert start.astimezone(UTC).astimezone(ZONE) == start


@pytest.mark.parametrize("day", [DAY, SPRING, AUTUMN])
def test_hours_survive_the_file(day):
    """Read back by icalendar, from the file's own time zone; an hour that comes twice too."""
    starts = [5400, 9000, 12_600, 30_000]
    written = write_calendar(day, "x", [entry(str(s), s, s + HOUR_S, day) for s in starts])
    for event in events(written):
        start, end = span(day, int(event["uid"]), int(event["uid"]) + HOUR_S)
        assert event.start.astimezone(UTC) == start.astimezone(UTC)
        assert event.end.astimezone(UTC) == end.astimezone(UTC)


def test_the_time_zone_in_the_file_is_that_of_paris():
    """Each hour around the clock changes of three years, against the zone's own table."""
    written = write_calendar(DAY, "x", [entry("a")])
    [zone] = Calendar.from_ical(written).walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Paris"
    theirs = zone.to_tz(lookup_tzid=False)
    for day in (SPRING, AUTUMN, date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26)):
        for hour in range(24):
            wall = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
            if wall.hour == 2:  # shown twice, or never
                continue
            ours = instant(day, hour * HOUR_S).utcoffset()
            assert wall.replace(tzinfo=theirs).utcoffset() == ours, wall
    # By rules: Outlook knows no list of dates.
    assert written.count(b"RRULE:FREQ=YEARLY") == 2


# --- what stands in it ---


def test_a_round_is_its_visits_and_its_break():
    """T1: V1, V2, the break, V3; place, position, link and text of each."""
    content = small_content()
    found = entries_of(content, content.rounds[0])
    assert [e.start.strftime("%H:%M") for e in found] == ["08:10", "08:50", "09:30", "10:30"]
    first, _, pause, _ = found
    assert first.summary == "A1 – Pessac – Poste qui ne démarre plus"
    assert first.place == "Mairie, place de la Ve-République, Pessac"
    assert first.geo == (44.806, -0.632)
    assert first.link.endswith("44.80600,-0.63200")
    for said in (
        "N° de visite\u00a0: V1",
        "Créneau\u00a0: 08:00–12:00",
        "Réseau et câblage",
        "10\u00a0min",
    ):
        assert said in first.text
    assert (pause.summary, pause.place, pause.text) == ("Pause", "", "")
    english = small_content(lang="en")
    assert "Visit no.: V1" in entries_of(english, english.rounds[0])[0].text


def test_a_calendar_is_read_back_as_it_was_written():
    """Every field, whatever the texts; so nothing seems changed that is not."""
    for text in (None, HOSTILE, 'a;b,c\\n:d"e\r\nBEGIN:VEVENT\nATTACH:x', "=1+1 é" * 90):
        content = small_content(text)
        for itinerary in content.rounds:
            entries = entries_of(content, itinerary)
            written = write_calendar(DAY, "x", entries)
            assert read_calendar(written, DAY, "x.ics") == by_uid(entries)
            assert len(events(written)) == len(entries)
            assert b"ATTACH" not in [line[:6] for line in written.split(b"\r\n")]
            # Lines of 75 bytes at most, as the format asks.
            assert max(map(len, written.split(b"\r\n"))) <= 75


def test_nobody_is_named():
    """A telephone number in a description is withheld."""
    content = long_round(1, description="Appeler le 06 12 34 56 78")
    assert b"06 12" not in write_calendar(DAY, "x", entries_of(content, content.rounds[0]))


# --- updates ---


def test_a_uid_depends_on_day_technician_and_visit_alone():
    """Two runs agree; another day, centre, technician or visit is another entry."""
    content = small_content()
    once, again = (by_uid(entries_of(content, content.rounds[0])) for _ in range(2))
    assert set(once) == set(again)
    moved = replace(content, day=on(content.day, date(2026, 11, 26)))
    assert not set(once) & set(by_uid(entries_of(moved, moved.rounds[0])))
    base = (DAY, "sud", "T1", "visit/V1")
    others = [(DAY, "nord", *base[2:]), (*base[:2], "T2", base[3]), (*base[:3], "visit/V2")]
    assert len({uid_of(*key) for key in (base, *others)}) == 4


def test_what_is_unchanged_stays_byte_for_byte():
    """Planned again with the same result: the same file."""
    content = small_content()
    entries = entries_of(content, content.rounds[0])
    written = write_calendar(DAY, "x", entries)
    again = revised(entries, read_calendar(written, DAY, "x"), WORD)
    assert write_calendar(DAY, "x", again) == written


def test_what_has_moved_is_a_later_revision_of_the_same_entry():
    """A later hour: SEQUENCE, LAST-MODIFIED and DTSTAMP grow, so that the phone replaces it."""
    [first] = revised([entry("a")], {}, WORD)
    [second] = revised([entry("a", 36_000, 39_600)], by_uid([first]), WORD)
    [third] = revised([entry("a")], by_uid([second]), WORD)
    assert [e.revision for e in (first, second, third)] == [0, 1, 2]
    stamps = []
    for revision in (first, second, third):
        [event] = events(write_calendar(DAY, "x", [revision]))
        assert (event["uid"], int(event["sequence"])) == ("a", revision.revision)
        assert event["dtstamp"].dt == event["last-modified"].dt
        stamps.append(event["dtstamp"].dt)
    # A counter from the eve of the day, not a clock.
    assert stamps[0] == datetime(2026, 11, 24, tzinfo=UTC)
    assert stamps == sorted(set(stamps))


def test_what_is_gone_is_cancelled_and_may_come_back():
    """It stays in the file, and says so in words too, once."""
    [first] = revised([entry("a")], {}, WORD)
    [gone] = revised([], by_uid([first]), WORD)
    assert (gone.status, gone.revision, gone.summary) == (CANCELLED, 1, "Annulé : a")
    [still] = revised([], by_uid([gone]), WORD)
    assert still == gone
    [event] = events(write_calendar(DAY, "x", [gone]))
    assert (event["status"], event["transp"]) == ("CANCELLED", "TRANSPARENT")
    [back] = revised([entry("a")], by_uid([gone]), WORD)
    assert (back.status, back.revision, back.summary) == (CONFIRMED, 2, "a")


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4), max_size=6)
)
def test_no_history_of_plans_doubles_or_forgets_an_entry(history):
    """Whatever plans follow each other: one entry a UID, revisions rise with each change."""
    before = {}
    for plan in history:
        now = [entry(uid, 30_000 + 60 * at, 33_600 + 60 * at) for uid, at in plan.items()]
        found = revised(now, before, WORD)
        after = by_uid(found)
        assert len(after) == len(found)
        assert set(after) == set(before) | set(plan)
        assert {uid for uid, e in after.items() if e.status == CONFIRMED} == set(plan)
        for uid, old in before.items():
            same = replace(after[uid], revision=0) == replace(old, revision=0)
            assert after[uid].revision == old.revision + (0 if same else 1)
        before = read_calendar(write_calendar(DAY, "x", found), DAY, "x") if found else {}


def test_yesterday_is_not_cancelled():
    """A calendar of another day is past: nothing is taken from it."""
    written = write_calendar(DAY, "x", [entry("a")])
    assert read_calendar(written, date(2026, 11, 26), "x") == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"not a calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"],
)
def test_a_spoilt_calendar_is_named(content):
    """With what to do: going on without it would double what is on the phones."""
    with pytest.raises(InputError, match=r"T1\.ics: is not the calendar that an earlier run wrote"):
        read_calendar(content, DAY, "sud/T1.ics")


def test_an_entry_without_its_fields_is_a_spoilt_calendar():
    """A date for an instant, or no status."""
    written = write_calendar(DAY, "x", [entry("a")])
    for line, other in (
        (b"DTSTART;TZID=Europe/Paris:20261125T082000", b"DTSTART;VALUE=DATE:20261125"),
        (b"STATUS:CONFIRMED\r\n", b""),
    ):
        assert line in written
        with pytest.raises(InputError, match="earlier run wrote"):
            read_calendar(written.replace(line, other), DAY, "x")


@pytest.mark.slow
def test_a_visit_bound_to_an_instant_tells_what_was_asked_for():
    """As one that is done, when the day is planned anew; its hour stands beside."""
    content = small_content()
    [step, *_] = content.rounds[0].steps
    assert content.windows(step.visit, step.ticket) == "08:00–12:00"
    bound = step.visit.model_copy(update={"windows_s": ((29_400, 29_400),)})
    assert content.windows(bound, step.ticket) == "08:00–12:00"
    narrower = step.visit.model_copy(update={"windows_s": ((32_400, 36_000),)})
    assert content.windows(narrower, step.ticket) == "09:00–10:00"
    there = {"within_s": (TimeWindow(28_800, 47_700),)}
    present = narrower.model_copy(update=there)
    assert content.windows(present, step.ticket) == "09:00–10:00, présence 08:00–13:15"
    done = bound.model_copy(update={"within_s": ()})
    asked = step.ticket.model_copy(update=there)
    assert content.windows(done, asked) == "08:00–12:00, présence 08:00–13:15"
    at_any_time = step.visit.model_copy(update={"windows_s": (), **there})
    free = asked.model_copy(update={"windows_s": ()})
    assert content.windows(at_any_time, free) == "présence 08:00–13:15"


# --- texts ---


@pytest.mark.parametrize(
    "text",
    [
        "Accès à \\\\serveur\\Nouveau dossier", "C:\\temp\\nouveau\\Nord", "\\N", "\\n", "\\\\",
        "\\", "a;b,c:d", 'fin par "\\', "ligne 1\nligne 2\\N", "é" * 90 + "\\N" * 40,
    ],
)  # fmt: skip
def test_a_backslash_before_an_n_is_no_line_break(text):
    """As phones unescape it (RFC 5545), and as the next run reads its own file: the same bytes."""
    made = entry("A", summary=text.replace("\n", " "), place=text.replace("\n", " "), text=text)
    written = write_calendar(DAY, "Tournée", [made])
    lines = written.decode().replace("\r\n ", "").split("\r\n")
    [shown] = [line.partition(":")[2] for line in lines if line.startswith("DESCRIPTION")]
    plain = shown.replace("\\\\", "\0").replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",")
    assert plain.replace("\0", "\\") == text
    before = read_calendar(written, DAY, "T.ics")
    assert before == by_uid([made])
    assert write_calendar(DAY, "Tournée", revised([made], before, WORD)) == written
