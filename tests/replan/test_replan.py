"""A day that goes on: cases solved by hand, and what must hold for any day and any events."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch import (
    DayProblem,
    Plan,
    Shift,
    Technician,
    TimeWindow,
    Travel,
    Visit,
    check,
    cost,
    solve,
)
from dispatch.fieldwork import Break
from dispatch.model.problem import Weights
from dispatch.replan.changed import AT_CENTRE, changed_day
from dispatch.replan.changes import changes_of, sentences
from dispatch.replan.events import Done, Events, Longer
from dispatch.replan.past import standings
from dispatch.replan.planner import replanned
from dispatch.service.replan_settings import Replan

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 25)
H = 3600
SETTINGS = Replan(
    changed_technician_min=10,
    changed_order_min=5,
    shifted_appointment_min=15,
    tolerance_min=15,
    iterations_per_visit=40,
)


def line_day(**more: object) -> DayProblem:
    """
    Return two technicians at 0 and five visits on a line, 600 s apart, half an hour each.

    A and B have V1 V2 V3 and V4 V5 in the plans below, from eight o'clock.
    """
    at = 600 * np.arange(6)
    return DayProblem(
        DAY,
        Travel(tuple("012345"), np.abs(at[:, None] - at)[None], np.abs(at[:, None] - at)),
        tuple(
            Technician.model_validate(
                {"id": name, "start": "0", "end": "0", "shift_s": Shift(8 * H, 17 * H), **more}
            )
            for name in "AB"
        ),
        tuple(Visit(id=f"V{k}", place=str(k), duration_s=1800) for k in range(1, 6)),
    )


def only_by_a(day: DayProblem, name: str) -> DayProblem:
    """Return the day with a visit pinned to A."""
    pinned = tuple(
        v.model_copy(update={"technician": "A"}) if v.id == name else v for v in day.visits
    )
    return replace(day, visits=pinned)


def planned(problem: DayProblem, **rounds: str) -> Plan:
    """Return the plan of rounds such as A="V1 V2", as early as they can be."""
    from dispatch.fieldwork import RoundLock

    technicians = tuple(
        who.model_copy(
            update={"locked": RoundLock(visits=tuple(rounds.get(who.id, "").split()), closed=True)}
        )
        for who in problem.technicians
    )
    plan = solve(replace(problem, technicians=technicians), "quick")
    return plan.model_copy(update={"input_sha256": problem.sha256})


def go_on(problem: DayProblem, plan: Plan, events: Events, at_s: int, new: Sequence[Visit] = ()):
    """Return the changed day, the new plan, and what changed."""
    standing = standings(problem, plan, events, at_s)
    changed = changed_day(problem, plan, events, standing, at_s, new=new)
    found = replanned(changed, SETTINGS, seed=1)
    assert check(changed.problem, found.plan) == []
    return changed, found, changes_of(changed, plan, found.plan, events, SETTINGS)


def times(plan: Plan) -> dict[str, list[tuple[str, int]]]:
    """Return each technician's visits and their starts."""
    return {r.technician: [(s.visit, s.start_s) for s in r.stops] for r in plan.rounds}


# A leaves at 8:00: V1 8:10-8:40, V2 8:50-9:20, V3 9:30-10:00, back 10:30.
# B: V4 8:40-9:10, V5 9:20-9:50, back 10:40.
A_DAY = {"A": "V1 V2 V3", "B": "V4 V5"}


def test_when_nothing_happened_nothing_changes():
    """At nine o'clock, without an event: the same plan, for nothing."""
    day = line_day()
    plan = planned(day, **A_DAY)
    _, found, changes = go_on(day, plan, Events(), 9 * H)
    assert times(found.plan) == times(plan)
    assert found.prices.total_s == 0
    assert changes == []
    assert found.total_s == plan.cost_s.total


