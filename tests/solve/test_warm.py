"""Warming compiles every kernel that a usual plan needs: no worker compiles one of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

# Kernels with the types that they are compiled for, before and after two plans are made.
CODE = """
import gc
from numba.core.dispatcher import Dispatcher
from dispatch.solve import solve
from dispatch.solve.warm import warm
from tests.support.small_problems import small_problem

def compiled():
    return {
        f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"
        for kernel in gc.get_objects()
        if isinstance(kernel, Dispatcher) and kernel.overloads
    }

warm("search")
warm("proof")
before = compiled()
assert len(before) > 10, before
for seed in (5, 12):
    solve(small_problem(seed, 20, 3), "standard")
print(sorted(name for name in compiled() - before if name.startswith("dispatch.")))
"""


def test_two_usual_plans_need_no_kernel_that_was_not_warmed():
    """Each step of the search and of the proof ran when warming, on its one small day."""
    ended = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr
