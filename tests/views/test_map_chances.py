"""How sure hours are, on the pages: ranges, weak windows, weakest stops, sums; words of both."""

from __future__ import annotations

import pytest

from dispatch.views import pages
from dispatch.wording.phrases import Speech
from tests.support.browser_tools import DESK, PHONE, chromium, visit
from tests.support.chances_fixture import sure_day
from tests.support.pages_fixture import DAY, HOSTILE, small_day


def page_of(day, territory, lang="fr"):
    """Return a centre's page."""
    return pages.map_page(day, territory, network_note="", attribution="", lang=lang)


def index_of(day, territory, lang="fr"):
    """Return the index."""
    return pages.index_page(
        [day], territory, date=DAY, network_note="", attribution="", failures={}, lang=lang
    )


@pytest.fixture(scope="module")
def browser():
    """Return one browser for the whole file."""
    with chromium() as found:
        yield found


def shown(browser, tmp_path, page, where, size=DESK):
    """Return the texts at a place of a page, and whether it fits its window and runs nothing."""
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    with visit(browser, path, size) as visitor:
        assert visitor.events == []
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = visitor.page.locator(where).all_inner_texts()
    return [" ".join(text.split()) for text in found]


@pytest.mark.slow
def test_each_stop_shows_when_it_begins_and_a_weak_window_says_so(browser, tmp_path):
    """8:50 for V2, 8:45 to 9:20; three chances in four are marked, nine in ten are not."""
    page = page_of(*sure_day())
    first = shown(browser, tmp_path, page, "table.round:first-of-type td.time small")
    assert first == [
        "créneau 08:00–12:00",
        "entre 8 h 05 et 8 h 40",
        "créneau 08:00–12:00",
        "entre 8 h 45 et 9 h 20",
        "créneau fragile : 73 % de chances d’être tenu",
        "créneau 08:00–12:00",
        "entre 10 h 25 et 11 h",
    ]
    marked = shown(browser, tmp_path, page, "td.time small.loud")
    assert len(marked) == 1
    legend = shown(browser, tmp_path, page, "#tables > p.key")
    assert "9 fois sur 10" in legend[0]


@pytest.mark.slow
def test_each_round_shows_its_return_and_its_weakest_window(browser, tmp_path):
    """A return that is in time on four days in five says so; a sure one is not spoken of."""
    page = page_of(*sure_day())
    assert shown(browser, tmp_path, page, ".card .sure") == [
        "Retour entre 11 h et 11 h 30 · à l’heure : 80 %",
        "Créneau le plus fragile : A2, 73 %",
        "Retour entre 10 h 10 et 10 h 40",
        "Créneau le plus fragile : B2, 90 %",
    ]
    assert shown(browser, tmp_path, page, ".card .sure.loud") == [
        "Créneau le plus fragile : A2, 73 %"
    ]


@pytest.mark.slow
def test_the_index_sums_the_windows_that_are_kept(browser, tmp_path):
    """0.99 + 0.731 + 1 + 0.9 + 0.95 of five; V3 has none that is told."""
    page = index_of(*sure_day())
    told = [text for text in shown(browser, tmp_path, page, ".centres small") if "tenus" in text]
    assert told == ["≈ 4,6 créneaux sur 5 tenus"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("text", [None, HOSTILE])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_pages_with_chances_fit_in_english_too(browser, tmp_path, text, size):
    """Also with texts in every field that could run, or be taken for marks of the page."""
    page = page_of(*sure_day(text), lang="en")
    times = shown(browser, tmp_path, page, "td.time", size)
    assert "between 8:05 and 8:40" in times[1]
    assert "window at risk: 73% chance of being kept" in times[2]
    cards = shown(browser, tmp_path, page, ".card .sure", size)
    assert cards[0] == "Back between 11:00 and 11:30 · in time: 80%"
    index = shown(browser, tmp_path, index_of(*sure_day(text), lang="en"), ".centres", size)
    assert "≈ 4.6 of 5 windows kept" in index[0]


def test_a_day_without_chances_is_shown_as_before():
    """Of an older service file nothing is told, and no empty words stand in its place."""
    day, territory = small_day()
    page, index = page_of(day, territory), index_of(day, territory)
    for word in ("fragile", "9 fois sur 10", 'class="sure'):
        assert word not in page
    assert "tenus" not in index


@pytest.mark.parametrize(
    ("start_s", "end_s", "french", "english"),
    [
        (34_800, 36_600, "entre 9 h 40 et 10 h 10", "between 9:40 and 10:10"),
        (32_400, 36_000, "entre 9 h et 10 h", "between 9:00 and 10:00"),
        (32_400, 32_400, "à 9 h", "at 9:00"),
        (85_800, 91_800, "entre 23 h 50 et 1 h 30 (+1)", "between 23:50 and 1:30 (+1)"),
    ],
)
def test_a_promise_is_said_as_people_say_hours(start_s, end_s, french, english):
    """A range, full hours, one moment, and after midnight."""
    assert Speech("fr").promise(start_s, end_s).replace("\xa0", " ") == f"{french}, 9 fois sur 10"
    assert Speech("en").promise(start_s, end_s) == f"{english}, 9 times out of 10"


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.0, "moins de 1 %"), (0.0099, "moins de 1 %"), (0.29, "29 %"), (0.7319, "73 %"),
        (0.9999, "99 %"), (1.0, "plus de 99 %"),
    ],
)  # fmt: skip
def test_a_chance_is_never_told_as_more_than_it_is_nor_as_sure(chance, said):
    """Whole percents, cut; a thousand days of a thousand are no proof."""
    assert Speech("fr").chance(chance).replace("\u202f", " ") == said
