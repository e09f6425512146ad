"""Parts of a search side by side: in order, ended together, and never seen in the plan."""

from __future__ import annotations

import threading
import time

import pytest

from dispatch.solve import search, solve, threads
from dispatch.solve.threads import Threads
from tests.support.small_problems import small_problem

pytestmark = pytest.mark.slow


def test_results_come_in_the_order_of_the_items():
    """However long each takes."""

    def slow(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    with Threads(3) as some:
        assert some.map(slow, [0.03, 0.0, 0.02, 0.01]) == [0.03, 0.0, 0.02, 0.01]


def test_one_thread_or_one_item_is_done_where_it_is_asked_for():
    """No thread is started for it."""
    here = threading.get_ident()
    with Threads(1) as one:
        assert one.map(lambda _: threading.get_ident(), "ab") == [here, here]
    with Threads(2) as two:
        assert two.map(lambda _: threading.get_ident(), "a") == [here]
        assert here not in two.map(lambda _: threading.get_ident(), "ab")


def test_what_goes_wrong_in_a_thread_is_raised_here():
    """As if it had happened here; the threads can be used again."""

    def work(number: int) -> int:
        if number == 0:
            msg = "no"
            raise ValueError(msg)
        return number

    with Threads(2) as some:
        with pytest.raises(ValueError, match="no"):
            some.map(work, [1, 0, 2])
        assert some.map(work, [1, 2]) == [1, 2]


def test_an_interruption_ends_all_and_passes_on():
    """The threads have ended when it arrives, and can be used again."""
    ended = []

    def work(number: int) -> None:
        some.halted.wait(10)
        ended.append(number)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with Threads(2) as some:
        with pytest.raises(KeyboardInterrupt):
            some.map(work, [1, 2], interrupt)
        assert sorted(ended) == [1, 2]
        assert some.map(str, [1, 2]) == ["1", "2"]


@pytest.mark.parametrize("effort", ["quick", "standard"])
def test_plans_do_not_depend_on_the_number_of_threads(monkeypatch, effort):
    """The same rounds, bound and reasons with one, two and five."""
    problem = small_problem(7, visits=16, technicians=4)
    plans = []
    for count in (1, 2, 5):
        monkeypatch.setattr(threads, "cores", lambda count=count: count)
        plan = solve(problem, effort, seed=3)
        plans.append(plan.model_copy(update={"elapsed_s": 0.0}).to_json())
    assert plans[0] == plans[1] == plans[2]


def test_an_interrupted_search_keeps_what_its_threads_met(monkeypatch):
    """Ctrl-C while runs go side by side: a sound plan, no later than the chunk in work."""
    monkeypatch.setattr(threads, "cores", lambda: 2)
    monkeypatch.setattr(threads, "WAKE_UP_S", 0.001)

    def interrupt(progress: search.Progress) -> None:
        if progress.stage == "improvement":
            raise KeyboardInterrupt

    plan = solve(small_problem(4, visits=30, technicians=3), "thorough", on_progress=interrupt)
    assert plan.stopped == "interrupted"
    assert sum(len(round_.stops) for round_ in plan.rounds) > 0
