"""Files of a folder replaced together: all are new, or all are old.

New files are written to a hidden staging folder. Then each old file gets a second name there (a
hard link, or a copy), and the new one takes its place in one step. If one of them cannot be moved,
as it is held open or a folder stands in its place, all are put back. If the process is killed in
between, the next command that reads or writes the folder puts them back (`put_back_killed`).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dispatch.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STAGING = ".writing-"
NEW, OLD = "new", "old"
# Names that are being moved; while it is there, the folder is neither old nor new.
MOVING = "moving.json"
# Held while a process is at work in the staging folder; it ends with the process.
LOCK = "lock"


def replace_files(
    folder: Path, contents: Mapping[str, str | bytes], stale: Iterable[str] = ()
) -> None:
    """
    Write files to a staging folder, then move them to their places in the order given.

    Parameters
    ----------
    folder
        Made where it is missing.
    contents
        Text (UTF-8) or bytes of each file, by name relative to the folder.
    stale
        Names of files to remove after that.

    Raises
    ------
    InputError
        When the folder cannot be written to, or a name leads out of it, by itself or through a
        link in the folder; the file in the way is named. All files are then as they were.
    """
    put_back_killed(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    except OSError as error:
        raise unwritable(folder, error) from error
    lock = FileLock(staging / LOCK)
    try:
        with lock:
            for name, content in contents.items():
                refuse_outside(staging / NEW, name)
                write_through(staging / NEW / name, content)
            gone = [name for name in stale if name not in contents]
            _refuse_in_the_way(folder, (*contents, *gone))
            _move(folder, staging, list(contents), gone)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        _discard(staging)


def put_back_killed(folder: Path) -> bool:
    """
    Put back what killed processes have moved in a folder, and remove their staging folders.

    Returns
    -------
    found
        Whether files were put back.

    Notes
    -----
    What may not be changed stays as it is. A process that is at work there is left alone.
    """
    found = False
    for staging in sorted(folder.glob(f"{STAGING}*")):
        # Without a lock it is not ours; through a link we would change what is elsewhere.
        if staging.is_symlink() or not (staging / LOCK).is_file():
            continue
        with suppress(Timeout, OSError):
            with FileLock(staging / LOCK).acquire(timeout=0):
                found |= _put_back(folder, staging)
            _discard(staging)
    return found


def write_through(path: Path, content: str | bytes) -> None:
    """Write a file and its folders, down to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def refuse_outside(folder: Path, name: str) -> None:
    """Refuse a name whose folder is not within `folder`; a link in place of a file is replaced."""
    inside = (folder / name).parent.resolve()
    if ".." in Path(name).parts or not inside.is_relative_to(folder.resolve()):
        message = "leads out of the folder that is written; remove the link there"
        raise InputError.one(str(folder), message, value=name)


def unwritable(path: Path, error: OSError) -> InputError:
    """Return the error of a place that cannot be written to."""
    reason = error.strerror or str(error)
    return InputError.one(
        str(path), f"cannot be written ({reason}); choose another place or free this one"
    )


def _discard(staging: Path) -> None:
    """Remove a staging folder; its lock last, as without it nobody knows it for ours."""
    for each in (NEW, OLD):
        shutil.rmtree(staging / each, ignore_errors=True)
    shutil.rmtree(staging, ignore_errors=True)


def _refuse_in_the_way(folder: Path, names: Iterable[str]) -> None:
    """Refuse names that lead out of the folder, or where something else than a file stands."""
    faults = []
    for name in names:
        refuse_outside(folder, name)
        place = folder / name
        if place.is_dir() and not place.is_symlink():
            message = "is a folder where a file belongs; move it away; nothing was changed"
            faults.append(Fault(str(place), "", None, message))
        for above in place.relative_to(folder).parents:
            if (folder / above).exists() and not (folder / above).is_dir():
                message = "is a file where a folder belongs; move it away; nothing was changed"
                faults.append(Fault(str(folder / above), "", None, message))
    if faults:
        raise InputError(dict.fromkeys(faults))


def _move(folder: Path, staging: Path, names: list[str], stale: list[str]) -> None:
    there = [name for name in (*names, *stale) if os.path.lexists(folder / name)]
    above = {each for name in names for each in Path(name).parents}
    made = [each.as_posix() for each in sorted(above) if not (folder / each).exists()]
    for name in there:
        _keep(folder / name, staging / OLD / name)
    note = {"names": [*names, *stale], "there": there, "made": made}
    write_through(staging / MOVING, json.dumps(note))
    place = folder
    try:
        for each in made:
            place = folder / each
            place.mkdir(exist_ok=True)
        for name in names:
            place = folder / name
            (staging / NEW / name).replace(place)
        for name in stale:
            place = folder / name
            place.unlink(missing_ok=True)
    except BaseException as error:
        _put_back(folder, staging)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        message = (
            f"cannot be replaced ({reason}); close it where it is open, or free it; nothing was "
            "changed"
        )
        raise InputError.one(str(place), message) from error
    (staging / MOVING).unlink()


def _keep(place: Path, kept: Path) -> None:
    """Give a file a second name; a copy, where the file system has no hard links."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(place, kept, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(place, kept, follow_symlinks=False)


def _put_back(folder: Path, staging: Path) -> bool:
    """Undo the moves of a staging folder, if it was moving."""
    try:
        note = json.loads((staging / MOVING).read_text(encoding="utf-8"))
        names, there = list(map(str, note["names"])), set(map(str, note["there"]))
        made = list(map(str, note["made"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    for name in names:
        with suppress(OSError, InputError):
            refuse_outside(folder, name)
            refuse_outside(staging / OLD, name)
            if name in there:
                if os.path.lexists(staging / OLD / name):
                    (staging / OLD / name).replace(folder / name)
            elif not os.path.lexists(staging / NEW / name):
                (folder / name).unlink(missing_ok=True)
    for name in reversed(made):
        with suppress(OSError, InputError):
            refuse_outside(folder, name)
            (folder / name).rmdir()
    with suppress(OSError):
        (staging / MOVING).unlink()
    return True
