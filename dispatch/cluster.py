"""A Dask cluster: reached, and held to have this very program on all of its workers.

The same problem gives the same plan wherever it is planned, as long as what plans it is the
same. So before any work is handed out, each worker tells what it has, and a cluster on
which one differs is not used.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import threading
import warnings
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.errors import InputError
from dispatch.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long to look for the scheduler (seconds): a wrong address should be told soon.
CONNECT_S = 20
# How long its workers may take to say what they have (seconds); busy ones let it wait.
ANSWER_S = 120
OPTION = "--scheduler"
# What a plan depends on beside its input: other versions may find another one.
LIBRARIES = ("llvmlite", "numba", "numpy", "ortools")
# A worker with several threads plans one problem at a time: the search is made for one.
ONE_AT_A_TIME = threading.Lock()
WORKERS_SHOWN = 5
CHATTY = ("distributed", "tornado")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """
    Give a client of a Dask scheduler whose workers have what this process has.

    Parameters
    ----------
    address
        Of the scheduler, as "tcp://host:8786".

    Raises
    ------
    InputError
        When Dask is not installed, nobody answers there, there is no worker, or one of them has
        another version of this program, of Python or of what the search stands on.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        message = "needs Dask; install dispatch with its extra `cluster` (dispatch[cluster])"
        raise InputError.one(OPTION, message, value=address) from error
    with _quiet():
        try:
            client = dask.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            message = f"no Dask scheduler answers there ({error or 'no answer'}); check the address"
            raise InputError.one(OPTION, message, value=address) from error
        with client:
            _compare(client, address)
            yield client


def versions_here() -> dict[str, str]:
    """Return what a plan depends on beside its input, as this process has it."""
    found = {"dispatch": f"{__version__} ({code_digest()[:12]})"}
    found["python"] = ".".join(platform.python_version_tuple()[:2])
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    found["machine"] = platform.machine()
    return found


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of this program's code: two working copies may have one version number."""
    # Kept: what a process has loaded stays what it was, whatever is installed meanwhile.
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).parts):
        digest.update("/".join(path.relative_to(folder).parts).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _compare(client: Any, address: str) -> None:  # noqa: ANN401 - Dask's have no types
    """Refuse a cluster without workers, or with one that has something else."""
    if not client.scheduler_info()["workers"]:
        message = "this scheduler has no workers; start some with `dask worker ADDRESS`"
        raise InputError.one(OPTION, message, value=address)
    try:
        answers: dict[str, Any] = client.sync(
            client._run, versions_here, on_error="return", callback_timeout=ANSWER_S
        )
    except Exception as error:  # whatever Dask may raise: a worker that has just gone, a time-out
        message = (
            f"its workers do not say which versions they have ({type(error).__name__}); "
            "look at them, or start them again"
        )
        raise InputError.one(OPTION, message, value=address) from error
    own = versions_here()
    odd = [
        f"{worker} {told}"
        for worker, answer in sorted(answers.items())
        if (told := version_difference(own, answer))
    ]
    if odd:
        shown = "; ".join(odd[:WORKERS_SHOWN])
        more = f"; and {len(odd) - WORKERS_SHOWN} more" if len(odd) > WORKERS_SHOWN else ""
        message = (
            "plans could differ, as workers do not have what is here: "
            f"{shown}{more}. Install the same there, and start them again"
        )
        raise InputError.one(OPTION, message, value=address)


def version_difference(own: dict[str, str], answer: object) -> str:
    """Return in words what a worker has otherwise; empty: nothing."""
    if not isinstance(answer, dict):
        return f"cannot load this program ({type(answer).__name__})"
    other = [
        f"{name} {answer.get(name, 'missing')}, not {value}"
        for name, value in own.items()
        if answer.get(name) != value
    ]
    return f"has {' and '.join(other)}" if other else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """
    Keep Dask's own words off the error output: what matters is told by errors.

    They would stand between the lines of a log for machines, and may hold what a task was given.
    """
    names = [name for name in logging.root.manager.loggerDict if name.startswith(CHATTY)]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(distributed|tornado)(\..*)?")
        # Versions are compared here, and by what plans depend on.
        warnings.filterwarnings("ignore", message="(?s).*Mismatched versions found")
        try:
            for logger in loggers:
                logger.disabled = True
            yield
        finally:
            for logger, value in zip(loggers, before, strict=True):
                logger.disabled = value
