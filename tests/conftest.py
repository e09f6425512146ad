"""Fixtures that several test files share; the day itself is told in `tests/small_day.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import small_day as by_hand

if TYPE_CHECKING:
    from dispatch.plan import Plan
    from dispatch.problem import DayProblem


@pytest.fixture
def small_day() -> DayProblem:
    """Return the day of three places."""
    return by_hand.day()


@pytest.fixture
def sound_plan() -> Plan:
    """Return a plan that keeps every rule of the small day: A, break, B."""
    return by_hand.plan(by_hand.SOUND_ROUND)
