"""The plan: its figures, its table, its JSON door."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from dispatch.errors import InputError
from dispatch.model.plan import Plan, plan_schema
from tests.checker.test_rules import GARBAGE
from tests.support.small_day import SOUND_ROUND, drive, plan, stop

pytestmark = pytest.mark.slow


def refusal(text: str) -> str:
    """Return the refusal of a text."""
    with pytest.raises(InputError) as caught:
        Plan.from_json(text, "PLAN.json")
    return str(caught.value)


def test_the_summary_counts_what_is_in_the_plan(sound_plan):
    """One round of two visits: 360 s of driving, 600 s of service."""
    assert sound_plan.summary() == {
        "status": "complete",
        "rounds": 1,
        "visits_served": 2,
        "visits_unassigned": 0,
        "travel_s": 360,
        "distance_m": 3600,
        "service_s": 600,
        "workload_spread_s": 0,
        "unfamiliarity_s": 0,
        "imbalance_s": 0,
        "cost_s": 360,
        "bound_s": None,
        "gap": None,
        "proven_optimal": False,
    }


def test_a_distance_that_one_round_does_not_know_is_not_summed():
    """No sum rather than a part of it."""
    unknown = SOUND_ROUND.model_copy(update={"distance_m": None})
    other = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    assert plan(unknown, other).summary()["distance_m"] is None
    assert plan(left=("A", "B")).summary()["distance_m"] == 0


def test_the_table_has_a_row_a_stop(sound_plan):
    """In the order of the round, numbered from 1; without a stop, its columns alone."""
    table = sound_plan.to_dataframe()
    assert table.to_dict("records") == [
        {
            "technician": "T1", "number": 1, "visit": "A", "place": "a",
            "arrival_s": 1100, "start_s": 1100, "end_s": 1500,
        },
        {
            "technician": "T1", "number": 2, "visit": "B", "place": "b",
            "arrival_s": 1850, "start_s": 1850, "end_s": 2050,
        },
    ]  # fmt: skip
    assert list(plan(left=("A", "B")).to_dataframe().columns) == list(table.columns)


def test_the_door_has_every_key_of_its_description(sound_plan):
    """Those and `stopped`; the break under its own name."""
    written = json.loads(sound_plan.to_json())
    assert set(written) == {
        "format", "status", "stopped", "cost_s", "bound_s", "gap", "proven_optimal", "rounds",
        "unassigned", "effort", "seed", "elapsed_s", "input_sha256", "version",
    }  # fmt: skip
    assert set(written["cost_s"]) == {
        "total", "travel", "unassigned", "overtime", "lateness", "unfamiliarity", "imbalance",
    }  # fmt: skip
    [round_] = written["rounds"]
    assert set(round_) == {
        "technician", "departure_s", "return_s", "travel_s", "distance_m", "break", "stops",
    }  # fmt: skip
    assert round_["break"] == {"start_s": 1500, "end_s": 1800}
    assert set(round_["stops"][0]) == {"visit", "place", "arrival_s", "start_s", "end_s"}


@settings(max_examples=60, deadline=None)
@given(GARBAGE)
def test_any_plan_written_and_read_again_is_the_same(garbage):
    """Sound or not: the door loses nothing, and the schema accepts it."""
    import jsonschema

    text = garbage.to_json()
    assert Plan.from_json(text).to_json() == text
    jsonschema.validate(json.loads(text), plan_schema())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"status": "complete"', '"status": "perfect"', "PLAN.json:3:12: status: must be "),
        ('"arrival_s": 1100', '"arrival_s": 1100.5', "must be a whole number"),
        ('"arrival_s": 1100', '"arrival_s": 1e400', "must be a whole number"),
        ('"elapsed_s": 0.0', '"elapsed_s": 1e400', "elapsed_s: must be a finite number"),
        ('"total": 360', '"total": 9999999999999999', "cost_s.total: must be at most "),
        ('"gap": null', '"gap": 1.5', "gap: must be at most 1"),
        ('"break": {', '"break_": {', "rounds[0].break_: unknown key"),
        ('"seed": 0', '"seed": 0, "colour": 1', "colour: unknown key"),
        ('"seed": 0', '"seed": 0, "seed": 1', "seed: this key stands twice"),
        ('"dispatch-plan/1"', '"dispatch-plan/2"', "format: must be 'dispatch-plan/1'"),
    ],
)
def test_a_plan_with_another_key_or_type_is_refused_by_name(sound_plan, old, new, words):
    """With line and column."""
    text = sound_plan.to_json()
    assert text.count(old) == 1
    assert words in refusal(text.replace(old, new))


def test_what_is_no_object_is_refused():
    """A list, a null."""
    assert "must be a group of keys {...}" in refusal("[]")
    assert "must be a group of keys {...}" in refusal("null")
