"""How many inputs fuzzing tries: few in the suite, as many as DISPATCH_FUZZ says in a campaign."""

from __future__ import annotations

import os


def inputs(few: int) -> int:
    """Return the number of inputs to try."""
    return int(os.environ.get("DISPATCH_FUZZ", few))
