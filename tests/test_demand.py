"""Sample days: as many visits, of the kinds and in the places, that the service file says."""

from __future__ import annotations

import runpy
from collections import Counter
from datetime import date
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.demand import DemandModel, DrawnDay, sample_day
from dispatch.errors import InputError
from dispatch.inputs.read import read_visits
from dispatch.service.service import Service, read_service
from dispatch.territory import METROPOLE, TO_METRIC, Commune, read_communes
from tests.support.paths import ROOT

DAY = date(2026, 11, 25)
DAYS = 400
SCRIPT = ROOT / "scripts" / "build_sample.py"


@cache
def _bundled() -> tuple[Service, dict[str, Commune], DemandModel]:
    service, communes = read_service(), read_communes()
    return service, communes, DemandModel(service, communes)


@cache
def _many() -> tuple[list[int], DrawnDay]:
    """Return the sizes of many days, and as many days' visits drawn as one."""
    _, _, model = _bundled()
    rng = np.random.default_rng(1)
    sizes = [len(model.draw(rng)) for _ in range(DAYS)]
    return sizes, model.draw(rng, volume=DAYS)


def _tolerance(share: float, size: int) -> float:
    """Return five standard deviations of a share: one false alarm in a million."""
    return 5 * float(np.sqrt(share * (1 - share) / size)) + 1e-12


def test_the_mean_and_the_spread_of_a_day_are_those_of_the_volumes() -> None:
    """Visits a day are Poisson: mean and variance are both 107."""
    service, _, _ = _bundled()
    sizes, _ = _many()
    expected = service.visits_per_day
    assert np.mean(sizes) == pytest.approx(expected, abs=5 * (expected / DAYS) ** 0.5)
    assert np.var(sizes) == pytest.approx(expected, rel=5 * (2 / DAYS) ** 0.5)


def test_each_collectivity_asks_in_proportion_to_its_agents() -> None:
    """Shares of 40,000 visits are the shares of 18,000 agents."""
    service, _, model = _bundled()
    _, drawn = _many()
    counts = Counter(model.collectivities[index] for index in drawn.collectivity)
    for name, agents in service.demand.agents.items():
        share = agents / service.volumes.agents
        found = counts[name] / len(drawn)
        assert found == pytest.approx(share, abs=_tolerance(share, len(drawn))), name


def test_kinds_priorities_and_windows_come_in_their_shares() -> None:
    """Two visits in three are incidents; within each kind the mixes are the file's."""
    _, _, model = _bundled()
    _, drawn = _many()
    incidents = np.array([kind.of == "incident" for kind in model.kinds])
    found = incidents[drawn.kind].mean()
    assert found == pytest.approx(2 / 3, abs=_tolerance(2 / 3, len(drawn)))
    for index, kind in enumerate(model.kinds):
        mine = drawn.kind == index
        size = int(mine.sum())
        expected = (2 / 3 if kind.of == "incident" else 1 / 3) * kind.share
        assert size / len(drawn) == pytest.approx(expected, abs=_tolerance(expected, len(drawn)))
        for priority, share in enumerate(kind.priority, 1):
            found = (drawn.priority[mine] == priority).mean()
            assert found == pytest.approx(share, abs=_tolerance(share, size)), kind.id
        for number, name in enumerate(model.window_names):
            share = kind.windows.get(name, 0.0)
            found = (drawn.window[mine] == number).mean()
            assert found == pytest.approx(share, abs=_tolerance(share, size)), kind.id


def test_services_last_15_to_90_minutes_in_steps_of_5_around_their_usual_length() -> None:
    """The mean of a triangular law is the mean of its three figures."""
    _, _, model = _bundled()
    _, drawn = _many()
    assert set(drawn.minutes % 5) == {0}
    assert (drawn.minutes.min(), drawn.minutes.max()) == (15, 90)
    for index, kind in enumerate(model.kinds):
        mine = drawn.minutes[drawn.kind == index]
        assert mine.min() >= kind.minutes[0]
        assert mine.max() <= kind.minutes[2]
        error = 5 * mine.std() / len(mine) ** 0.5
        assert mine.mean() == pytest.approx(sum(kind.minutes) / 3, abs=error + 0.3)


