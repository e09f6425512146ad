"""The `dispatch` command: in a process of its own, or, far quicker, in the test's own.

A process costs some two seconds for its libraries, and two workers as much again. Each command is
run as a process once; what else it says and writes is looked at in the test's own process.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING
from unittest import mock

from dispatch import cli
from dispatch.solve import side_by_side
from tests.support.in_process import in_this_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "dispatch"]
ENVIRONMENT = {**os.environ, "COLUMNS": "120", "PYTHONWARNINGS": "default"}
# A loaded machine may be slow; a hung command must not hang the tests.
PATIENCE_S = 240


def run_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a process, with its output in pipes."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=PATIENCE_S,
        check=False,
    )


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command here, with its output kept; it plans without processes."""
    words = ["dispatch", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with _as_a_process(words), redirect_stdout(out), redirect_stderr(err), planned_here():
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


@contextmanager
def planned_here() -> Iterator[None]:
    """Plan in this process, wherever `plan_all` is called, until the end of the block."""
    holders = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("dispatch.") and vars(module).get("plan_all") is side_by_side.plan_all
    ]
    with mock.patch.object(side_by_side, "plan_all", in_this_process):
        patches = [mock.patch.object(m, "plan_all", in_this_process) for m in holders]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()


@contextmanager
def _as_a_process(words: list[str]) -> Iterator[None]:
    """Set what a process would have of its own, and put it back."""
    pipe, mask = signal.getsignal(signal.SIGPIPE), os.umask(0o022)
    os.umask(mask)
    with mock.patch.object(sys, "argv", words), mock.patch.dict(os.environ, {"COLUMNS": "120"}):
        try:
            yield
        finally:
            signal.signal(signal.SIGPIPE, pipe)
            os.umask(mask)
