"""The rules of a day, one named function each; whether a plan keeps them, and what it costs.

Nothing here is shared with the search: times, distances and costs are computed
again from the problem and from the order and times that the plan states. So a
plan drawn by hand is judged by the same measure as the solver's.

A rule takes the problem and the plan and yields its violations. Rules about one
round skip rounds of unknown technicians and stops at unknown visits, which
`known_names` reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.checker.claims import (
    stated_bound,
    stated_cost,
    stated_figures,
    stated_input,
    stated_reasons,
    stated_status,
)
from dispatch.checker.recount import Violation, cost, known_stops, legs_of, rounds_of, stops_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.fieldwork import Break, Technician
    from dispatch.model.plan import BreakTaken, Plan, Round
    from dispatch.model.problem import DayProblem

__all__ = ["RULES", "Violation", "check", "cost"]


def check(problem: DayProblem, plan: Plan) -> list[Violation]:
    """
    Return every violation of the problem's rules by a plan; an empty list: the plan is sound.

    Parameters
    ----------
    problem
        The day problem, the only source of times and limits.
    plan
        The plan, from the solver or drawn by hand.
    """
    return [violation for rule in RULES for violation in rule(problem, plan)]


# --- who and what ---


def known_names(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield technicians and visits that the problem does not know; `service` compares places."""
    for round_ in plan.rounds:
        if round_.technician not in problem.technician:
            yield Violation("known_names", round_.technician, message="unknown technician")
        for stop in round_.stops:
            if stop.visit not in problem.visit:
                yield Violation(
                    "known_names", round_.technician, stop.visit, message="unknown visit"
                )
    for left in plan.unassigned:
        if left.visit not in problem.visit:
            yield Violation("known_names", visit=left.visit, message="unknown visit")


