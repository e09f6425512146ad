"""Tests of finding one's way on the map page: a round alone, a visit searched, panels, paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatch.views import pages
from tests.support.browser_tools import chromium, visit
from tests.support.pages_fixture import HOSTILE, small_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

WHY = "Vingt minutes de plus pour T2 suffiraient."
CHANGES = tuple(f"V{k} passe de T1 à T2." for k in range(1, 12))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for the whole file."""
    with chromium() as found:
        yield found


def page_of(folder: Path, text: str | None = None) -> Path:
    """Write the small day's page, with an explanation and changes; a text stands in all of it."""
    day, territory = small_day(text)
    left = day.plan.unassigned[0].visit
    path = folder / "page.html"
    page = pages.map_page(
        day,
        territory,
        network_note="",
        attribution="",
        explanations={left: text or WHY},
        changes=CHANGES if text is None else (text, text),
    )
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the map page of the small day."""
    return page_of(tmp_path_factory.mktemp("finding"))


def shown_pins(page: Page) -> list[str]:
    """Return the codes of the pins on the map, the centre's aside."""
    return page.locator(".pin:not(.home) [aria-hidden]").all_text_contents()


def shown_tables(page: Page) -> list[str]:
    """Return whose tables are to be seen."""
    return page.locator("#tables table:visible caption > b").all_inner_texts()


def on_paper(page: Page) -> None:
    """Show a page as it is printed."""
    page.emulate_media(media="print")
    heard(page)


def heard(page: Page) -> None:
    """Wait until a page has heard of its new medium: it does when it is next drawn."""
    page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def test_a_technician_is_isolated_on_map_strips_and_tables_and_let_go(
    browser: Browser, page_file: Path
) -> None:
    """One click, and what remains is T2's; the address says so; three ways lead back."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        button = page.get_by_role("button", name="B T2 Seule")
        everyone = page.get_by_role("button", name="Toutes les tournées")
        assert everyone.is_hidden()
        for back in (button.click, everyone.click, lambda: page.keyboard.press("Escape")):
            button.click()
            assert button.get_attribute("aria-pressed") == "true"
            assert shown_pins(page) == ["B1", "B2", "B3"]
            assert shown_tables(page) == ["T2"]
            assert page.locator("[data-strip]:visible").count() == 1
            assert page.url.endswith("#B")
            back()
            assert button.get_attribute("aria-pressed") == "false"
            assert len(shown_pins(page)) == 7
            assert shown_tables(page) == ["T1", "T2", "Visites non planifiées"]
            assert everyone.is_hidden()
        assert visitor.events == []


def test_an_address_may_name_the_round_to_look_at(browser: Browser, page_file: Path) -> None:
    """A technician keeps a link to their own round; a letter that is none shows all."""
    with visit(browser, page_file, hash_="#A") as visitor:
        assert shown_tables(visitor.page) == ["T1"]
    with visit(browser, page_file, hash_="#Z") as visitor:
        assert len(shown_tables(visitor.page)) == 3


FOUND: dict[str, tuple[list[str], str]] = {
    "V5": (["B2"], "1 visite trouvée"),
    "mediatheque": (["A2"], "1 visite trouvée"),
    "ARNOZAN  professeur": (["B1", "B2"], "2 visites trouvées"),
    "demarre plus t1": (["A1", "A2", "A3"], "3 visites trouvées"),
    "vingt minutes": (["!1"], "1 visite trouvée"),
    "gymnase": (["!1"], "1 visite trouvée"),
    "A3": (["A3"], "1 visite trouvée"),
    "nulle part": ([], "Aucune visite trouvée"),
    "   ": ([], ""),
}


def test_a_visit_is_found_by_any_of_its_words(browser: Browser, page_file: Path) -> None:
    """Id, address, commune, text, technician, reason: without accents, in any case."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        for asked, (codes, said) in FOUND.items():
            page.get_by_label("Chercher une visite").fill(asked)
            assert page.locator(".hit .badge").all_text_contents() == codes, asked
            assert page.locator(".search [role=status]").text_content() == said


def test_search_works_from_the_keyboard(browser: Browser, page_file: Path) -> None:
    """Enter opens the first, arrows reach the others, Escape clears."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        field = page.get_by_label("Chercher une visite")
        field.fill("arnozan")
        page.keyboard.press("Enter")
        assert "Hôtel de ville" in page.locator(".popup").inner_text()
        assert page.locator("tr.sought").get_attribute("data-code") == "B1"
        field.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert "Service urbanisme" in page.locator(".popup").last.inner_text()
        field.focus()
        page.keyboard.press("Escape")
        assert field.input_value() == ""
        assert page.locator(".hit").count() == 0
        assert visitor.events == []


def test_what_is_found_outside_the_isolated_round_is_shown(
    browser: Browser, page_file: Path
) -> None:
    """A search never ends at a pin that is not on the map."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        page.locator("button[data-only='0']").click()
        page.get_by_label("Chercher une visite").fill("V6")
        page.keyboard.press("Enter")
        assert "Mairie annexe" in page.locator(".popup").inner_text()
        assert len(shown_tables(page)) == 3


