"""The notification command: started after a night, without a shell, within a time limit.

Its failure does not change the night; the log reports it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dispatch.nightly.config import NotifySection

# How often `is_over` is asked (seconds).
LOOK_EVERY_S = 0.1
# Secrets of sources and store are not handed to another program.
SECRET = re.compile(r"TOKEN|PASSWORD|SECRET|^PG", re.IGNORECASE)


def tell(
    section: NotifySection,
    night: Mapping[str, Any],
    secrets: Collection[str] = (),
    *,
    is_over: Callable[[], bool] | None = None,
) -> str | None:
    """
    Start the notification command and wait for it.

    Parameters
    ----------
    section
        The command, its time limit, and when it is started.
    night
        What the command reads on its standard input, as one JSON object.
    secrets
        Environment variables to leave out, besides those that `SECRET` matches.
    is_over
        Asked now and then; where it says so, the command is ended before its time.

    Returns
    -------
    trouble
        What went wrong; None when nothing did, or the command was not to be started.
    """
    if section.when == "trouble" and night["exit_code"] == 0:
        return None
    text = json.dumps(night, ensure_ascii=False) + "\n"
    try:
        # In a session of its own, so that what the command starts ends with it.
        started = subprocess.Popen(
            list(section.command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                name: value
                for name, value in os.environ.items()
                if name not in secrets and not SECRET.search(name)
            },
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"the notification command cannot be started ({reason})"
    with started:
        try:
            _hand_over(started, text.encode(), section.timeout_s, is_over)
        except subprocess.TimeoutExpired:
            _end(started)
            return f"the notification command had not ended after {section.timeout_s:g} s"
    if started.returncode:
        return f"the notification command ended with {started.returncode}"
    return None


def _hand_over(
    started: subprocess.Popen[bytes],
    text: bytes,
    seconds: float,
    is_over: Callable[[], bool] | None,
) -> None:
    """Let the command read the text and end; it may read nothing at all."""
    until = time.monotonic() + seconds
    left: bytes | None = text
    while True:
        wait_s = min(max(0.0, until - time.monotonic()), LOOK_EVERY_S)
        try:
            started.communicate(left, timeout=wait_s)
            return
        except subprocess.TimeoutExpired:
            left = None  # it goes on with what is left of the text by itself
            if time.monotonic() >= until or (is_over is not None and is_over()):
                raise


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started; on Windows, which has no sessions, alone."""
    if not hasattr(os, "killpg"):
        started.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
