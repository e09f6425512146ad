"""CP-SAT as it is asked: the same answer for the same work, and an end when it is told to."""

from __future__ import annotations

import random
import signal
import threading

import pytest
from ortools.sat.python import cp_model

from dispatch.solve.deadline import Deadline
from dispatch.solve.partition.cpsat import solved

# Work for hours, if nothing ended it.
ENDLESS = 1e6


def knapsacks(items: int = 300, rows: int = 60) -> cp_model.CpModel:
    """Return a choice that CP-SAT does not settle within any test."""
    draw = random.Random(1)
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(items)]
    for _ in range(rows):
        weights = [draw.randint(1, 100) for _ in taken]
        model.add(cp_model.LinearExpr.weighted_sum(taken, weights) <= 18 * items)
    values = [draw.randint(50, 100) for _ in taken]
    model.maximize(cp_model.LinearExpr.weighted_sum(taken, values))
    return model


def test_a_small_choice_is_settled():
    """Of 3, 4 and 6 at most 10 in weight, values 5, 6 and 8: the last two."""
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(3)]
    model.add(cp_model.LinearExpr.weighted_sum(taken, [3, 4, 6]) <= 10)
    model.maximize(cp_model.LinearExpr.weighted_sum(taken, [5, 6, 8]))
    solver, status = solved(model, 1.0)
    assert status == cp_model.OPTIMAL
    assert [solver.boolean_value(one) for one in taken] == [False, True, True]


def test_the_same_work_gives_the_same_answer():
    """Work is counted: the clock does not matter."""
    found = [solved(knapsacks(), 0.05)[0].objective_value for _ in range(2)]
    assert found[0] == found[1]


def test_a_deadline_ends_it():
    """With the best that it has."""
    _, status = solved(knapsacks(), ENDLESS, deadline=Deadline(1.0))
    assert status == cp_model.FEASIBLE


def test_ctrl_c_ends_it_at_once_and_stays_with_python():
    """The exception passes through, the thread is gone, the handler is the one before."""
    before = signal.getsignal(signal.SIGINT)
    looked = []

    def interrupt():
        looked.append(1)
        if len(looked) == 4:
            signal.raise_signal(signal.SIGINT)

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        solved(knapsacks(), ENDLESS, on_wait=interrupt)
    assert len(looked) == 4
    assert threading.active_count() == threads
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
def test_what_goes_wrong_inside_is_told():
    """A model that CP-SAT does not take is no empty answer."""
    with pytest.raises(AttributeError):
        solved(None, 1.0)
