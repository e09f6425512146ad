"""`python -m benchmarks.fuzz_solver --count 20000`: plans of random problems against brute force.

Problem number `seed` is drawn from its seed alone (`random_problems`), solved with effort "quick"
(every tenth with "standard"), checked by the rules, and compared with the best plan there is
(`brute_force`). Of each plan some rounds are locked as they were driven: that must cost no more.
Every other problem's unassigned visits are explained, and each statement is tried out.

A failure is written to a folder as `<what>-<seed>.json`; `--seed` goes on after a stop. The exit
code is 1 where anything failed.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.brute_force import best_cost
from benchmarks.random_problems import Drawn
from dispatch import check, solve
from dispatch.errors import InputError
from dispatch.explain import explain
from dispatch.explain.unserved import Unserved
from dispatch.fieldwork import RoundLock
from dispatch.service.service import read_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName

# Every so many problems: effort "standard", explanations, and a line of progress.
STANDARD, EXPLAINED, TOLD = 10, 2, 100


def failures(drawn: Drawn, seed: int, *, explained: bool) -> Iterator[tuple[str, str]]:
    """Yield what goes wrong with one problem: a short name, and the details."""
    problem = drawn.problem
    effort: EffortName = "standard" if seed % STANDARD == 0 else "quick"
    best = best_cost(problem, drawn.unit)
    try:
        plan = solve(problem, effort)
    except InputError as error:
        # A locked round that breaks a rule by itself: brute force then finds no plan either.
        if best is not None or not any(t.locked for t in problem.technicians):
            yield "refused", str(error)
        return
    except Exception as error:  # whatever is raised is a failure to write down
        yield "error", repr(error)
        return
    yield from _against(problem, plan, best)
    if best is None:
        return
    yield from _locked(problem, plan, seed)
    if explained:
        yield from _explained(problem, plan, drawn.unit)


def _against(problem: DayProblem, plan: Plan, best: int | None) -> Iterator[tuple[str, str]]:
    broken = [found for found in check(problem, plan) if found.rule != "mandatory_served"]
    if broken:
        yield "rules", "; ".join(map(str, broken))
    cost, bound = plan.cost_s.total, plan.bound_s
    if best is None:
        if plan.status != "infeasible":
            yield "feasible", "brute force finds no plan"
        return
    if plan.status == "infeasible":
        yield "infeasible", f"brute force finds a plan of {best} s"
    elif cost > best:
        yield "suboptimal", f"{cost} s instead of {best} s, bound {bound} s"
    elif cost < best:
        yield "brute", f"{cost} s is less than brute force finds, {best} s"
    if bound > best:
        yield "bound", f"{bound} s above the optimum of {best} s"
    if plan.proven_optimal and cost != best:
        yield "proof", f"{cost} s is said to be the optimum, which is {best} s"


def _locked(problem: DayProblem, plan: Plan, seed: int) -> Iterator[tuple[str, str]]:
    """Lock the first stops of some rounds as they were driven, and plan again."""
    rng = random.Random(seed)
    rounds = {round_.technician: [stop.visit for stop in round_.stops] for round_ in plan.rounds}
    technicians = []
    for technician in problem.technicians:
        driven, was = rounds.get(technician.id, []), technician.locked
        if was is None and rng.random() < 0.7:
            size = rng.randint(0, len(driven))
            closed = size == len(driven) and rng.random() < 0.3
            lock = RoundLock(visits=tuple(driven[:size]), closed=closed)
            technician = technician.model_copy(update={"locked": lock})
        technicians.append(technician)
    locked = replace(problem, technicians=tuple(technicians))
    try:
        again = solve(locked, "quick")
    except InputError as error:
        yield "lock-refused", str(error)
        return
    except Exception as error:  # whatever is raised is a failure to write down
        yield "lock-error", repr(error)
        return
    if again.cost_s.total > plan.cost_s.total:
        yield "lock-dearer", f"{again.cost_s.total} s instead of {plan.cost_s.total} s"
    if again.bound_s > plan.cost_s.total:
        yield "lock-bound", f"bound {again.bound_s} s above a plan of {plan.cost_s.total} s"


def _explained(problem: DayProblem, plan: Plan, unit: int) -> Iterator[tuple[str, str]]:
    """Explain each unassigned visit, and try out what is said."""
    settings = read_service().explain
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    served = frozenset(index[stop.visit] for round_ in plan.rounds for stop in round_.stops)
    for left in plan.unassigned:
        try:
            found = explain(problem, plan, left.visit, settings)
        except Exception as error:  # whatever is raised is a failure to write down
            yield "explain-error", f"{left.visit}: {error!r}"
            continue
        assert isinstance(found, Unserved)
        both = served | {index[left.visit]}
        options = [*found.changes, *([found.instead] if found.instead else [])]
        for option in options:
            changed = option.change.on(problem, left.visit)
            broken = [each for each in check(changed, option.plan) if each.rule != "stated_input"]
            stops = {stop.visit for round_ in option.plan.rounds for stop in round_.stops}
            if broken or left.visit not in stops:
                yield "explain-plan", f"{left.visit}: {option.change}: {broken}"
            if any(problem.visit[name].mandatory for name in option.leaving):
                yield "explain-mandatory", f"{left.visit}: {option.leaving} would leave"
        if found.instead is not None and found.instead.leaving:
            alone = best_cost(problem, unit, both)
            if alone is not None:
                names = ", ".join(found.instead.leaving)
                yield "explain-leaving", f"{left.visit}: {names} need not leave"
        if found.instead is not None and found.instead.total_s < 0:
            yield "explain-cheaper", f"{left.visit}: {found.instead.total_s} s below the optimum"


def main() -> None:
    """Draw problems, and tell what failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_solver", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="problems to draw")
    parser.add_argument("--seed", type=int, default=1, help="number of the first one")
    parser.add_argument("--no-explain", action="store_true", help="without explanations")
    parser.add_argument("--found", type=Path, default=Path("fuzz-solver-found"))
    asked = parser.parse_args()
    # A stage that fails costs no plan: here it counts as a failure all the same.
    warned = _Warned()
    logging.getLogger("dispatch").addHandler(warned)
    counted: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(asked.count):
        seed = asked.seed + number
        drawn = Drawn(seed)
        warned.said.clear()
        explained = not asked.no_explain and seed % EXPLAINED == 0
        found = [*failures(drawn, seed, explained=explained)]
        found += [("stage", message) for message in warned.said]
        for name, details in found:
            counted[name] += 1
            asked.found.mkdir(parents=True, exist_ok=True)
            (asked.found / f"{name}-{seed}.json").write_text(drawn.problem.to_json(), "utf-8")
            print(f"{seed} {name}: {details}", flush=True)
        if (number + 1) % TOLD == 0 or number + 1 == asked.count:
            rate = (number + 1) / (time.monotonic() - began)
            told = f"{number + 1} problems, last {seed}, {rate:.1f} a second, {dict(counted)}\n"
            sys.stderr.write(told)
            sys.stderr.flush()
    print(f"{asked.count} problems from {asked.seed}: {sum(counted.values())} failures")
    raise SystemExit(1 if counted else 0)


class _Warned(logging.Handler):
    """What stages that failed said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


if __name__ == "__main__":
    main()
