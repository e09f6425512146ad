"""How the inner loops are compiled: cached, and without reference counts.

Kernels take tuples of some twenty arrays. Counting references to each on every
access took nine tenths of their time. A kernel therefore must not allocate: it is
handed all the room it needs, and it holds nothing that other
threads of Python wait for. (numba names this option with an underscore, so the
versions of numba that may be installed are bounded.)

To call a kernel is to hand on each array of each tuple by itself: some two hundred words,
far more work than what a leg takes. What the search asks at every place it looks at is
therefore `inlined` where it is called, which made the search nearly twice as fast; elsewhere
that would only make the program longer to compile.
"""

from __future__ import annotations

from typing import Any

from numba import njit

kernel: Any = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
inlined: Any = njit(  # type: ignore[call-overload]
    cache=True, nogil=True, _nrt=False, forceinline=True
)