def test_what_has_begun_and_whom_one_drives_to_stays():
    """At 8:45 A is on the way to V2 and B at V4: both are locked, V3 and V5 are free."""
    day = line_day()
    plan = planned(day, **A_DAY)
    standing = standings(day, plan, Events(), 8 * H + 2700)
    assert [(s.visit, s.begun) for s in standing["A"].stays] == [("V1", True), ("V2", False)]
    assert [(s.visit, s.begun) for s in standing["B"].stays] == [("V4", True)]
    assert (standing["A"].free, standing["B"].free) == (("V3",), ("V5",))


def test_a_cancelled_visit_leaves_the_round_and_the_rest_keeps_its_times():
    """V2 is off at 8:20, with A at V1: V3 at 9:10 would be 20 min early, so A waits until 9:15."""
    day = line_day()
    day = only_by_a(day, "V3")
    plan = planned(day, **A_DAY)
    _, found, changes = go_on(day, plan, Events(cancelled=frozenset({"V2"})), 8 * H + 1200)
    assert times(found.plan)["A"] == [("V1", 8 * H + 600), ("V3", 9 * H + 900)]
    assert found.prices.total_s == 0
    assert sentences(changes) == [
        "V2 est annulée (tournée de A).",
        "A rentre à 10:15 au lieu de 10:30.",
    ]
    assert sentences(changes, "en")[0] == "V2 is cancelled (round of A)."


def test_a_visit_cancelled_on_the_way_turns_the_technician_round():
    """At 8:45 A is 5 min on the way from V1 to V2, which is off: V3 is 20 min from V1, beyond."""
    day = only_by_a(line_day(), "V3")
    plan = planned(day, **A_DAY)
    changed, found, _ = go_on(day, plan, Events(cancelled=frozenset({"V2"})), 8 * H + 2700)
    assert [stop.visit for stop in found.plan.rounds[0].stops] == ["V1", "V3"]
    # Back to V1 and on takes 5 + 5 + 20 min; by V2, where the road leads anyway, 10 + 10.
    assert changed.problem.travel.seconds[0, 1, 3] == 1200


def test_a_visit_cancelled_while_somebody_is_there_ends_at_once():
    """V1 is off at 8:20, ten minutes after it began: it stays in the plan with ten minutes."""
    day = line_day()
    plan = planned(day, **A_DAY)
    changed, found, changes = go_on(day, plan, Events(cancelled=frozenset({"V1"})), 8 * H + 1200)
    assert changed.problem.visit["V1"].duration_s == 600
    assert times(found.plan)["A"][0] == ("V1", 8 * H + 600)
    assert "V1 est annulée alors que A est déjà sur place : A repart." in sentences(changes)


def test_an_absent_technicians_visits_go_to_another():
    """A leaves at 8:20 for good: V1 is finished, B takes V2 and V3 after V4 and V5."""
    day = line_day()
    plan = planned(day, **A_DAY)
    _, found, changes = go_on(day, plan, Events(absent={"A": 8 * H + 1200}), 8 * H + 1200)
    assert times(found.plan)["A"] == [("V1", 8 * H + 600)]
    assert {name for name, _ in times(found.plan)["B"]} == {"V2", "V3", "V4", "V5"}
    assert found.prices.technician == 2
    assert {c.visit for c in changes if c.kind == "moved"} == {"V2", "V3"}


def test_a_technician_who_has_not_come_leaves_when_there():
    """A comes at 9:00 only; at 8:00 nobody has left: V1 starts at 9:10, or B does it."""
    day = line_day()
    plan = planned(day, **A_DAY)
    _, found, _ = go_on(day, plan, Events(arriving={"A": 9 * H}), 8 * H)
    for round_ in found.plan.rounds:
        assert round_.technician == "B" or round_.departure_s >= 9 * H


def test_a_technician_held_up_on_the_road_starts_no_sooner():
    """At 8:45 A is on the way to V2 and stuck until 9:30: V2 starts then, V3 at 10:10."""
    day = line_day()
    plan = planned(day, **A_DAY)
    _, found, changes = go_on(day, plan, Events(late={"A": 9 * H + 1800}), 8 * H + 2700)
    starts = dict(times(found.plan)["A"])
    assert starts["V2"] == 9 * H + 1800
    assert "V2 commence à 09:30 au lieu de 08:50 (A)." in sentences(changes)


