"""Checks whether a machine is ready for the nightly job; each finding names the remedy.

The checks change nothing but this: kernels are compiled, geocoded addresses are cached, and a store
of an earlier version is upgraded, as a night would do.
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
    Yield each finding as soon as its check ends.

    Parameters
    ----------
    config
        dispatch.toml; None: only the machine is checked.
    """
    yield from examine_machine()
    if config is not None:
        yield from examine_job(config)
