"""The arrays of one pricing call, kept between calls, and the work done in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.joining import JoinedLabels
from dispatch.solve.bound.labels import (
    FULL,
    LABELS,
    STEPS,
    LabelWorkspace,
    label_workspace,
    row_width,
)

if TYPE_CHECKING:
    from dispatch.solve.bound.pricing_problem import PricingProblem

# Buckets of time for each visit and break flag.
BUCKETS = 32
# Most rounds that one pricing call finds.
MOST_FOUND = 20_000
# Comparisons that take as long as to make a label.
LABEL_STEPS = 40


class PricingWorkspace:
    """
    Labels in both directions and the rounds made of them, for one pricing call at a time.

    Parameters
    ----------
    labels, visits
        Most labels of one pass, and visits of the problem.
    """

    def __init__(self, labels: int, visits: int) -> None:
        self.labels, self.visits = labels, visits
        self.steps = 0
        self.made = 0
        self.found = JoinedLabels(
            np.empty((MOST_FOUND, 3), dtype=np.int64), np.zeros(1, dtype=np.int64)
        )
        self._spaces: dict[int, tuple[LabelWorkspace, LabelWorkspace]] = {}

    def labels_for(self, pricing: PricingProblem) -> tuple[LabelWorkspace, LabelWorkspace]:
        """Return workspaces for forward and backward labels, to be used until the next call."""
        width = row_width(pricing)
        if width not in self._spaces:
            # Those of other widths belong to fewer cuts, or to a type with other limits.
            while len(self._spaces) >= 3:
                del self._spaces[next(iter(self._spaces))]
            self._spaces[width] = (
                label_workspace(self.labels, width, self.visits, BUCKETS),
                label_workspace(self.labels, width, self.visits, BUCKETS),
            )
        return self._spaces[width]

    def end_kernels(self) -> None:
        """End the kernel that makes labels here; called from another thread."""
        for forward, backward in list(self._spaces.values()):
            forward.used[FULL] = backward.used[FULL] = 1

    def count(self, space: LabelWorkspace) -> None:
        """Add the work done in a workspace."""
        self.steps += int(space.used[STEPS]) + LABEL_STEPS * int(space.used[LABELS])
        self.made += int(space.used[LABELS])
