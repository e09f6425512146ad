"""Tests of the pages in a real browser without a network: what is shown, and what runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.views import pages
from dispatch.views.escape import cut, page_text
from dispatch.views.itinerary import itineraries
from dispatch.wording import phrases
from tests.support.browser_tools import DESK, PHONE, WALL, chromium, visit
from tests.support.pages_fixture import DAY, HOSTILE, LONG, small_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from dispatch.model.day import CentreDay
    from dispatch.territory import Territory

pytestmark = pytest.mark.slow

NOTE = phrases.network_note(None)
RIGHTS = phrases.attribution()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for the whole file."""
    with chromium() as found:
        yield found


def quiet(day: CentreDay) -> CentreDay:
    """Return a day on which nothing is done."""
    return replace(day, plan=day.plan.model_copy(update={"rounds": (), "unassigned": ()}), lines={})


def map_of(day: CentreDay, territory: Territory, text: str | None = None, lang: str = "fr") -> str:
    """Return a centre's page; with a text, in the notes too."""
    return pages.map_page(
        day, territory, network_note=text or NOTE, attribution=text or RIGHTS, lang=lang
    )


def index_of(
    day: CentreDay, territory: Territory, text: str | None = None, lang: str = "fr"
) -> str:
    """Return the index of a day; with a text, in the notes and failures too."""
    return pages.index_page(
        [day],
        territory,
        date=DAY,
        network_note=text or NOTE,
        attribution=text or RIGHTS,
        failures={} if text is None else {text: text},
        lang=lang,
    )


def written(tmp_path: Path, content: str) -> Path:
    """Write a page as the command line does."""
    path = tmp_path / "page.html"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "lang", "size"),
    [
        (None, "fr", DESK),
        (None, "fr", PHONE),
        (None, "fr", WALL),
        (None, "en", PHONE),
        (HOSTILE, "fr", DESK),
        (HOSTILE, "en", PHONE),
        (LONG, "fr", PHONE),
        (LONG, "en", DESK),
    ],
)
@pytest.mark.parametrize("page", [map_of, index_of])
def test_every_page_opens_without_a_network_runs_nothing_and_fits(
    browser: Browser,
    tmp_path: Path,
    page: object,
    text: str | None,
    lang: str,
    size: tuple[int, int],
) -> None:
    """No dialog, no error, no request but the file itself, and no scrolling sideways."""
    path = written(tmp_path, page(*small_day(text), text, lang))  # type: ignore[operator]
    with visit(browser, path, size) as visitor:
        assert visitor.events == []
        assert visitor.requests == [path.as_uri()]
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert visitor.page.evaluate("document.documentElement.lang") == lang
        assert visitor.page.title()


def test_hostile_texts_are_shown_letter_by_letter_in_the_tables(
    browser: Browser, tmp_path: Path
) -> None:
    """What stands in the cells is the ticket's text, cut where it is too long."""
    day, territory = small_day(HOSTILE)
    with visit(browser, written(tmp_path, map_of(day, territory, HOSTILE))) as visitor:
        cells = visitor.page.locator("td bdi.text").evaluate_all(
            "all => all.map(e => e.textContent)"
        )
        assert cells == [cut(HOSTILE + "Poste qui ne démarre plus", 400)] * 7
        shown = visitor.page.locator("footer p").evaluate_all("all => all.map(e => e.textContent)")
        assert shown[1:] == [HOSTILE, HOSTILE]


def test_hostile_texts_are_shown_letter_by_letter_in_every_popup(
    browser: Browser, tmp_path: Path
) -> None:
    """Opening each pin shows the text and runs nothing."""
    day, territory = small_day(HOSTILE)
    with visit(browser, written(tmp_path, map_of(day, territory))) as visitor:
        pins = visitor.page.locator(".pin:not(.home)")
        assert pins.count() == 7
        for number in range(7):
            pins.nth(number).focus()
            visitor.page.keyboard.press("Enter")
            shown = visitor.page.locator(".popup-text bdi").last.text_content()
            assert shown == cut(HOSTILE + "Poste qui ne démarre plus", 400)
        assert visitor.events == []
        assert len(visitor.requests) == 1


