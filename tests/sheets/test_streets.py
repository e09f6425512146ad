"""The streets of a leg on paper: the main ones, in the order of driving, as plain text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.sheets.pdf import sheets_html
from dispatch.sheets.streets import in_words
from dispatch.views.escape import page_text
from tests.support.sheets_fixture import land_of, small_content


def test_the_streets_driven_farthest_are_said_in_the_order_of_driving():
    """Of five streets four; what has no name is not said; one street driven twice is one."""
    driven = [
        ("rue A", 100.0), ("", 900.0), ("cours B", 500.0), ("rue A", 250.0), ("rue C", 40.0),
        ("quai D", 700.0), ("avenue E", 300.0),
    ]  # fmt: skip
    assert in_words(driven) == "rue A, cours B, quai D, avenue E"
    assert in_words([("", 100.0)]) == ""
    assert in_words([]) == ""


def test_a_long_name_is_cut():
    """Forty letters are enough to find a street."""
    assert in_words([("x" * 60, 1.0)]) == "x" * 39 + "…"


@pytest.mark.parametrize("name", ["rue <b>X</b> {{7*191}}", "quai d'A & B"])
def test_a_sheet_says_them_as_text(name: str):
    """For each leg, the last one home too; nothing in a name runs."""
    content = small_content()
    (first, *_) = content.rounds
    legs = [f"{name} {number}" for number in range(len(first.steps) + 1)]
    content = replace(content, streets={first.technician.id: legs})
    page = sheets_html(content, land_of(content))
    for number in range(len(legs)):
        assert f"par {page_text(name)} {number}" in page
    assert "<b>X</b>" not in page


def test_without_names_a_sheet_is_as_before():
    """The bundled roads have none."""
    content = small_content()
    plain = sheets_html(content, land_of(content))
    empty = replace(content, streets={"nobody": ["rue A"]})
    assert sheets_html(empty, land_of(content)) == plain
