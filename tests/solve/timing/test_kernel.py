"""Kernels: what only kernels call has no way in from Python, and says so."""

from __future__ import annotations

import pytest

from dispatch.solve.timing.kernel import inner, kernel


@inner
def _half(number: int) -> int:
    return number // 2


@kernel
def _quarter(number: int) -> int:
    return _half(_half(number))


def test_a_kernel_calls_what_is_for_kernels_only():
    """An inner function is compiled into the kernel that calls it."""
    assert _quarter(12) == 3


def test_python_is_refused_what_is_for_kernels_only():
    """A call from Python names the function and the remedy; without that it ended the process."""
    assert _quarter(4) == 1
    with pytest.raises(TypeError, match="_half is called by kernels only: make it a `kernel`"):
        _half(4)
