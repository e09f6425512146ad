"""A pytest plugin that runs the kernels as plain Python.

`PYTHONPATH=.:scripts python -m pytest -p plain_kernels tests/solve/timing`

`scripts/mutate.py` judges most mutants this way: nothing is compiled, so a mutant is killed within
seconds. It also serves to step through a kernel with a debugger. The decorators of `kernel` return
the function itself, and what is called by address is called by a number.

Large tests are too slow in plain Python, and some rest on what only the compiler does. With
`PLAIN_RECORD`, a file, the processor time of each test that passes is written there: a test that
takes more than `PLAIN_LIMIT_S` fails, and of a test's many parameters only the first few run. With
`PLAIN_TESTS`, such a file, only its tests run, the quickest first.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings

from dispatch.solve.timing import by_address, kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How many parameters of a test run where times are recorded.
PARAMETERS = 40
FUNCTIONS: dict[int, Callable[..., int]] = {}
RECORD: dict[str, float] = {}


class Numbered:
    """A function that is called by a number in place of its address."""

    def __init__(self, function: Callable[..., int]) -> None:
        self.address = len(FUNCTIONS) + 1
        FUNCTIONS[self.address] = function


def by_number(address: int, *arguments: int) -> int:
    """Call a function by its number."""
    return FUNCTIONS[int(address)](*arguments)


def pointer(address: int) -> Any:  # noqa: ANN401 - ctypes' pointers have no type of their own
    """Return a pointer to the 64-bit integers at an address."""
    return ctypes.cast(int(address), ctypes.POINTER(ctypes.c_int64))


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function itself."""
    return function


for decorator in ("kernel", "inlined", "inner", "inner_inlined", "allocating"):
    setattr(kernel, decorator, plain)
kernel.addressed = lambda _: Numbered
by_address.call, by_address.pointer = by_number, pointer


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Let hypothesis make no failing example smaller: that a test fails is all that is asked."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("plain", settings.default, phases=phases)
    settings.load_profile("plain")


class TooSlow(BaseException):
    """A test takes too much processor time. What catches exceptions lets it pass."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Record how long a test takes; end one that takes too much processor time."""

    def stop(*_: object) -> None:
        raise TooSlow

    begun = time.process_time()
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, float(os.environ.get("PLAIN_LIMIT_S", "0")))
    try:
        result = yield
        RECORD[item.nodeid] = round(time.process_time() - begun, 3)
        return result
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def pytest_runtest_teardown() -> None:
    """Write how long the tests took so far: the run may be ended at any time."""
    if "PLAIN_RECORD" in os.environ:
        record = Path(os.environ["PLAIN_RECORD"])
        partly = record.with_suffix(".part")
        partly.write_text(json.dumps(RECORD), encoding="utf-8")
        partly.replace(record)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that are listed, the quickest first; or the first few of each, to record."""
    if "PLAIN_RECORD" in os.environ:
        times: Counter[str] = Counter()
        few = []
        for item in items:
            name = item.nodeid.partition("[")[0]
            times[name] += 1
            if times[name] <= PARAMETERS:
                few.append(item)
        items[:] = few
    if "PLAIN_TESTS" not in os.environ:
        return
    listed = json.loads(Path(os.environ["PLAIN_TESTS"]).read_text(encoding="utf-8"))
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in listed])
    items[:] = sorted(
        (item for item in items if item.nodeid in listed), key=lambda item: listed[item.nodeid]
    )
