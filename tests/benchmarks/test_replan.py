"""The events that replans are measured with."""

from __future__ import annotations

from benchmarks.replan import happenings
from dispatch.model.plan import CostParts, Plan
from tests.support.small_day import SOUND_ROUND, day, plan


def test_a_day_of_one_round_has_every_kind_of_event():
    """T1 is late, gone and has its last visit cancelled: there is nobody else."""
    found = happenings(day(), plan(SOUND_ROUND))
    assert len(found) == 5
    everything, new = found["all of these"]
    assert (everything.cancelled, set(everything.absent), set(everything.late)) == (
        {"B"},
        {"T1"},
        {"T1"},
    )
    assert [visit.id for visit in new] == ["URGENT"]


def test_a_day_without_rounds_has_no_events():
    """Nobody is under way."""
    assert happenings(day(), Plan(status="partial", cost_s=CostParts(total=0), rounds=())) == {}