def one_round_a_technician(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield technicians with more than one round, and rounds without a stop."""
    seen: set[str] = set()
    for round_ in plan.rounds:
        if round_.technician in seen:
            yield Violation("one_round_a_technician", round_.technician, message="a second round")
        if not round_.stops:
            yield Violation("one_round_a_technician", round_.technician, message="no stop")
        seen.add(round_.technician)


def each_visit_once(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield visits that are neither on one round nor unassigned, or more than once either."""
    times = dict.fromkeys(problem.visit, 0)
    for name in [stop.visit for round_ in plan.rounds for stop in round_.stops]:
        times[name] = times.get(name, 0) + 1
    for left in plan.unassigned:
        times[left.visit] = times.get(left.visit, 0) + 1
    for name, count in times.items():
        if count != 1 and name in problem.visit:
            message = "neither served nor unassigned" if count == 0 else f"stands {count} times"
            yield Violation("each_visit_once", visit=name, message=message)


def mandatory_served(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield mandatory visits that are not on a round."""
    served = {stop.visit for round_ in plan.rounds for stop in round_.stops}
    for visit in problem.visits:
        if visit.mandatory and visit.id not in served:
            yield Violation("mandatory_served", visit=visit.id, message="mandatory, not served")


def skills(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield visits whose technician lacks a skill."""
    for technician, visit, _ in stops_of(problem, plan):
        missing = sorted(visit.skills - technician.skills)
        if missing:
            message = f"lacks {', '.join(missing)}"
            yield Violation("skills", technician.id, visit.id, message=message)


def pins(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield visits pinned to another technician."""
    for technician, visit, _ in stops_of(problem, plan):
        if visit.technician not in (None, technician.id):
            message = f"pinned to {visit.technician}"
            yield Violation("pins", technician.id, visit.id, message=message)


def excluded(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield visits done by a technician who may not do them."""
    for technician, visit, _ in stops_of(problem, plan):
        if technician.id in visit.not_with:
            message = f"may not be done by {technician.id}"
            yield Violation("excluded", technician.id, visit.id, message=message)


def locked_round(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield rounds that do not begin with their locked visits, or go on though they are closed."""
    driven = {round_.technician: [s.visit for s in round_.stops] for round_ in plan.rounds[::-1]}
    for technician in problem.technicians:
        if technician.locked is None:
            continue
        settled = list(technician.locked.visits)
        found = driven.get(technician.id, [])
        for number, name in enumerate(settled):
            if found[number : number + 1] != [name]:
                message = f"must be stop {number + 1} of the round"
                yield Violation("locked_round", technician.id, name, message=message)
        if technician.locked.closed:
            for name in found[len(settled) :]:
                message = "added to a closed round"
                yield Violation("locked_round", technician.id, name, message=message)


def capacity(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield rounds whose loads sum to more than the technician can carry."""
    for technician, round_ in rounds_of(problem, plan):
        load = sum(problem.visit[stop.visit].load for stop in known_stops(problem, round_))
        if technician.capacity is not None and load > technician.capacity:
            message = f"load {load}, capacity {technician.capacity}"
            yield Violation("capacity", technician.id, message=message)


# --- when ---


def windows(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield services that start outside every window: "late" after the last, "early" otherwise."""
    for technician, visit, stop in stops_of(problem, plan):
        if not visit.windows_s or any(low <= stop.start_s <= high for low, high in visit.windows_s):
            continue
        last = max(high for _, high in visit.windows_s)
        if stop.start_s > last:
            yield Violation("late", technician.id, visit.id, stop.start_s - last)
        else:
            following = min(low for low, _ in visit.windows_s if low > stop.start_s)
            yield Violation("early", technician.id, visit.id, following - stop.start_s)


def within(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield services that do not lie wholly inside a span; by as much as of the nearest one."""
    for technician, visit, stop in stops_of(problem, plan):
        outside = [
            max(0, low - stop.start_s) + max(0, stop.end_s - high) for low, high in visit.within_s
        ]
        if outside and min(outside) > 0:
            message = "not wholly inside a span"
            yield Violation("within", technician.id, visit.id, min(outside), message)


def service(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield stops at the wrong place, of the wrong length, or starting before arrival."""
    for technician, visit, stop in stops_of(problem, plan):
        if stop.place != visit.place:
            message = f"stated place {stop.place!r}, the visit is at {visit.place!r}"
            yield Violation("service", technician.id, visit.id, message=message)
        length = stop.end_s - stop.start_s
        if length != visit.duration_s:
            message = f"lasts {length} s, needs {visit.duration_s} s"
            yield Violation(
                "service", technician.id, visit.id, abs(length - visit.duration_s), message
            )
        if stop.start_s < stop.arrival_s:
            message = "starts before arrival"
            yield Violation(
                "service", technician.id, visit.id, stop.arrival_s - stop.start_s, message
            )


def travel_time(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """
    Yield arrivals, and returns, earlier than the travel since the last stop allows.

    What a leg takes is that of the time of day at which it leaves, and goes on as this changes. A
    break that starts before the arrival, after the service before, lengthens that leg: it was
    taken on the road.
    """
    for technician, round_ in rounds_of(problem, plan):
        for leg in legs_of(problem, technician, round_):
            amount = leg.soonest_s - leg.arrival_s
            if amount > 0:
                yield Violation("travel_time", technician.id, leg.visit, amount, "arrives too soon")


def shift(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield departures before the shift, and returns after it and its allowed overtime."""
    for technician, round_ in rounds_of(problem, plan):
        start, end = technician.shift_s
        if round_.departure_s < start:
            amount = start - round_.departure_s
            yield Violation("shift", technician.id, None, amount, "leaves before the shift")
        latest = end + technician.max_overtime_s
        if round_.return_s > latest:
            amount = round_.return_s - latest
            yield Violation("shift", technician.id, None, amount, "returns after the shift")


def working_time(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield rounds longer than the technician's maximum working time, break included."""
    for technician, round_ in rounds_of(problem, plan):
        if technician.max_working_s is not None:
            over = round_.return_s - round_.departure_s - technician.max_working_s
            if over > 0:
                yield Violation("working_time", technician.id, None, over)


def breaks(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """
    Yield breaks that are missing, unasked for, too short, out of their span or inside a service.

    A break is due unless the technician is back by its latest start.
    """
    for technician, round_ in rounds_of(problem, plan):
        due, taken = technician.break_, round_.break_
        if taken is None:
            if due is not None and round_.stops and round_.return_s > due.latest_s:
                amount = round_.return_s - due.latest_s
                yield Violation("breaks", technician.id, None, amount, "no break, one is due")
        elif due is None:
            yield Violation("breaks", technician.id, message="a break that the shift does not have")
        else:
            yield from _break_in_place(technician, round_, due, taken)


def _break_in_place(
    technician: Technician, round_: Round, due: Break, taken: BreakTaken
) -> Iterator[Violation]:
    length = taken.end_s - taken.start_s
    if length != due.duration_s:
        message = f"lasts {length} s instead of {due.duration_s} s"
        yield Violation("breaks", technician.id, None, abs(length - due.duration_s), message)
    early = max(due.earliest_s, round_.departure_s) - taken.start_s
    if early > 0:
        yield Violation("breaks", technician.id, None, early, "starts too early")
    if taken.start_s > due.latest_s:
        amount = taken.start_s - due.latest_s
        yield Violation("breaks", technician.id, None, amount, "starts too late")
    if taken.end_s > round_.return_s:
        amount = taken.end_s - round_.return_s
        yield Violation("breaks", technician.id, None, amount, "ends after the return")
    for stop in round_.stops:
        overlap = min(stop.end_s, taken.end_s) - max(stop.start_s, taken.start_s)
        # Without length, either is still at a moment of its own: not in the middle of the other.
        moment = (
            taken.start_s < stop.start_s == stop.end_s < taken.end_s
            or stop.start_s < taken.start_s == taken.end_s < stop.end_s
        )
        if overlap > 0 or moment:
            yield Violation("breaks", technician.id, stop.visit, overlap, "inside a service")
        if taken.start_s < stop.arrival_s < taken.end_s:
            amount = taken.end_s - stop.arrival_s
            yield Violation("breaks", technician.id, stop.visit, amount, "arrives during the break")


RULES: tuple[Callable[[DayProblem, Plan], Iterator[Violation]], ...] = (
    known_names,
    one_round_a_technician,
    each_visit_once,
    mandatory_served,
    skills,
    pins,
    excluded,
    locked_round,
    capacity,
    service,
    windows,
    within,
    travel_time,
    shift,
    working_time,
    breaks,
    stated_figures,
    stated_cost,
    stated_bound,
    stated_status,
    stated_reasons,
    stated_input,
)
"""Every rule, in the order of report: who and what, when, what the plan says of itself."""
