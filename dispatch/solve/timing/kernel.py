"""How the inner loops are compiled: cached, uncounted, and no more than is used.

Kernels take tuples of some twenty arrays. Counting references to each on every
access took nine tenths of their time. A kernel therefore must not allocate: it is
handed all the room it needs, and it holds nothing that other
threads of Python wait for. (numba names this option with an underscore, so the
versions of numba that may be installed are bounded.)

For such tuples the code by which Python, or C, calls a kernel is longer than most kernels: it took
a third of the time of compiling. Nothing calls kernels from C. Most are called by kernels only:
these are `inner`, and have no way in from Python.

To call a kernel is to hand on each array of each tuple by itself: some two hundred words,
far more work than what a leg takes. What the search asks at every place it looks at is
therefore `inlined` where it is called, which made the search nearly twice as fast; elsewhere
that would only make the program longer to compile. A function is compiled in one of these ways
only: the cache does not tell them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from numba import njit
from numba.core.registry import CPUDispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = {"nogil": True, "_nrt": False, "no_cfunc_wrapper": True}

kernel: Any = njit(cache=True, **_OPTIONS)  # type: ignore[call-overload]
inlined: Any = njit(cache=True, forceinline=True, **_OPTIONS)  # type: ignore[call-overload]


class _Inner(CPUDispatcher):
    """A function that is compiled into those that call it; Python itself would jump to nowhere."""

    def __call__(self, *_: object) -> NoReturn:
        msg = f"{self.py_func.__qualname__} is called by kernels only: make it a `kernel`"
        raise TypeError(msg)


def _inner(function: Callable[..., Any], **more: bool) -> Any:  # noqa: ANN401 - as below
    options = {"nopython": True, "no_cpython_wrapper": True, **_OPTIONS, **more}
    made = _Inner(py_func=function, targetoptions=options)
    made.enable_caching()
    return made


def inner(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's has no type
    """Compile a function that nothing but kernels calls; from Python it raises TypeError."""
    return _inner(function)


def inner_inlined(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's has no type
    """Compile what is both `inner` and `inlined`."""
    return _inner(function, forceinline=True)
