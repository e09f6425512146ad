"""A language is one file: dropped in, it is offered and reaches pages, sheets and sentences."""

from __future__ import annotations

import re
import shutil

import pytest
import typer

from dispatch.commands.options import language_of
from dispatch.explain.changes import ProblemChange
from dispatch.sheets.gpx import round_gpx
from dispatch.sheets.pdf import sheets_html
from dispatch.views.explanations import Teller
from dispatch.views.pages import map_page
from dispatch.wording import languages as known
from dispatch.wording.phrases import attribution, network_note
from tests.support.pages_fixture import small_day
from tests.support.sheets_fixture import land_of, small_content

# Marks every word, so that a page shows where it is from; {names} stay as they are.
WORD = re.compile(r'(= |^  )"(?=[^"\n])', re.MULTILINE)


@pytest.fixture
def third(tmp_path, monkeypatch) -> str:
    """Return the code of a third language: English with a mark before every word."""
    folder = tmp_path / "wording"
    folder.mkdir()
    for path in known.FOLDER.glob("*.toml"):
        shutil.copy(path, folder)
    text = (folder / "en.toml").read_text(encoding="utf-8")
    (folder / "xx.toml").write_text(WORD.sub(r'\1"¤', text), encoding="utf-8")
    monkeypatch.setattr(known, "FOLDER", folder)
    return "xx"


def test_it_is_offered_by_the_command_line(third):
    """And one that is not there is refused with those that are."""
    assert language_of(third) == third
    with pytest.raises(typer.BadParameter, match="'de' is not one of 'fr', 'en', 'xx'"):
        language_of("de")


def test_it_reaches_the_map_page(third):
    """Headings, the player's words in the script, the reason, the date."""
    day, territory = small_day()
    page = map_page(
        day,
        territory,
        lang=third,
        network_note=network_note(None, lang=third),
        attribution=attribution(third),
    )
    assert '<html lang="xx">' in page
    assert "<h2>¤The rounds in detail</h2>" in page
    assert '"play":"\\u00a4Play the day"' in page
    assert "¤Possible alone, but other visits took its place." in page
    assert "¤Wednesday 25 November 2026" in page


def test_it_reaches_the_sheets(third):
    """Paper and phone."""
    content = small_content(lang=third)
    paper = sheets_html(content, land_of(content), draw=False)
    assert '<html lang="xx">' in paper
    assert "<h2>¤To take before leaving</h2>" in paper
    assert "¤Round of T1" in round_gpx(content, content.rounds[0])


def test_it_reaches_explanations(third):
    """With the skills' labels in that language, or their identifiers."""
    change = ProblemChange("T3", skills=("net",))
    assert Teller(third, {"net": "Netz"}).change(change) == '¤¤the skill "Netz" for T3'
    assert Teller(third).change(change) == '¤¤the skill "net" for T3'
