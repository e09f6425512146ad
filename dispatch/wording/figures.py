"""Figures of reports as a language writes them: with a sign, as a percentage, a dash for none."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import decimal

DASH = "–"


@dataclass(frozen=True)
class Figures:
    """
    Writes the figures of a report.

    Parameters
    ----------
    lang
        The language.
    """

    lang: str

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number with its decimals; a dash where there is none."""
        if value is None or not math.isfinite(value):
            return DASH
        text = decimal(value, digits, self.lang)
        # A rounded -0,0 says no more than 0,0.
        return text.replace("-", "" if _is_zero(text) else "−")

    def signed(self, value: float | None, digits: int = 1) -> str:
        """Return a number with its sign."""
        text = self.number(value, digits)
        return text if text == DASH or text.startswith("−") or _is_zero(text) else f"+{text}"

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Return a share as a percentage."""
        return self._percent(self.number(None if share is None else 100 * share, digits))

    def signed_percent(self, share: float | None, digits: int = 1) -> str:
        """Return a relative difference as a percentage with its sign."""
        return self._percent(self.signed(None if share is None else 100 * share, digits))

    def _percent(self, text: str) -> str:
        if text == DASH:
            return text
        return catalogue(self.lang).numbers.percent.format(number=text)


def _is_zero(text: str) -> bool:
    return not any(character in "123456789" for character in text)
