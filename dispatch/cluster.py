"""A connection to a Dask cluster whose workers all have the same program as this process.

The same problem gives the same plan only with the same program and libraries. Before any work is
submitted, each worker states its versions, and a cluster with a different worker is refused.
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

# Seconds to wait for the scheduler; short, so that a wrong address is reported soon.
CONNECT_S = 20
# Seconds to wait for a first worker.
WORKERS_S = 20
# Seconds to wait for the workers' versions; busy workers answer late.
ANSWER_S = 120
OPTION = "--scheduler"
# Libraries on which a plan depends: other versions may find another plan.
LIBRARIES = ("llvmlite", "numba", "numpy", "ortools")
# A worker with several threads plans one problem at a time, as a search expects to be alone in its
# process.
ONE_AT_A_TIME = threading.Lock()
WORKERS_SHOWN = 5
CHATTY = ("distributed", "tornado")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """
    Give a client of a Dask scheduler whose workers have the versions of this process.

    Parameters
    ----------
    address
        Address of the scheduler, as "tcp://host:8786".

    Raises
    ------
    InputError
        When Dask is not installed, no scheduler answers, there is no worker, or a worker has
        another version of this program, of Python or of a library of the search.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        message = "needs Dask; in the program's checkout: pip install '.[cluster]'"
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
    """Return the versions of this process on which a plan depends."""
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
    """Return the digest of this program's code, as two copies may have the same version number."""
    # Cached: a running process has the code that it loaded, whatever is installed later.
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).parts):
        digest.update("/".join(path.relative_to(folder).parts).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _compare(client: Any, address: str) -> None:  # noqa: ANN401 - Dask's have no types
    """Refuse a cluster without workers, or with a worker that has other versions."""
    try:
        # Workers that have just been lost are started again.
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError as error:
        message = "this scheduler has no workers; start some with `dask worker ADDRESS`"
        raise InputError.one(OPTION, message, value=address) from error
    try:
        answers: dict[str, Any] = client.sync(
            client._run, versions_here, on_error="return", callback_timeout=ANSWER_S
        )
    except Exception as error:  # Dask may raise anything: for a lost worker, a time-out
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
    """Return in words how a worker's versions differ from own ones; an empty text: not at all."""
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
    Suppress Dask's log lines and warnings; exceptions report what matters.

    The lines would mix with a log for machines, and could contain the input of a task.
    """
    names = [name for name in logging.root.manager.loggerDict if name.startswith(CHATTY)]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.disabled for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(distributed|tornado)(\..*)?")
        # Versions are compared by `version_difference`.
        warnings.filterwarnings("ignore", message="(?s).*Mismatched versions found")
        try:
            for logger in loggers:
                logger.disabled = True
            yield
        finally:
            for logger, value in zip(loggers, before, strict=True):
                logger.disabled = value
