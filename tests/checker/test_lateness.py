"""Late starts, counted again from the stated times."""

from __future__ import annotations

from dataclasses import replace

from dispatch.checker.lateness import late_s
from dispatch.checker.rules import check, cost
from dispatch.model.problem import Weights
from tests.support.small_day import SOUND_ROUND, day, plan

# In the sound round B starts at 1550.
WISHED = day(b={"due_s": 1500})
[B] = [stop for stop in SOUND_ROUND.stops if stop.visit == "B"]


def priced(lateness):
    """Return the day on which B should start at 1500, with a weight of lateness."""
    return replace(WISHED, weights=Weights(overtime=2, lateness=lateness))


def test_each_second_after_the_wished_start_costs_the_weight():
    """Nothing without a weight, nor where the start is early enough."""
    late = B.start_s - 1500
    assert late > 0
    assert late_s(WISHED, B) == late
    sound = plan(SOUND_ROUND)
    assert cost(priced(3), sound).lateness == 3 * late
    assert cost(priced(3), sound).total == cost(day(), sound).total + 3 * late
    assert cost(priced(None), sound) == cost(priced(0), sound) == cost(day(), sound)
    in_time = replace(day(b={"due_s": B.start_s}), weights=Weights(overtime=2, lateness=3))
    assert cost(in_time, sound).lateness == 0


def test_a_plan_that_states_another_lateness_is_found_out():
    """The part and the sum; with both right, no rule is broken."""
    sound = plan(SOUND_ROUND)
    assert [one.rule for one in check(priced(3), sound)] == ["stated_cost"] * 2
    stated = sound.model_copy(update={"cost_s": cost(priced(3), sound)})
    assert check(priced(3), stated) == []
