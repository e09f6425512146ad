"""Tests of the pages for everyone: axe-core's rules of WCAG 2.1 A and AA, keyboard, zoom, walls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from dispatch.views import pages
from dispatch.wording import phrases
from dispatch.wording.languages import languages
from tests.support.browser_tools import DESK, PHONE, WALL, chromium, visit
from tests.support.pages_fixture import DAY, small_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

HUGE_WALL = (3840, 2160)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for the whole file."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with map page and index in both languages: "map-fr.html" and so on."""
    path = tmp_path_factory.mktemp("access")
    day, territory = small_day()
    for lang in languages():
        notes = {
            "network_note": phrases.network_note(None, lang=lang),
            "attribution": phrases.attribution(lang),
            "explanations": {"V7": "Une explication."},
            "lang": lang,
        }
        made = {
            "map": pages.map_page(day, territory, **notes, changes=("V1 passe de T1 à T2.",) * 9),
            "index": pages.index_page(
                [day],
                territory,
                date=DAY,
                failures={"ouest": "panne"},
                sheets={"sud": {"PDF": "sheets/sud.pdf"}},
                downloads=tuple(pages.DOWNLOADS),
                **notes,
            ),
        }
        for name, text in made.items():
            (path / f"{name}-{lang}.html").write_text(text, encoding="utf-8")
    return path


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against the rules, with the first element of each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # What fades in has the colours of neither state meanwhile.
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("map-fr", PHONE, "light"),
        ("map-fr", DESK, "dark"),
        ("map-en", WALL, "light"),
        ("index-fr", PHONE, "dark"),
        ("index-fr", WALL, "light"),
        ("index-en", DESK, "light"),
    ],
)
def test_pages_break_no_rule_of_accessibility(
    browser: Browser,
    folder: Path,
    name: str,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    """As opened; the map also in the midst of the day, with a search, a popup and one round."""
    with visit(browser, folder / f"{name}.html", size, color_scheme=scheme) as visitor:
        page = visitor.page
        assert violations(page) == []
        if name.startswith("map"):
            page.locator(".player input").fill("32400")
            page.locator(".search input").fill("mairie")
            page.keyboard.press("Enter")
            assert violations(page) == []
            page.locator("button[data-only='1']").click()
            assert violations(page) == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, folder: Path
) -> None:
    """From the top: ways past the map first, then every control; each has a ring around it."""
    walk = """() => {
        const e = document.activeElement;
        const rings = [e, e.querySelector('.pin-head')].filter(Boolean).map(getComputedStyle);
        return [e === document.body ? '' : (e.getAttribute('aria-label') || e.textContent
            || e.id).replace(/\\s+/g, ' ').trim(),
            rings.some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)];
    }"""
    with visit(browser, folder / "map-fr.html") as visitor:
        page = visitor.page
        names = []
        for _ in range(80):
            page.keyboard.press("Tab")
            name, ringed = page.evaluate(walk)
            if not name:
                break
            assert ringed, name
            names.append(name)
        assert names[:2] == ["Aller à la liste des tournées", "Aller aux tableaux"]
        for wanted in (
            "← Tous les centres", "Imprimer", "Agrandir", "Lire la journée", "Moment précédent",
            "Heure", "Moment suivant", "Journée entière", "sought", "A T1 Seule",
            "Afficher la tournée B", "Tous les changements (9)", "A1", "!1",
        ):  # fmt: skip
            assert any(name.startswith(wanted) or wanted in name for name in names), wanted
        assert names.count("A1A1 08:10 T1") == 1  # its pin


def test_skip_links_lead_past_the_map(browser: Browser, folder: Path) -> None:
    """The first to the rounds, the second to the tables; the next Tab goes on from there."""
    with visit(browser, folder / "map-fr.html") as visitor:
        page = visitor.page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "sought"
        page.goto(page.url.partition("#")[0])
        for key in ("Tab", "Tab", "Enter", "Tab"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.pin") == "A1"


@pytest.mark.parametrize("name", ["map-fr", "index-fr"])
@pytest.mark.parametrize("width", [320, 700])
def test_pages_reflow_when_magnified(browser: Browser, folder: Path, name: str, width: int) -> None:
    """A window of 1400 pixels at 200 %, and of 1280 at 400 %: nothing scrolls sideways."""
    with visit(browser, folder / f"{name}.html", (width, 450)) as visitor:
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_letters_follow_the_size_that_the_reader_has_set(browser: Browser, folder: Path) -> None:
    """Text twice as large by the browser's own setting: no fixed size holds it back."""
    with visit(browser, folder / "map-fr.html") as visitor:
        page = visitor.page
        size = "e => parseFloat(getComputedStyle(e).fontSize)"
        seen = [".hours", ".pin-head", "#tables td.time", ".player .play", ".on-bar", "h1"]
        before = [page.locator(one).first.evaluate(size) for one in seen]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        after = [page.locator(one).first.evaluate(size) for one in seen]
        assert after == pytest.approx([2 * one for one in before], rel=0.02)


def test_a_wall_has_larger_letters_pins_and_lines(browser: Browser, folder: Path) -> None:
    """Seen from across the room: about twice as large on a screen of 3840 pixels."""
    measure = """() => [
        parseFloat(getComputedStyle(document.querySelector('.hours')).fontSize),
        document.querySelector('.pin-head').offsetHeight,
        Number(document.querySelector('path[stroke="#0072b2"]').getAttribute('stroke-width')),
        document.querySelector('.map-box').offsetHeight / window.innerHeight]"""
    seen = []
    for size in (DESK, HUGE_WALL):
        with visit(browser, folder / "map-fr.html", size) as visitor:
            seen.append(visitor.page.evaluate(measure))
    near, far = seen
    assert all(large > 1.9 * small for small, large in zip(near[:3], far[:3], strict=True))
    assert far[3] > 0.5


@pytest.mark.parametrize(
    ("lang", "title", "figures"),
    [
        ("fr", "Centre Sud · mercredi 25 novembre 2026", "29,4\u00a0km"),
        ("en", "Centre Sud · Wednesday 25 November 2026", "29.4\u00a0km"),
    ],
)
def test_language_title_landmarks_and_numbers(
    browser: Browser, folder: Path, lang: str, title: str, figures: str
) -> None:
    """One main, one header, one footer, one h1; dates and numbers as the language writes them."""
    with visit(browser, folder / f"map-{lang}.html") as visitor:
        page = visitor.page
        assert page.title() == title
        assert page.evaluate("document.documentElement.lang") == lang
        for landmark in ("banner", "main", "contentinfo", "search"):
            assert page.get_by_role(landmark).count() == 1
        assert page.locator("h1").count() == 1
        assert figures in page.locator(".figures").inner_text()
