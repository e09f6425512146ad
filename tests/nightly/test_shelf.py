"""The folder of days: a day takes its place whole; `latest` moves on; what is old goes."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest

from dispatch.errors import InputError
from dispatch.nightly import shelf

DAY, NEXT = date(2026, 11, 25), date(2026, 11, 26)


def write(folder: Path, text: str) -> None:
    """Write a day's folder that holds this text."""
    folder.mkdir()
    (folder / "plan.json").write_text(text, encoding="utf-8")


def text_of(folder: Path) -> str:
    """Return what a day's folder holds."""
    return (folder / "plan.json").read_text(encoding="utf-8")


@pytest.fixture(params=["exchanged", "renamed"])
def way(request, monkeypatch):
    """Put in place in one step where the system can, and in two where it cannot."""
    if request.param == "renamed":
        monkeypatch.setattr(shelf, "exchange_folders", lambda new, place: False)
    return request.param


def test_a_new_day_takes_its_place(tmp_path, way):
    """And nothing is left under another name."""
    write(shelf.new_folder(tmp_path, DAY), "new")
    shelf.put_in_place(tmp_path, DAY)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-25"]
    assert text_of(tmp_path / "2026-11-25") == "new"


def test_a_file_under_a_days_name_stops_no_later_night(tmp_path, way):
    """It gives way to the day, and does not stay where the next start repairs folders."""
    (tmp_path / "2026-11-25").write_text("in the way", encoding="utf-8")
    write(shelf.new_folder(tmp_path, DAY), "new")
    shelf.put_in_place(tmp_path, DAY)
    assert text_of(tmp_path / "2026-11-25") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-25"]
    shelf.new_folder(tmp_path, NEXT).write_text("in the way", encoding="utf-8")
    assert shelf.recover(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-25"]


def test_a_day_that_stands_is_replaced_whole(tmp_path, way):
    """A page that only the old one had does not stay."""
    write(tmp_path / "2026-11-25", "old")
    (tmp_path / "2026-11-25" / "map-closed.html").write_text("", encoding="utf-8")
    write(shelf.new_folder(tmp_path, DAY), "new")
    shelf.put_in_place(tmp_path, DAY)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-25"]
    assert [path.name for path in (tmp_path / "2026-11-25").iterdir()] == ["plan.json"]
    assert text_of(tmp_path / "2026-11-25") == "new"


def test_what_stood_there_comes_back_where_the_new_cannot_take_its_place(tmp_path, monkeypatch):
    """The disk fails between the two renamings."""
    write(tmp_path / "2026-11-25", "old")
    write(shelf.new_folder(tmp_path, DAY), "new")
    monkeypatch.setattr(shelf, "exchange_folders", lambda new, place: False)
    real = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(InputError, match="cannot be written"):
        shelf.put_in_place(tmp_path, DAY)
    assert text_of(tmp_path / "2026-11-25") == "old"


def test_a_file_that_is_held_open_is_named_and_the_day_stays(tmp_path, monkeypatch):
    """As on Windows: a folder with an open file in it cannot be renamed."""
    write(tmp_path / "2026-11-25", "old")
    held = tmp_path / "2026-11-25" / "stops.csv"
    held.write_text("open", encoding="utf-8")
    write(shelf.new_folder(tmp_path, DAY), "new")
    monkeypatch.setattr(shelf, "exchange_folders", lambda new, place: False)
    real = Path.rename

    def windows(path: Path, target: Path) -> Path:
        if path in (held, held.parent):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, target)

    monkeypatch.setattr(Path, "rename", windows)
    with pytest.raises(InputError, match=r"stops\.csv: cannot be written"):
        shelf.put_in_place(tmp_path, DAY)
    assert text_of(tmp_path / "2026-11-25") == "old"


@pytest.mark.parametrize(
    ("left", "stands", "holds"),
    [
        ([".2026-11-25.new"], True, "stood"),  # killed while it was written, or just exchanged
        ([".2026-11-25.new", ".2026-11-25.old"], False, "old"),  # between two renamings
        ([".2026-11-25.old"], True, "stood"),  # after them
        ([".2026-11-25.old"], False, "old"),
    ],
)
def test_what_a_killed_run_left_is_put_right(tmp_path, left, stands, holds):
    """The day stands as it was before, or as it became; nothing is left beside it."""
    for name in left:
        write(tmp_path / name, name[-3:])
    if stands:
        write(tmp_path / "2026-11-25", "stood")
    assert len(shelf.unfinished(tmp_path)) == len(left)
    assert shelf.recover(tmp_path) == len(left)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-25"]
    assert text_of(tmp_path / "2026-11-25") == holds


