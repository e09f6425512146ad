"""What commands write is for its owner and their group, and for nobody else."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from tests.support.command import run


@pytest.mark.skipif(sys.platform == "win32", reason="no mask there")
@pytest.mark.parametrize(("mask", "mode"), [(0o000, 0o640), (0o022, 0o640), (0o077, 0o600)])
def test_a_plan_is_not_for_everybody_and_a_stricter_mask_stays(tmp_path, small_day, mask, mode):
    """Whoever starts the command, and however."""
    problem, out = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(small_day.to_json(), encoding="utf-8")
    before = os.umask(mask)
    try:
        ended = run("solve", problem, "--effort", "quick", "--out", out)
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert ended.returncode == 0, ended.stderr
    assert stat.S_IMODE(out.stat().st_mode) == mode
