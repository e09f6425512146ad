"""Text from tickets made harmless: ids that name no path, sentences without contacts."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.territory import read_communes
from dispatch.tickets.communes import Collectivities
from dispatch.tickets.sites import MAX_STEPS, KnownPlace, KnownPlaces, steps
from dispatch.tickets.text import clean, has_lost_digits, safe_id, shown_id
from tests.support.fuzzing import inputs

COMMUNES = read_communes()


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("INC-1042", "INC-1042"), (" 4711 ", "4711"), ("12 345", "12345"), ("1\u202f234", "1234"),
        ("1\u00a0234\u00a0567", "1234567"), ("..", ""), ("", ""), ("💥", ""), ("/", ""),
    ],
)  # fmt: skip
def test_an_id_that_names_no_path_stays_as_it_is(text: str, made: str):
    """Numbers lose the spaces between thousands; what holds neither letter nor digit is none."""
    assert safe_id(text, 60) == made


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("N° 42", "N-42"), ("Demande été 7", "Demande-ete-7"), ("../../etc/passwd", "etc-passwd"),
        ("C:\\temp\\x", "C-temp-x"), ("a\0b", "a-b"), ("-rf", "rf"), (".ssh", "ssh"),
        ("a..b", "a.b"), ("1 2", "1-2"), ("x" * 99, "x" * 53), ("Ж12", "12"),
        ("Ж", "id"), ("a/b1", "a-b1"),
    ],
)  # fmt: skip
def test_an_id_that_had_to_be_changed_ends_in_a_digest_of_what_it_was(text: str, begin: str):
    """Letters, digits, `.`, `_` and `-`; the digest keeps it apart from others."""
    assert re.fullmatch(re.escape(begin) + r"\.[0-9a-f]{6}", safe_id(text, 60))


def test_ids_that_differ_in_punctuation_or_script_alone_stay_apart():
    """Each is a ticket of its own, tonight and tomorrow."""
    names = ["a/b1", "a-b1", "a b1", "a_b1", "á-b1", "Ж12", "12", "Я12", "#12", "12/", "1/2", "1-2"]
    assert len({safe_id(name, 60) for name in names}) == len(names)


@settings(max_examples=inputs(150))
@given(st.text(max_size=90))
def test_any_id_is_one_step_of_a_path_and_stays_as_it_is(text: str):
    """On any system; and made again, it is the same."""
    made = safe_id(text, 60)
    assert re.fullmatch(r"[A-Za-z0-9._-]{0,60}", made)
    assert safe_id(made, 60) == made
    if made:
        for kind in (PurePosixPath, PureWindowsPath):
            assert kind(made).name == made
        assert made not in (".", "..")
        assert made[0] not in ".-"


def test_a_number_that_a_spreadsheet_rounded_is_told_from_an_id():
    """It always writes the sign of the exponent; ids with an E in them are sound."""
    assert [has_lost_digits(text) for text in ("1E+18", "1,15E+18", "12E3", "E+1", "4711")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_an_id_without_a_digit_is_not_shown():
    """In a row whose cells have shifted it may be a name."""
    assert (shown_id("Martin"), shown_id("INC-7")) == ("", "INC-7")
    assert shown_id(safe_id("Jeanne Martin", 60)) == ""
    assert shown_id(safe_id("N° 7", 60)).startswith("N-7.")


@pytest.mark.parametrize(
    "contact",
    ["05 56 12 34 56", "0556123456", "05.56.12.34.56", "+33 5 56 12 34 56", "+33 (0)5 56 12 34 56",
     "0033 556123456", "06-12-34-56-78", "jeanne.martin@mairie-pessac.fr"],
)  # fmt: skip
def test_numbers_and_addresses_of_people_are_withheld(contact: str):
    """In titles people write whom to call."""
    assert clean(f"Appeler le {contact}, écran noir", 200) == "Appeler le […], écran noir"


@pytest.mark.parametrize(
    "text", ["poste 5123", "modèle 20556123456789", "2026-11-25", "3,0612345678"]
)
def test_other_numbers_stay(text: str):
    """Extensions, serial numbers, dates."""
    assert clean(text, 200) == text


def test_text_is_one_line_within_bounds_and_shows_what_it_is():
    """Line breaks, controls and signs that turn text around go."""
    assert clean("a\r\n\tb\0c\u202ed\ufeff", 50) == "a bcd"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert len(clean("<b>" * 100_000 + "x", 100)) <= 100


def test_markup_becomes_words_where_the_source_has_markup():
    """GLPI escapes once or twice; elsewhere `<` is a sign like others."""
    assert clean("&lt;p&gt;R&eacute;seau &amp;amp; <b>wifi</b>&lt;/p&gt;", 99, markup=True) == (
        "Réseau & wifi"
    )
    assert clean("a < b et c > d", 99, markup=True) == "a < b et c > d"
    assert clean("<p>", 99) == "<p>"


@settings(max_examples=inputs(150))
@given(st.text(max_size=200), st.booleans())
def test_any_text_becomes_a_line_within_bounds(text: str, markup: bool):
    """Nothing is raised."""
    made = clean(text, 40, markup=markup)
    assert len(made) <= 40
    assert made == " ".join(made.split())
    assert not any(ord(letter) < 32 for letter in made)


@pytest.mark.parametrize(
    ("entity", "code"),
    [
        ("Entité racine > Mairie de Pessac > Écoles", "33318"), ("PESSAC", "33318"),
        ("Racine > Ville du Haillan", "33200"), ("Racine>Le Haillan", "33200"),
        ("Commune de Saint-Aubin-de-Médoc", "33376"), ("ST AUBIN DE MEDOC", "33376"),
        ("Mairie du Bouscat", "33069"), ("Ambares et Lagrave", "33003"),
        ("Racine > Métropole", "metropole"), ("Racine > Bordeaux Métropole > Eau", "metropole"),
        ("Racine > Bordeaux", "33063"), ("Bordeaux Métropole > Pessac", "33318"),
        ("Racine > Écoles de Pessac", None), ("", None), (" > > ", None),
    ],
)  # fmt: skip
def test_who_asks_is_read_from_the_end_of_the_entity(entity: str, code: str | None):
    """A commune by its name, or what the mapping lists."""
    known = {"Bordeaux Métropole": "metropole", "Métropole": "metropole"}
    assert Collectivities(COMMUNES, known).asking(entity) == code


def test_every_commune_is_known_by_its_name():
    """All 28."""
    known = Collectivities(COMMUNES, {})
    assert {known.commune(commune.name) for commune in COMMUNES.values()} == set(COMMUNES)


@pytest.mark.slow
def test_a_place_is_the_deepest_that_is_known():
    """The building rather than the town; of two names the longer one."""
    town, hall, school = (
        KnownPlace("Pessac"),
        KnownPlace("Pessac > Mairie"),
        KnownPlace("École Cap de Bos"),
    )
    other = KnownPlace("Mairie")
    sites = KnownPlaces([town, hall, school, other])
    assert sites.find("Pessac > Mairie > 1er étage") is hall
    assert sites.find("PESSAC>mairie") is hall
    assert sites.find("Talence > Mairie") is other
    assert sites.find("Pessac > École Cap-de-Bos > Salle 2") is school
    assert sites.find("Pessac > Stade") is town
    assert sites.find("") is None
    assert len(steps("a>" * 1_000)) == MAX_STEPS
