"""Nights killed at random moments: nothing is lost, half-written or double, and the next completes.

`benchmarks/nightly_kill.py` does the same many times, and with the command as it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

KILLS = 25


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks")
def test_nights_killed_at_random_moments_leave_nothing_half_done(tmp_path):
    """Some before a change to files, some at any time; every claim stands in `night_kill`."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.night_kill", str(tmp_path), str(KILLS), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["killed"] + found["ended"] == KILLS
    # A night makes some ninety changes; those that were killed before one of them never end.
    assert found["killed"] >= KILLS * 3 // 5
    assert len(found["after"]) >= 3
