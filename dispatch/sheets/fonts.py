"""Which characters no font of this machine has: on paper a box stands for each of them."""

from __future__ import annotations

import logging
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# What WeasyPrint says of a character without a glyph, before the character itself.
NO_GLYPH = ".notdef glyph"
SHOWN = 6
# The first word of a character's Unicode name -> what to call its script, and a Debian package that
# has it. Symbols and pictures have no common first word: they are the last entry.
SCRIPTS = {
    "LATIN": ("Latin letters", "fonts-liberation fonts-dejavu-core"),
    "THAI": ("Thai", "fonts-noto-core"),
    "ARABIC": ("Arabic", "fonts-noto-core"),
    "HEBREW": ("Hebrew", "fonts-noto-core"),
    "DEVANAGARI": ("Devanagari", "fonts-noto-core"),
    "CJK": ("Chinese", "fonts-noto-cjk"),
    "HIRAGANA": ("Japanese", "fonts-noto-cjk"),
    "KATAKANA": ("Japanese", "fonts-noto-cjk"),
    "HANGUL": ("Korean", "fonts-noto-cjk"),
}
SYMBOLS = ("emoji and symbols", "fonts-noto-color-emoji fonts-symbola")
OTHERS = ("other scripts", "fonts-noto-core")
# One or two characters of what tickets hold: our own letters first, then what people add.
SAMPLE = "éàœÇ€–’ 😀🖨 กข ع ש 中 あ 한"


class _Gatherer(logging.Filter):
    """Takes note of characters without a glyph, and keeps these remarks off the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if not str(record.msg).startswith(NO_GLYPH):
            return True
        if isinstance(record.args, tuple):
            self.found.update(str(part) for part in record.args[:1])
        return False


@contextmanager
def missing_gathered() -> Iterator[set[str]]:
    """Give the set of characters that WeasyPrint finds no glyph for, until the end of the block."""
    logger, gatherer = logging.getLogger("weasyprint"), _Gatherer()
    logger.addFilter(gatherer)
    try:
        yield gatherer.found
    finally:
        logger.removeFilter(gatherer)


def missing_told(missing: Collection[str]) -> str:
    """Return in a sentence which characters have no font here, and which packages have them."""
    scripts: dict[str, str] = {}
    for character in sorted(missing):
        name, package = _script(character)
        scripts[name] = package
    listed = " ".join(sorted(missing)[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
    packages = " ".join(dict.fromkeys(word for text in scripts.values() for word in text.split()))
    return (
        f"no font of this machine has {', '.join(scripts)} ({listed}): boxes stand on the printed"
        f" sheets; install fonts (Debian: {packages})"
    )


def _script(character: str) -> tuple[str, str]:
    if unicodedata.category(character).startswith(("S", "C")):
        return SYMBOLS
    return SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0].partition("-")[0], OTHERS)


def missing_from_sample() -> frozenset[str]:
    """
    Return which characters of a sample no font of this machine has.

    Raises
    ------
    OSError
        When the system library Pango is missing.
    """
    import weasyprint

    with missing_gathered() as missing:
        weasyprint.HTML(string=f"<p lang=fr>{SAMPLE}</p>").write_pdf()
    return frozenset(missing)
