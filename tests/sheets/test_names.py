"""File names of sheets: on any system, never two alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.sheets.names import is_ours, stems


def test_a_plain_id_is_its_own_name():
    """As nearly all are."""
    assert stems(["T01", "ouest-nord", "a_b"]) == {
        "T01": "T01",
        "ouest-nord": "ouest-nord",
        "a_b": "a_b",
    }


def test_ids_that_differ_by_case_alone_have_names_that_differ():
    """A disk of Windows or macOS would take them for one file."""
    found = stems(["T1", "t1"])
    assert len({name.casefold() for name in found.values()}) == 2
    assert found["T1"].startswith("T1.")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "CON", "nul", "é", "a b", ".hidden", "x" * 200]
)
def test_a_name_leads_nowhere_else(name):
    """No path, no device, no hidden file; what is kept is told apart by a digest."""
    stem = stems([name])[name]
    assert is_ours(f"{stem}/{stem}.ics")
    assert stem.casefold() not in {"con", "nul"}


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=200), unique=True, max_size=12))
def test_names_never_meet(ids):
    """Whatever the ids, on disks that do not tell case apart too."""
    found = stems(ids)
    assert len({stem.casefold() for stem in found.values()}) == len(ids)
    assert all(is_ours(f"sheets-{stem}.pdf") for stem in found.values())


@pytest.mark.parametrize(
    "name",
    [
        "plan.json", "../sheets-sud.pdf", "sud/../T1.ics", "/etc/x.ics", "sheets-sud.html",
        "sud/T1.ics/", "notes.txt", "sud/T1.ics\n", "sud\\T1.ics", "a/b/T1.ics", ".x/T1.ics",
    ],
)  # fmt: skip
def test_other_files_are_not_ours(name):
    """So that a manifest from elsewhere removes nothing."""
    assert not is_ours(name)
