"""A Dask cluster on this machine: a scheduler and workers, each in a process of its own."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="Dask is not installed; it is the extra `cluster`"
)
# Started as an administrator would, so that no setting of this process reaches them.
CODE = """\
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers={workers}, threads_per_worker=2, processes=True,
                      dashboard_address=None, host="127.0.0.1") as made:
        print(made.scheduler_address, flush=True)
        sys.stdin.read()
"""


class Cluster:
    """
    A cluster.

    Parameters
    ----------
    workers
        How many, with two threads each.
    failures
        How often a job may cost its worker the life and be tried again.
    """

    def __init__(self, workers: int, failures: int = 3) -> None:
        setting = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE.format(workers=workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | setting,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def kill(self) -> None:
        """End the scheduler and its workers at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def close(self) -> None:
        """End it in good order, or else at once."""
        try:
            self.process.communicate("", timeout=60)
        finally:
            self.kill()


@contextmanager
def cluster(workers: int, failures: int = 3) -> Iterator[str]:
    """Yield the address of a cluster's scheduler."""
    made = Cluster(workers, failures)
    try:
        yield made.address
    finally:
        made.close()
        # Dask leaves sockets and an event loop to the collector: here, not in a later test.
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            gc.collect()
