"""Tests of the player: the day at a time, vans on their ways, stops done, under way, to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatch.views import pages
from tests.support.browser_tools import PHONE, chromium, visit
from tests.support.pages_fixture import small_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

# Of the day's rounds: T1 is at V1 from 8:10 to 8:40, at V2 from 8:50 to 9:20, rests from 9:30 to
# 10:30, is at V3 to 11:00 and back at 11:10. T2 leaves at 8:20, is at V4 from 8:30, at V5 from
# 9:00, at V6 from 9:40 to 10:10, back at 10:20. The slider goes from 8:00 to 12:00.
MORNING = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)  # 9:30 in Bordeaux


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for the whole file."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the map page of the small day."""
    path = tmp_path_factory.mktemp("player") / "page.html"
    day, territory = small_day()
    text = pages.map_page(day, territory, network_note="", attribution="")
    path.write_text(text, encoding="utf-8")
    return path


def seek(page: Page, hour: int, minute: int = 0) -> None:
    """Move the slider to a time, as a hand does."""
    page.get_by_label("Heure", exact=True).fill(str(3600 * hour + 60 * minute))


def clock(page: Page) -> str:
    """Return the time that the page shows."""
    return page.locator(".player .clock").inner_text()


def states(page: Page) -> dict[str, str]:
    """Return what the tables say of each stop."""
    rows = page.locator("tr[data-code]").evaluate_all(
        "all => all.map(row => [row.dataset.code, row.querySelector('.state')?.textContent || ''])"
    )
    return dict(rows)


def spot(page: Page, selector: str) -> tuple[float, float]:
    """Return the point of the map to which a van or a pin belongs (pixels)."""
    x, y = page.locator(selector).evaluate(
        "e => { const b = e.getBoundingClientRect(); return [b.x, b.y]; }"
    )
    return x, y


def pin(code: str) -> str:
    """Return the selector of a pin."""
    return f".pin:has(span[aria-hidden]:text-is('{code}'))"


def test_at_nine_each_stop_is_done_under_way_or_to_come(browser: Browser, page_file: Path) -> None:
    """Said in words in the tables and on the pins, counted, and shown by shape."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        assert set(states(page).values()) == {""}
        seek(page, 9)
        assert clock(page) == "09:00"
        assert states(page) == {
            "A1": "faite", "A2": "en cours", "A3": "à venir",
            "B1": "faite", "B2": "en cours", "B3": "à venir", "!1": "",
        }  # fmt: skip
        assert page.locator(".tally").inner_text() == "faites : 2 · en cours : 2 · à venir : 2"
        slider = page.get_by_label("Heure", exact=True)
        assert slider.get_attribute("aria-valuetext") == (
            "09:00, faites : 2 · en cours : 2 · à venir : 2"
        )
        for name in ("A1 08:10 T1, faite", "A2 08:50 T1, en cours", "B3 09:40 T2, à venir"):
            assert page.get_by_role("button", name=name, exact=True).count() == 1
        done, now, to_come = (
            page.locator(f"{pin(code)} .pin-head").evaluate(
                "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).boxShadow,"
                " getComputedStyle(e, '::after').content]"
            )
            for code in ("A1", "A2", "A3")
        )
        assert done[0] == "rgb(255, 255, 255)"
        assert done[2].startswith('"✓"')
        assert "5px" in now[1]
        assert now[0] == to_come[0] == "rgb(0, 114, 178)"
        assert "5px" not in to_come[1]
        assert visitor.events == []


DOING = {
    (8, 0): ["en route vers A1, arrivée 08:10", "part à 08:20"],
    (8, 20): ["sur place A1 jusqu’à 08:40", "en route vers B1, arrivée 08:30"],
    (9, 30): ["en pause jusqu’à 10:30", "en route vers B3, arrivée 09:40"],
    (10, 15): ["en pause jusqu’à 10:30", "sur le retour, arrivée 10:20"],
    (11, 5): ["sur le retour, arrivée 11:10", "de retour depuis 10:20"],
}


def test_a_card_says_what_its_technician_does(browser: Browser, page_file: Path) -> None:
    """Driving, at a visit, resting, back: by the plan's own times."""
    with visit(browser, page_file) as visitor:
        for (hour, minute), words in DOING.items():
            seek(visitor.page, hour, minute)
            assert visitor.page.locator("[data-status]").all_text_contents() == words


