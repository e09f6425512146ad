"""Calls by address: how kernels call the functions that only travel with several slots needs.

The compiler copies all functions that a kernel calls, directly or not, into the kernel. With the
clock of several slots in each kernel, compiling took twice as long, also for problems without
slots. So these functions are compiled once, on their own (`slots`), when a problem has slots.
Kernels know their addresses only, which stand in `Arrays.pack`.
"""

# ruff: noqa: ANN401 - what numba hands over are objects of its compiler, without types
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# The head of `Arrays.pack`: its own address, the addresses of the functions, sizes, and whether
# schedules try every second where few are open (0 or 1).
SELF, ARRIVE, LEAVE_BY, READY, BEFORE, SCHEDULE, SPAN_END, SPAN_BEGIN, LEAST, RESTED = range(10)
VISITS, TECHNICIANS, NODES, SLOTS, WINDOWS = range(10, 15)
EVERY_SECOND = 15
HEAD = 16
# Integers that a function takes after the address of the pack.
ARGUMENTS = 5


def _call(
    context: Any, address: Any, pack: Any, one: Any, two: Any, three: Any, four: Any, five: Any
) -> Any:
    """Return what the function at an address returns; everything is a 64-bit integer."""
    del context, address, pack, one, two, three, four, five

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        word = ir.IntType(64)
        function = ir.FunctionType(word, [word] * (1 + ARGUMENTS))
        return builder.call(builder.inttoptr(args[0], function.as_pointer()), args[1:])

    return types.int64(*[types.int64] * (2 + ARGUMENTS)), generate


def _pointer(context: Any, address: Any) -> Any:
    """Return a pointer to the 64-bit integers at an address."""
    del context, address

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int64)(types.int64), generate


# As kernels see them, numba gives the first argument itself.
call: Any = intrinsic(_call)
pointer: Any = intrinsic(_pointer)
