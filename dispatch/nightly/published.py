"""What the folders of days hold: the rounds still to be driven, and the digest of each plan."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dispatch.errors import InputError
from dispatch.folder.write import PLAN_FILE, read_plans
from dispatch.nightly import shelf

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from dispatch.folder.write import DayFile


def digest_of(folder: Path) -> str | None:
    """Return the digest (SHA-256) of a folder's `plan.json`; None: it cannot be read."""
    try:
        return hashlib.sha256((folder / PLAN_FILE).read_bytes()).hexdigest()
    except OSError:
        return None


def on_rounds(content: DayFile) -> set[str]:
    """Return the ids of the visits that are on a round of a day."""
    return {
        stop.visit for plan in content.plans.values() for each in plan.rounds for stop in each.stops
    }


def rounds_ahead(place: Path, over: date, day: date) -> dict[str, date]:
    """
    Return the tickets that published days have on their rounds, with the first such day.

    Parameters
    ----------
    place
        The folder of days' folders.
    over
        The last day whose rounds are over; only later days count.
    day
        The day that is planned, which does not count either.

    Notes
    -----
    A folder that cannot be read is left out: `dispatch.nightly.reconcile` tells it.
    """
    found: dict[str, date] = {}
    for ahead in shelf.days_of(place):
        if ahead <= over or ahead == day:
            continue
        try:
            content = read_plans(place / ahead.isoformat())
        except InputError:
            continue
        for visit in on_rounds(content):
            found.setdefault(visit, ahead)
    return found
