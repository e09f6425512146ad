"""The mean day of a centre, solved by hand."""

from __future__ import annotations

import math

import pytest

from dispatch.assess.figures import ALL, centre_days, equipment_of, per_centre, technician_days
from dispatch.assess.scenarios import Scenario
from tests.support.small_assess import made, small_service

HOUR, MINUTE = 3600, 60


@pytest.fixture
def two_days():
    """Return two days of centre Sud with two technicians; the other centres have nobody."""
    idle = [
        made(entry.id, day, [])
        for day in (0, 1)
        for entry in small_service().centres
        if entry.id != "sud"
    ]
    return [
        made(
            "sud",
            0,
            [(3, HOUR, 12_000, 4 * HOUR, 6 * HOUR), (0, 0, 0, 0, 0)],
            undone=(0, 1, 0, 0),
            away=[5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 25 * MINUTE],
        ),
        made(
            "sud",
            1,
            [(1, HOUR, 8_000, HOUR, 4 * HOUR), (1, HOUR, 10_000, HOUR, 2 * HOUR)],
            away=[20 * MINUTE, 20 * MINUTE],
        ),
        *idle,
    ]


@pytest.fixture
def mean_day(two_days):
    """Return the mean day by centre."""
    scenario = Scenario("s", small_service())
    table = per_centre({"s": two_days}, [scenario], small_service().judging)
    return table.set_index("centre")


def test_a_mean_day_by_hand(mean_day):
    """Six visits asked, one undone; 3 h and 30 km on the road; two technicians, two days."""
    sud = mean_day.loc["sud"]
    assert sud["technicians"] == 2
    assert sud["visits_a_day"] == 3
    assert sud["served_a_day"] == 2.5
    assert sud["travel_km_a_day"] == 15
    assert sud["travel_min_a_day"] == 90
    assert sud["travel_km_a_technician"] == 7.5
    assert sud["travel_min_a_technician"] == 45
    assert sud["travel_km_a_visit"] == 6
    assert sud["travel_min_a_visit"] == 36
    assert sud["road_share"] == pytest.approx(3 / 12)
    assert sud["workload_h_a_technician"] == pytest.approx((3 + 6) / 4)
    assert sud["working_h_a_technician"] == 3
    assert sud["undone_a_day"] == 0.5
    assert sud["undone_p2_a_day"] == 0.5
    assert sud["undone_p3_a_day"] == 0
    assert sud["undone_share"] == pytest.approx(1 / 6)


def test_the_times_from_the_centre_are_those_of_all_visits_asked(mean_day):
    """Minutes 5, 10, 15, 20, 20, 25: the median is 17.5, three of six within 15."""
    sud = mean_day.loc["sud"]
    assert sud["from_centre_median_min"] == 17.5
    assert sud["from_centre_p90_min"] == 22.5
    assert sud["within_15_min_share"] == 0.5
    assert sud["within_20_min_share"] == pytest.approx(5 / 6)


def test_a_centre_without_visits_or_people_has_no_ratios(mean_day):
    """Not a zero that would be taken for a figure."""
    row = mean_day.loc["ouest-nord"]
    assert row["travel_km_a_day"] == 0
    assert math.isnan(row["travel_km_a_technician"])
    assert math.isnan(row["from_centre_median_min"])
    assert math.isnan(row["equipment_a_technician"])


def test_the_whole_is_the_sum_of_the_centres(mean_day):
    """Visits, kilometres, equipment."""
    centres = mean_day.drop(ALL)
    for column in ("visits_a_day", "travel_km_a_day", "equipment", "technicians"):
        assert mean_day.loc[ALL, column] == pytest.approx(centres[column].sum())


def test_equipment_follows_the_agents():
    """Sud has Pessac, Talence and Bègles: 3,217 of 18,000 agents, so of 3,500 copiers."""
    found = equipment_of(Scenario("s", small_service()), small_service().judging)
    assert found.loc["sud", "agents"] == 1520 + 1015 + 682
    assert found.loc["sud", "copiers"] == pytest.approx(3500 * 3217 / 18_000)
    assert found["workstations"].sum() == 18_000
    assert found["equipment"].sum() == pytest.approx(21_500)


def test_the_tables_have_a_row_a_centre_day_and_a_row_a_technician(two_days):
    """In their order, with what each plan was made from."""
    days = centre_days({"s": two_days})
    assert days["centre"].tolist()[:2] == ["sud", "sud"]
    assert days["asked"].tolist()[:2] == [4, 2]
    assert set(days["input_sha256"]) == {"0"}
    people = technician_days({"s": two_days})
    assert len(people) == 4
    assert people["travel_s"].sum() == 3 * HOUR
    assert len(technician_days({})) == 0
