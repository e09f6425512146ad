"""Values as people's tables have them, turned into those of files of visits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatch.files.cells import normalised

if TYPE_CHECKING:
    from collections.abc import Collection

HOUR_MIN = 60
_NUMBER = r"\d{1,4}(?:[.,]\d{1,4})?"
_MINUTES = re.compile(rf"({_NUMBER})\s?(?:m|mn|min|mins|minutes?|')?\.?", re.IGNORECASE)
_HOURS = re.compile(rf"({_NUMBER})\s?(?:h|hrs?|heures?|hours?)\.?", re.IGNORECASE)
_BOTH = re.compile(
    r"(\d{1,2})\s?(?:h|:|heures?|hours?)\s?(\d{1,2})(?::00)?\s?(?:m|mn|min|minutes?)?",
    re.IGNORECASE,
)
_PRIORITY = re.compile(
    r"(?:p|prio|priorit[eé]|priority)?\s?([1-4])(?:\s?[-–:.(/]\s?.*)?", re.IGNORECASE
)
_LIST = re.compile(r"[\s|,;/+]+")


def minutes_text(text: str) -> str | None:
    """Return a length as a whole number of minutes ("1h30" is "90"); None: it is none."""
    text = text.strip()
    if found := _BOTH.fullmatch(text):
        return str(int(found[1]) * HOUR_MIN + int(found[2]))
    for form, factor in ((_MINUTES, 1), (_HOURS, HOUR_MIN)):
        if found := form.fullmatch(text):
            minutes = float(found[1].replace(",", ".")) * factor
            return str(int(minutes)) if minutes.is_integer() else None
    return None


def skills_text(text: str, known: Collection[str]) -> str:
    """
    Return a list of skills, each as the service writes it.

    Parameters
    ----------
    text
        Separated by spaces, `|`, `,`, `;`, `/` or `+`; accents and capitals as people write them.
    known
        The skills that there are. Another word stays as it is.
    """
    by_name = {normalised(skill): skill for skill in known}
    words = (word for word in _LIST.split(text) if word)
    return " ".join(
        word if word in known else by_name.get(normalised(word), word) for word in words
    )


def priority_text(text: str) -> str:
    """Return a priority as its number where it is written with words around: "P2", "2 - Haute"."""
    found = _PRIORITY.fullmatch(text.strip())
    return found[1] if found else text
