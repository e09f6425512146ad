"""Tests of the sentences that pages, sheets and tables share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.plan import Reason
from dispatch.wording import phrases
from dispatch.wording.languages import languages


@given(st.floats(0, 1))
def test_the_stated_distance_to_the_optimum_is_never_below_the_gap(gap: float) -> None:
    """The sentence says "at most", so its figure is rounded up."""
    found = re.search(r"[\d.]+", phrases.quality(gap, proven=False, lang="en"))
    assert found is not None
    assert float(found[0]) >= 100 * gap - 1e-9
    assert float(found[0]) <= 100 * gap + 0.1 + 1e-9


def test_a_proven_plan_is_called_optimal_and_one_without_bound_is_not_judged() -> None:
    """No bound, no claim."""
    assert phrases.quality(0.0, proven=True) == "plan optimal (prouvé)"
    assert phrases.quality(None, proven=False) == "écart à l\u2019optimum non calculé"


@pytest.mark.parametrize("lang", languages())
def test_every_reason_has_a_sentence(lang: str) -> None:
    """No code of the closed list is left without words, and no two share them."""
    sentences = {phrases.reason_words(reason, lang) for reason in get_args(Reason)}
    assert len(sentences) == len(get_args(Reason))
    assert all(sentence.endswith(".") for sentence in sentences)


def test_whether_times_reckon_with_traffic_is_told_in_both_languages() -> None:
    """And whose traffic: that of the weekday."""
    day = date(2026, 11, 27)
    notes = {lang: phrases.network_note(None, traffic=day, lang=lang) for lang in ("fr", "en")}
    assert "vendredi" in notes["fr"]
    assert "Friday" in notes["en"]
    assert "trafic" in phrases.network_note(None)
    assert "vendredi" not in phrases.network_note(None)


@dataclass
class Streets:
    """What is known of a network."""

    name: str = "quartier.graphml"
    approximate: bool = False
    source: str = ""
    data_date: str = ""


EXTRACT = {"source": "aquitaine.osm.pbf", "data_date": "2026-11-03T21:20:05Z"}


@pytest.mark.parametrize(
    ("roads", "fr", "en"),
    [
        (
            Streets(**EXTRACT),
            "sur les rues de « aquitaine.osm.pbf », données du mardi 3 novembre 2026.",
            'on the streets of "aquitaine.osm.pbf", data of Tuesday 3 November 2026.',
        ),
        (
            Streets(source="troncons.gpkg"),
            "sur les rues de « troncons.gpkg », de date non indiquée.",
            'on the streets of "troncons.gpkg", of no stated date.',
        ),
        (
            Streets(),
            "sur les rues de « quartier.graphml », de date non indiquée.",
            'on the streets of "quartier.graphml", of no stated date.',
        ),
        (
            Streets(source="a.osm", data_date="in spring"),
            "sur les rues de « a.osm », données du in spring.",
            'on the streets of "a.osm", data of in spring.',
        ),
        (
            Streets(name="copie.graphml", approximate=True),
            "estimés sur une approximation des rues (« copie.graphml ») : prévoir une marge.",
            'estimates on an approximation of the streets ("copie.graphml"): allow a margin.',
        ),
    ],
    ids=["extract", "layer", "graph", "odd date", "approximation"],
)
def test_a_note_names_the_streets_that_were_given(roads: Streets, fr: str, en: str) -> None:
    """And of when they are, where it is known; only the program's own roads come with it."""
    for lang, told in (("fr", fr), ("en", en)):
        note = phrases.network_note(roads, lang=lang)
        assert told in note.replace("\u00a0", " ")
        assert not any(word in note for word in ("fourni", "livré", "comes with"))
    assert "livré avec le logiciel" in phrases.network_note(None)
    assert "comes with the program" in phrases.network_note(None, lang="en")


def test_a_note_shows_no_more_of_a_source_than_plain_letters() -> None:
    """Line ends and marks of direction go, a long name is cut, braces are letters."""
    note = phrases.network_note(Streets(source="a\n\u202eb{0}{x}" + "c" * 500))
    assert "« a b{0}{x}ccc" in note
    assert "c…" in note
    assert len(note) < 300
    assert note.isprintable()


@pytest.mark.slow
def test_the_bundled_network_is_called_an_approximation_in_both_languages() -> None:
    """Whoever reads a time must know what it rests on."""
    assert all("approximation" in phrases.network_note(None, lang=lang) for lang in languages())
