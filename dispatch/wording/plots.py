"""The words of the plots: past nights, and networks compared."""

from __future__ import annotations

from dispatch.wording.vocabulary import Vocabulary


class NightsPlot(Vocabulary):
    """Past nights: titles, and the heading of each diagram."""

    title: str
    one: str
    km: str
    driving: str
    share: str
    undone: str
    gap: str
    duration: str
    search: str
    failed: str
    date: str


class RoadsPlot(Vocabulary):
    """Travel times of two networks compared."""

    title: str
    axis: str
    note: str
    distance: str
    centre: str
    all: str
    left_bank: str
    right_bank: str
    across: str
    over: str
    to: str