def test_a_failed_centre_is_shown_with_its_reason_letter_by_letter(
    browser: Browser, tmp_path: Path
) -> None:
    """The index says first what could not be planned, and why."""
    day, territory = small_day()
    page = pages.index_page(
        [day],
        territory,
        date=DAY,
        network_note=NOTE,
        attribution=RIGHTS,
        failures={"ouest": HOSTILE},
    )
    with visit(browser, written(tmp_path, page)) as visitor:
        assert visitor.page.locator(".alert bdi").all_text_contents() == ["ouest", HOSTILE]


def test_the_legend_hides_and_shows_a_round(browser: Browser, tmp_path: Path) -> None:
    """Unticking T1 takes its three pins off the map; ticking it brings them back."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        box = visitor.page.locator("input[data-layer='0']")
        pins = visitor.page.locator(".pin:not(.home)")
        assert pins.count() == 7
        box.uncheck()
        assert pins.count() == 4
        box.check()
        assert pins.count() == 7


def test_a_round_can_be_looked_at_alone(browser: Browser, tmp_path: Path) -> None:
    """The button leaves one round; pressed again, it brings all back."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        button = visitor.page.locator("button[data-only='1']")
        labels = visitor.page.locator(".pin:not(.home) [aria-hidden]")
        button.click()
        assert labels.all_text_contents() == ["B1", "B2", "B3"]
        assert button.get_attribute("aria-pressed") == "true"
        button.click()
        assert labels.count() == 7


def test_a_pin_works_from_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Enter opens what a click opens, with its time and place; Escape closes it."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        visitor.page.get_by_role("button", name="A3 10:30 T1").focus()
        visitor.page.keyboard.press("Enter")
        popup = visitor.page.locator(".popup")
        text = popup.inner_text()
        for words in (
            "A3",
            "10:30\u201311:00",
            "École élémentaire",
            "Pessac",
            "30",
            "reseau",
            "V3",
        ):
            assert words in text
        visitor.page.keyboard.press("Escape")
        popup.wait_for(state="detached")


def test_a_stop_of_the_table_opens_its_pin(browser: Browser, tmp_path: Path) -> None:
    """Whoever reads the table finds the place on the map."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        visitor.page.locator("a[data-pin='B2']").click()
        assert "Service urbanisme" in visitor.page.locator(".popup").inner_text()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_pin_hides_another(browser: Browser, tmp_path: Path, size: tuple[int, int]) -> None:
    """Two visits at one place are two pins side by side, on any screen."""
    with visit(browser, written(tmp_path, map_of(*small_day())), size) as visitor:
        boxes = [pin.bounding_box() for pin in visitor.page.locator(".pin-head").all()]
        assert len(boxes) == 8
        for k, a in enumerate(boxes):
            for b in boxes[:k]:
                assert a is not None
                assert b is not None
                apart_x = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
                apart_y = a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
                assert apart_x or apart_y


def test_paper_gets_the_whole_map(browser: Browser, tmp_path: Path) -> None:
    """After zooming in on the screen, every pin is still inside the printed map."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        for _ in range(4):
            visitor.page.locator(".leaflet-control-zoom-in").click()
            visitor.page.wait_for_timeout(350)
        visitor.page.emulate_media(media="print")
        visitor.page.wait_for_timeout(200)
        frame = visitor.page.locator(".map-box").bounding_box()
        assert frame is not None
        for pin in visitor.page.locator(".pin-head").all():
            box = pin.bounding_box()
            assert box is not None
            assert frame["x"] <= box["x"] <= frame["x"] + frame["width"] - box["width"]
            assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] - box["height"]


