"""Tests of shapes made ready to be drawn."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from markupsafe import Markup

from dispatch.streets.network import Network
from dispatch.territory import TO_METRIC, Territory
from dispatch.views import cartography, document, overview
from tests.support.pages_fixture import small_day, squares


def test_neighbours_still_meet_after_thinning() -> None:
    """Three squares side by side keep their area and overlap nowhere."""
    communes = squares({"33001": "A", "33002": "B", "33003": "C"})
    thin = list(cartography.thin_outlines(communes).values())
    assert shapely.area(shapely.union_all(thin)) == pytest.approx(3 * 4000**2)
    assert sum(shape.area for shape in thin) == pytest.approx(3 * 4000**2)


def test_a_name_is_written_inside_its_commune() -> None:
    """The middle of a horseshoe is not its centroid, which lies outside."""
    shape = shapely.box(0, 0, 9000, 9000) - shapely.box(2000, 2000, 9000, 7000)
    assert not shape.contains(shape.centroid.buffer(1500)) or not shape.contains(shape.centroid)
    assert shape.contains(cartography.middle(shape))


def test_the_name_of_a_commune_in_parts_is_written_in_the_largest() -> None:
    """An exclave does not carry the name away."""
    small, large = shapely.box(0, 0, 100, 100), shapely.box(1000, 0, 3000, 2000)
    assert large.contains(cartography.middle(shapely.MultiPolygon([small, large])))


def test_a_line_is_thinned_by_less_than_one_sees() -> None:
    """A point a metre off a straight line goes, one 100 m off stays."""
    start, end = (-0.60, 44.80), (-0.58, 44.80)
    assert len(cartography.thin_line((start, (-0.59, 44.80001), end))) == 2
    assert len(cartography.thin_line((start, (-0.59, 44.801), end))) == 3


def test_a_line_comes_back_as_latitude_and_longitude() -> None:
    """GeoJSON and web maps order the two differently."""
    assert cartography.thin_line(((-0.6, 44.8), (-0.5, 44.9))) == [(44.8, -0.6), (44.9, -0.5)]


@pytest.mark.parametrize("line", [(), ((-0.6, 44.8),)])
def test_under_two_points_there_is_no_line(line: tuple[tuple[float, float], ...]) -> None:
    """A round without a way is drawn without a line."""
    assert cartography.thin_line(line) == []


def test_the_two_directions_of_a_road_are_drawn_once_and_ramps_not_at_all() -> None:
    """Of a road of 4 km there and back, and a ramp of 100 m half-way, one line is left."""
    _, territory = small_day()
    west, east = ((-0.60, 44.80), (-0.575, 44.80)), ((-0.575, 44.80), (-0.55, 44.80))
    ramp = ((-0.575, 44.80), (-0.575, 44.801))
    lines = cartography.thin_lines([west, east, east[::-1], west[::-1], ramp], territory)
    assert len(lines) == 1
    assert {lines[0][0], lines[0][-1]} == {(44.8, -0.6), (44.8, -0.55)}


def test_roads_far_from_the_territory_are_left_out() -> None:
    """The backdrop ends a little beyond the communes."""
    _, territory = small_day()
    assert cartography.thin_lines([((1.0, 47.0), (1.1, 47.1))], territory) == []


def test_the_backdrop_of_a_network_is_what_no_site_is_reached_from() -> None:
    """Motorways and bridges are drawn, local streets are not."""
    ids = np.arange(2)
    pair = np.array([[-0.6, 44.8], [-0.5, 44.9], [-0.5, 44.9], [-0.6, 44.8]])
    network = Network(
        name="two",
        approximate=True,
        attribution="",
        sha256="",
        node_ids=ids,
        lon=pair[:2, 0],
        lat=pair[:2, 1],
        tails=ids,
        heads=ids[::-1].copy(),
        seconds=np.ones(2),
        metres=np.ones(2),
        attachable=np.array([True, False]),
        road_class=np.array(["residential", "trunk"]),
        line_starts=np.array([0, 2, 4]),
        line_lonlat=pair,
    )
    assert cartography.backdrop(network).roads == (((-0.5, 44.9), (-0.6, 44.8)),)


def test_the_extent_holds_visits_lines_and_the_centre() -> None:
    """V7 is the farthest north-west, V6 east, V2 south."""
    day, _ = small_day()
    assert cartography.extent(day) == [(44.797, -0.655), (44.822, -0.548)]


def test_the_overview_tints_the_communes_of_a_centre_and_leaves_the_others() -> None:
    """Pessac and Talence are Sud's, Bègles nobody's; V7 is a cross, the others are dots."""
    day, territory = small_day()
    picture = overview.picture(
        [day], territory, overview.centre_classes(territory), lambda centre: f"map-{centre}.html"
    )
    assert {land.name: land.css for land in picture.lands} == {
        "Bègles": "",
        "Pessac": "round-0",
        "Talence": "round-0",
    }
    assert (len(picture.ways), len(picture.dots), len(picture.crosses)) == (2, 6, 1)
    assert picture.sites[0].href == "map-sud.html"
    # The picture spans the squares, 12 km by 4 km, and a margin of 900 m, north up.
    assert picture.box == "0 0 13800 5800"
    x, y = TO_METRIC.transform(-0.66, 44.79)
    home = TO_METRIC.transform(day.centre.lon, day.centre.lat)
    assert picture.sites[0].x == pytest.approx(home[0] - x + 900, abs=1)
    assert picture.sites[0].y == pytest.approx(y + 4000 - home[1] + 900, abs=1)


def test_a_centre_that_was_not_planned_has_no_site_on_the_overview() -> None:
    """There is no map to lead to."""
    _, territory = small_day()
    empty = Territory(territory.communes, territory.centres)
    assert overview.picture([], empty, {"sud": "round-0"}, str).sites == ()


@pytest.mark.slow
def test_a_text_that_would_end_its_own_tag_is_refused() -> None:
    """An inlined script with its closing tag inside would spill onto the page."""
    with pytest.raises(ValueError, match="</script"):
        document.document(
            Markup(""), title="", lang="fr", kind="day", styles=(), scripts=("'</SCRIPT>'",)
        )
