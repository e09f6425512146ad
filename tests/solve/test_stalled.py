"""A process that is stopped again and again makes the plans of one that is left alone."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows stops no process"),
]

# After each line that it reads it prints the initial solution of a day, and the plan of another,
# without what the clock says.
PLANNER = """
import json, sys
from dispatch.solve import solve
from dispatch.solve.heuristic.ortools_model import initial_solution
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import small_problem

large = arrays_of(small_problem(1, visits=60, technicians=7))
small = small_problem(11, visits=30, technicians=4)
solve(small_problem(2, visits=6, technicians=2), "quick")
for line in sys.stdin:
    plan = solve(small, "quick", seed=1).model_copy(update={"elapsed_s": 0.0})
    print(json.dumps([initial_solution(large), plan.to_json()]), flush=True)
"""
STOPPED_S, RUNNING_S = 0.3, 0.05
# A loaded machine may be slow; a hung planner must not hang the tests.
PATIENCE_S = 1_200.0


@pytest.fixture(scope="module")
def planner():
    """Yield a process that plans when it is told to."""
    with subprocess.Popen(
        [sys.executable, "-c", PLANNER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
    ) as running:  # fmt: skip
        yield running
        running.stdin.close()


def planned(planner, *, stalled: bool) -> bytes:
    """Return the next plan; the process may be stopped most of the time."""
    planner.stdin.write(b"go on\n")
    planner.stdin.flush()
    until, text = time.monotonic() + PATIENCE_S, b""
    while not text.endswith(b"\n"):
        assert time.monotonic() < until
        if stalled:
            os.kill(planner.pid, signal.SIGSTOP)
            time.sleep(STOPPED_S)
            os.kill(planner.pid, signal.SIGCONT)
        ready, _, _ = select.select([planner.stdout], [], [], RUNNING_S)
        if ready:
            read = os.read(planner.stdout.fileno(), 1 << 16)
            assert read, "the planner has ended"
            text += read
    return text


def test_stopping_a_process_again_and_again_changes_no_byte_of_its_plan(planner):
    """No clock decides: neither ours nor one of OR-Tools."""
    alone = planned(planner, stalled=False)
    assert b"time_limit" not in alone
    assert [planned(planner, stalled=True) for _ in range(2)] == [alone] * 2
