"""Sets of visits, and of cuts, as bits of integers."""

from __future__ import annotations

from dispatch.solve.timing.kernel import inlined

# Bits used of a 64-bit word; the sign is not used.
WORD = 62


@inlined
def bit_index(low: int) -> int:
    """Return the position of the only bit set."""
    index = 0
    if low >= 1 << 32:
        low >>= 32
        index += 32
    if low >= 1 << 16:
        low >>= 16
        index += 16
    if low >= 1 << 8:
        low >>= 8
        index += 8
    if low >= 1 << 4:
        low >>= 4
        index += 4
    if low >= 1 << 2:
        low >>= 2
        index += 2
    return index + (low >> 1)