def test_hostile_texts_are_found_and_shown_letter_by_letter(
    browser: Browser, tmp_path: Path
) -> None:
    """In results, explanations and changes; nothing of it runs."""
    with visit(browser, page_of(tmp_path, HOSTILE)) as visitor:
        page = visitor.page
        page.get_by_label("Chercher une visite").fill("alert(3) !1")
        assert HOSTILE[:60] in (page.locator(".hit .main").text_content() or "")
        page.keyboard.press("Enter")
        assert page.locator(".changes li").all_text_contents() == [HOSTILE, HOSTILE]
        for place in (".left .why", "#tables .why", ".popup .why"):
            assert page.locator(place).first.text_content() == HOSTILE
        assert visitor.events == []
        assert len(visitor.requests) == 1


def test_what_is_left_stands_with_its_reason_and_leads_to_its_pin(
    browser: Browser, page_file: Path
) -> None:
    """The panel names place, priority, reason and explanation; so does the table."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        panel = page.get_by_role("region", name="Visites non planifiées")
        for words in ("Gymnase, allée des Sports", "d’autres visites ont pris sa place", WHY):
            assert words in panel.inner_text()
            assert words in page.locator("table.undone").inner_text()
        panel.get_by_role("link", name="!1").click()
        assert WHY in page.locator(".popup").inner_text()
        assert shown_pins(page)[-1] == "!1"


def test_an_explanation_that_begins_with_the_reason_does_not_say_it_twice() -> None:
    """Another part of the program writes explanations; some repeat the reason."""
    day, territory = small_day()
    reason = "Possible seule, mais d’autres visites ont pris sa place."
    notes = {"network_note": "", "attribution": ""}
    once = pages.map_page(day, territory, **notes)
    told = pages.map_page(day, territory, **notes, explanations={"V7": f"{reason} Voilà."})
    assert told.count(reason) == once.count(reason) > 0
    assert told.count("Voilà.") >= 2


def test_changes_come_first_and_many_are_folded(browser: Browser, page_file: Path) -> None:
    """Eight are open; the others a click or a key away."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        changes = page.get_by_role("region", name="Ce qui change")
        shown = changes.locator("li:visible")
        assert shown.all_text_contents() == list(CHANGES[:8])
        changes.get_by_text("Tous les changements (11)").click()
        assert shown.all_text_contents() == list(CHANGES)
        box, board = changes.bounding_box(), page.locator(".board").bounding_box()
        assert box is not None
        assert board is not None
        assert box["y"] < board["y"]


def test_paper_gets_map_tables_and_what_is_left_and_no_control(
    browser: Browser, page_file: Path
) -> None:
    """Whatever the screen shows: no van, no state, no button; the screen then goes on."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        page.get_by_label("Heure", exact=True).fill("32400")
        on_paper(page)
        assert page.locator(".van").count() == 0
        assert page.locator(".pin.is-done").count() == 0
        for gone in (".player", ".search", ".tools", ".leaflet-control-zoom", ".pill", ".skip"):
            assert page.locator(gone).first.is_hidden()
        names = page.locator("button:visible").all_inner_texts()
        assert [" ".join(name.split()) for name in names] == ["A T1", "B T2"]
        assert shown_tables(page) == ["T1", "T2", "Visites non planifiées"]
        assert WHY in page.locator("table.undone").inner_text()
        assert page.locator(".changes").is_visible()
        width = page.locator(".board").evaluate("e => e.scrollWidth")
        assert width <= page.evaluate("document.documentElement.clientWidth")
        page.emulate_media(media="screen")
        heard(page)
        assert page.locator(".player .clock").inner_text() == "09:00"
        assert page.locator(".van").count() == 2


def test_paper_gets_the_isolated_round_alone(browser: Browser, page_file: Path) -> None:
    """A page for one technician's hand."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        page.locator("button[data-only='1']").click()
        on_paper(page)
        assert shown_tables(page) == ["T2"]
        assert shown_pins(page) == ["B1", "B2", "B3"]


def test_without_script_the_tables_say_everything_and_no_dead_control_is_shown(
    browser: Browser, page_file: Path
) -> None:
    """Rounds, what is left, why; and a word on where the map is."""
    with visit(browser, page_file, java_script_enabled=False) as visitor:
        page = visitor.page
        assert "La carte demande JavaScript" in page.locator(".map-box").inner_text()
        assert page.locator("#tables a[data-pin]").count() == 7
        assert WHY in page.locator("table.undone").inner_text()
        for dead in (".player", ".search", "[data-print]", "input[data-layer]"):
            assert page.locator(dead).first.is_hidden()
        assert all(button.is_disabled() for button in page.locator("button:visible").all())
