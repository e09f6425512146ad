"""A real full disk and a real read-only folder, where the system lets us mount them."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from dispatch.errors import InputError
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.logs import Log
from dispatch.nightly.run import run_night
from dispatch.planday import plan as planday
from dispatch.views import pages
from tests.support.in_process import in_this_process
from tests.support.night_fixture import (
    DAY,
    EVENING,
    light_map,
    without_clock,
    write_night,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount something for as long as the block lasts, or skip the test."""
    tried = subprocess.run(["mount", *options, str(place)], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("nothing can be mounted here; that needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def night(tmp_path, monkeypatch):
    """Return what runs a small night in this process."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    monkeypatch.setattr(pages, "map_page", light_map)
    config = read_config(write_night(tmp_path))
    return lambda: run_night(config, Log(None), Ending(), day=DAY, now=EVENING)


def test_a_night_on_a_disk_that_is_full_is_told_and_changes_nothing(night, tmp_path):
    """A day takes over a megabyte; the next one has no room beside it."""
    out = tmp_path / "out"
    out.mkdir()
    with mounted(out, "-t", "tmpfs", "-o", "size=2400k", "tmpfs"):
        night()
        before = without_clock(out)
        with pytest.raises(InputError, match=r"out.*cannot be written \(No space left on device\)"):
            night()
        assert without_clock(out) == before
        assert not [path for path in out.iterdir() if path.name.endswith(".new")]


def test_a_night_in_a_folder_that_is_read_only_is_told(night, tmp_path):
    """Root too may not write there."""
    out = tmp_path / "out"
    out.mkdir()
    with mounted(out, "-t", "tmpfs", "-o", "ro", "tmpfs"):
        with pytest.raises(InputError, match=r"out: cannot be written \(Read-only file system\)"):
            night()
        assert list(out.iterdir()) == []
