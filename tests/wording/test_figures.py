"""Figures of reports: signs, percentages, dashes, in each language."""

from __future__ import annotations

import pytest

from dispatch.wording.figures import Figures


def test_figures_are_written_as_french_writes_them():
    """Commas, thin spaces, a true minus; no minus zero."""
    french = Figures("fr")
    assert french.number(1234.5) == "1\u202f234,5"
    assert french.number(-0.01) == "0,0"
    assert french.signed(0.25) == "+0,2"
    assert french.signed(-0.01) == "0,0"
    assert french.signed(-3) == "−3,0"
    assert french.percent(0.123) == "12,3\u202f%"
    assert french.percent(None) == "–"
    assert french.number(float("nan")) == "–"
    assert french.signed_percent(0.1, 0) == "+10\u202f%"


@pytest.mark.slow
def test_figures_are_written_as_english_writes_them():
    """Points, commas, no space before the sign of per cent."""
    english = Figures("en")
    assert english.number(1234.5) == "1,234.5"
    assert english.signed(-1234.5) == "−1,234.5"
    assert english.signed(1000, 0) == "+1,000"
    assert english.signed_percent(-0.1) == "−10.0%"
