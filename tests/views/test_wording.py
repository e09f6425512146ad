"""Tests of what people read: words, dates, hours, numbers."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.plan import Reason
from dispatch.views import wording

ASSETS = Path(wording.__file__).parent / "assets"


def test_a_date_is_written_in_full_in_both_languages() -> None:
    """The day's name, the number, the month and the year; the first is "1er" in French."""
    assert wording.long_date(date(2026, 11, 25)) == "mercredi 25 novembre 2026"
    assert wording.long_date(date(2026, 11, 25), "en") == "Wednesday 25 November 2026"
    assert wording.long_date(date(2026, 8, 1)) == "samedi 1er août 2026"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 min"),
        (29, "0 min"),
        (30, "1 min"),
        (2700, "45 min"),
        (3600, "1 h"),
        (21_900, "6 h 05"),
    ],
)
def test_a_duration_is_written_to_the_minute(seconds: int, written: str) -> None:
    """Hours appear from one hour on, and minutes unless they are zero."""
    assert wording.duration(seconds).replace("\u00a0", " ") == written


def test_a_clock_time_has_two_digits_each_and_is_cut_to_the_minute() -> None:
    """8:05:59 is 08:05: an arrival is never told later than it is."""
    assert wording.clock(8 * 3600 + 5 * 60 + 59) == "08:05"


def test_a_distance_has_a_decimal_comma_in_french_and_a_point_in_english() -> None:
    """An unknown distance is a dash, not zero."""
    assert wording.kilometres(12_449) == "12,4\u00a0km"
    assert wording.kilometres(1_234_567) == "1\u202f234,6\u00a0km"
    assert wording.kilometres(12_449, "en") == "12.4\u00a0km"
    assert wording.kilometres(None) == "\u2013"


def test_zero_visits_are_singular_in_french_and_plural_in_english() -> None:
    """French counts 0 and 1 as singular; English only 1."""
    french = [wording.visit_count(count).replace("\u00a0", " ") for count in (0, 1, 2)]
    english = [wording.visit_count(count, "en").replace("\u00a0", " ") for count in (0, 1, 2)]
    assert french == ["0 visite", "1 visite", "2 visites"]
    assert english == ["0 visits", "1 visit", "2 visits"]


@given(st.floats(0, 1))
def test_the_stated_distance_to_the_optimum_is_never_below_the_gap(gap: float) -> None:
    """The sentence says "at most", so its figure is rounded up."""
    found = re.search(r"[\d.]+", wording.quality(gap, proven=False, lang="en"))
    assert found is not None
    assert float(found[0]) >= 100 * gap - 1e-9
    assert float(found[0]) <= 100 * gap + 0.1 + 1e-9


def test_a_proven_plan_is_called_optimal_and_one_without_bound_is_not_judged() -> None:
    """No bound, no claim."""
    assert wording.quality(0.0, proven=True) == "plan optimal (prouvé)"
    assert wording.quality(None, proven=False) == "écart à l\u2019optimum non calculé"


@pytest.mark.parametrize("lang", wording.LANGUAGES)
def test_every_reason_has_a_sentence(lang: wording.Language) -> None:
    """No code of the closed list is left without words, and no two share them."""
    sentences = {wording.reason_words(reason, lang) for reason in get_args(Reason)}
    assert len(sentences) == len(get_args(Reason))
    assert all(sentence.endswith(".") for sentence in sentences)


def test_every_word_a_template_names_exists_in_both_languages() -> None:
    """A template that names a missing word would fail on the night it is first shown."""
    named = {
        word
        for template in ASSETS.glob("*.html")
        for word in re.findall(r"\bw\.([a-z_]+)", template.read_text(encoding="utf-8"))
    }
    assert named
    for lang in wording.LANGUAGES:
        assert named <= wording.words(lang).keys()


def test_an_unknown_language_is_refused_with_those_that_there_are() -> None:
    """The error names the culprit and the choice."""
    with pytest.raises(ValueError, match=r"'de'.*fr, en"):
        wording.language("de")


def test_whether_times_reckon_with_traffic_is_told_in_both_languages() -> None:
    """And whose traffic: that of the weekday."""
    day = date(2026, 11, 27)
    notes = {
        lang: wording.network_note(bundled=False, traffic=day, lang=lang) for lang in ("fr", "en")
    }
    assert "vendredi" in notes["fr"]
    assert "Friday" in notes["en"]
    assert "trafic" in wording.network_note(bundled=False)
    assert "vendredi" not in wording.network_note(bundled=False)


def test_the_bundled_network_is_called_an_approximation_in_both_languages() -> None:
    """Whoever reads a time must know what it rests on."""
    assert all(
        "approximation" in wording.network_note(bundled=True, lang=lang)
        for lang in wording.LANGUAGES
    )
