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

Compiled kernels are stored by `kernel_cache`. numba's own decorators are used nowhere else:
their cache would run old code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from numba.core.ccallback import CFunc
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature

from dispatch.solve.timing.kernel_cache import KernelCache

if TYPE_CHECKING:
    from collections.abc import Callable


class _Kernel(CPUDispatcher):
    """A function that numba compiles, or reads from our cache, when it is first called."""

    def enable_caching(self) -> None:
        self._cache = KernelCache(self.py_func)


class _Inner(_Kernel):
    """A function that is compiled into those that call it; Python itself would jump to nowhere."""

    def __call__(self, *_: object) -> NoReturn:
        msg = f"{self.py_func.__qualname__} is called by kernels only: make it a `kernel`"
        raise TypeError(msg)


class _Addressed(CFunc):
    """A function that numba compiles, or reads from our cache, at once: it has an address."""

    def enable_caching(self) -> None:
        self._cache = KernelCache(self._pyfunc)  # type: ignore[attr-defined]


def _decorator(kind: type[_Kernel], **options: bool) -> Any:  # noqa: ANN401 - numba's has no type
    def decorate(function: Callable[..., Any]) -> Any:  # noqa: ANN401
        made = kind(py_func=function, targetoptions={"nopython": True, **options})
        made.enable_caching()
        return made

    return decorate


_UNCOUNTED = {"nogil": True, "_nrt": False, "no_cfunc_wrapper": True}
_UNCALLED = {"no_cpython_wrapper": True, **_UNCOUNTED}

# Called by Python, and by kernels.
kernel = _decorator(_Kernel, **_UNCOUNTED)
# The same, and inlined where a kernel calls it.
inlined = _decorator(_Kernel, forceinline=True, **_UNCOUNTED)
# Called by nothing but kernels: from Python it raises TypeError.
inner = _decorator(_Inner, **_UNCALLED)
# Both `inner` and `inlined`.
inner_inlined = _decorator(_Inner, forceinline=True, **_UNCALLED)
# Not for the inner loops: it may make arrays, and counts references.
allocating = _decorator(_Kernel)


def addressed(signature: str) -> Any:  # noqa: ANN401 - numba's has no type
    """Compile a function of this signature that has an address; no kernel takes a copy of it."""

    def decorate(function: Callable[..., Any]) -> Any:  # noqa: ANN401
        made = _Addressed(function, normalize_signature(signature), locals={}, options={})
        made.enable_caching()
        made.compile()
        return made

    return decorate