def test_a_van_is_where_the_plan_has_it(browser: Browser, page_file: Path) -> None:
    """Half way at half time, on the pin during the visit; the way driven is drawn up to it."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        van = ".van.round-0"
        seek(page, 8, 5)
        home, first = spot(page, ".pin.home"), spot(page, pin("A1"))
        half = ((home[0] + first[0]) / 2, (home[1] + first[1]) / 2)
        assert spot(page, van) == pytest.approx(half, abs=2)
        assert page.locator(".van.round-1 .van-body").is_hidden()
        seek(page, 8, 30)
        assert spot(page, van) == pytest.approx(first, abs=1)
        seek(page, 9, 10)
        assert spot(page, van) == pytest.approx(spot(page, pin("A2")), abs=1)
        assert page.locator(".van.round-1 .van-body").is_visible()


def test_the_day_plays_by_itself_at_the_speed_chosen_and_stops_at_its_end(
    browser: Browser, page_file: Path
) -> None:
    """An hour in six seconds; held where it is asked to; afresh from the end."""
    with visit(browser, page_file, at=MORNING) as visitor:
        page = visitor.page
        play = page.locator("[data-play]")
        play.click()
        page.clock.run_for(6000)
        assert clock(page) in ("08:59", "09:00")
        assert play.inner_text().strip() == "Suspendre"
        play.click()
        held = clock(page)
        page.clock.run_for(3000)
        assert clock(page) == held
        page.get_by_label("Vitesse").select_option("2")
        play.click()
        page.clock.run_for(7000)
        assert clock(page) == "12:00"
        assert play.inner_text().strip() == "Lire la journée"
        assert set(states(page).values()) == {"faite", ""}
        play.click()
        assert clock(page) == "08:00"
        assert visitor.events == []


def test_less_motion_means_steps_of_a_quarter_of_an_hour(browser: Browser, page_file: Path) -> None:
    """Nothing glides: for a second nothing changes, then the time leaps."""
    with visit(browser, page_file, at=MORNING, reduced_motion="reduce") as visitor:
        page = visitor.page
        page.locator("[data-play]").click()
        page.clock.run_for(1000)
        assert clock(page) == "08:00"
        page.clock.run_for(500)
        assert clock(page) == "08:15"
        page.clock.run_for(3000)
        assert clock(page) == "08:45"


def test_nothing_moves_unasked(browser: Browser, page_file: Path) -> None:
    """A page that is opened shows the whole day, and goes on showing it."""
    with visit(browser, page_file, at=MORNING) as visitor:
        visitor.page.clock.run_for(20_000)
        assert visitor.page.locator(".van").count() == 0
        assert visitor.page.locator(".player.on").count() == 0


def test_what_is_said_aloud_comes_at_a_sane_rate(browser: Browser, page_file: Path) -> None:
    """While 24 seconds are played: at the start, then every eight seconds."""
    with visit(browser, page_file, at=MORNING) as visitor:
        page = visitor.page
        page.evaluate(
            """() => { window.said = [];
            new MutationObserver(() => said.push(document.querySelector(
                '.player [role=status]').textContent)).observe(
                document.querySelector('.player [role=status]'), {childList: true}); }"""
        )
        page.get_by_label("Vitesse").select_option("12")
        page.locator("[data-play]").click()
        page.clock.run_for(23_500)
        said = page.evaluate("said")
        assert len(said) == 3
        assert said[0] == "08:00. faites : 0 · en cours : 0 · à venir : 6"


def test_moments_are_leapt_to_one_by_one(browser: Browser, page_file: Path) -> None:
    """Every time at which something begins or ends, forwards and back."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        seen = []
        for _ in range(5):
            page.get_by_role("button", name="Moment suivant").click()
            seen.append(clock(page))
        assert seen == ["08:00", "08:10", "08:20", "08:30", "08:40"]
        page.get_by_role("button", name="Moment précédent").click()
        assert clock(page) == "08:30"


