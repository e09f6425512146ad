"""From tickets and technicians to a centre's problem: who gets what, at which place and price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from dispatch.checker.rules import check
from dispatch.errors import InputError, TravelError
from dispatch.fieldwork import Shift, Technician, Ticket
from dispatch.model.day import (
    CentreDay,
    legs_by_technician,
    main_streets,
    problem_of,
    share_out,
    streets_of,
    ways_of,
)
from dispatch.service.service import RosterEntry, read_service
from dispatch.solve import solve
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

DAY = date(2026, 11, 25)
SERVICE = read_service()
COMMUNES = read_communes()
TERRITORY = SERVICE.territory(COMMUNES)
PESSAC, BRUGES, CENON = "33318", "33075", "33119"


def ticket(name: str, collectivity: str = PESSAC, **values: object) -> Ticket:
    """Return a ticket at Pessac's town hall."""
    plain = {"insee": PESSAC, "lon": -0.632, "lat": 44.806, "duration_s": 1800}
    return Ticket.model_validate({"id": name, "collectivity": collectivity, **plain, **values})


def entry(name: str, centre: str, **values: object) -> RosterEntry:
    """Return a technician of a centre, who starts and ends there."""
    plain = {"id": name, "start": centre, "end": centre, "shift_s": Shift(28_800, 61_200)}
    return RosterEntry(technician=Technician.model_validate({**plain, **values}), centre=centre)


ROSTER = [entry("S1", "sud"), entry("N1", "ouest-nord")]


@pytest.fixture(scope="module")
def router():
    return Router(load_network("bundled"), settings=TravelSettings.from_toml(SERVICE.travel))


def test_a_ticket_goes_to_the_centre_of_who_asks_unless_it_is_pinned():
    """By collectivity; a pin takes it to the technician's own centre."""
    tickets = [
        ticket("V1"),
        ticket("V2", BRUGES),
        ticket("V3", "metropole"),
        ticket("V4", PESSAC, technician="N1"),
        ticket("V5", PESSAC, technician="S1"),
    ]
    works = share_out(TERRITORY, tickets, ROSTER)
    got = {name: [t.id for t in work.tickets] for name, work in works.items() if work.tickets}
    assert got == {"sud": ["V1", "V5"], "ouest-nord": ["V2", "V4"], "bordeaux-metropole": ["V3"]}
    assert {name: [t.id for t in work.technicians] for name, work in works.items()} == {
        "rive-droite": [], "sud": ["S1"], "bordeaux-metropole": [], "ouest-sud": [],
        "ouest-nord": ["N1"],
    }  # fmt: skip


def test_every_ticket_that_no_centre_is_in_charge_of_is_named():
    """Cenon does not take part."""
    with pytest.raises(InputError) as caught:
        share_out(TERRITORY, [ticket("V1", CENON), ticket("V2"), ticket("V3", CENON)], ROSTER)
    assert [fault.where for fault in caught.value.faults] == ["visit V1", "visit V3"]
    assert {fault.value for fault in caught.value.faults} == {CENON}


def test_a_visit_has_the_windows_skills_and_price_of_its_ticket(router):
    """Overdue costs more; mandatory has no price; ids of tickets and centres stay apart."""
    tickets = [
        ticket("sud", skills=frozenset({"poste"}), windows_s=((30_000, 40_000),), load=2),
        ticket("late", priority=1, due=date(2026, 11, 20)),
        ticket("must", mandatory=True),
    ]
    work = share_out(TERRITORY, tickets, ROSTER)["sud"]
    problem = problem_of(work, DAY, SERVICE, COMMUNES, router)
    plain, late, must = problem.visits
    assert (plain.skills, plain.windows_s, plain.load) == ({"poste"}, ((30_000, 40_000),), 2)
    assert plain.unassigned_cost_s == 7_200
    overdue = SERVICE.unassigned_cost_s(1, date(2026, 11, 20), DAY)
    assert overdue > 36_000
    # Due 90 minutes after 8:00; to come as late as can be, at 17:00, is no dearer than not at all.
    assert late.due_s == 34_200
    assert late.unassigned_cost_s == overdue + 10 * (61_200 - 34_200)
    assert (plain.due_s, must.due_s) == (None, None)
    assert must.unassigned_cost_s is None
    assert problem.date == DAY
    assert len(problem.travel.places) == len(set(problem.travel.places)) == 4
    assert problem.technicians[0].start in problem.travel.places


def test_overtime_that_has_no_price_is_not_used(router):
    """Allowed for half an hour, it is in the problem where a second of it costs something."""
    technician = ROSTER[0].technician.model_copy(update={"max_overtime_s": 1800})
    works = share_out(TERRITORY, [ticket("V1")], [RosterEntry("sud", technician)])

    def overtime_s(price: int) -> int:
        weights = SERVICE.weights.model_copy(update={"overtime": price})
        service = SERVICE.model_copy(update={"weights": weights})
        [who] = problem_of(works["sud"], DAY, service, COMMUNES, router).technicians
        return who.max_overtime_s

    assert (overtime_s(2), overtime_s(0)) == (1800, 0)


