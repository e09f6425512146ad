"""Edits put into the small day, by hand; the impossible ones are told and change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatch.checker import rules
from dispatch.edits.apply import apply_edits, held_by, moved_visits
from dispatch.edits.costs import costs_of_edits
from dispatch.edits.day import EditedDay
from dispatch.edits.files import files_of, kept_edits, problems_before, rounds_before
from dispatch.edits.model import Absent, Drop, Edits, Lock, Pin
from dispatch.errors import InputError
from dispatch.fieldwork import RoundLock, Shift, TimeWindow
from dispatch.solve import solve
from dispatch.solve.side_by_side import Settings
from tests.edits.test_reading import DAY, LIMITS
from tests.support.in_process import in_this_process
from tests.support.small_day import T1, T2, VISIT_B, day

if TYPE_CHECKING:
    from dispatch.edits.apply import Status
    from dispatch.edits.model import Edit
    from dispatch.model.problem import DayProblem


def put(
    *edits: Edit, before: dict[str, tuple[str, ...]] | None = None, **changed: dict[str, object]
) -> tuple[DayProblem, tuple[Status, ...]]:
    """Return the small day with edits put in, as the problem and the statuses."""
    edited = apply_edits({"c": day(**changed)}, edits, before)
    return edited.problems["c"], edited.statuses


def refused(*edits: Edit, **changed: dict[str, object]) -> tuple[str, str]:
    """Return rule and words of the last edit, which changes nothing beside the others."""
    problem, statuses = put(*edits, **changed)
    rest, _ = put(*edits[:-1], **changed)
    assert problem.sha256 == rest.sha256
    assert statuses[-1].state == "impossible"
    return statuses[-1].rule, statuses[-1].message


# --- pins ---


def test_a_pinned_visit_is_mandatory_with_its_technician_at_its_time():
    """B starts at 1200 exactly, by T2."""
    problem, [status] = put(Pin("B", "T2", TimeWindow(1200, 1200)))
    visit = problem.visit["B"]
    assert (visit.technician, visit.windows_s, visit.mandatory) == ("T2", ((1200, 1200),), True)
    assert (status.state, status.centre, str(status)) == (
        "applied", "c", "pin B to T2 at 00:20"
    )  # fmt: skip


def test_a_span_keeps_to_the_visits_windows_unless_agreed_otherwise():
    """A may start in 1000..1400 or 2000..2400; optional keeps its price."""
    span = TimeWindow(1300, 2100)
    problem, _ = put(Pin("A", span=span, optional=True))
    assert problem.visit["A"].windows_s == ((1300, 1400), (2000, 2100))
    assert problem.visit["A"].unassigned_cost_s == 5000
    problem, _ = put(Pin("A", span=span, agreed=True))
    assert problem.visit["A"].windows_s == (span,)


def test_whom_a_visit_excludes_can_be_neither_pinned_nor_locked_for_it():
    """The rule is named; another may."""
    kept_out = {"not_with": ("T2",)}
    assert refused(Pin("B", "T2"), b=kept_out) == ("excluded", "T2 may not do it (not_with)")
    assert refused(Lock("T2", ("B",)), b=kept_out) == (
        "excluded", "B: T2 may not do it (not_with)"
    )  # fmt: skip
    problem, [status] = put(Pin("B", "T1"), b=kept_out)
    assert (status.state, problem.visit["B"].not_with) == ("applied", ("T2",))


def test_a_pin_is_inside_the_hours_of_presence_unless_agreed_otherwise():
    """B takes 200 s, and somebody is there in 1300..1700: at 1600 only who agrees lets them in."""
    there = {"within_s": (TimeWindow(1300, 1700),)}
    assert refused(Pin("B", "T2", TimeWindow(1600, 1600)), b=there) == (
        "within",
        "T2 is done at 00:30 at the earliest, and must be by 00:29, when nobody is there any more",
    )
    problem, [status] = put(Pin("B", "T2", TimeWindow(1600, 1600), agreed=True), b=there)
    assert (status.state, problem.visit["B"].within_s) == ("applied", ())
    problem, _ = put(Pin("B", "T2", TimeWindow(1500, 1600), agreed=True), b=there)
    assert problem.visit["B"].within_s == ((1300, 1700),)


def test_impossible_pins_name_the_rule_and_change_nothing():
    """Each breaks one rule by itself; the visit is planned as if it were not there."""
    assert refused(Pin("A", "T2")) == ("skills", "T2 lacks the skill net")
    rule, message = refused(Pin("A", span=TimeWindow(1500, 1600)))
    assert rule == "windows"
    assert "outside the visit's window 00:16-00:23 00:33-00:40" in message
    assert "agreed = true" in message
    rule, message = refused(Pin("B", "T2", TimeWindow(1100, 1100)))
    assert (rule, message) == (
        "windows", "T2 is there at 00:20 at the earliest, it must start by 00:19"
    )  # fmt: skip
    rule, message = refused(Pin("B", "T2", TimeWindow(2700, 2700)))
    assert (rule, message) == (
        "shift", "T2 would be back at 00:52 at the earliest, and must be by 00:50"
    )  # fmt: skip
    assert refused(Pin("A", "T1"), a={"load": 9}) == (
        "capacity", "it needs a load of 9, T1's vehicle carries 5"
    )  # fmt: skip
    assert refused(Absent("T2"), Pin("B", "T2")) == (
        "known_names", "T2 is absent that day, by another edit"
    )  # fmt: skip
    rule, message = refused(Pin("A", span=TimeWindow(1000, 1000)))
    assert rule == "windows"
    assert "T2 lacks the skill" in message


def test_a_pin_by_hand_overrides_who_the_visit_was_reserved_for():
    """The head of the centre knows better than the ticket."""
    problem, _ = put(Pin("B", "T1"), b={"technician": "T2"})
    assert problem.visit["B"].technician == "T1"


def test_an_edit_about_what_is_not_there_is_gone_and_not_an_error():
    """A visit done yesterday, a technician of another centre."""
    _, statuses = put(Drop("X"), Pin("A", "T9"), Absent("T9"))
    assert [status.state for status in statuses] == ["gone"] * 3
    assert "not among the visits" in statuses[0].message


def test_pins_that_are_possible_each_and_not_together_are_told_from_the_plan():
    """Both at the same time by T1: one of the mandatory visits stays, and is never lost."""
    pins = (Pin("A", "T1", TimeWindow(1100, 1100)), Pin("B", "T1", TimeWindow(1200, 1200)))
    problem, statuses = put(*pins)
    assert [status.state for status in statuses] == ["applied", "applied"]
    made = solve(problem, "quick", seed=1)
    assert made.status == "infeasible"
    held = held_by({"c": made}, statuses)
    [unkept] = [status for status in held if status.state == "unkept"]
    assert unkept.edit.visit == made.unassigned[0].visit
    assert "possible alone" in unkept.message


# --- absences and drops ---


def test_who_is_absent_all_day_leaves_and_their_visits_are_free():
    """B was reserved for T2, and is told to be anybody's."""
    problem, [status] = put(Absent("T2"), b={"technician": "T2"})
    assert list(problem.technician) == ["T1"]
    assert problem.visit["B"].technician is None
    assert status.message == "B reserved for T2: now anybody may do it"


