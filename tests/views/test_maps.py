"""Tests of the map itself, as a notebook gets it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import folium
import pytest

from dispatch.errors import InputError
from dispatch.views import maps
from dispatch.views.cartography import Backdrop
from dispatch.views.escape import cut
from tests.support.browser_tools import chromium, visit
from tests.support.pages_fixture import HOSTILE, LONG, small_day

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TILES = "https://tile.example.org/{z}/{x}/{y}.png"


def test_a_map_has_one_layer_a_round_and_one_for_what_is_left() -> None:
    """Two rounds, and one layer of unassigned visits."""
    day, territory = small_day()
    assert len(maps.parts(maps.day_map(day, territory)).layer_names) == 3


def test_the_same_day_gives_the_same_map_byte_for_byte() -> None:
    """The library's random names are replaced by numbers."""
    day, territory = small_day(HOSTILE)
    assert maps.parts(maps.day_map(day, territory)) == maps.parts(maps.day_map(day, territory))


@pytest.mark.parametrize("text", [HOSTILE, LONG, "{{", "{%", "{#", "{{7*191}}", "${7*191}"])
def test_no_text_is_evaluated_where_the_map_is_drawn(text: str) -> None:
    """Jinja in any field neither runs nor breaks the rendering."""
    day, territory = small_day(text)
    chart = maps.day_map(day, territory, attribution=text)
    page = chart.get_root().render()
    script = maps.parts(chart).script
    assert "1337" not in re.sub(r"-?\d+\.\d+", "", script)
    # Each text of an element is compiled again; the address stands in nine popups.
    assert text not in script
    assert page.count("bindPopup(") == 9  # the centre, six stops, one left out; and Leaflet's own


def test_the_map_links_to_no_other_machine() -> None:
    """Leaflet and the styles stand in it; nothing is fetched from a content network."""
    day, territory = small_day()
    page = maps.day_map(day, territory).get_root().render()
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=", page)
    assert "url(images/" not in page


def test_the_libraries_of_other_maps_are_left_alone() -> None:
    """Folium's list of libraries belongs to every map in the process."""
    before = list(folium.Map.default_js)
    maps.day_map(*small_day())
    assert folium.Map.default_js == before
    assert before


def test_tiles_are_drawn_only_when_asked_for() -> None:
    """Without them, communes are filled and any zoom is sharp."""
    day, territory = small_day()
    assert "tileLayer" not in maps.parts(maps.day_map(day, territory)).script
    assert TILES in maps.parts(maps.day_map(day, territory, tiles=TILES)).script


@pytest.mark.parametrize(
    "tiles",
    [
        "",
        "OpenStreetMap",
        "http://tile.example.org/{z}/{x}/{y}.png",
        "https://tile.example.org/{z}/{x}.png",
        "https://tile.example.org/{z}/{x}/{y}/{key}.png",
        "https://tile.example.org/{z}/{x}/{y}.png'; alert(1); '",
        "https://tile.example.org/{{7*191}}/{z}/{x}/{y}.png",
        "https://tile.example.org; script-src */{z}/{x}/{y}.png",
        "https://{s}.*/{z}/{x}/{y}.png",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(tiles: str) -> None:
    """The address goes into script and into the security policy."""
    day, territory = small_day()
    with pytest.raises(InputError, match="is no address of map tiles"):
        maps.day_map(day, territory, tiles=tiles)


def test_water_and_roads_lie_between_the_communes_and_the_rounds() -> None:
    """Drawn before the communes they would be hidden; after the rounds they would hide them."""
    day, territory = small_day()
    line = ((-0.65, 44.80), (-0.60, 44.82))
    chart = maps.day_map(day, territory, backdrop=Backdrop(water=(line,), roads=(line,)))
    script = maps.parts(chart).script
    water, road = script.index(maps.WATER), script.index(maps.ROAD)
    assert script.rindex("L.polygon") < water < road < script.index('"#0072b2"')


def test_a_day_without_rounds_or_lines_is_still_a_map() -> None:
    """The centre and the communes are there, whatever the plan."""
    day, territory = small_day()
    empty = replace(
        day, plan=day.plan.model_copy(update={"rounds": (), "unassigned": ()}), lines={}
    )
    parts = maps.parts(maps.day_map(empty, territory))
    assert "Pessac" in parts.script
    assert len(parts.layer_names) == 1


def test_skills_are_called_as_people_call_them() -> None:
    """The id stands where a skill has no label."""
    day, territory = small_day()
    named = maps.parts(maps.day_map(day, territory, skill_labels={"reseau": "Câblage"}))
    assert "C\\u00e2blage" in named.script
    assert "reseau" in maps.parts(maps.day_map(day, territory)).script


def test_a_notebook_may_add_a_control_that_lists_the_layers(tmp_path: Path) -> None:
    """Layers carry the round's letter and the technician, hostile or not, as text."""
    chart = maps.day_map(*small_day(HOSTILE))
    folium.LayerControl(collapsed=False).add_to(chart)
    path = tmp_path / "map.html"
    path.write_text(chart.get_root().render(), encoding="utf-8")
    with chromium() as browser, visit(browser, path) as visitor:
        labels = visitor.page.locator(".leaflet-control-layers-overlays label").all_text_contents()
        assert [label.strip() for label in labels] == [
            cut(f"A {HOSTILE}", 40),
            cut(f"B {HOSTILE}", 40),
            "Visites non planifiées",
        ]
        assert visitor.events == []


def test_a_map_as_a_notebook_shows_it_opens_without_a_network(tmp_path: Path) -> None:
    """Rendered by folium alone, hostile texts and all, it asks for nothing and runs nothing."""
    path = tmp_path / "map.html"
    path.write_text(maps.day_map(*small_day(HOSTILE)).get_root().render(), encoding="utf-8")
    with chromium() as browser, visit(browser, path) as visitor:
        assert visitor.events == []
        assert visitor.requests == [path.as_uri()]
        assert visitor.page.locator(".pin-head").count() == 8