def test_with_traffic_a_problem_has_the_slots_of_its_technicians_hours(router):
    """Leaving from 8 h, back by 17 h: on a Friday until 9 h, until 16 h, after; metres alike."""
    work = share_out(TERRITORY, [ticket("V1"), ticket("V2", lon=-0.60, lat=44.80)], ROSTER)["sud"]
    friday = date(2026, 11, 27)
    plain, busy = (
        problem_of(work, friday, SERVICE, COMMUNES, router, traffic=traffic).travel
        for traffic in (False, True)
    )
    assert plain.slot_starts_s == (0,)
    assert busy.slot_starts_s == (0, 32_400, 57_600)
    assert (busy.seconds >= plain.seconds).all()
    assert busy.seconds.sum(axis=(1, 2))[0] > busy.seconds.sum(axis=(1, 2))[1]
    assert (busy.metres == plain.metres).all()
    nobody = replace(work, technicians=())
    travel = problem_of(nobody, friday, SERVICE, COMMUNES, router, traffic=True).travel
    assert travel.slot_starts_s[-1] == 70_200


@pytest.mark.slow
def test_the_ways_of_a_plan_begin_and_end_at_the_centre(router):
    """One line a round, through each stop in turn; the rounds are those of the plan."""
    works = share_out(TERRITORY, [ticket("V1"), ticket("V2", lon=-0.60, lat=44.80)], ROSTER)
    problem = problem_of(works["sud"], DAY, SERVICE, COMMUNES, router)
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    lines = ways_of(works["sud"], problem, plan, SERVICE, COMMUNES, router)
    assert set(lines) == {"S1"}
    lon, lat = SERVICE.position("sud", COMMUNES)
    for end in (lines["S1"][0], lines["S1"][-1]):
        assert end == pytest.approx((lon, lat), abs=0.01)
    for visit in ((-0.632, 44.806), (-0.60, 44.80)):
        nearest = min(abs(x - visit[0]) + abs(y - visit[1]) for x, y in lines["S1"])
        assert nearest < 0.005


def test_the_streets_driven_farthest_are_said_in_the_order_of_driving():
    """Of five streets four; what has no name is not said; one street driven twice is one."""
    driven = [
        ("rue A", 100.0), ("", 900.0), ("cours B", 500.0), ("rue A", 250.0), ("rue C", 40.0),
        ("quai D", 700.0), ("avenue E", 300.0),
    ]  # fmt: skip
    assert main_streets(driven) == ("rue A", "cours B", "quai D", "avenue E")
    assert main_streets([("", 100.0)]) == ()
    assert main_streets([]) == ()


@pytest.mark.slow
def test_each_leg_of_a_round_has_the_streets_it_is_driven_by(router):
    """Streets are named by their class here; an approximation and a nameless network say none."""
    works = share_out(TERRITORY, [ticket("V1"), ticket("V2", lon=-0.60, lat=44.80)], ROSTER)
    problem = problem_of(works["sud"], DAY, SERVICE, COMMUNES, router)
    plan = solve(problem, "quick")
    tickets = {each.id: each for each in works["sud"].tickets}
    day = (tickets, problem, plan, SERVICE, COMMUNES)
    assert streets_of(*day, router) == {}
    assert any(router.network.names), "bridges"
    names, name_of = np.unique(router.network.road_class, return_inverse=True)
    roads = replace(router.network, names=names, name_of=name_of, approximate=False)
    named = Router(roads, settings=router.settings)
    nameless = replace(roads, names=np.array([""]), name_of=np.zeros_like(name_of))
    assert streets_of(*day, Router(nameless, settings=router.settings)) == {}
    told = streets_of(*day, named)
    assert set(told) == {"S1"}
    legs = legs_by_technician(*day)["S1"]
    assert len(told["S1"]) == len(legs) == 3
    for said, driven in zip(told["S1"], named.streets(legs), strict=True):
        assert said
        assert set(said) <= {name for name, _ in driven}
    shown = CentreDay(works["sud"].centre, problem, plan, tickets, {}, streets=told)
    assert shown.streets_to("S1", 0) == told["S1"][0]
    assert shown.streets_to("S1", -1) == told["S1"][2]
    assert shown.streets_to("S1", 3) == shown.streets_to("nobody", 0) == ()


@pytest.mark.slow
def test_a_ticket_off_the_roads_is_a_travel_error(router):
    """In the sea there is no street."""
    work = share_out(TERRITORY, [ticket("V1", lon=-1.5, lat=44.6)], ROSTER)["sud"]
    with pytest.raises(TravelError, match="V1"):
        problem_of(work, DAY, SERVICE, COMMUNES, router)