def test_who_is_held_up_on_the_way_to_a_visit_that_is_lost_is_free_no_sooner():
    """V2 must start by 9:00, and A stands until 9:30, 5 min before it: 15 min on, V3 at 9:45."""
    day = only_by_a(line_day(), "V3")
    window = (TimeWindow(0, 9 * H),)
    visits = [
        v.model_copy(update={"windows_s": window, "technician": "A"}) if v.id == "V2" else v
        for v in day.visits
    ]
    day = replace(day, visits=tuple(visits))
    plan = planned(day, **A_DAY)
    _, found, _ = go_on(day, plan, Events(late={"A": 9 * H + 1800}), 8 * H + 2700)
    assert times(found.plan)["A"] == [("V1", 8 * H + 600), ("V3", 9 * H + 2700)]


def test_who_is_held_up_on_the_first_drive_comes_back_after_that():
    """At 8:05 A is 5 min away and stands until 8:40; V1 must start by 8:15. Back at 8:45."""
    day = only_by_a(line_day(), "V3")
    window = (TimeWindow(0, 8 * H + 900),)
    visits = [
        v.model_copy(update={"windows_s": window, "technician": "A"}) if v.id == "V1" else v
        for v in day.visits
    ]
    day = replace(day, visits=tuple(visits))
    plan = planned(day, **A_DAY)
    changed, _, _ = go_on(day, plan, Events(late={"A": 8 * H + 2400}), 8 * H + 300)
    assert changed.problem.technicians[0].shift_s.start_s == 8 * H + 2700


def test_a_longer_visit_pushes_what_follows():
    """V1 lasts until 9:30 instead of 8:40: V2 and V3 start 50 min later, or elsewhere."""
    day = line_day()
    plan = planned(day, **A_DAY)
    told = Events(longer={"V1": Longer(end_s=9 * H + 1800)})
    changed, found, _ = go_on(day, plan, told, 8 * H + 1800)
    assert changed.problem.visit["V1"].duration_s == 4800
    assert found.plan.status == "complete"


def test_a_window_missed_by_a_late_technician_leaves_the_visit_with_a_reason():
    """V3 must start by 9:40; A is held up until 12:00, B on the way to V5: nobody can."""
    day = line_day()
    visits = tuple(
        v.model_copy(update={"windows_s": (TimeWindow(0, 9 * H + 2400),)}) if v.id == "V3" else v
        for v in day.visits
    )
    day = replace(day, visits=visits)
    plan = planned(day, **A_DAY)
    _, found, changes = go_on(day, plan, Events(late={"A": 12 * H}), 9 * H + 660)
    assert [(left.visit, left.reason) for left in found.plan.unassigned] == [("V3", "crowded_out")]
    assert "V3" in {c.visit for c in changes if c.kind == "dropped"}


def with_presence(day: DayProblem, **spans: tuple[int, int]) -> DayProblem:
    """Return the day with the span in which somebody is there for some visits."""
    visits = tuple(
        v.model_copy(update={"within_s": (TimeWindow(*spans[v.id]),)}) if v.id in spans else v
        for v in day.visits
    )
    return replace(day, visits=visits)


def test_a_visit_goes_on_though_it_lasts_longer_than_somebody_was_to_be_there():
    """V1 lasts until 9:00, presence ended at 8:45: it is a fact. V3 by 10:05 is out of reach."""
    day = with_presence(
        only_by_a(line_day(), "V3"), V1=(8 * H, 8 * H + 2700), V3=(9 * H, 10 * H + 300)
    )
    plan = planned(day, **A_DAY)
    events = Events(longer={"V1": Longer(end_s=9 * H)})
    changed, found, _ = go_on(day, plan, events, 8 * H + 1800)
    assert changed.problem.visit["V1"].within_s == ()
    assert changed.problem.visit["V3"].within_s == ((9 * H, 10 * H + 300),)
    assert ("V1", 8 * H + 600) in times(found.plan)["A"]
    served = dict(times(found.plan)["A"])
    assert "V3" not in served or served["V3"] + 1800 <= 10 * H + 300


