"""Files of edits: TOML and CSV, every fault at once, and back again as text."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.edits.model import Absent, Drop, Lock, Pin, edits_text, ordered
from dispatch.edits.reading import read_edits
from dispatch.errors import InputError
from dispatch.fieldwork import TimeWindow
from dispatch.service.service import read_service

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.edits.model import Edits

DAY = date(2026, 11, 25)
LIMITS = read_service().limits
VISITS = {"V1", "V2", "V3", "261125-001"}
TECHNICIANS = {"T01", "T02"}
TOML = """
format = "dispatch-edits/1"
date = 2026-11-25

[[pin]]
visit = "V1"
technician = "T01"
at = "10:30"
note = "promis à la directrice"

[[pin]]
visit = "V2"
between = "09:00-11:00"
optional = true
agreed = true

[[lock]]
technician = "T02"
visits = ["V3", "261125-001"]
closed = false

[[absent]]
technician = "T01"
from = 13:00:00

[[drop]]
visit = "V2x"
"""
CSV = """action;visite;technicien;heure;entre;depuis;visites;fermée;facultatif;convenu;remarque
fixer;V1;T01;10h30;;;;;;;promis à la directrice
fixer;V2;;;09:00-11:00;;;;oui;oui;
figer;;T02;;;;V3 261125-001;non;;;
absent;;T01;;;13h;;;;;
retirer;V2x;;;;;;;;;
"""
ENTRIES = (
    Absent("T01", 46_800),
    Drop("V2x"),
    Lock("T02", ("V3", "261125-001"), closed=False),
    Pin("V1", "T01", TimeWindow(37_800, 37_800), note="promis à la directrice"),
    Pin("V2", None, TimeWindow(32_400, 39_600), optional=True, agreed=True),
)


def read(folder: Path, text: str, name: str = "edits.toml", **options: object) -> Edits:
    """Return what a file of this text says."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_edits(path, LIMITS, DAY, **options)  # type: ignore[arg-type]


def faults(folder: Path, text: str, name: str = "edits.toml") -> list[str]:
    """Return the faults of a file, as lines."""
    with pytest.raises(InputError) as raised:
        read(folder, text, name, visits=VISITS, technicians=TECHNICIANS)
    return str(raised.value).splitlines()


@pytest.mark.parametrize(("name", "text"), [("edits.toml", TOML), ("edits.csv", CSV)])
def test_both_kinds_of_file_say_the_same(tmp_path, name, text):
    """Absences come first, pins last, whatever the order of the file."""
    assert read(tmp_path, text, name).entries == ENTRIES


def test_unknown_ids_are_named_with_the_nearest_and_every_fault_with_its_place(tmp_path):
    """A broken entry does not hide what is wrong with the others."""
    text = TOML.replace('"V1"', '"261125-01"').replace('"10:30"', '"25:00"').replace("T02", "T2")
    assert faults(tmp_path, text) == [
        "edits.toml:8:6: pin[0].at: there is no such time as 25:00; write it from 00:00 to 24:00 "
        "(found '25:00')",
        "edits.toml:18:14: lock[0].technician: there is none of this id; did you mean T02? "
        "(found 'T2')",
        "edits.toml:27:9: drop[0].visit: there is none of this id; did you mean V2? (found 'V2x')",
    ]


def test_a_table_is_told_its_faults_by_line_and_column(tmp_path):
    """A word that is no edit; a cell that does not go with it; a missing one; an unknown id."""
    text = "edit,visit,technician,at\nfoo,V1,,\ndrop,V1,T01,\nabsent,,,\npin,V2,T9,10:30\n"
    assert faults(tmp_path, text, "e.csv") == [
        "e.csv:2:1: edit: must be pin, lock, absent or drop (fixer, figer, absent, retirer) "
        "(found 'foo')",
        "e.csv:3:3: technician: does not go with drop; leave this cell empty (found 'T01')",
        "e.csv:4:3: technician: is empty; absent needs it",
        "e.csv:5:3: technician: there is none of this id that day; correct it, or remove the edit "
        "(found 'T9')",
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('[[pin]]\nvisit = "V1"', "pins to nothing; give `technician`, `at` or `between`"),
        ('[[pin]]\nvisit = "V1"\nat = "9h"\nbetween = "9h-10h"', "keep one of them"),
        ('[[pin]]\nvisit = "V1"\ntechnician = "T01"\nagreed = true', "`agreed` is about a time"),
        ('[[pin]]\nvisit = "V1"\nat = 10', 'must be a time such as "10:30"'),
        ('[[pin]]\nvisit = "V1"\nat = 10:30:15', "whole minutes"),
        ('[[pin]]\nvisit = "V1"\nbetween = 10', 'must be a span such as "09:00-11:00"'),
        ('[[absent]]\ntechnician = "T01"\nfrom = "12h"\nuntil = "9h"', "ends before it starts"),
        ('[[pin]]\nvisit = "V1"\nat = "9h"\nwho = 1', "unknown key"),
        ('[[drop]]\nvisit = "V1"\n[[pin]]\nvisit = "V1"\nat = "9h"', "another edit says"),
        ('[[drop]]\nvisit = "V1"\n[[drop]]\nvisit = "V1"', "another edit says: drop V1"),
        ('[[lock]]\ntechnician = "T01"\nvisits = ["V1", "V1"]', "another edit says"),
        ('[[lock]]\ntechnician = "T01"\n[[lock]]\ntechnician = "T01"', "another edit says"),
        ('[[absent]]\ntechnician = "T01"\n[[absent]]\ntechnician = "T01"', "another edit says"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, entry, message):
    """One fault, with a position."""
    [line] = faults(tmp_path, f'format = "dispatch-edits/1"\n{entry}\n')
    assert message in line
    assert line.startswith("edits.toml:")


def test_edits_of_another_day_are_refused(tmp_path):
    """The file may name its day; then it is for no other."""
    text = 'format = "dispatch-edits/1"\ndate = 2026-11-26\n[[drop]]\nvisit = "V1"\n'
    [line] = faults(tmp_path, text)
    assert "for another day than the planned one (2026-11-25)" in line


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
times = st.integers(0, 1439).map(lambda minute: 60 * minute)
spans = st.tuples(times, times).map(lambda pair: TimeWindow(min(pair), max(pair)))
pins = st.builds(Pin, texts, texts, st.none() | spans, st.booleans(), st.just(value=False), texts)
absences = st.builds(Absent, texts, st.none() | times, st.none(), texts)


@pytest.mark.slow
@given(pins, absences, st.builds(Lock, texts, st.none() | st.just(("x", 'y"')), st.booleans()))
def test_edits_written_are_read_back_as_they_were(tmp_path_factory, pin, absent, lock):
    """Whatever the ids and notes hold: quotes, line ends, control characters."""
    entries = ordered([pin, absent, lock])
    folder = tmp_path_factory.mktemp("edits")
    found = read(folder, edits_text(entries, DAY))
    assert (found.entries, found.day) == (entries, DAY)
