"""Texts of tickets, made harmless: ids cannot be paths, texts hold no markup and no contacts."""

from __future__ import annotations

import html
import re
import unicodedata

# French numbers as people write them, with or without +33; and addresses of mail.
_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+|00)\s?33\s?(?:\(0\)\s?)?|0)[1-9](?:[\s.\-\u00a0\u202f]?\d{2}){4}(?!\d)"
)
_MAIL = re.compile(r"[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{1,190}\.[A-Za-z]{2,24}")
_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]{0,2000}>|<!--.{0,200}?-->", re.DOTALL)
_GROUPED = re.compile(r"\d{1,3}(?:[\s\u00a0\u202f']\d{3})+")
_ROUNDED = re.compile(r"\d(?:[.,]\d{1,20})?[eE]\+\d{1,3}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
WITHHELD = "[…]"
# Order of right-to-left text, joiners, and other signs that show nothing and can mislead.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}


def safe_id(text: str, max_chars: int) -> str:
    """
    Return an id made of ASCII letters, digits, `.`, `_` and `-`; empty when nothing remains.

    It names no folder above (no `/`, no `..`), no hidden file and no option. Numbers grouped
    in thousands ("12 345", as GLPI exports them) lose their spaces.

    Parameters
    ----------
    text
        As the source has it.
    max_chars
        What is longer is cut.
    """
    text = text.strip()
    if _GROUPED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    joined = re.sub(r"\.{2,}", ".", _UNSAFE.sub("-", bare))
    return joined.strip(".-_")[:max_chars].rstrip(".-_")


def has_lost_digits(text: str) -> bool:
    """Return whether an id is a rounded number ("1,15E+18"), as spreadsheets make of long ones."""
    return _ROUNDED.fullmatch(text.strip()) is not None


def shown_id(name: str) -> str:
    """Return an id for reports; one without a digit may be a name in a shifted row."""
    return name if any(character.isdigit() for character in name) else ""


def clean(text: str, max_chars: int, *, markup: bool = False) -> str:
    """
    Return free text in one line, within bounds, without telephone numbers and addresses of mail.

    Parameters
    ----------
    text
        As the source has it.
    max_chars
        A longer text is cut, and ends in `…`.
    markup
        Whether it is HTML (as GLPI's API gives it): tags go, entities become characters.
    """
    # The time of the steps below grows with the length.
    text = text[: 8 * max_chars]
    if markup:
        text = _TAG.sub(" ", html.unescape(html.unescape(text)))
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    text = _MAIL.sub(WITHHELD, _PHONE.sub(WITHHELD, " ".join(text.split())))
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
