"""How far a search has come; whoever shows it need not load the solver."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """
    How far a search has come.

    Parameters
    ----------
    stage
        "initial solution", "improvement", "choice" or "proof".
    cost_s, bound_s
        Of the best plan so far, and of any plan (seconds); a mandatory visit that
        is not yet served counts with a very large cost.
    """

    stage: str
    cost_s: int
    bound_s: int

    @property
    def gap(self) -> float:
        """Return (cost - bound) / cost."""
        return (self.cost_s - self.bound_s) / self.cost_s if self.cost_s else 0.0
