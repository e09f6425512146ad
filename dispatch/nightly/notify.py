"""The command that is told of a night: started without a shell, within a time, spared nothing else.

Whatever becomes of it, the night stays what it is; the log says if it went wrong.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dispatch.nightly.config import NotifySection

# What the sources and the store are reached with is not for another program.
SECRET = re.compile(r"TOKEN|PASSWORD|SECRET|^PG", re.IGNORECASE)


def tell(
    section: NotifySection, night: Mapping[str, Any], secrets: Collection[str] = ()
) -> str | None:
    """
    Start the notification command and wait for it.

    Parameters
    ----------
    section
        The command, its time, and when it is to be told.
    night
        What it reads on its standard input, as one JSON object.
    secrets
        Environment variables that are not handed on, beside those whose names say so.

    Returns
    -------
    trouble
        What went wrong; None when nothing did, or nothing was to be told.
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
            started.communicate(text.encode(), timeout=section.timeout_s)
        except subprocess.TimeoutExpired:
            _end(started)
            return f"the notification command had not ended after {section.timeout_s:g} s"
    if started.returncode:
        return f"the notification command ended with {started.returncode}"
    return None


def _end(started: subprocess.Popen[bytes]) -> None:
    """End the command with all that it started; on Windows, which has no sessions, alone."""
    if not hasattr(os, "killpg"):
        started.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