def test_who_leaves_early_does_not_stay_longer():
    """The shift ends then, and the overtime allowed is none."""
    problem, _ = put(Absent("T1", from_s=2000))
    assert problem.technician["T1"].shift_s == Shift(1000, 2000)
    assert problem.technician["T1"].max_overtime_s == 0
    assert problem.technician["T1"].break_ == T1.break_


def test_who_leaves_after_midnight_has_most_of_the_night_shift():
    """From six to two, away from one on: the shift ends at 25:00."""
    night = {"shift_s": Shift(64_800, 93_600), "break_": None}
    problem, _ = put(Absent("T1", from_s=3600), t1=night)
    assert problem.technician["T1"].shift_s == Shift(64_800, 90_000)


def test_who_comes_late_has_rested_if_the_break_fits_before():
    """T1's break may begin at 1500 and lasts 300: over by 1800."""
    before, _ = put(Absent("T1", until_s=1799))
    assert before.technician["T1"].break_ is not None
    after, _ = put(Absent("T1", until_s=1800))
    assert after.technician["T1"].break_ is None
    assert after.technician["T1"].shift_s == Shift(1800, 3000)


def test_an_absence_inside_or_outside_the_shift_is_impossible():
    """A round has no hole; and there is nothing to cut off."""
    assert refused(Absent("T1", 1500, 2000))[0] == "shift"
    assert "middle" in refused(Absent("T1", 1500, 2000))[1]
    assert "nothing to cut off" in refused(Absent("T1", from_s=3000))[1]
    assert "nothing to cut off" in refused(Absent("T1", until_s=1000))[1]


