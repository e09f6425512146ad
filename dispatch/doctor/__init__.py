"""Whether a machine is ready for the nightly job: every check, what it found, what to do.

Nothing is changed by looking, except that kernels that were never compiled are compiled, that
addresses looked up are kept, and that a store of an earlier version is upgraded as the
night would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.doctor.finding import Finding, Outcome, guarded
from dispatch.doctor.job import examine_job
from dispatch.doctor.machine import examine_machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Finding", "Outcome", "examine", "guarded"]


def examine(config: Path | None) -> Iterator[Finding]:
    """
    Yield the findings, as each check ends.

    Parameters
    ----------
    config
        dispatch.toml; None: only the machine is examined.
    """
    yield from examine_machine()
    if config is not None:
        yield from examine_job(config)
