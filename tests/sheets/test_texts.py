"""Texts of tickets: nothing steers how they are shown, nothing in them reaches a person."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.sheets.texts import contact_free, few_lines, one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\tb", "a b"),
        ("bell\x07 nul\x00 half\ud800", "bell\ufffd nul\ufffd half\ufffd"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200fy", "gnp.exe x y"),
        ("שלום – École, 2ᵉ étage", "שלום – École, 2ᵉ étage"),
        ("e" + "\u0301" * 40, "e" + "\u0301" * 4),
        ("{{7*7}} <script> =1+1 & %0a", "{{7*7}} <script> =1+1 & %0a"),
    ],
)
def test_a_text_is_made_of_ordinary_characters(text, shown):
    """Line ends become one kind; control characters are seen; marks of direction are gone."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    "contact",
    [
        "06 12 34 56 78", "0612345678", "05.56.12.34.56", "05-56-12-34-56", "+33 6 12 34 56 78",
        "+33612345678", "+33 (0)5 56 12 34 56", "0033512345678", "a.b-c+d@mairie-x.fr",
        "O'Neil@sub.example.org",
    ],
)  # fmt: skip
def test_telephone_numbers_and_addresses_of_people_are_withheld(contact):
    """As French offices write them, within a sentence."""
    assert contact_free(f"Appeler le {contact}, svp") == "Appeler le […], svp"


@pytest.mark.parametrize(
    "kept",
    [
        "le 25/11/2026 à 08:30", "salle 0412", "inventaire 20061234567890", "12 rue @ côté",
        "3 postes, 2 écrans, 1 copieur", "44.80600, -0.63200", "bâtiment 06 12",
    ],
)  # fmt: skip
def test_what_is_no_contact_stays(kept):
    """Dates, rooms, inventory numbers and positions."""
    assert contact_free(kept) == kept


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_can_hold_what_a_file_cannot(text):
    """Whatever comes: no control character but the line feed, nothing that turns directions."""
    found = contact_free(text)
    found.encode("utf-8")
    kinds = {unicodedata.category(c) for c in found if c != "\n"}
    assert not kinds & {"Cc", "Cs"}
    assert not set(found) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(3, 80), st.integers(1, 5))
def test_a_shortened_text_keeps_its_bounds(text, limit, lines):
    """Never longer, never on more lines; one line is one line."""
    short = few_lines(text, limit, lines)
    assert len(short) <= limit
    assert short.count("\n") < lines
    assert "\n" not in one_line(text, limit)
    assert len(one_line(text, limit)) <= limit


def test_a_cut_is_shown():
    """By an ellipsis, whether letters or lines were cut; empty lines are no loss."""
    assert few_lines("a\n\n\nb", 10, 2) == "a\nb"
    assert few_lines("a\nb\nc", 10, 2) == "a\nb …"
    assert few_lines("abcdefgh", 5, 2) == "abcd…"
    assert one_line("a\n b", 10) == "a b"
