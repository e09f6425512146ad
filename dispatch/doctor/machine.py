"""The machine: Python, packages, kernels, caches, time zone, encodings."""

from __future__ import annotations

import locale
import re
import sys
import time
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import platformdirs

from dispatch.data import data_path
from dispatch.doctor.finding import Finding, guarded
from dispatch.errors import InputError
from dispatch.folder.write import refuse_unwritable
from dispatch.sheets.fonts import missing_from_sample, missing_told
from dispatch.sheets.pdf import NO_PANGO

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = (3, 11)
CONSTRAINTS = "constraints.txt"
INSTALL = "install again: pip install -c constraints.txt dispatch"
SHOWN = 4


def examine_machine() -> Iterator[Finding]:
    """Yield the findings on the machine, without any job."""
    yield _python()
    yield guarded("packages", INSTALL, examine_packages)
    yield guarded("kernels", INSTALL, _kernels)
    yield guarded("cache", "make the user's cache folder writable", _cache)
    yield guarded("time zone", "install the package tzdata", _time_zone)
    yield _encoding()
    yield guarded("fonts", NO_PANGO, _fonts)


def _python() -> Finding:
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        return Finding("python", "fail", here, f"use Python {wanted} or newer")
    return Finding("python", "ok", f"{here}, dispatch {version('dispatch')}")


def tested_versions() -> dict[str, str]:
    """
    Return the versions that the tests were run with, by package.

    Raises
    ------
    InputError
        When the list is not there.
    """
    beside = Path(__file__).parent.parent.parent / CONSTRAINTS
    path = beside if beside.exists() else data_path(CONSTRAINTS)
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): found.strip() for name, found in pairs}


def examine_packages() -> Finding:
    """Say whether every package is there, in the version that the tests were run with."""
    tested = tested_versions()
    missing, other = [], []
    for needed in requires("dispatch") or ():
        if "extra ==" in needed:
            continue
        name = re.split(r"[^A-Za-z0-9._-]", needed, maxsplit=1)[0].lower().replace("_", "-")
        try:
            here = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if here != tested.get(name, here):
            other.append(f"{name} {here} (tested: {tested[name]})")
    if missing:
        return Finding("packages", "fail", f"missing: {_listed(missing)}", INSTALL)
    if other:
        return Finding("packages", "warn", _listed(other), INSTALL)
    return Finding("packages", "ok", "the tested versions")


def _kernels() -> Finding:
    from dispatch.solve.warm import warm

    started = time.monotonic()
    warm("search")
    warm("proof")
    return Finding("kernels", "ok", f"ready after {time.monotonic() - started:.0f} s")


def _cache() -> Finding:
    folder = Path(platformdirs.user_cache_dir("dispatch"))
    try:
        refuse_unwritable(folder, folder=True)
    except InputError as error:
        remedy = "the job runs without; set XDG_CACHE_HOME to a folder that it may write"
        return Finding("cache", "warn", str(error), remedy)
    return Finding("cache", "ok", str(folder))


def _time_zone() -> Finding:
    here = datetime.now(ZoneInfo("Europe/Paris"))
    return Finding("time zone", "ok", f"{here:%Y-%m-%d %H:%M} in Europe/Paris")


def _encoding() -> Finding:
    files, texts = sys.getfilesystemencoding(), locale.getpreferredencoding(do_setlocale=False)
    odd = [name for name in (files, texts) if name.lower().replace("-", "") != "utf8"]
    if odd:
        remedy = "set LANG=C.UTF-8 (or another UTF-8 locale), or PYTHONUTF8=1"
        return Finding("encoding", "warn", f"names of files {files}, texts {texts}", remedy)
    return Finding("encoding", "ok", "UTF-8")


def _fonts() -> Finding:
    missing = missing_from_sample()
    if missing:
        found, _, remedy = missing_told(missing).partition("; ")
        return Finding("fonts", "warn", found, remedy)
    return Finding("fonts", "ok", "letters of French and other scripts, emoji")


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
