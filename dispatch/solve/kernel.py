"""How the inner loops are compiled: cached, and without reference counts.

Kernels take tuples of some twenty arrays. Counting references to each on every
access took nine tenths of their time. A kernel therefore must not allocate: it is
handed all the room it needs, and it holds nothing that other
threads of Python wait for. (numba names this option with an underscore, so the
versions of numba that may be installed are bounded.)
"""

from __future__ import annotations

from typing import Any

from numba import njit

kernel: Any = njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
