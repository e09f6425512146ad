"""The words of explanations: why a visit is left, what would serve it, what a replan changes."""

from __future__ import annotations

from dispatch.wording.vocabulary import Vocabulary


class Obstacles(Vocabulary):
    """What keeps a technician from a visit, by the rule in the way."""

    skills: str
    pins: str
    excluded: str
    capacity: str
    windows: str
    within: str
    shift: str
    working_time: str
    breaks: str
    locked_round: str


class Remedies(Vocabulary):
    """Changes that would serve a visit, by their kind."""

    unpinned: str
    admitted: str
    skills: str
    overtime: str
    working: str
    earlier: str
    capacity: str
    until: str
    from_: str
    present_until: str
    present_from: str


class Attempts(Vocabulary):
    """Changes that were tried up to a most and do not suffice, by their kind."""

    overtime: str
    earlier: str
    working: str
    until: str
    from_: str
    present_until: str
    present_from: str
    skills: str
    capacity: str
    unpinned: str
    admitted: str


class ServedVisit(Vocabulary):
    """A visit that is served: with whom, and what every other technician would cost."""

    with_whom: str
    reserved: str
    nobody: str
    no_plan: str
    other: str
    proven: str
    at_most: str
    between: str
    insertion: str
    shift: str
    search: str
    anew: str
    without: str
    also: str
    cheaper: str
    cheaper_unpinned: str


class Explanations(Vocabulary):
    """Why a visit is left, and what would serve it."""

    none_left: str
    skill: str
    missing: str
    crowded_out_by_one: str
    crowded_out_by_more: str
    crowded_out_if_one: str
    crowded_out_if_more: str
    not_worth_it: str
    overlooked: str
    cost: str
    would_do: str
    would_do_tested: str
    would_do_least: str
    not_examined: str
    by: str
    instead: str
    tried: str
    closed: str
    obstacles: Obstacles
    remedies: Remedies
    attempts: Attempts
    served: ServedVisit


class Changes(Vocabulary):
    """What a replan changes, by the kind of the change; and the figures of the whole."""

    new: str
    new_left: str
    moved: str
    dropped: str
    shifted: str
    added: str
    cancelled: str
    cancelled_of: str
    vain: str
    order: str
    break_: str
    back: str
    back_new: str
    no_round: str
    overtime: str
    late_break: str
    working: str
    unlocked: str
    carried: str
    at_centre: str
    nothing: str
    heading: str
    figures: str
    outdated_sheets: str
