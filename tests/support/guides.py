"""The worked examples of docs/how-to, applied to a copy of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GUIDES = ROOT / "docs" / "how-to"
_DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copy_of_program(folder: Path, *others: str) -> None:
    """Copy the program and its data into a folder, and other folders of the checkout."""
    for name in ("dispatch", "data", *others):
        ignored = shutil.ignore_patterns("__pycache__", "_data")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)


def applied(page: str, folder: Path) -> list[str]:
    """Apply the changes of a page to a copy of the program; return the files that they touch."""
    touched = []
    for change in _DIFF.findall(page):
        before, after, *lines = change.splitlines()
        name = after.removeprefix("+++ b/")
        path = folder / name
        text = "" if before == "--- /dev/null" else path.read_text(encoding="utf-8")
        for hunk in "\n".join(lines).split("@@\n")[1:]:
            listed = hunk.splitlines()
            old = "".join(f"{line[1:]}\n" for line in listed if not line.startswith("+"))
            new = "".join(f"{line[1:]}\n" for line in listed if not line.startswith("-"))
            assert not old or text.count(old) == 1, f"{name} is not as the page says:\n{old}"
            text = text.replace(old, new) if old else new
        path.write_text(text, encoding="utf-8")
        touched.append(name)
    return touched


def run_in(folder: Path, arguments: Sequence[str]) -> str:
    """Run Python with a copy of the program before this checkout; return what it prints."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
