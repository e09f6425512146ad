"""The log: one event a line, text or JSON, only what may be said."""

from __future__ import annotations

import io
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Fault, InputError, TravelError
from dispatch.nightly.logs import TEXTS, WITHHELD, Log, reason_of

HOSTILE = 'x"\n\r\u2028\x1b[31m\0{"event": "forged"} level=error'


def lines(form: str, *events: dict[str, object]) -> list[str]:
    """Return the lines that events make."""
    stream = io.StringIO()
    log = Log(stream, form)
    for fields in events:
        log.say(**fields)
    return stream.getvalue().split("\n")


def test_an_event_is_an_object_of_a_line_in_json():
    """With the instant first, on the clock of Paris."""
    [line, rest] = lines("json", {"event": "night_done", "exit_code": 0, "date": "2026-11-25"})
    found = json.loads(line)
    instant = datetime.fromisoformat(found.pop("timestamp"))
    assert instant.utcoffset() is not None
    assert found == {
        "level": "info", "event": "night_done", "exit_code": 0, "date": "2026-11-25",
    }  # fmt: skip
    assert rest == ""


def test_an_event_is_a_line_of_names_and_values_in_text():
    """Whose order begins with the instant, the level and the event."""
    [line, _] = lines("text", {"event": "x", "level": "warning", "up": True, "gap": 0.5, "n": None})
    assert line.split(" ")[1:] == ["level=warning", "event=x", "up=true", "gap=0.5", "n="]
    assert line.startswith("timestamp=20")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_text_under_another_name_is_withheld(form):
    """So that nobody's name gets there by being passed along; nor objects."""
    shown = lines(form, {"event": "x", "requester": "Jeanne", "tickets": ["Jeanne"], "n": 1})[0]
    assert "Jeanne" not in shown
    assert shown.count(WITHHELD) == 2


@pytest.mark.parametrize("form", ["text", "json"])
@given(text=st.text() | st.just(HOSTILE))
def test_an_event_stays_one_line_whatever_the_text(form, text):
    """Nobody forges a second event, or colours a terminal."""
    found = lines(form, {"event": "x", "reason": text}, {"event": "y"})
    assert len(found) == 3
    assert all(character.isprintable() for character in found[0])
    if form == "json":
        assert json.loads(found[0])["event"] == "x"


def test_a_long_text_is_cut():
    """A file with faults in every line does not fill the journal."""
    [line, _] = lines("json", {"event": "x", "reason": "a" * 100_000})
    assert len(line) < 3000


def test_a_log_that_cannot_be_written_stops_nothing():
    """A full disk, a closed pipe; or none at all."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    Log(Full()).say("x")
    Log(None).say("x")


def test_a_reason_leaves_out_what_was_found():
    """The file, the place and the remedy are enough to find it."""
    fault = Fault("roster.csv", "centre", "Jeanne Secret", "no such centre; choose", 3, 2)
    assert reason_of(InputError([fault])) == "roster.csv:3:2: centre: no such centre; choose"
    assert reason_of(TravelError("no way")) == "no way"


def test_every_text_that_may_stand_is_explained():
    """The closed list says what each is."""
    assert all(TEXTS.values())
