"""The random generator of kernels: its state is one word, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.kernel import inlined, inner_inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALE = 1.0 / (1 << 53)
# numba turns Python integers of mixed signs into floats; typed constants prevent that.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def seeded(seed: int) -> NDArray[np.uint64]:
    """Return the state of a generator, shape (1,)."""
    return np.array([seed % (1 << 64)], dtype=np.uint64)


@inlined
def bits(state: NDArray[np.uint64]) -> np.uint64:
    """
    Return 64 random bits and move on: splitmix64.

    References
    ----------
    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators",
    doi:10.1145/2714064.2660195.
    """
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX_A
    z = (z ^ (z >> _S27)) * _MIX_B
    return z ^ (z >> _S31)


@inner_inlined
def uniform(state: NDArray[np.uint64]) -> float:
    """Return a number in [0, 1)."""
    return np.float64(bits(state) >> _S11) * _SCALE


@inner_inlined
def below(state: NDArray[np.uint64], bound: int) -> int:
    """Return an integer from 0 to bound - 1."""
    return int(uniform(state) * bound)
