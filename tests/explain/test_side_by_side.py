"""Centres explained side by side: the same words, whatever the processes; none costs the pages."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dispatch.explain import explain_left, side_by_side
from dispatch.explain.side_by_side import explain_centres
from dispatch.model.plan import Unassigned
from dispatch.service.sections import Explain
from dispatch.supervision.crew import Bounds
from tests.support.small_day import day, plan

pytestmark = pytest.mark.slow

FIVE = Explain(step_min=5, most_overtime_min=10, most_earlier_min=10, most_widening_min=10)


def centre(prefix: str):
    """Return a centre of two visits, both left, whose ids begin with a prefix."""
    small = day()
    visits = tuple(v.model_copy(update={"id": prefix + v.id}) for v in small.visits)
    names = tuple(v.id for v in visits)
    left = tuple(Unassigned(visit=name, reason="crowded_out") for name in names)
    return replace(small, visits=visits), plan(left=("A", "B"), unassigned=left)


CENTRES = {"x": centre("X"), "y": centre("Y")}


@pytest.fixture
def even_few(monkeypatch):
    """Start processes for however few visits."""
    monkeypatch.setattr(side_by_side, "FEW_VISITS", 0)


@pytest.fixture
def no_process(monkeypatch):
    """Fail where a process is started."""

    def started(*_: object, **__: object):
        pytest.fail("a process was started")

    monkeypatch.setattr(side_by_side, "Crew", started)


def test_processes_say_what_one_process_says(even_few):
    """Centre by centre, in the order given."""
    apart = [explain_left(problem, made, FIVE) for problem, made in CENTRES.values()]
    together = explain_centres(CENTRES, FIVE, workers=2)
    assert list(together) == [*apart[0], *apart[1]]
    assert together == apart[0] | apart[1]
    assert all(found.examined for found in together.values())


def test_few_visits_are_explained_in_this_process(no_process):
    """A process takes longer to start than they take."""
    assert explain_centres(CENTRES, FIVE).keys() == explain_left(*CENTRES["x"], FIVE).keys() | {
        visit.id for visit in CENTRES["y"][0].visits
    }


def test_centres_without_time_have_their_reasons_alone(even_few):
    """The time was over before they began: the pages still have every visit."""
    found = explain_centres(CENTRES, FIVE, workers=2, bounds=Bounds(until=time.monotonic() - 1))
    assert len(found) == sum(len(made.unassigned) for _, made in CENTRES.values())
    assert {each.reason for each in found.values()} == {"crowded_out"}
    assert not any(each.examined for each in found.values())


def test_visits_after_the_end_of_the_time_have_their_reasons_alone():
    """Those examined before stay as they are."""
    problem, made = CENTRES["x"]
    begun = []

    def end_at_the_second(name):
        begun.append(name)
        if len(begun) == 2:
            raise KeyboardInterrupt

    found = explain_left(problem, made, FIVE, on_visit=end_at_the_second)
    whole = explain_left(problem, made, FIVE)
    assert found[begun[0]] == whole[begun[0]]
    assert {name for name, each in found.items() if each.examined} == {begun[0]}
    assert list(found) == list(whole)


def test_ctrl_c_is_not_taken_for_the_end_of_the_time(monkeypatch):
    """In this process it ends the command."""
    monkeypatch.setattr("dispatch.explain.unserved.explain_unserved", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        explain_left(*CENTRES["x"], FIVE)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
