"""The folder of days' folders: a new day is put in place whole, `latest` moves, old days go.

A day is written under a name that begins with a point (`.2026-11-26.new`). It then changes places
with the folder `2026-11-26`. `recover` repairs what a killed run left under such names. Nothing
else in the folder is changed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sys
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dispatch.folder.replacing import unwritable
from dispatch.folder.write import PLAN_FILE, write_file

if TYPE_CHECKING:
    from pathlib import Path

LATEST = "latest"
NEW, OLD = "new", "old"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OURS = re.compile(rf"\.({_DAY.pattern})\.({NEW}|{OLD})")
# Linux: exchange two names in one step (renameat2).
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
# Where the file system or the system has no symbolic links, or not for this user.
NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
REDIRECT = """\
<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=../{day}/index.html">
<title>{day}</title>
<p><a href="../{day}/index.html">{day}</a></p>
</html>
"""


def new_folder(shelf: Path, day: date) -> Path:
    """Return the folder in which a day is written before it is put in place."""
    return shelf / f".{day.isoformat()}.{NEW}"


def unfinished(shelf: Path) -> list[Path]:
    """Return the folders that killed runs left, in the order in which `recover` repairs them."""
    if not shelf.is_dir():
        return []
    # Old folders go back to their places before new ones are removed: "old" before "new".
    return sorted((path for path in shelf.iterdir() if _OURS.fullmatch(path.name)), reverse=True)


def recover(shelf: Path) -> int:
    """
    Repair what killed runs left.

    Returns
    -------
    found
        How many unfinished folders there were.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    try:
        found = unfinished(shelf)
        for path in found:
            day, state = path.name.strip(".").split(".")
            if state == OLD and not (shelf / day).exists():
                path.rename(shelf / day)
            else:
                _remove(path)
    except OSError as error:
        raise unwritable(shelf, error) from error
    return len(found)


def put_in_place(shelf: Path, day: date) -> None:
    """
    Put a day's new folder in its place, whole.

    Raises
    ------
    InputError
        When it cannot be done; the earlier folder is then still in place.
    """
    new, place = new_folder(shelf, day), shelf / day.isoformat()
    old = shelf / f".{day.isoformat()}.{OLD}"
    try:
        _keep_for_good(new)
        if not place.exists():
            new.rename(place)
        elif not exchange_folders(new, place):
            place.rename(old)
            try:
                new.rename(place)
            except OSError:
                old.rename(place)
                raise
        _keep_for_good(shelf)
    except OSError as error:
        raise unwritable(held_file(place) or place, error) from error
    # The day is in place; if removal fails, the next run removes the old folder.
    for left in (new, old):
        with suppress(OSError):
            _remove(left)


def _remove(path: Path) -> None:
    """Remove a folder; or a file or link that stood under a day's name."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def held_file(folder: Path) -> Path | None:
    """Return a file that keeps its folder from being renamed, as one that is open on Windows."""
    for path in sorted(folder.rglob("*")):
        try:
            # A file that is held cannot even be given the name that it has.
            path.rename(path)
        except OSError:
            return path
    return None


def point_latest(shelf: Path, first: date) -> bool:
    """
    Let `latest` name the next day to be driven.

    That is the first day that has a folder and is not before `first`; the last one, where there is
    none. `latest` is a symbolic link. Where links are not possible, it is a folder with a page that
    redirects.

    Returns
    -------
    moved
        Whether `latest` named another day before.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    days = days_of(shelf)
    if not days:
        return False
    day = next((each for each in days if each >= first), days[-1])
    if latest_day(shelf) == day:
        return False
    link = shelf / LATEST
    if link.is_dir() and not link.is_symlink():
        write_file(link / "index.html", REDIRECT.format(day=day.isoformat()))
        return True
    try:
        _link(link, day)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise unwritable(link, error) from error
        # The page must not be written through an existing link into an earlier day.
        if link.is_symlink():
            link.unlink()
        write_file(link / "index.html", REDIRECT.format(day=day.isoformat()))
    return True


def _link(link: Path, day: date) -> None:
    beside = link.parent / f".{LATEST}.{NEW}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(day.isoformat(), target_is_directory=True)
    try:
        beside.replace(link)
    except PermissionError:
        # Windows puts nothing in the place of a link to a folder.
        if not link.is_symlink():
            raise
        link.unlink()
        beside.replace(link)


def latest_day(shelf: Path) -> date | None:
    """Return the day that `latest` names; None: it names none."""
    link = shelf / LATEST
    try:
        if link.is_symlink():
            text = str(link.readlink())
        else:
            text = (link / "index.html").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    named = _DAY.search(text)
    return _day(named[0]) if named else None


def days_of(shelf: Path) -> list[date]:
    """Return the days that have a folder, in order."""
    if not shelf.is_dir():
        return []
    found = (
        _day(path.name)
        for path in shelf.iterdir()
        if path.is_dir() and not path.is_symlink() and (path / PLAN_FILE).is_file()
    )
    return sorted(day for day in found if day is not None)


def sweep(shelf: Path, today: date, days: int) -> int:
    """
    Remove the folders of days that are older than so many days.

    Returns
    -------
    removed
        How many.

    Raises
    ------
    InputError
        When one cannot be removed.
    """
    oldest = today - timedelta(days=days)
    gone = [day for day in days_of(shelf) if day < oldest]
    for day in gone:
        try:
            # Renamed first, so that a half removed folder does not look like a day.
            doomed = new_folder(shelf, day)
            (shelf / day.isoformat()).rename(doomed)
            shutil.rmtree(doomed)
        except OSError as error:
            raise unwritable(shelf / day.isoformat(), error) from error
    return len(gone)


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def exchange_folders(new: Path, place: Path) -> bool:
    """Exchange two folders in one step; False: the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    paths = (_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(place))
    return bool(exchange(*paths, _RENAME_EXCHANGE) == 0)


def _keep_for_good(folder: Path) -> None:
    """Write the folder's names to the disk; the files themselves are there already."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