def test_whom_a_visit_excludes_does_not_get_it_unless_they_have_done_it():
    """A goes at 9:11, and B may not do V3; that B did V2, whom it excludes, is a fact."""
    day = line_day()
    closed = {"V2": ("B",), "V3": ("B", "C")}
    day = replace(
        day,
        visits=tuple(v.model_copy(update={"not_with": closed.get(v.id, ())}) for v in day.visits),
    )
    plan = planned(day, **A_DAY)
    _, found, _ = go_on(day, plan, Events(absent={"A": 9 * H + 660}), 9 * H + 660)
    assert "V3" in [left.visit for left in found.plan.unassigned]
    done = Events(done={"V2": Done(8 * H, 8 * H + 1200, "B")})
    changed, found, _ = go_on(day, plan, done, 9 * H + 660)
    assert changed.problem.visit["V2"].not_with == ()
    assert changed.problem.visit["V3"].not_with == ("B", "C")
    assert "V2" in dict(times(found.plan)["B"])


def test_a_visit_during_which_nobody_would_be_there_any_more_is_left():
    """Somebody is at V3 until 10:20; held up at V2 until 9:41, A would be done at 10:21."""
    day = with_presence(only_by_a(line_day(), "V3"), V3=(8 * H, 10 * H + 1200))
    plan = planned(day, **A_DAY)
    for held, served in [(9 * H + 2400, True), (9 * H + 2460, False)]:
        _, found, _ = go_on(day, plan, Events(late={"A": held}), 9 * H + 660)
        assert ("V3" in dict(times(found.plan)["A"])) is served


def test_what_was_told_stands_with_the_times_told():
    """V1 was done from 8:30 to 8:35: in the new plan it is, whatever had been planned."""
    day = line_day()
    plan = planned(day, **A_DAY)
    told = Events(done={"V1": Done(8 * H + 1800, 8 * H + 2100)})
    _, found, _ = go_on(day, plan, told, 8 * H + 2400)
    stop = found.plan.rounds[0].stops[0]
    assert (stop.visit, stop.start_s, stop.end_s) == ("V1", 8 * H + 1800, 8 * H + 2100)


def test_a_visit_done_by_another_stands_on_that_ones_round():
    """B did V1 at 8:05, before V4: quicker than the roads say, and that is a fact."""
    day = line_day()
    plan = planned(day, **A_DAY)
    told = Events(done={"V1": Done(8 * H + 300, 8 * H + 600, "B")})
    _, found, _ = go_on(day, plan, told, 8 * H + 1200)
    assert times(found.plan)["B"][0] == ("V1", 8 * H + 300)


def test_a_leg_driven_quicker_than_the_roads_say_takes_what_it_took():
    """V1 to 8:40, V2 from 8:42: ten minutes in two."""
    day = line_day()
    plan = planned(day, **A_DAY)
    told = Events(
        done={"V1": Done(8 * H + 600, 8 * H + 2400), "V2": Done(8 * H + 2520, 8 * H + 3000)}
    )
    changed, _, _ = go_on(day, plan, told, 8 * H + 3000)
    assert changed.problem.travel.seconds[0, 1, 2] == 120


def test_who_drives_home_can_be_turned_round_and_who_is_back_cannot():
    """A is on the way home from 10:00 to 10:30; at 10:15 it takes 15 min to be at V3's again."""
    day = line_day()
    plan = planned(day, **A_DAY)
    new = day.visits[2].model_copy(update={"id": "N"})
    changed, found, _ = go_on(day, plan, Events(), 10 * H + 900, new=[new])
    assert changed.problem.travel.seconds[0, 3, 4] == 900 + 900 + 600
    assert found.plan.status == "complete"
    back = standings(day, plan, Events(), 10 * H + 1800)
    assert back["A"].closed


