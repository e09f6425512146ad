r"""Texts of calendars, escaped and read back as RFC 5545 says (section 3.3.11).

icalendar takes a backslash before an N for a line break, in texts that it writes and in those that
it reads: `\\serveur\Nouveau dossier` would show as two lines, and differ at every run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from icalendar import vText

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TEXTS = ("SUMMARY", "LOCATION", "DESCRIPTION")


class CalendarText(vText):
    """A text whose backslashes are backslashes."""

    def to_ical(self) -> bytes:
        """Return the text as a content line has it."""
        text = re.sub(r"\r\n?", "\n", str(self))
        for sign in ("\\", ";", ","):
            text = text.replace(sign, f"\\{sign}")
        return text.replace("\n", r"\n").encode("utf-8")


def texts_of_events(content: str) -> Iterator[dict[str, str]]:
    """
    Yield the texts of each event of a calendar, by the names of their properties.

    Parameters
    ----------
    content
        A file that `write_calendar` wrote.
    """
    found: dict[str, str] = {}
    for line in re.split(r"\r?\n", _FOLD.sub("", content)):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found = {}
        elif line == "END:VEVENT":
            yield found
        elif name in TEXTS:
            found[name] = _ESCAPED.sub(_meant, value)


def _meant(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
