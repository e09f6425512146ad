"""How far everything is: integer seconds and metres between named places, and the way between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Travel:
    """
    Travel between places, as matrices.

    Parameters
    ----------
    places
        Names, in the order of the matrices' rows and columns.
    seconds
        Travel times (seconds), int64, shape (slots, places, places), from row to column.
    metres
        Distances (metres), int64, shape (places, places); None when unknown.
    slot_starts_s
        Start of each slot of the day (seconds since midnight), rising from 0.

    Raises
    ------
    ValueError
        When shapes disagree, a name is double, a value is negative, or slots do not rise from 0.
    """

    places: tuple[str, ...]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64] | None = None
    slot_starts_s: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        size, slots = len(self.places), len(self.slot_starts_s)
        if len(set(self.places)) != size:
            double = sorted({name for name in self.places if self.places.count(name) > 1})
            msg = f"places named more than once: {', '.join(double)}"
            raise ValueError(msg)
        if self.seconds.shape != (slots, size, size):
            msg = f"seconds have shape {self.seconds.shape}; {slots} slots of {size} places need {(slots, size, size)}"
            raise ValueError(msg)
        if self.metres is not None and self.metres.shape != (size, size):
            msg = f"metres have shape {self.metres.shape}; {size} places need {(size, size)}"
            raise ValueError(msg)
        if self.seconds.min(initial=0) < 0 or (self.metres is not None and self.metres.min(initial=0) < 0):
            msg = "travel cannot be negative"
            raise ValueError(msg)
        starts = self.slot_starts_s
        if starts[0] != 0 or any(a >= b for a, b in zip(starts, starts[1:], strict=False)):
            msg = f"slots must start at 0 and rise; found {starts}"
            raise ValueError(msg)
        for matrix in (self.seconds, self.metres):
            if matrix is not None:
                matrix.setflags(write=False)
