"""How the inner loops are compiled: cached, and without reference counts.

Kernels take tuples of some twenty arrays. Counting references to each on every
access took nine tenths of their time. A kernel therefore must not allocate: it is
handed all the room it needs. (numba names this option with an underscore; its
version is pinned, and without it everything still works, only slower.)
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, _nrt=False)