def test_a_break_that_has_begun_stays_and_one_to_come_is_not_before_now():
    """Break from 8:30 to 9:00, planned on the way: at 8:50 it has begun; at 8:20 it is to come."""
    pause = Break(duration_s=600, earliest_s=8 * H + 1800, latest_s=9 * H)
    day = line_day(break_=pause)
    plan = planned(day, **A_DAY)
    start = plan.rounds[0].break_.start_s
    standing = standings(day, plan, Events(), start + 60)
    assert standing["A"].pause == (start, start + 600)
    later = changed_day(day, plan, Events(), standings(day, plan, Events(), start - 60), start - 60)
    assert later.problem.technicians[0].break_.earliest_s >= start - 60


def test_boxes_in_a_van_go_with_its_technician_and_those_at_the_centre_with_who_has_not_left():
    """A has left with V3's box; N's is at the centre, and B, who starts at 12:00, can take it."""
    day = line_day(capacity=4)
    late = day.technicians[1].model_copy(update={"shift_s": Shift(12 * H, 17 * H)})
    boxes = tuple(v.model_copy(update={"load": 1}) for v in day.visits[:3])
    day = replace(day, technicians=(day.technicians[0], late), visits=boxes)
    plan = planned(day, A="V1 V2 V3")
    new = boxes[0].model_copy(update={"id": "N"})
    changed, found, _ = go_on(day, plan, Events(), 8 * H + 1200, new=[new])
    assert changed.problem.visit["V3"].technician == "A"
    assert changed.problem.visit["N"].skills == {AT_CENTRE}
    assert [name for name, _ in times(found.plan)["B"]] == ["N"]


def test_hours_are_bent_as_far_as_facts_ask_for_and_a_note_says_so():
    """A's shift ends at 10:00; V1 lasts until 9:55, 10 min from home: back at 10:05."""
    day = line_day(shift_s=Shift(8 * H, 11 * H))
    plan = planned(day, A="V1", B="V4")
    told = Events(longer={"V1": Longer(end_s=11 * H)})
    changed, found, changes = go_on(day, plan, told, 8 * H + 1800)
    assert changed.problem.technicians[0].max_overtime_s == 600
    assert found.plan.rounds[0].return_s == 11 * H + 600
    assert "A ne peut rentrer qu’à 11:10, après la fin de son horaire." in sentences(changes)


def test_the_old_technician_keeps_a_visit_for_which_another_would_drive_a_little_less():
    """V3 is ten minutes of driving cheaper with B; a changed technician costs as much."""
    day = line_day()
    plan = planned(day, A="V1 V2 V5", B="V3 V4")
    _, found, _ = go_on(day, plan, Events(), 8 * H + 300)
    owner = {name: who for who, stops in times(found.plan).items() for name, _ in stops}
    before = {s.visit: r.technician for r in plan.rounds for s in r.stops}
    moved = sum(owner[name] != before[name] for name in owner)
    assert found.plan.cost_s.travel + 600 * moved <= plan.cost_s.travel


# --- whatever happens ---


