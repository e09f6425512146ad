"""A centre's day, whole: what was asked, the problem, the plan, and the ways driven.

This is what maps, sheets and tables show; they compute nothing of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.fieldwork import Ticket
    from dispatch.plan import Plan
    from dispatch.problem import DayProblem
    from dispatch.territory import Centre

Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class CentreDay:
    """
    One centre's planned day.

    Parameters
    ----------
    centre
        The centre.
    problem, plan
        What was to plan, and the plan.
    tickets
        The tickets by id: where each visit is, and its text.
    lines
        The way of each technician's round along the roads: longitude, latitude (degrees, WGS84).
    sample
        Whether the visits are the bundled sample rather than real ones.
    """

    centre: Centre
    problem: DayProblem
    plan: Plan
    tickets: Mapping[str, Ticket]
    lines: Mapping[str, Line]
    sample: bool = False