def test_the_whole_day_comes_back(browser: Browser, page_file: Path) -> None:
    """No van, no state, lines as they were."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        lines = "all => all.map(e => [e.getAttribute('stroke'), e.getAttribute('stroke-opacity')])"
        before = page.locator(".leaflet-overlay-pane path").evaluate_all(lines)
        seek(page, 9)
        assert page.locator(".leaflet-overlay-pane path").evaluate_all(lines) != before
        page.get_by_role("button", name="Journée entière").click()
        assert page.locator(".leaflet-overlay-pane path").evaluate_all(lines) == before
        assert page.locator(".van").count() == 0
        assert set(states(page).values()) == {""}
        assert page.locator("[data-status]").all_text_contents() == ["", ""]


def test_a_round_that_was_hidden_comes_back_with_its_states(
    browser: Browser, page_file: Path
) -> None:
    """Leaflet draws its pins anew; they still say what is done."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        seek(page, 9)
        box = page.get_by_label("Afficher la tournée A")
        box.uncheck()
        assert page.locator(".van").count() == 1
        seek(page, 11)
        box.check()
        assert page.get_by_role("button", name="A3 10:30 T1, faite").count() == 1
        assert page.locator(".van").count() == 2


def test_now_follows_the_clock_in_bordeaux_on_the_day_itself(
    browser: Browser, page_file: Path
) -> None:
    """At 8:30 UTC it is 9:30 there, whatever the reader's own time zone."""
    zone = "America/New_York"
    with visit(browser, page_file, at=MORNING, timezone_id=zone) as visitor:
        page = visitor.page
        now = page.get_by_role("button", name="Maintenant")
        now.click()
        assert clock(page) == "09:30"
        assert now.get_attribute("aria-pressed") == "true"
        page.clock.run_for(10 * 60_000)
        assert clock(page) == "09:40"
        seek(page, 11)
        assert now.get_attribute("aria-pressed") == "false"
        page.clock.run_for(10 * 60_000)
        assert clock(page) == "11:00"


def test_a_wall_may_follow_the_clock_by_its_address(browser: Browser, page_file: Path) -> None:
    """`#now` needs no hand; on another day it does nothing, and there is no such button."""
    with visit(browser, page_file, at=MORNING, hash_="#B&now") as visitor:
        assert clock(visitor.page) == "09:30"
        assert visitor.page.locator(".pin:not(.home)").count() == 3
    tomorrow = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    with visit(browser, page_file, at=tomorrow, hash_="#now") as visitor:
        assert visitor.page.locator(".player.on").count() == 0
        assert visitor.page.get_by_role("button", name="Maintenant").is_hidden()


def test_a_strip_is_clicked_where_the_hour_is(browser: Browser, page_file: Path) -> None:
    """The middle of a strip from 8 to 12 is 10 o'clock, and a line marks it in every strip."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        page.locator("[data-strip='1'] svg").click()
        assert clock(page) in ("09:59", "10:00")
        marks = page.locator(".cursor").evaluate_all("all => all.map(e => e.x1.baseVal.value)")
        widths = page.locator("[data-strip] svg").evaluate_all("all => all.map(e => e.clientWidth)")
        assert marks == pytest.approx([width / 2 for width in widths], rel=0.01)


def test_a_click_on_a_van_leaves_its_round_alone(browser: Browser, page_file: Path) -> None:
    """The same as its button."""
    with visit(browser, page_file) as visitor:
        page = visitor.page
        seek(page, 9, 35)
        page.locator(".van.round-1 .van-body").click()
        assert page.locator("button[data-only='1']").get_attribute("aria-pressed") == "true"
        assert page.locator(".van").count() == 1


@pytest.mark.parametrize("lines", [False, True], ids=["unknown", "known"])
def test_the_player_works_on_a_phone_and_without_known_ways(
    browser: Browser, tmp_path: Path, lines: bool
) -> None:
    """Without a way there is no van, and times and states all the same; buttons fit a thumb."""
    day, territory = small_day()
    path = tmp_path / "page.html"
    shown = day if lines else replace(day, lines={})
    page_text = pages.map_page(shown, territory, network_note="", attribution="")
    path.write_text(page_text, encoding="utf-8")
    with visit(browser, path, PHONE) as visitor:
        page = visitor.page
        seek(page, 9)
        assert page.locator(".van").count() == (2 if lines else 0)
        assert states(page)["A1"] == "faite"
        assert visitor.events == []
        for button in page.locator(".player button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