def test_the_tables_say_what_the_map_shows(browser: Browser, tmp_path: Path) -> None:
    """Each pin's code has its row, and the day's figures are those of the plan."""
    with visit(browser, written(tmp_path, map_of(*small_day()))) as visitor:
        codes = visitor.page.locator("#tables a[data-pin]").all_text_contents()
        assert codes == ["A1", "A2", "A3", "B1", "B2", "B3", "!1"]
        figures = visitor.page.locator(".figures dd").all_inner_texts()
        assert [" ".join(figure.split()) for figure in figures] == [
            "6 sur 7", "2", "29,4 km", "1 h 10", "3 h",
        ]  # fmt: skip
        first = " ".join(visitor.page.locator("caption").first.inner_text().split())
        assert first == (
            "A T1 3 visites · 16,8 km · route 40 min · sur place 1 h 30 · amplitude 3 h 10"
        )


def test_the_break_stands_between_the_stops_it_parts() -> None:
    """T1 pauses from 9:30 to 10:30, between its second and third stop."""
    page = map_of(*small_day())
    assert page.index(">A2</a>") < page.index("09:30\u201310:30") < page.index(">A3</a>")


def test_a_sample_is_called_one_and_real_visits_are_not() -> None:
    """Nobody must take a drawn day for a real one, nor the reverse."""
    day, territory = small_day()
    note = "ces visites sont tirées au sort"
    for page in (map_of, index_of):
        assert note in page(day, territory)
        assert note not in page(replace(day, sample=False), territory)


def test_what_the_times_rest_on_and_whose_data_it_is_stand_on_every_page() -> None:
    """The approximation is called one, and licences are kept."""
    for page in (map_of(*small_day()), index_of(*small_day())):
        assert NOTE in page
        assert "OpenStreetMap (ODbL)" in page
        assert "Licence Ouverte" in page


def test_the_distance_to_the_optimum_is_told_in_plain_words() -> None:
    """60 s of 18,600 s are 0.33 %, told as at most 0.4 %."""
    assert "À 0,4\u202f&#37; de l\u2019optimum au plus" in map_of(*small_day())


def test_a_day_without_rounds_is_a_page_that_says_so(browser: Browser, tmp_path: Path) -> None:
    """Nothing to do is no error."""
    day, territory = small_day()
    with visit(browser, written(tmp_path, map_of(quiet(day), territory))) as visitor:
        assert visitor.events == []
        assert "Aucune tournée ce jour." in visitor.page.locator(".legend").inner_text()


def test_an_index_without_any_planned_centre_still_opens(browser: Browser, tmp_path: Path) -> None:
    """When every centre failed, the page says why."""
    _, territory = small_day()
    page = pages.index_page(
        [], territory, date=DAY, network_note=NOTE, attribution=RIGHTS, failures={"sud": "panne"}
    )
    with visit(browser, written(tmp_path, page)) as visitor:
        assert visitor.events == []
        assert visitor.page.locator(".alert").inner_text().split() == [
            "Centres", "non", "planifiés", "Sud", "\u2013", "panne",
        ]  # fmt: skip


def test_pages_forbid_all_but_their_own_styles_and_scripts() -> None:
    """The policy lists digests only, and zooming with two fingers stays possible."""
    for page in (map_of(*small_day()), index_of(*small_day())):
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
        assert policy is not None
        assert "default-src 'none'" in policy[1]
        assert "unsafe" not in policy[1]
        assert "http" not in policy[1]
        assert "user-scalable" not in page
        assert "maximum-scale" not in page
        assert not re.search(r"<[^>]+\sstyle=", page)


def test_tiles_open_the_policy_to_their_own_machine_only() -> None:
    """Pictures may come from there, and nothing else."""
    day, territory = small_day()
    tiles = "https://{s}.tile.example.org/{z}/{x}/{y}.png"
    page = pages.map_page(day, territory, network_note="", attribution="", tiles=tiles)
    assert "img-src data: https://*.tile.example.org;" in page


