"""Who is in charge of what, and which commune a position lies in."""

from __future__ import annotations

import pytest

from dispatch.territory import Centre, Territory, read_communes

COMMUNES = read_communes()
BORDEAUX, PESSAC, BRUGES = "33063", "33318", "33075"


def centre(name: str, *communes: str, metropole: bool = False) -> Centre:
    """Return a centre in charge of some communes."""
    return Centre(name, name, "", -0.58, 44.84, communes, metropole)


TERRITORY = Territory(
    COMMUNES,
    {
        "city": centre("city", BORDEAUX, metropole=True),
        "south": centre("south", PESSAC),
    },
)


def test_each_collectivity_has_the_centre_that_names_it():
    """A commune by its code, the Métropole by its word, nobody for what nobody names."""
    assert TERRITORY.centre_in_charge(PESSAC).id == "south"
    assert TERRITORY.centre_in_charge(BORDEAUX).id == "city"
    assert TERRITORY.centre_in_charge("metropole").id == "city"
    assert TERRITORY.centre_in_charge(BRUGES) is None
    assert Territory(COMMUNES, {}).centre_in_charge("metropole") is None


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (-0.5796, 44.8380, "Bordeaux"),
        (-0.5560, 44.8420, "Bordeaux"),  # La Bastide, on the right bank
        (-0.6306, 44.8055, "Pessac"),
        (-0.6352, 44.9101, "Blanquefort"),
    ],
)
def test_a_position_lies_in_its_commune(lon, lat, name):
    """Longitude first, degrees."""
    assert TERRITORY.commune_at(lon, lat).name == name


@pytest.mark.parametrize(("lon", "lat"), [(44.838, -0.5796), (2.35, 48.85), (-1.25, 44.65)])
def test_a_position_outside_lies_in_none(lon, lat):
    """Swapped, in Paris, at sea."""
    assert TERRITORY.commune_at(lon, lat) is None


def test_a_commune_of_two_centres_or_of_no_territory_is_refused():
    """Both centres are named, or the code."""
    with pytest.raises(ValueError, match="'33318' is in the charge of both 'a' and 'b'"):
        Territory(COMMUNES, {"a": centre("a", PESSAC), "b": centre("b", PESSAC)})
    with pytest.raises(ValueError, match="centre 'a' names commune '75056', which is not in the"):
        Territory(COMMUNES, {"a": centre("a", "75056")})


@pytest.mark.slow
def test_the_whole_is_the_sum_of_the_communes():
    """The union has their area, but for slivers."""
    total = sum(commune.outline.area for commune in COMMUNES.values())
    assert TERRITORY.outline.area == pytest.approx(total, rel=1e-3)