def test_due_dates_fall_on_working_days_within_the_stated_span() -> None:
    """Priority 1 is due the same day; priority 4 from two days ago to ten days ahead."""
    _, _, model = _bundled()
    _, drawn = _many()
    for priority, (least, most) in enumerate(_bundled()[0].demand.due.days_left, 1):
        mine = drawn.days_left[drawn.priority == priority]
        assert (mine.min(), mine.max()) == (least, most)
    rng = np.random.default_rng(2)
    dues = [ticket.due for ticket in model.tickets(model.draw(rng, volume=5), DAY)]
    assert all(due is not None and due.weekday() < 5 for due in dues)
    # Ten working days after a Wednesday are two weeks later; two before, the Monday.
    assert min(due for due in dues if due) == date(2026, 11, 23)
    assert max(due for due in dues if due) == date(2026, 12, 9)


def test_visits_fall_inside_their_commune_and_out_of_the_river() -> None:
    """Every position lies in the outline of the commune that it names, and on dry ground."""
    service, communes, model = _bundled()
    _, drawn = _many()
    points = shapely.points(np.column_stack(TO_METRIC.transform(drawn.lon, drawn.lat)))
    outlines = np.array([communes[insee].outline for insee in model.insee])
    shapely.prepare(outlines)
    assert shapely.covers(outlines[drawn.commune], points).all()
    water = service.demand.water
    assert water is not None
    river = shapely.LineString([TO_METRIC.transform(*point) for point in water.line])
    # Two metres for the rounding of positions to 1e-5 degrees.
    assert shapely.distance(river, points).min() >= water.half_width_m - 2


def test_only_bordeaux_has_visits_on_both_banks() -> None:
    """Elsewhere the river is the border: every visit is on the town hall's bank."""
    service, communes, model = _bundled()
    _, drawn = _many()
    water = service.demand.water
    assert water is not None
    x, y = np.array([TO_METRIC.transform(*point) for point in water.line]).T

    def right_of_the_river(lon: float, lat: float) -> bool:
        here, north = TO_METRIC.transform(lon, lat)
        # The line runs from south to north, and further south than any commune with visits.
        return bool(here > np.interp(north, y, x))

    assert (np.diff(y) > 0).all()
    banks: dict[str, set[bool]] = {insee: set() for insee in model.insee}
    for commune, lon, lat in zip(drawn.commune, drawn.lon, drawn.lat, strict=True):
        banks[model.insee[commune]].add(right_of_the_river(lon, lat))
    assert banks.pop("33063") == {True, False}
    for insee, found in banks.items():
        hall = right_of_the_river(communes[insee].town_hall_lon, communes[insee].town_hall_lat)
        assert found == {hall}, communes[insee].name


def test_a_commune_asks_for_visits_on_its_own_ground_half_of_them_near_the_town_hall() -> None:
    """In Mérignac, the core's share lies within twice its spread, and more of the others."""
    service, communes, model = _bundled()
    _, drawn = _many()
    mine = drawn.collectivity == model.collectivities.index("33281")
    assert {model.insee[index] for index in drawn.commune[mine]} == {"33281"}
    hall = TO_METRIC.transform(communes["33281"].town_hall_lon, communes["33281"].town_hall_lat)
    x, y = TO_METRIC.transform(drawn.lon[mine], drawn.lat[mine])
    near = np.hypot(x - hall[0], y - hall[1]) < 2 * service.demand.places.core_sigma_m
    # Of a two-dimensional normal law, 1 - exp(-2) = 86 % lies within two standard deviations.
    core = 0.5 * (1 - np.exp(-2))
    assert core < near.mean() < core + 0.15


