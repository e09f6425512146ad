"""Sentences that pages, sheets and tables share: reasons, notes, how good a plan is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import (
    clock_time,
    decimal,
    duration,
    kilometres,
    long_date,
    visit_count,
    weekday_name,
    window_hours,
)
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence


def reason_words(reason: str, lang: str = DEFAULT) -> str:
    """Return in a sentence why a visit stays unassigned, from the code of the reason."""
    return catalogue(lang).reasons[reason]


# Most letters of the name of a network's source that a note says.
SOURCE_CHARS = 100


class GivenRoads(Protocol):
    """What a note says of roads: a `Network`, or what `plan.json` keeps of one."""

    @property
    def name(self) -> str:
        """The name of the network or of its file."""

    @property
    def approximate(self) -> bool:
        """Whether its streets are an approximation."""

    @property
    def source(self) -> str:
        """Where its streets come from; empty: not known."""

    @property
    def data_date(self) -> str:
        """Of which date they are; empty: not known."""


def network_note(
    roads: GivenRoads | None, *, traffic: date | None = None, lang: str = DEFAULT
) -> str:
    """
    Return what the travel times rest on.

    Parameters
    ----------
    roads
        The roads that were given; None: the bundled approximation.
    traffic
        The day whose usual traffic they reckon with; None: no traffic.
    lang
        The language.
    """
    notes = catalogue(lang).notes
    rest = notes.bundled if roads is None else _given(roads, lang)
    if traffic is None:
        return f"{rest} {notes.free}"
    return f"{rest} {notes.traffic.format(day=weekday_name(traffic, lang))}"


def _given(roads: GivenRoads, lang: str) -> str:
    """Return whose streets a given network has, and of when, as far as its file says."""
    notes = catalogue(lang).notes
    source = _plain(roads.source) or _plain(roads.name)
    if roads.approximate:
        return notes.approximate.format(source=source)
    if not (written := _plain(roads.data_date)):
        return notes.streets.format(source=source)
    try:
        told = long_date(date.fromisoformat(written[:10]), lang)
    except ValueError:
        told = written
    return notes.streets_of.format(source=source, date=told)


def _plain(text: str) -> str:
    """Return a text of a network's file on one line, without what steers how it is shown."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    short = " ".join(kept.split())
    return short if len(short) <= SOURCE_CHARS else f"{short[: SOURCE_CHARS - 1].rstrip()}…"


def attribution(lang: str = DEFAULT) -> str:
    """Return the licence line of the bundled roads and communes."""
    return catalogue(lang).notes.attribution


