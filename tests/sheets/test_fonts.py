"""Characters without a font: told once, with the packages that have them."""

from __future__ import annotations

import logging

import pytest

from dispatch.sheets.fonts import missing_from_sample, missing_gathered, missing_told
from tests.support.sheets_fixture import needs_pango


def test_a_character_without_a_glyph_is_gathered_and_not_printed(caplog):
    """What WeasyPrint says of it; its other remarks are left alone."""
    logger = logging.getLogger("weasyprint")
    with missing_gathered() as missing:
        logger.warning('.notdef glyph rendered for: "%s" (U+%04X)', "\u0e01", 0x0E01)
        logger.warning("something else")
    assert missing == {"\u0e01"}
    assert [record.getMessage() for record in caplog.records] == ["something else"]
    logger.warning(".notdef glyph afterwards: %s", "x")
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("characters", "words"),
    [
        ({"\u0e01", "\u0e02"}, ("Thai", "fonts-noto-core")),
        ({"\U0001f5a8"}, ("emoji", "fonts-noto-color-emoji")),
        ({"\u4e2d"}, ("Chinese", "fonts-noto-cjk")),
        ({"\u1200"}, ("other scripts", "fonts-noto-core")),
        ({"é"}, ("Latin", "fonts-liberation")),
    ],
)  # fmt: skip
def test_the_script_and_its_package_are_named(characters, words):
    """With some of the characters, whatever their number."""
    told = missing_told(characters)
    assert all(word in told for word in words)
    assert min(characters) in told
    assert len(missing_told({chr(0x0E01 + number) for number in range(40)})) < 250


@pytest.mark.slow
def test_a_machine_is_asked_for_its_fonts():
    """Whatever it lacks, it has our own letters: the sheets need them."""
    needs_pango()
    assert not missing_from_sample() & set("éàœÇ€")
