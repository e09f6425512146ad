"""Text files of offices in whatever encoding their tools left them; damaged letters are mended.

UTF-8 and UTF-16 say what they are. Of the rest (Windows-1252, the Macintosh's, the DOS window's),
the encoding with which the most headings are known is taken. UTF-8 that was once read as
Windows-1252 and saved again ("EntitÃ©") is turned back line by line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dispatch.errors import InputError
from dispatch.files.textfile import BOM, UTF16_MARKS, read_content, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Tried after Windows-1252, and taken only where more headings are known.
OTHERS = {"mac_roman": "the Macintosh's encoding", "cp850": "the DOS window's encoding"}
# "é" (C3 A9) read as Windows-1252 is "Ã©"; "’" (E2 80 99) is "â€™". French text has no such pairs.
_TWICE = re.compile("[ÂÃâ][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192"
                    "\u02c6\u02dc\u2013-\u203a\u20ac\u2122]")  # fmt: skip


class OfficeText(NamedTuple):
    """A text, and what had to be done to read it; empty: nothing."""

    text: str
    note: str = ""


def read_office_text(path: Path, *, max_mb: float, known: Callable[[str], int]) -> OfficeText:
    """
    Return the text of a file, without byte order mark.

    Parameters
    ----------
    path
        The file.
    max_mb
        Its largest size (megabytes).
    known
        How many headings of a text are known.

    Raises
    ------
    InputError
        When the file is absent, a folder, unreadable, empty, too large, or not text.
    """
    content = read_content(path, max_mb=max_mb)
    if content.startswith(UTF16_MARKS):
        try:
            text = content.decode("utf-16").removeprefix(BOM)
        except UnicodeDecodeError:
            message = "begins like UTF-16 but is not; save it as UTF-8"
            raise InputError.one(path.name, message) from None
        if "\0" in text or not text.strip():
            message = "is empty or holds NUL characters; save it as UTF-8"
            raise InputError.one(path.name, message)
        return OfficeText(text)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _eight_bits(path.name, content, known)
    text = text_of(content, path.name)
    mended = _mended(text)
    if mended == text:
        return OfficeText(text)
    return OfficeText(mended, "its accents were saved in a wrong encoding once (Ã©) and are mended")


def _eight_bits(source: str, content: bytes, known: Callable[[str], int]) -> OfficeText:
    """Return a text that is not UTF-8: as Windows-1252, unless others show more headings."""
    best: tuple[int, OfficeText] | None = None
    failure: InputError | None = None
    try:
        text = text_of(content, source, cp1252=True)
        best = known(text), OfficeText(text)
    except InputError as error:
        failure = error
    if b"\0" not in content:
        for encoding, name in OTHERS.items():
            text = content.decode(encoding)
            found = known(text)
            if found > (best[0] if best is not None else 1):
                best = found, OfficeText(text, f"read in {name}, as its headings show")
    if best is not None:
        return best[1]
    assert failure is not None
    raise failure


def _mended(text: str) -> str:
    """Return a text with each line turned back that was UTF-8 read as Windows-1252."""
    if not _TWICE.search(text):
        return text
    return "".join(map(_mended_line, text.splitlines(keepends=True)))


def _mended_line(line: str) -> str:
    if not _TWICE.search(line):
        return line
    content = bytearray()
    for letter in line:
        try:
            content += letter.encode("cp1252")
        except UnicodeEncodeError:
            # Tools write the five bytes that Windows-1252 leaves undefined as control characters.
            if ord(letter) > 0xFF:
                return line
            content.append(ord(letter))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return line
