"""Files of a folder are replaced together: all are new, or all are old."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from dispatch.errors import InputError
from dispatch.folder import replacing
from dispatch.folder.replacing import put_back_killed, replace_files

NAMES = ("index.html", "problems/sud.json", "stops.csv", "plan.json")
OLD = dict.fromkeys(NAMES, "old")
NEW = {**dict.fromkeys(NAMES, "new"), "earlier/1/plan.json": "new"}


def files_of(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder, and its empty folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
        if path.is_file() or not any(path.iterdir())
    }


@pytest.fixture
def folder(tmp_path):
    """Return a folder of old files, of which one is nobody's and one is stale."""
    replace_files(tmp_path, {**OLD, "map-nord.html": "stale"})
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    return tmp_path


def test_all_files_are_replaced_and_stale_ones_go(folder):
    """And nothing is left beside them."""
    replace_files(folder, NEW, ["map-nord.html", "map-none.html"])
    assert files_of(folder) == {**NEW, "notes.txt": "mine"}


@pytest.mark.parametrize("way", ["link", "copy"])
@pytest.mark.parametrize("held", [*NEW, "map-nord.html"])
def test_a_file_that_is_held_open_leaves_everything_as_it_was_and_is_named(
    folder, monkeypatch, held, way
):
    """As on Windows, where an open file is not replaced; whichever file it is."""
    before = files_of(folder)
    replace, unlink = Path.replace, Path.unlink
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def windows(self: Path, target: Path) -> Path:
        if target == folder / held and self.parent.parts[-1] != "old" and "new" in self.parts:
            raise refused
        return replace(self, target)

    def removed(self: Path, *, missing_ok: bool = False) -> None:
        if self == folder / held:
            raise refused
        unlink(self, missing_ok=missing_ok)

    def unsupported(*_: object, **__: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    if way == "copy":
        monkeypatch.setattr(os, "link", unsupported)
    monkeypatch.setattr(Path, "replace", windows)
    monkeypatch.setattr(Path, "unlink", removed)
    with pytest.raises(InputError, match="cannot be replaced") as caught:
        replace_files(folder, NEW, ["map-nord.html"])
    assert held in str(caught.value)
    assert "nothing was changed" in str(caught.value)
    assert files_of(folder) == before


def test_folders_in_place_of_files_are_all_named_and_nothing_is_changed(folder):
    """And files in place of folders."""
    (folder / "stops.csv").unlink()
    (folder / "stops.csv" / "deep").mkdir(parents=True)
    (folder / "earlier").write_text("in the way", encoding="utf-8")
    before = files_of(folder)
    with pytest.raises(InputError) as caught:
        replace_files(folder, NEW, ["map-nord.html"])
    told = [(Path(fault.source).name, fault.message.split(";")[0]) for fault in caught.value.faults]
    assert told == [
        ("stops.csv", "is a folder where a file belongs"),
        ("earlier", "is a file where a folder belongs"),
    ]
    assert files_of(folder) == before


def test_ctrl_c_in_the_middle_puts_everything_back(folder, monkeypatch):
    """It is no error, and still leaves the old files."""
    before = files_of(folder)
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if target.name == "stops.csv" and "new" in self.parts:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_files(folder, NEW)
    assert files_of(folder) == before


def kill_before(change: int) -> None:
    """Let this process be killed before the nth of its changes to names."""
    count = 0

    def note(event: str, _: tuple[object, ...]) -> None:
        nonlocal count
        changes = event in ("os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir")
        count += changes
        # To kill is an event as well.
        if changes and count == change:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_run_killed_at_any_change_leaves_all_old_or_all_new(folder):
    """The next that looks at the folder puts it right, and nothing is left beside."""
    old = files_of(folder)
    new = {**NEW, "notes.txt": "mine"}
    seen = []
    for change in range(1, 60):
        child = os.fork()
        if child == 0:
            kill_before(change)
            replace_files(folder, NEW, ["map-nord.html"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        put_back_killed(folder)
        found = files_of(folder)
        # A kill before anything is written, or after all is removed, may leave an empty folder.
        left = {name for name in found if name.startswith(".writing-")}
        assert not any(found[name] for name in left)
        found = {name: text for name, text in found.items() if name not in left}
        assert found in (old, new), change
        seen.append(found == new)
        if not os.WIFSIGNALED(status):
            break
        replace_files(folder, {**OLD, "map-nord.html": "stale"}, ["earlier/1/plan.json"])
        if (folder / "earlier" / "1").exists():
            (folder / "earlier" / "1").rmdir()
            (folder / "earlier").rmdir()
    else:
        pytest.fail("never came to its end")
    assert seen == sorted(seen)
    assert sum(not each for each in seen) > 10


def test_a_run_that_is_at_work_is_left_alone(folder):
    """Its lock is held; what is no staging folder of ours is left alone too."""
    staging = folder / ".writing-other"
    (staging / "old").mkdir(parents=True)
    (staging / "old" / "stops.csv").write_text("older", encoding="utf-8")
    note = {"names": ["stops.csv"], "there": ["stops.csv"], "made": []}
    (staging / replacing.MOVING).write_text(json.dumps(note), encoding="utf-8")
    assert not put_back_killed(folder)
    with FileLock(staging / replacing.LOCK):
        assert not put_back_killed(folder)
        assert (folder / "stops.csv").read_text("utf-8") == "old"
    assert put_back_killed(folder)
    assert (folder / "stops.csv").read_text("utf-8") == "older"
    assert not staging.exists()


def test_a_staging_folder_that_leads_elsewhere_is_not_followed(tmp_path):
    """Neither by itself nor by a name in its note."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "day"
    staging = elsewhere / "staging"
    (staging / "old").mkdir(parents=True)
    folder.mkdir()
    (folder / ".writing-a").symlink_to(staging)
    (staging / replacing.LOCK).write_text("", encoding="utf-8")
    note = {"names": ["../elsewhere/x"], "there": [], "made": ["../elsewhere/empty"]}
    (staging / replacing.MOVING).write_text(json.dumps(note), encoding="utf-8")
    (elsewhere / "x").write_text("theirs", encoding="utf-8")
    (elsewhere / "empty").mkdir()
    assert not put_back_killed(folder)
    (folder / ".writing-a").unlink()
    staging.rename(folder / ".writing-b")
    assert put_back_killed(folder)
    assert files_of(elsewhere) == {"x": "theirs", "empty": ""}