def test_the_metropole_asks_mostly_in_meriadeck_and_also_elsewhere() -> None:
    """Six in ten near the seat, and some visit in each of the 28 communes."""
    service, _, model = _bundled()
    _, drawn = _many()
    mine = drawn.collectivity == model.collectivities.index(METROPOLE)
    seat = TO_METRIC.transform(
        service.demand.places.metropole_lon, service.demand.places.metropole_lat
    )
    x, y = TO_METRIC.transform(drawn.lon[mine], drawn.lat[mine])
    near = np.hypot(x - seat[0], y - seat[1]) < 3 * service.demand.places.metropole_sigma_m
    assert 0.58 < near.mean() < 0.72
    assert len(set(drawn.commune[mine])) == 28


def test_the_same_seed_gives_the_same_day_and_another_seed_or_day_another() -> None:
    """Days of one seed are independent, so that many days are not one day repeated."""
    service, communes, model = _bundled()
    day = sample_day(service, communes, DAY, 5)
    assert sample_day(service, communes, DAY, 5) == day
    assert model.day(DAY, 5) == day
    texts = [ticket.description for ticket in day]
    for other in (model.day(DAY, 6), model.day(date(2026, 11, 26), 5)):
        assert [ticket.description for ticket in other] != texts


def test_volume_scales_the_day() -> None:
    """Twice the volume is twice the visits on average; none is none."""
    _, _, model = _bundled()
    rng = np.random.default_rng(3)
    mean = np.mean([len(model.draw(rng, volume=2)) for _ in range(200)])
    assert mean == pytest.approx(2 * 107.14, rel=0.03)
    assert model.day(DAY, 1, volume=0) == []


def test_tickets_say_what_was_drawn() -> None:
    """Ids are unique and begin with the day; skills, loads and texts are those of the kind."""
    service, _, model = _bundled()
    drawn = model.draw(np.random.default_rng(4))
    tickets = model.tickets(drawn, DAY)
    assert len({ticket.id for ticket in tickets}) == len(tickets)
    assert tickets[0].id == "261125-001"
    words = set(service.demand.words.lieu) | set(service.demand.words.lieu_metropole)
    for index, ticket in enumerate(tickets):
        kind = model.kinds[drawn.kind[index]]
        assert ticket.skills == set(kind.skills)
        assert ticket.load == kind.load
        texts = {text.replace("{lieu}", word) for text in kind.descriptions for word in words}
        assert ticket.description in texts


def test_a_town_hall_in_the_water_is_told_not_ignored() -> None:
    """A river wide enough to cover a commune leaves no ground to draw a visit on."""
    service, communes, _ = _bundled()
    water = service.demand.water
    assert water is not None
    flood = water.model_copy(update={"half_width_m": 100_000.0})
    demand = service.demand.model_copy(update={"water": flood})
    with pytest.raises(InputError, match=r"demand\.water"):
        DemandModel(service.model_copy(update={"demand": demand}), communes)


@settings(max_examples=20)
@given(st.integers(0, 2**63), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_any_seed_and_day_give_valid_visits(seed: int, day: date) -> None:
    """Whatever the seed, each visit's window starts before it ends and is the day's."""
    _, _, model = _bundled()
    for ticket in model.day(day, seed, volume=0.3):
        assert all(0 <= start <= end <= 86_400 for start, end in ticket.windows_s)
        assert 1 <= ticket.priority <= 4
        assert "{" not in ticket.description


def test_the_bundled_sample_is_what_its_script_makes() -> None:
    """The file regenerates byte for byte."""
    made = runpy.run_path(str(SCRIPT))["sample_text"]().encode()
    assert data_path("samples/visits.csv").read_bytes() == made


@pytest.mark.slow
def test_the_bundled_sample_is_an_ordinary_day_of_five_centres() -> None:
    """100 to 120 visits, every centre among them, read back without a fault."""
    service, communes, _ = _bundled()
    tickets = read_visits(data_path("samples/visits.csv"), service, communes)
    assert 100 <= len(tickets) <= 120
    territory = service.territory(communes)
    centres = {territory.centre_in_charge(ticket.collectivity) for ticket in tickets}
    assert centres == set(territory.centres.values())
    assert {ticket.priority for ticket in tickets} == {1, 2, 3, 4}
    assert {len(ticket.windows_s) for ticket in tickets} == {0, 1, 2}
