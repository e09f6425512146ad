"""The simulation of many nights goes on where it stopped, and counts what waits."""

from __future__ import annotations

import pytest

from benchmarks.backlog import (
    CALIBRATION,
    Night,
    Waited,
    World,
    _by_arrival,
    _by_wait,
    _oldest,
    _world,
    capacity,
    read,
    simulated,
    working_day,
)
from tests.support.store_servers import MONDAY, kept


def night(number: int, way: str = "dispatch", **told: object) -> Night:
    """Return a night on which two visits are served, or what is given."""
    usual = {
        "load": 1.0, "asked": ["A", "B", "C"], "served": ["A", "B"], "open": 1, "travel_s": 600,
        "seconds": 0.5,
    }  # fmt: skip
    return Night.model_validate({"way": way, "number": number, **usual, **told})


@pytest.fixture(scope="module")
def world() -> World:
    """Return what the simulation of a small centre needs."""
    return _world("rive-droite", 1)


def test_a_line_that_was_cut_short_is_taken_away(tmp_path):
    """The run was killed while it wrote; the night is made again."""
    path = tmp_path / "nights.jsonl"
    assert read(path) == []
    whole = "".join(night(number).model_dump_json() + "\n" for number in range(2))
    path.write_text(whole + '{"way": "disp', encoding="utf-8")
    assert read(path) == [night(0), night(1)]
    assert path.read_text(encoding="utf-8") == whole


def test_the_capacity_is_what_is_served_once_the_backlog_is_full():
    """The first two nights do not count, nor do other ways."""
    nights = [night(n, CALIBRATION, served=["A"] * (n + 1)) for n in range(4)]
    assert capacity([*nights, night(9)]) == 3.5


def test_an_earlier_day_outweighs_all_of_later_ones():
    """Whatever the priority; from the fourth day on all weigh the same."""
    days = [MONDAY.replace(day=20 + number) for number in range(5)]
    tickets = [kept(f"{d.day}", first_seen=d) for d in days]
    costs = list(_by_arrival(tickets).values())
    assert costs == [3600 * 30**3, 3600 * 30**2, 3600 * 30, 3600, 3600]
    assert costs[0] <= 10**8


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(world):
    """The nights known are not made again, and the others come out the same."""
    volume = 6 / world.expected
    through = list(simulated(world, "dispatch", 1.0, volume, 3, []))
    assert [one.number for one in through] == [0, 1, 2]
    on = list(simulated(world, "dispatch", 1.0, volume, 3, through[:2]))
    plain = {"seconds"}
    assert [one.model_dump(exclude=plain) for one in on] == [through[2].model_dump(exclude=plain)]
    assert all(set(one.served) <= {name for n in through for name in n.asked} for one in through)


def test_what_is_asked_has_no_due_date_and_ages_from_its_day(world):
    """The same visits whatever the way."""
    asked = world.asked(working_day(4), 1.0)
    assert asked == world.asked(working_day(4), 1.0)
    assert {(one.due, one.asked) for one in asked} == {(None, working_day(4))}


@pytest.mark.slow
def test_the_tables_count_waits_and_what_is_left():
    """Of three visits one is served at once, one after three nights, one never."""
    visits = [Waited(1, 0, 0, 6), Waited(4, 1, 4, 6), Waited(4, 0, None, 6)]
    runs = [(1.0, "dispatch", [night(n) for n in range(6)], visits)]
    everything = next(line for line in _by_wait(runs) if "| all |" in line)
    assert "| 3 | 66.7 % | 1.5 | 33.3 % | 0.0 % | 33.3 % |" in everything
    assert everything.endswith("| 33.3 % |")
    row = list(_oldest(runs))[-1]
    assert row == "| 100 % | dispatch | 6 | 0 | 0 | 0 | 5 | 1 | 3 | 5 | 1 | 5.0 |"
