"""Texts of tickets, made harmless: ids cannot be paths, texts hold no markup and no contacts."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from dispatch.files.contacts import withhold_contacts

_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]{0,2000}>|<!--.{0,200}?-->", re.DOTALL)
_GROUPED = re.compile(r"\d{1,3}(?:[\s\u00a0\u202f']\d{3})+")
_ROUNDED = re.compile(r"\d(?:[.,]\d{1,20})?[eE]\+\d{1,3}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# What follows an id that had to be changed, so that `a/b1` and `a-b1` stay apart.
DIGEST_CHARS = 6
_DIGEST = re.compile(rf"\.[0-9a-f]{{{DIGEST_CHARS}}}$")
# An id of another script has nothing else that could stand in a path.
NAMELESS = "id"
# Line breaks of HTML, which tools leave in exports that are otherwise plain text.
_FORMATTING = re.compile(r"</?[bh]r\s?/?>", re.IGNORECASE)
# An entity of HTML or XML, and GLPI's line breaks in exports.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAK = re.compile(r"#LB[BH]R#")
# Order of right-to-left text, joiners, and other signs that show nothing and can mislead.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}


def safe_id(text: str, max_chars: int) -> str:
    """
    Return an id made of ASCII letters, digits, `.`, `_` and `-`; empty when it says nothing.

    It names no folder above (no `/`, no `..`), no hidden file and no option. Numbers grouped
    in thousands ("12 345", as GLPI exports them) lose their spaces. An id that has to be changed
    otherwise ends in a digest of what it was: `a/b1` becomes `a-b1.` and six digits or letters.

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
    joined = re.sub(r"\.{2,}", ".", _UNSAFE.sub("-", bare)).strip(".-_")
    if joined == text and len(text) <= max_chars:
        return text
    if not joined and not any(character.isalnum() for character in text):
        return ""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]
    kept = joined[: max_chars - DIGEST_CHARS - 1].rstrip(".-_") or NAMELESS
    return f"{kept}.{digest}"


def written_id(text: str) -> str:
    """Return an id as it is written, without what cannot be seen."""
    return "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE).strip()


def unescaped(text: str) -> str:
    """Return a cell with entities of HTML as characters, escaped once or twice."""
    if "&" in text:
        for _ in range(2):
            text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return _BREAK.sub(" ", text) if "#LB" in text else text


def has_lost_digits(text: str) -> bool:
    """Return whether an id is a rounded number ("1,15E+18"), as spreadsheets make of long ones."""
    return _ROUNDED.fullmatch(text.strip()) is not None


def shown_id(name: str) -> str:
    """Return an id for reports; one without a digit of its own may be a name in a shifted row."""
    own = _DIGEST.sub("", name)
    return name if any(character.isdigit() for character in own) else ""


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
    elif "<" in text:
        text = _FORMATTING.sub(" ", text)
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    text = withhold_contacts(" ".join(text.split()))
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