def test_a_dropped_visit_is_no_longer_there_and_costs_nothing():
    """It is named as dropped."""
    edited = apply_edits({"c": day()}, [Drop("A")])
    assert list(edited.problems["c"].visit) == ["B"]
    assert edited.dropped == {"c": ("A",)}
    assert solve(edited.problems["c"], "quick", seed=1).cost_s.unassigned == 0


# --- locks ---


def test_a_locked_round_is_that_of_the_plan_before():
    """Its visits are written out, for the runs to come."""
    problem, [status] = put(Lock("T1"), before={"T1": ("A", "B")})
    assert problem.technician["T1"].locked == RoundLock(visits=("A", "B"), closed=True)
    assert status.edit == Lock("T1", ("A", "B"))
    assert rules.check(problem, solve(problem, "quick", seed=1)) == []


def test_a_lock_without_a_plan_before_is_told():
    """There is nothing to take the round from."""
    _, [status] = put(Lock("T1"))
    assert status.state == "gone"
    assert "list its `visits`" in status.message


def test_a_lock_goes_on_without_visits_that_are_gone():
    """The others stay in their order; without any, it is gone."""
    problem, [status] = put(Lock("T1", ("X", "B")))
    assert problem.technician["T1"].locked.visits == ("B",)
    assert status.message == "X not there any more; the others stay"
    assert put(Lock("T1", ("X",)))[1][0].state == "gone"


def test_impossible_locks_name_the_visit_and_change_nothing():
    """T2 has not A's skill; B after 600 s of A's window is too late for it."""
    assert refused(Lock("T2", ("B", "A"))) == ("skills", "A: T2 lacks the skill net")
    windows = {"windows_s": (TimeWindow(1000, 1400),)}
    rule, message = refused(Lock("T1", ("B", "A")), a=windows)
    assert rule == "windows"
    assert message.startswith("stop 2, A, cannot follow")
    assert refused(Lock("T1", ("A", "B")), b={"load": 3}) == (
        "capacity", "up to B it carries 6, the vehicle 5"
    )  # fmt: skip


def test_pins_and_locks_that_contradict_each_other_are_impossible():
    """A visit of a locked round, another's closed round, a time that the order does not leave."""
    lock = Lock("T1", ("A",))
    assert refused(lock, Pin("A", "T2"))[0] == "locked_round"
    assert "closed = false" in refused(lock, Pin("B", "T1"))[1]
    both = Lock("T1", ("A", "B"))
    assert refused(both, Pin("B", span=TimeWindow(1200, 1300)))[0] == "windows"


# --- several centres ---


def two_centres():
    """Return T1 with A in one centre, T2 with B in another that knows A's place too."""
    whole = day()
    return {
        "one": replace(whole, technicians=(T1,), visits=(whole.visit["A"],)),
        "two": replace(whole, technicians=(T2,), visits=(VISIT_B,)),
    }


def test_a_pin_to_another_centres_technician_moves_the_visit():
    """And no visit is in two problems, or in none."""
    homes, who = {"A": "one", "B": "two"}, {"T1": "one", "T2": "two"}
    pins = [Pin("B", "T1")]
    assert moved_visits(homes, who, pins) == {"one": {"B"}}
    assert moved_visits(homes, who, [Lock("T2")], {"T2": ("A",)}) == {"two": {"A"}}
    edited = apply_edits(two_centres(), pins)
    assert {name: list(p.visit) for name, p in edited.problems.items()} == {
        "one": ["A", "B"], "two": [],
    }  # fmt: skip
    refused_ = apply_edits(two_centres(), [Pin("A", "T2")])
    assert list(refused_.problems["one"].visit) == ["A"]
    assert refused_.statuses[0].rule == "skills"


