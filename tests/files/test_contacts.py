"""The one filter of contacts: forms that people write, and look-alikes that must stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.files.contacts import WITHHELD, withhold_contacts
from tests.support.fuzzing import inputs
from tests.support.paths import ROOT

DATA = ROOT / "tests" / "support" / "data"

SIGNS = [
    " ", ".", "-", "/", "\u00a0", "\u202f", "\u2009", "  ", " - ", " . ", " / ", ". ", "- ", "_",
    "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "·", " · ", "•", "\u200b", "\u00ad", ",", ":",
]  # fmt: skip
SPREAD = [sign.join(["06", "12", "34", "56", "78"]) for sign in SIGNS]
ABROAD_33 = [
    sign.join(["+33", "6", "12", "34", "56", "78"])
    for sign in [" ", ".", "-", "/", "\u00a0", "\u2011", " - ", "_", "·"]
]
CONTACTS = [*SPREAD, *ABROAD_33, *(DATA / "contacts.txt").read_text("utf-8").splitlines()]
LOOK_ALIKES = (DATA / "look-alikes.txt").read_text("utf-8").splitlines()
# With the words around that make it a contact.
IN_SENTENCES = [
    ("tel 612345678 le matin", "tel […] le matin"), ("tél : 6 12 34 56 78", "tél : […]"),
    ("Tel:0612345678.", "Tel:[…]."), ("tel0612345678", "tel[…]"), ("Tél/0612345678", "Tél/[…]"),
    ("appeler au 56 00 11 22", "appeler au […]"), ("☎ 56001122", "☎ […]"),
    ("tel:+33612345678", "tel:[…]"), ("bureau 3 06 12 34 56 78", "bureau 3 […]"),
    ("bât B12 05 56 12 34 56 svp", "bât B12 […] svp"), ("0556123456-0612345678", "[…]-[…]"),
    ("05 56 12 34 56 / 06 12 34 56 78", "[…] / […]"), ("Martin 0612345678", "Martin […]"),
    ("05.56.12.34.56/06.12.34.56.78", "[…]/[…]"), ("05 56 12 34 56 06 12 34 56 78", "[…] […]"),
    ("a@b.fr;c@d.fr", "[…];[…]"), ("a@b.fr, c@d.fr", "[…], […]"), ("<a@b.fr>", "<[…]>"),
    ("mailto:a@b.fr", "mailto:[…]"), ("M. M (06 12 34 56 78) passera", "M. M ([…]) passera"),
    ("écran,06 12 34 56 78,svp", "écran,[…],svp"), ("06 12 34 56 78 12 rue", "[…] 12 rue"),
    ("https://wa.me/33612345678", "https://wa.me/[…]"), ("n° 0612345678", "n° […]"),
    ("portable : 06-12-34-56-78", "portable : […]"), ("voir 05.56.00.11.22.", "voir […]."),
]  # fmt: skip
CONTACTS = [*SPREAD, *ABROAD_33, *(DATA / "contacts.txt").read_text("utf-8").splitlines()]
LOOK_ALIKES = (DATA / "look-alikes.txt").read_text("utf-8").splitlines()


def test_the_corpus_is_as_large_as_it_was_asked_to_be():
    """At least 150 different forms, and 150 look-alikes."""
    assert len(set(CONTACTS)) >= 150
    assert len(set(LOOK_ALIKES)) >= 150


@pytest.mark.parametrize("contact", CONTACTS)
def test_a_contact_is_withheld_wherever_it_stands(contact: str):
    """Alone, within a sentence, before a comma, and in brackets: no digit of it is left."""
    end = "." if contact.endswith(".") else ""
    for before, after in (("", ""), ("Appeler le ", ", écran noir"), ("écran (", ")")):
        assert withhold_contacts(before + contact + after) == before + WITHHELD + end + after


@pytest.mark.parametrize(("text", "left"), IN_SENTENCES)
def test_what_is_around_a_contact_stays(text: str, left: str):
    """Words, brackets, commas, and a second contact of its own."""
    assert withhold_contacts(text) == left


@pytest.mark.parametrize("kept", LOOK_ALIKES)
def test_what_only_looks_like_a_contact_stays(kept: str):
    """Tags, versions, dates, rooms, positions, amounts and addresses of machines."""
    for before, after in (("", ""), ("Voir ", " svp")):
        assert withhold_contacts(before + kept + after) == before + kept + after


@settings(max_examples=inputs(150), deadline=None)
@given(st.text(alphabet="0123456789+() .-/,:@atfr\n\u00a0éO", max_size=120) | st.text(max_size=200))
def test_any_text_is_filtered_once_and_for_all(text: str):
    """Nothing is raised, lines stay lines, and a second pass finds nothing new in what is left."""
    once = withhold_contacts(text)
    assert once.count("\n") == text.count("\n")
    assert withhold_contacts(once) == once


@settings(max_examples=inputs(100), deadline=None)
@given(
    st.integers(100_000_000, 999_999_999),
    st.sampled_from(SIGNS[:16]),
    st.sampled_from(["", "+33 ", "0033 ", "+33 (0)"]),
)
def test_every_french_number_is_withheld(number: int, sign: str, prefix: str):
    """Whatever its digits, for usual signs and prefixes."""
    national = f"{number:09d}".replace("0", "1", 1) if str(number)[0] == "0" else str(number)
    lead = national[0] if prefix else f"0{national[0]}"
    groups = [lead, *(national[at : at + 2] for at in range(1, 9, 2))]
    assert (
        withhold_contacts(f"joindre {prefix}{sign.join(groups)} svp") == f"joindre {WITHHELD} svp"
    )


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 5_000, "06" * 5_000, "a@" * 5_000, "06 12 " * 3_000, "a.b at " * 2_000,
        "@" * 10_000, "+33 " * 3_000, "x" * 10_000 + "@", "(0)" * 2_000,
    ],
)  # fmt: skip
def test_a_hostile_text_takes_no_time(text: str):
    """Its cost grows with its length, not with its square: CPU time, whatever the machine does."""
    began = time.process_time()
    withhold_contacts(text)
    assert time.process_time() - began < 1.0