def test_nothing_else_in_the_folder_is_touched(tmp_path):
    """Names that are nearly ours."""
    others = [".2026-11-25.newer", "2026-11-25.new", ".nightly.lock", "notes", ".x.old"]
    for name in others:
        (tmp_path / name).mkdir()
    assert shelf.recover(tmp_path) == 0
    assert shelf.sweep(tmp_path, date(2030, 1, 1), 1) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


def test_latest_names_the_next_day_to_be_driven(tmp_path):
    """Not the last that was planned; the last one only where none is to come."""
    for day in (DAY, NEXT):
        write(tmp_path / day.isoformat(), str(day))
    assert shelf.point_latest(tmp_path, DAY)
    assert text_of(tmp_path / "latest") == "2026-11-25"
    assert not shelf.point_latest(tmp_path, DAY)
    assert shelf.point_latest(tmp_path, NEXT)
    assert shelf.latest_day(tmp_path) == NEXT
    # Relative: the folder may move.
    assert (tmp_path / "latest").readlink() == Path("2026-11-26")
    assert not shelf.point_latest(tmp_path, date(2026, 11, 27))
    (tmp_path / "2026-11-26").rename(tmp_path / "elsewhere")
    assert shelf.point_latest(tmp_path, NEXT)
    assert text_of(tmp_path / "latest") == "2026-11-25"


def test_latest_names_nothing_where_no_day_is_published(tmp_path):
    """A link would lead nowhere."""
    assert not shelf.point_latest(tmp_path, DAY)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def two_days(tmp_path):
    """Return a folder of two days, each with a page."""
    for day in (DAY, NEXT):
        write(tmp_path / day.isoformat(), str(day))
        (tmp_path / day.isoformat() / "index.html").write_text("the day", encoding="utf-8")
    return tmp_path


def test_where_there_can_be_no_link_a_page_leads_on(two_days, monkeypatch):
    """And goes on doing so, even where links are possible again."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refused)
        assert shelf.point_latest(two_days, DAY)
    page = two_days / "latest" / "index.html"
    assert 'url=../2026-11-25/index.html"' in page.read_text(encoding="utf-8")
    assert shelf.latest_day(two_days) == DAY
    assert shelf.point_latest(two_days, NEXT)
    assert 'href="../2026-11-26/index.html"' in page.read_text(encoding="utf-8")


def test_a_page_is_not_written_through_a_link_into_an_earlier_day(two_days, monkeypatch):
    """Where links were possible, and are no longer."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    assert shelf.point_latest(two_days, DAY)
    monkeypatch.setattr(Path, "symlink_to", refused)
    assert shelf.point_latest(two_days, NEXT)
    earlier = two_days / DAY.isoformat()
    assert (earlier / "index.html").read_text(encoding="utf-8") == "the day"
    assert shelf.latest_day(two_days) == NEXT


def test_latest_moves_on_where_a_link_is_not_replaced(two_days, monkeypatch):
    """As on Windows: the old link goes first."""
    replace = Path.replace

    def windows(self: Path, target: Path) -> Path:
        if target.is_symlink():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", windows)
    assert shelf.point_latest(two_days, DAY)
    assert shelf.point_latest(two_days, NEXT)
    assert (two_days / "latest").readlink() == Path("2026-11-26")


def test_days_older_than_they_are_kept_go(tmp_path):
    """The last day kept stays; what is no day of ours stays as well."""
    for name in ("2026-10-25", "2026-10-26", "2026-11-25"):
        write(tmp_path / name, name)
    (tmp_path / "2020-01-01").mkdir()  # without a plan: somebody's own
    assert shelf.days_of(tmp_path)[0] == date(2026, 10, 25)
    assert shelf.sweep(tmp_path, DAY, 30) == 1
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["2020-01-01", "2026-10-26", "2026-11-25"]


def test_there_are_no_days_where_there_is_no_folder(tmp_path):
    """Before the first night."""
    assert shelf.days_of(tmp_path / "none") == []
    assert shelf.unfinished(tmp_path / "none") == []
    assert shelf.latest_day(tmp_path / "none") is None
