"""Replans of two days at 10:30, near the plan and from scratch: `python -m benchmarks.replan DIR`.

DIR is a folder that `dispatch plan` wrote, with the centre bordeaux-metropole; the other day is
drawn. Each kind of event is replanned with five seeds; processor time, kernels compiled before.
Solving from scratch is `solve` at effort quick on the same changed day, what is past locked.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.days import day as drawn
from dispatch import solve
from dispatch.fieldwork import TimeWindow
from dispatch.folder.read import read_written
from dispatch.replan.changed import changed_day
from dispatch.replan.events import Events
from dispatch.replan.past import standings
from dispatch.replan.planner import replanned
from dispatch.replan.prices import priced_changes
from dispatch.service.service import read_service

if TYPE_CHECKING:
    from dispatch.fieldwork import Visit
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem

AT_S = 37_800
SEEDS = range(1, 6)
HEADS = (
    "day", "events", "open", "seconds", "objective", "least repair",
    "driving", "left", "technician", "order", "shifted",
    "scratch: driving", "left", "technician", "order", "shifted", "objective",
)  # fmt: skip


def happenings(problem: DayProblem, plan: Plan) -> dict[str, tuple[Events, list[Visit]]]:
    """
    Return kinds of events by name, with the visits that are new.

    One technician is gone, another late, and the last visits of two more are cancelled. Where there
    are fewer rounds, one round meets more than one of these; without a round nothing happens.
    """
    if not plan.rounds:
        return {}
    rounds = [plan.rounds[number % len(plan.rounds)] for number in range(4)]
    off = frozenset({rounds[2].stops[-1].visit, rounds[3].stops[-1].visit})
    late = {rounds[1].technician: AT_S + 2700}
    gone = {rounds[0].technician: AT_S}
    like = max(problem.visits, key=lambda visit: (not visit.skills, visit.id))
    urgent = like.model_copy(
        update={
            "id": "URGENT",
            "priority": 1,
            "unassigned_cost_s": 36_000,
            "windows_s": (TimeWindow(AT_S, AT_S + 3 * 3600),),
            "technician": None,
            "load": 0,
        }
    )
    return {
        "held up 45 min": (Events(late=late), []),
        "two cancelled": (Events(cancelled=off), []),
        "one urgent": (Events(), [urgent]),
        "one absent": (Events(absent=gone), []),
        "all of these": (Events(cancelled=off, absent=gone, late=late), [urgent]),
    }


def row(name: str, problem: DayProblem, plan: Plan, events: Events, new: list[Visit]) -> list[str]:
    """Return the cells of one line of the table."""
    settings = read_service().replan
    standing = standings(problem, plan, events, AT_S)
    changed = changed_day(problem, plan, events, standing, AT_S, new=new)
    replanned(changed, settings, 1)
    seconds, found = [], []
    for seed in SEEDS:
        began = time.process_time()
        standings(problem, plan, events, AT_S)
        changed = changed_day(problem, plan, events, standing, AT_S, new=new)
        found.append(replanned(changed, settings, seed))
        seconds.append(time.process_time() - began)
    scratch = solve(changed.problem, "quick")
    prices = priced_changes(changed, scratch, settings)
    first, totals = found[0], sorted(one.total_s // 60 for one in found)
    return [
        name,
        str(len(changed.old) + len(new)),
        f"{min(seconds):.1f}-{max(seconds):.1f}",
        f"{totals[0]}-{totals[-1]}",
        str(first.repaired_s // 60),
        str(first.plan.cost_s.travel // 60),
        str(len(first.plan.unassigned)),
        *(str(n) for n in (first.prices.technician, first.prices.order, first.prices.shifted)),
        str(scratch.cost_s.travel // 60),
        str(len(scratch.unassigned)),
        *(str(n) for n in (prices.technician, prices.order, prices.shifted)),
        str((scratch.cost_s.total + prices.total_s) // 60),
    ]


def main(folder: Path) -> None:
    """Print the table (minutes, unless it says seconds)."""
    sample = read_written(folder, ["bordeaux-metropole"]).days["bordeaux-metropole"]
    made = drawn("bordeaux-metropole", 84, 10, 1, 0.95).problem
    days = {
        f"sample, {len(sample.problem.visits)}": (sample.problem, sample.plan),
        "drawn, 84": (made, solve(made, "quick")),
    }
    print("| " + " | ".join(HEADS) + " |\n|" + " --- |" * len(HEADS))
    for title, (problem, plan) in days.items():
        for name, (events, new) in happenings(problem, plan).items():
            cells = [title, *row(name, problem, plan, events, new)]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
