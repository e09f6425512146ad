"""Several problems side by side: the same plans on any number of processes; failures kept apart."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from dispatch.checker.rules import check
from dispatch.solve.progress import Progress
from dispatch.solve.side_by_side import Settings, plan_all
from dispatch.solve.threads import cores
from dispatch.supervision.crew import Bounds
from tests.support.paths import ROOT
from tests.support.small_problems import small_problem

pytestmark = pytest.mark.slow

QUICK = Settings("quick", seed=3)


@pytest.fixture(scope="module")
def problems():
    """Return three small problems, by name, not in order of size or name."""
    return {
        "b": small_problem(5, visits=4, technicians=2),
        "c": small_problem(12, visits=12, technicians=3),
        "a": small_problem(6, visits=8, technicians=2),
    }


@pytest.fixture(scope="module")
def by_one(problems):
    """Return what one process makes of the problems."""
    return plan_all(problems, QUICK, workers=1)


def test_plans_do_not_depend_on_the_number_of_processes(problems, by_one):
    """One or two: byte for byte, outside the clock, and in the order of the names."""
    seen = []

    def note(name, progress):
        seen.append((name, progress.cost_s))

    one, two = by_one, plan_all(problems, QUICK, workers=2, on_progress=note)
    assert list(one.plans) == list(two.plans) == ["a", "b", "c"]
    for name in problems:
        texts = [
            done.plans[name].model_copy(update={"elapsed_s": 0.0}).to_json() for done in (one, two)
        ]
        assert texts[0] == texts[1]
        broken = {v.rule for v in check(problems[name], one.plans[name])}
        assert broken <= {"mandatory_served"}
    assert (one.failures, two.failures, one.interrupted) == ({}, {}, False)
    # News of every search arrives, from its process.
    assert {name for name, _ in seen} == set(problems)


def test_one_problems_failure_spares_the_others(problems):
    """What is no problem fails in its process, and is named."""
    done = plan_all({"b": problems["b"], "x": _Broken()}, QUICK, workers=1)
    assert list(done.plans) == ["b"]
    assert list(done.failures) == ["x"]
    assert done.failures["x"].exit_code == 4
    assert str(done.failures["x"])


def test_searches_whose_processes_are_killed_or_stopped_are_made_again(problems, by_one):
    """One each, when the first plan has come somewhere: the same plans, and told."""
    hit = []

    def end_all(_name, _progress):
        if not hit:
            hit.extend(child.pid for child in multiprocessing.active_children())
            for process, number in zip(hit, (signal.SIGKILL, signal.SIGSTOP), strict=True):
                os.kill(process, number)

    watched = Settings("quick", seed=3, bounds=Bounds(stalled_s=1.0))
    done = plan_all(problems, watched, workers=2, on_progress=end_all)
    assert len(hit) == 2
    assert done.failures == {}
    assert done.lost
    assert done.lost.keys() <= problems.keys()
    for name, plan in done.plans.items():
        once = by_one.plans[name].model_copy(update={"elapsed_s": plan.elapsed_s})
        assert plan.to_json() == once.to_json()
    assert list(done.plans) == ["a", "b", "c"]


def test_nothing_to_plan_is_no_failure():
    """No centre asked for, no process, no plan."""
    done = plan_all({}, QUICK)
    assert (done.plans, done.failures) == ({}, {})


def test_ctrl_c_ends_every_search_with_the_best_plan_so_far(problems):
    """Sent to this process once a search has come somewhere; each plan is sound."""
    told = threading.Event()

    def interrupt(_name, progress):
        if progress.stage == "improvement" and not told.is_set():
            told.set()
            os.kill(os.getpid(), signal.SIGINT)

    long = {name: small_problem(seed, 20, 3) for name, seed in (("a", 8), ("b", 9))}
    done = plan_all(long, Settings("thorough"), workers=1, on_progress=interrupt)
    assert done.interrupted
    assert {plan.stopped for plan in done.plans.values()} == {"interrupted"}
    for name, plan in done.plans.items():
        assert {v.rule for v in check(long[name], plan)} <= {"mandatory_served"}
    assert set(done.plans) == set(long)


def test_news_of_a_search_load_no_solver():
    """Loading takes a second in which Ctrl-C may come, and the processes that search do it."""
    code = (
        "import pickle, sys\n"
        "from dispatch.solve import side_by_side as planning\n"
        f"pickle.loads({pickle.dumps(Progress('proof', 2, 1))!r})\n"
        "print(sorted({'ortools', 'numba'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == "[]\n"


def test_there_is_a_core_to_work_on():
    """At least this one, at most what the machine has."""
    assert 1 <= cores() <= (os.cpu_count() or 1)


class _Broken:
    """Not a problem: it has a number of visits, and nothing else."""

    visits = (None,)


LONG_RUN = """
import sys
from dispatch.solve.side_by_side import Settings, plan_all
from tests.support.small_problems import small_problem

def told(name, progress):
    print("searching", flush=True)

if __name__ == "__main__":
    problem = small_problem(12, visits=12, technicians=3)
    plan_all({str(n): problem for n in range(200)}, Settings("quick"), workers=2, on_progress=told)
"""


def _alive(group: int) -> int:
    """Return how many processes of a group still run."""
    states = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            states.append(int(of) == group and state != "Z")
    return sum(states)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="counts processes through /proc")
def test_workers_end_when_the_main_process_is_killed(tmp_path):
    """They wait on a queue whose other end they hold too: nothing else would tell them."""
    script = tmp_path / "long_run.py"
    script.write_text(LONG_RUN, encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == b"searching\n"
        assert _alive(running.pid) >= 3
        running.kill()
        until = time.monotonic() + 30
        while _alive(running.pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert _alive(running.pid) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
