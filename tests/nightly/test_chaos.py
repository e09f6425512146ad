"""A night disturbed once in each cheap way; `benchmarks.chaos` does it for half an hour."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.skipif(
    not hasattr(os, "fork") or not Path("/proc/self/stat").exists(),
    reason="disturbs forks, and looks for what they leave",
)
def test_nothing_breaks_a_night():
    """Signals, services that lie, stores, disks, files in the way, clocks, commands, rivals."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.chaos", "--cheap", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    assert told.rstrip().endswith("broken: nothing")
    assert "told_to_end 1, two_at_once 1" in told
