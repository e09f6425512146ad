"""Texts of tickets, made fit for paper, calendars and spreadsheets.

A ticket's text comes from anybody. What could steer how it is shown (control characters,
marks that turn the writing direction) goes, and so does what could reach a person:
telephone numbers and e-mail addresses. Formats add their own escaping on top.
"""

from __future__ import annotations

import re
import unicodedata

from dispatch.files.contacts import withhold_contacts
from dispatch.views.escape import ELLIPSIS, REPLACEMENT, cut

_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# Embeddings, overrides, isolates and marks: a text could write its neighbours backwards. Right to
# left scripts do without: their letters carry their own direction.
_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Neither XML 1.0 nor a PDF's text can hold these; half a pair cannot be written at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Most marks that one letter may carry: more of them cover the lines around.
_MARKS = 4


def printable(text: str) -> str:
    """
    Return a text of ordinary characters, its lines ended by a line feed.

    Parameters
    ----------
    text
        Any text. Characters that no format can hold are replaced by U+FFFD; those that
        steer the writing direction are dropped; a letter keeps four marks at most.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return _few_marks(_UNWRITABLE.sub(REPLACEMENT, _STEERING.sub("", text)))


def contact_free(text: str) -> str:
    """Return a text as `printable`; "[…]" stands for phone numbers and e-mail addresses."""
    return withhold_contacts(printable(text))


def one_line(text: str, limit: int) -> str:
    """Return a text as `contact_free` on one line, cut to at most `limit` characters."""
    return cut(" ".join(contact_free(text).split()), limit)


def few_lines(text: str, limit: int, lines: int) -> str:
    """
    Return a text as `contact_free` on few lines, none of them empty.

    Parameters
    ----------
    text
        Any text.
    limit
        Most characters, the "…" that stands for what is cut included.
    lines
        Most line ends; what follows the last is cut.
    """
    kept = [line for part in contact_free(text).split("\n") if (line := " ".join(part.split()))]
    short = cut("\n".join(kept[:lines]), limit)
    if len(kept) > lines and not short.endswith(ELLIPSIS):
        return cut(short, limit - 2) + f" {ELLIPSIS}"
    return short


def _few_marks(text: str) -> str:
    if text.isascii():
        return text
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MARKS:
            kept.append(character)
    return "".join(kept)