def response(due_s: int, start_s: int | None = None, lang: str = DEFAULT) -> str:
    """
    Return in words by when a visit should start, and how much later it does.

    Parameters
    ----------
    due_s
        Wished latest start (seconds since midnight).
    start_s
        Start of the service; None: it is not planned.
    lang
        A code of `wording.languages`.
    """
    words, time = catalogue(lang).pages, clock_time(due_s)
    if start_s is None or start_s <= due_s:
        return words.response_kept.format(time=time)
    late = duration(-(-(start_s - due_s) // 60) * 60)
    return words.response_late.format(time=time, late=late)


def quality(
    gap: float | None, *, proven: bool, lang: str = DEFAULT, spare_s: int | None = None
) -> str:
    """
    Return how far a plan may be from the best, in plain words.

    Parameters
    ----------
    gap
        (cost - bound) / cost, from 0 to 1; None when no bound was computed.
    proven
        Whether the plan is proven optimal.
    lang
        The language.
    spare_s
        The same in seconds, where that is driving and nothing else; None: left out.
    """
    words = catalogue(lang)
    if proven:
        return words.quality.optimal
    if gap is None:
        return words.quality.not_checked
    # Rounded up: "at most" must stay true.
    tenths = -int(-gap * 1000 // 1)
    percent = words.numbers.percent.format(number=decimal(tenths / 10, 1, lang))
    said = words.quality.at_most.format(percent=percent)
    if spare_s is None:
        return said
    return words.quality.spare.format(quality=said, spare=duration(-(-spare_s // 60) * 60))


def spoken_time(seconds: int, lang: str = DEFAULT) -> str:
    """Return a time of day as in a sentence: "9 h 40", "9 h"; days as in `clock_time`."""
    hour, _, rest = clock_time(seconds).partition(":")
    minute, _, days = rest.partition(" ")
    words = catalogue(lang).chances
    pattern = words.full_hour if minute == "00" else words.hour
    said = pattern.format(hour=int(hour), minute=minute)
    return f"{said} {days}" if days else said


def spoken_span(start_s: int, end_s: int, lang: str = DEFAULT) -> str:
    """Return a span of time: "entre 9 h 40 et 10 h 10"; of no length: "à 9 h 40"."""
    words = catalogue(lang).chances
    start = spoken_time(start_s, lang)
    if start_s == end_s:
        return words.at.format(start=start)
    return words.between.format(start=start, end=spoken_time(end_s, lang))


def promise(start_s: int, end_s: int, lang: str = DEFAULT) -> str:
    """Return what a requester is told: "entre 9 h 40 et 10 h 10, 9 fois sur 10"."""
    return catalogue(lang).chances.promise.format(span=spoken_span(start_s, end_s, lang))


def chance_words(chance: float, lang: str = DEFAULT) -> str:
    """Return a chance in percent, cut to whole ones: "73 %"; none is called sure or impossible."""
    words = catalogue(lang)
    whole = int(100 * chance + 1e-9)
    limit = min(max(whole, 1), 99)
    percent = words.numbers.percent.format(number=limit)
    if whole > 99:
        return words.chances.more_than.format(percent=percent)
    return words.chances.less_than.format(percent=percent) if whole < 1 else percent


@dataclass(frozen=True)
class Speech:
    """The functions of the wording in one language, as templates call them."""

    lang: str

    def date(self, day: date) -> str:
        """Return `long_date`."""
        return long_date(day, self.lang)

    def clock(self, seconds: int) -> str:
        """Return `clock_time`."""
        return clock_time(seconds)

    def duration(self, seconds: int) -> str:
        """Return `duration`."""
        return duration(seconds)

    def spread(self, times_s: tuple[int, int]) -> str:
        """Return the least and the most time on site of a centre's technicians, in words."""
        low, high = map(duration, times_s)
        return catalogue(self.lang).pages.spread.format(low=low, high=high)

    def kilometres(self, metres: int | None) -> str:
        """Return `kilometres`."""
        return kilometres(metres, self.lang)

    def span(self, windows: Sequence[tuple[int, int]]) -> str:
        """Return `window_hours`."""
        return window_hours(windows)

    def visits(self, count: int) -> str:
        """Return `visit_count`."""
        return visit_count(count, self.lang)

    def response(self, due_s: int, start_s: int | None = None) -> str:
        """Return `response`."""
        return response(due_s, start_s, self.lang)

    def late_visits(self, count: int) -> str:
        """Return how many visits start after their response time."""
        return catalogue(self.lang).pages.late_visits.format(visits=self.visits(count))

    def reason(self, reason: str) -> str:
        """Return `reason_words`."""
        return reason_words(reason, self.lang)

    def between(self, start_s: int, end_s: int) -> str:
        """Return `spoken_span`."""
        return spoken_span(start_s, end_s, self.lang)

    def promise(self, start_s: int, end_s: int) -> str:
        """Return `promise`."""
        return promise(start_s, end_s, self.lang)

    def chance(self, chance: float) -> str:
        """Return `chance_words`."""
        return chance_words(chance, self.lang)

    def number(self, value: float) -> str:
        """Return a number with one decimal."""
        return decimal(value, 1, self.lang)

    def quality(self, gap: float | None, *, proven: bool, spare_s: int | None = None) -> str:
        """Return `quality`."""
        return quality(gap, proven=proven, lang=self.lang, spare_s=spare_s)
