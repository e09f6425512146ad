"""Tests of the sentences that pages, sheets and tables share."""

from __future__ import annotations

import re
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
    notes = {
        lang: phrases.network_note(bundled=False, traffic=day, lang=lang) for lang in ("fr", "en")
    }
    assert "vendredi" in notes["fr"]
    assert "Friday" in notes["en"]
    assert "trafic" in phrases.network_note(bundled=False)
    assert "vendredi" not in phrases.network_note(bundled=False)


@pytest.mark.slow
def test_the_bundled_network_is_called_an_approximation_in_both_languages() -> None:
    """Whoever reads a time must know what it rests on."""
    assert all(
        "approximation" in phrases.network_note(bundled=True, lang=lang) for lang in languages()
    )