def random_day(seed: int) -> tuple[DayProblem, Plan, Events, int, list[Visit]]:
    """Return a day of twelve visits, its plan, random events, a moment and new visits."""
    rng = random.Random(seed)
    size, start = 14, 8 * H
    at = np.array([(rng.randint(0, 1500), rng.randint(0, 1500)) for _ in range(size)])
    seconds = 60 + np.abs(at[:, None] - at).sum(axis=2)
    np.fill_diagonal(seconds, 0)
    pause = {"duration_s": 1800, "earliest_s": 10 * H, "latest_s": 11 * H}
    technicians = tuple(
        Technician.model_validate(
            {
                "id": name,
                "start": "p0",
                "end": "p0",
                "shift_s": Shift(start + rng.choice([0, 0, 1800]), 14 * H),
                "break": rng.choice([None, pause, pause]),
                "skills": frozenset(rng.choice(["a", "ab"])),
                "max_overtime_s": rng.choice([0, 1800]),
                "max_working_s": rng.choice([None, None, 6 * H]),
                "capacity": rng.choice([None, 6]),
            }
        )
        for name in "ABC"
    )
    visits = tuple(
        Visit(
            id=f"V{k}",
            place=f"p{k}",
            duration_s=rng.choice([900, 1800, 2700]),
            windows_s=rng.choice(
                [(), (), (TimeWindow(start, 10 * H),), (TimeWindow(9 * H, 13 * H),)]
            ),
            skills=frozenset(rng.choice(["", "a", "b"])),
            load=rng.choice([0, 0, 0, 1]),
            unassigned_cost_s=rng.choice([3600, 7200]),
        )
        for k in range(1, size)
    )
    slots = rng.choice([(0,), (0,), (0, 9 * H, 12 * H)])
    layers = np.stack([seconds * factor for factor in (1.0, 1.4, 1.0)[: len(slots)]])
    travel = Travel(
        tuple(f"p{k}" for k in range(size)), layers.astype(np.int64), 10 * seconds, slots
    )
    day = DayProblem(DAY, travel, technicians, visits[:-1], Weights(overtime=rng.choice([0, 2])))
    plan = solve(day, "quick")
    at_s = rng.randrange(start, 13 * H, 60)
    names = [v.id for v in day.visits]
    rng.shuffle(names)
    who = rng.sample("ABC", 3)
    begun = {s.visit: s for r in plan.rounds for s in r.stops if s.end_s <= at_s}
    done = {
        name: Done(s.start_s + shift, s.end_s + shift)
        for name, s in list(begun.items())[:1]
        if s.end_s + (shift := rng.choice([-300, 0, 0])) <= at_s
    }
    free = [name for name in names if name not in begun]
    events = Events(
        cancelled=frozenset(free[: rng.choice([0, 0, 1, 2])]),
        absent={who[0]: at_s + rng.choice([0, 3600])} if rng.random() < 0.4 else {},
        late={who[1]: at_s + rng.choice([600, 2700])} if rng.random() < 0.5 else {},
        longer={free[-1]: Longer(duration_s=5400)} if free[2:] and rng.random() < 0.5 else {},
        done=done,
    )
    new = [visits[-1]] if rng.random() < 0.6 else []
    return day, plan, events, at_s, new


@pytest.mark.parametrize("seed", range(18))
def test_whatever_happens_the_past_stays_and_the_plan_keeps_every_rule(seed):
    """Twice in a row: what had begun keeps its times; prices are recounted; no repair is better."""
    day, plan, events, at_s, new = random_day(seed)
    for _ in range(2):
        standing = standings(day, plan, events, at_s)
        changed = changed_day(day, plan, events, standing, at_s, new=new)
        found = replanned(changed, SETTINGS, seed)
        broken = [v for v in check(changed.problem, found.plan) if v.rule != "mandatory_served"]
        assert broken == []
        assert found.plan.cost_s == cost(changed.problem, found.plan)
        assert found.total_s <= found.repaired_s
        old = {s.visit: (r.technician, s) for r in plan.rounds for s in r.stops}
        after = {s.visit: (r.technician, s) for r in found.plan.rounds for s in r.stops}
        for name, state in standing.items():
            for stay in state.stays:
                assert after[stay.visit][0] == name
                if stay.begun:
                    assert after[stay.visit][1].start_s == stay.start_s
                    assert after[stay.visit][1].end_s == stay.end_s
        settled = {stay.visit for s in standing.values() for stay in s.stays}
        for name, (_, stop) in after.items():
            if name not in settled:
                assert stop.start_s >= at_s, name
                assert name in old or name in {v.id for v in day.visits} | {v.id for v in new}
        for round_ in found.plan.rounds:
            pause, before = round_.break_, standing[round_.technician].pause
            if pause is not None:
                assert pause.start_s >= at_s or (pause.start_s, pause.end_s) == before
        day, plan, events, new = changed.problem, found.plan, Events(), []
        at_s += 3600


def test_the_same_day_and_seed_give_the_same_plan():
    """Twice, but for the time that it took."""
    day, plan, events, at_s, new = random_day(3)
    changed = changed_day(day, plan, events, standings(day, plan, events, at_s), at_s, new=new)
    first, second = (replanned(changed, SETTINGS, 5).plan.to_dict() for _ in range(2))
    assert first | {"elapsed_s": 0} == second | {"elapsed_s": 0}