def test_the_index_leads_to_each_centre() -> None:
    """The link is the name under which the map is written."""
    assert 'href="map-sud.html"' in index_of(*small_day())


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_id_leads_out_of_the_folder_and_no_two_meet(first: str, second: str) -> None:
    """A file name is letters, digits, hyphens, and differs where the ids differ."""
    name = pages.map_file_name(first)
    assert re.fullmatch(r"map-[A-Za-z0-9_.-]{1,70}\.html", name)
    assert ".." not in name
    assert (name == pages.map_file_name(second)) == (first == second)


def test_a_page_of_thirty_rounds_stays_under_a_megabyte() -> None:
    """A region's day must open on a telephone: 30 rounds of 5 stops, 200 points a line."""
    day, territory = thirty_rounds()
    assert len(map_of(day, territory).encode()) < 1_000_000


def thirty_rounds() -> tuple[CentreDay, Territory]:
    """Return a day of 30 rounds of 5 stops, their lines winding enough to stay 200 points."""
    day, territory = small_day()
    problem, plan = day.problem, day.plan
    technicians = tuple(
        problem.technicians[0].model_copy(update={"id": f"T{k}"}) for k in range(30)
    )
    usual, first = day.tickets["V1"], plan.rounds[0]
    names = [f"W{k}" for k in range(150)]
    visits = tuple(problem.visits[0].model_copy(update={"id": name}) for name in names)
    tickets = {name: usual.model_copy(update={"id": name}) for name in names}
    rounds = tuple(
        first.model_copy(
            update={
                "technician": technician.id,
                "stops": tuple(
                    first.stops[0].model_copy(update={"visit": name})
                    for name in names[5 * k : 5 * k + 5]
                ),
            }
        )
        for k, technician in enumerate(technicians)
    )
    winding = tuple((-0.65 + 0.0005 * k, 44.80 + 0.001 * (k % 2)) for k in range(200))
    big = replace(
        day,
        problem=replace(problem, technicians=technicians, visits=visits),
        plan=plan.model_copy(update={"rounds": rounds, "unassigned": ()}),
        tickets=tickets,
        lines={technician.id: winding for technician in technicians},
    )
    return big, territory


def led_by(day: CentreDay, *names: str) -> CentreDay:
    """Return a day on which each leg of the first technician's round leads by these streets."""
    (first, *_) = itineraries(day)
    return replace(day, streets={first.technician.id: (names,) * (len(first.steps) + 1)})


@pytest.mark.parametrize(("lang", "head", "by"), [("fr", "Rues", "par"), ("en", "Streets", "by")])
def test_a_page_says_by_which_streets_each_leg_leads(lang: str, head: str, by: str) -> None:
    """In the list of stops and in each stop's popup, for the way home too."""
    day, territory = small_day()
    page = map_of(led_by(day, "Rue A", "Cours B"), territory, lang=lang)
    named = "<bdi>Rue A</bdi>, <bdi>Cours B</bdi>"
    assert page.count(f'<small class="streets">{by} {named}</small>') == 4
    # In the script a popup's angle brackets are escaped once more.
    popups = page.replace("\\u003c", "<").replace("\\u003e", ">")
    assert popups.count(f"<dt>{head}</dt><dd>{named}</dd>") == 3
    plain = map_of(day, territory, lang=lang)
    assert "Rue A" not in plain
    assert 'class="streets"' not in plain
    assert f"<dt>{head}</dt>" not in plain.replace("\\u003c", "<").replace("\\u003e", ">")


def test_a_street_of_a_hostile_name_is_text() -> None:
    """Nothing in it runs on the machine that draws, and each sign is an entity."""
    day, territory = small_day()
    page = map_of(led_by(day, HOSTILE, "x" * 90), territory)
    assert "1337" not in page
    assert "<script>alert" not in page
    assert "onerror=alert(4)>" not in page
    assert f"<bdi>{page_text(HOSTILE, 40)}</bdi>" in page
    assert "x" * 39 + "…" in page
    assert "x" * 40 not in page