# --- kept, and priced ---


def test_edits_are_kept_with_the_problem_before_and_only_for_their_day(tmp_path):
    """The next day knows nothing of them; a broken file names the way out."""
    problems = {"c": day()}
    edits = Edits((Drop("A"), Lock("T1")))
    edited = apply_edits(problems, edits.entries, {"T1": ("B",)})
    day_ = EditedDay({}, edited.problems, problems, {}, edited.statuses)
    files = files_of(edits, day_, DAY)
    assert set(files) == {"inputs/edits.toml", "inputs/unedited/c.json"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    kept = kept_edits(tmp_path, LIMITS, DAY)
    assert kept.entries == (Drop("A"), Lock("T1", ("B",)))
    assert kept_edits(tmp_path, LIMITS, DAY.replace(day=26)) is None
    assert problems_before(tmp_path, edited.problems)["c"].sha256 == problems["c"].sha256
    assert rounds_before(tmp_path, DAY) == {}
    (tmp_path / "inputs/edits.toml").write_text("[[pin]]\n", encoding="utf-8")
    with pytest.raises(InputError, match="--no-edits"):
        kept_edits(tmp_path, LIMITS, DAY)


def test_each_edit_has_its_price_and_all_have_theirs(monkeypatch):
    """
    B by T2 costs 260 s, as two rounds drive 620 s and one 360; dropping A saves 210 of these.

    Both: T2 alone drives 410 s, 50 more than the 360 of the day without edits.
    """
    monkeypatch.setattr("dispatch.edits.costs.plan_all", in_this_process)
    problems = {"c": day()}
    edits = [Drop("A"), Pin("B", "T2")]
    made = {"c": solve(apply_edits(problems, edits).problems["c"], "quick", seed=1)}
    prices = costs_of_edits(problems, made, edits, Settings("quick", 1))
    assert (prices.together.total_s, prices.together.least_s, prices.together.most_s) == (50,) * 3
    drop, pin = prices.each
    assert (drop.total_s, pin.total_s) == (410 - 620, 0)
    assert prices.together.left == ()


def test_the_gap_of_a_centre_that_no_edit_changes_says_nothing_of_their_price(monkeypatch):
    """D has a plan that may be far from the best; what the pin costs at C is proven even so."""
    monkeypatch.setattr("dispatch.edits.costs.plan_all", in_this_process)
    problems = {"c": day(), "d": day(b={"duration_s": 199})}
    edits = [Pin("B", "T2")]
    edited = apply_edits(problems, edits).problems
    made = {name: solve(problem, "quick", seed=1) for name, problem in edited.items()}
    made["d"] = made["d"].model_copy(update={"bound_s": 10, "proven_optimal": False})
    price = costs_of_edits(problems, made, edits, Settings("quick", 1)).together
    assert (price.total_s, price.least_s, price.most_s) == (620 - 360,) * 3


@pytest.mark.slow
def test_a_visit_that_a_pin_cannot_have_done_still_costs_what_it_did(monkeypatch):
    """A at 1100 and B at 1200 by T1: one stays, at its price of 5000 or 7000."""
    monkeypatch.setattr("dispatch.edits.costs.plan_all", in_this_process)
    problems = {"c": day()}
    edits = [Pin("A", "T1", TimeWindow(1100, 1100)), Pin("B", "T1", TimeWindow(1200, 1200))]
    made = {"c": solve(apply_edits(problems, edits).problems["c"], "quick", seed=1)}
    price = costs_of_edits(problems, made, edits, Settings("quick", 1)).together
    [left] = [entry.visit for entry in made["c"].unassigned]
    assert price.left == (left,)
    done = {"A": 410 + 5000, "B": 210 + 7000}[left]
    assert (price.total_s, price.least_s) == (done - 360, None)
