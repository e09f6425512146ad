"""Why a visit is unassigned, which visits would leave for it, and the least change to serve it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.explain.alone import obstacles
from dispatch.explain.changes import NO_CHANGE, ProblemChange, widening, wider
from dispatch.explain.every_plan import EveryPlan, TooMany
from dispatch.files.cells import MINUTE_S
from dispatch.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.explain.alone import Obstacle
    from dispatch.explain.changes import Kind, Spans
    from dispatch.explain.trials import Tested, Trials
    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import Reason
    from dispatch.service.sections import Explain


@dataclass(frozen=True, slots=True)
class Failed:
    """
    A kind of change that does not serve the visit, up to the largest amount that is tried.

    Parameters
    ----------
    kind
        Kind of the change; "nothing" where the round is closed, so that nothing is tried.
    technician
        Whose hours, skills or vehicle; None: the visit's window.
    most
        Largest amount tried (seconds, units of load; 0 where the kind has no amount).
    skills
        Skills that the technician got as well.
    """

    kind: Kind
    technician: str | None
    most: int = 0
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unserved:
    """
    Why a visit is unassigned.

    Parameters
    ----------
    visit, reason
        The visit, and the reason as the plan states it.
    obstacles
        The obstacle of each technician if nobody could do it even alone; otherwise empty.
    instead
        The cheapest plan found that serves it without a change: others leave for it, or it costs
        more than the unassigned cost. None: none was found, or nobody could do it alone.
    changes
        Changes that serve it, the smallest first; for each kind and technician the least amount
        found, in steps. Where every change makes others leave, those are listed.
    failed
        Kinds of changes that do not serve it.
    mandatory
        Whether it must be served, at any cost.
    exact
        Whether every plan was tried: then each change is the least of its kind, and others leave
        only where somebody has to. Otherwise a smaller change may exist.
    examined
        Whether anything was tried; otherwise only the reason and the obstacles are known.
    """

    visit: str
    reason: Reason
    obstacles: tuple[Obstacle, ...]
    instead: Tested | None
    changes: tuple[Tested, ...]
    failed: tuple[Failed, ...]
    mandatory: bool = False
    exact: bool = False
    examined: bool = True


@dataclass(frozen=True, slots=True)
class _Series:
    """Changes of one kind in rising amounts, `of(least)` to `of(most)`; the report if all fail."""

    of: Callable[[int], ProblemChange]
    least: int
    most: int
    failed: Failed


def explain_unserved(
    trials: Trials, visit: str, settings: Explain, *, deep: bool = False
) -> Unserved:
    """
    Return why a visit is unassigned, and what would serve it.

    Parameters
    ----------
    trials
        The problem and its plan.
    visit
        Id of a visit that the plan leaves unassigned.
    settings
        Steps and limits of what is tried.
    deep
        Whether to search too, and to solve the problem anew with the visit mandatory: this takes a
        second or more.

    Raises
    ------
    ValueError
        When the plan does not leave the visit unassigned.
    """
    reasons: dict[str, Reason] = {left.visit: left.reason for left in trials.plan.unassigned}
    if visit not in reasons:
        msg = f"visit {visit!r} is not unassigned"
        raise ValueError(msg)
    asked = trials.problem.visit[visit]
    keep_from = obstacles(trials.problem, asked, trials.a)
    impossible = len(keep_from) == len(trials.problem.technicians)
    every = _every_plan(trials, visit)
    if every is not None:
        instead = _best_of_all(trials, visit, every, deep=deep)
    else:
        instead = None if impossible else _instead(trials, visit, deep=deep)
    needed = instead is None or bool(instead.leaving)
    found: list[tuple[Tested, _Series]] = []
    failed: list[Failed] = [
        Failed("nothing", technician.id)
        for technician in trials.problem.technicians
        if technician.locked is not None and technician.locked.closed
    ]
    for series in _series(trials, asked, settings) if needed or every is None else ():
        if every is not None:
            tested = _least_of_all(trials, every, series)
        else:
            tested = _least(trials, visit, series) or (
                _searched(trials, visit, series) if deep else None
            )
        if tested is None:
            failed.append(series.failed)
        else:
            found.append((tested, series))
    found.sort(key=lambda pair: pair[0].order)
    changes = [tested for tested, _ in found]
    if deep and found and every is None:
        changes[0] = _searched(trials, visit, found[0][1], changes[0]) or changes[0]
    if not changes:
        changes = _with_leave(trials, asked)
    if not needed:
        changes = []  # none is needed: the visit costs more than it is worth, or was overlooked
    return Unserved(
        visit=visit,
        reason=reasons[visit],
        obstacles=tuple(keep_from) if impossible else (),
        instead=instead,
        changes=tuple(sorted(changes, key=lambda tested: tested.order)),
        failed=tuple(failed),
        mandatory=asked.mandatory,
        exact=every is not None,
    )


def explain_by_reason(trials: Trials, visit: str) -> Unserved:
    """Return the reason why a visit is unassigned, and what keeps everybody from it; no trial."""
    reasons: dict[str, Reason] = {left.visit: left.reason for left in trials.plan.unassigned}
    asked = trials.problem.visit[visit]
    keep_from = obstacles(trials.problem, asked, trials.a)
    impossible = len(keep_from) == len(trials.problem.technicians)
    return Unserved(
        visit=visit,
        reason=reasons[visit],
        obstacles=tuple(keep_from) if impossible else (),
        instead=None,
        changes=(),
        failed=(),
        mandatory=asked.mandatory,
        examined=False,
    )


def _every_plan(trials: Trials, visit: str) -> EveryPlan | None:
    """Return all plans of a small problem; None: there are too many."""
    try:
        return EveryPlan(trials, visit)
    except TooMany:
        return None


def _best_of_all(trials: Trials, visit: str, every: EveryPlan, *, deep: bool) -> Tested | None:
    """Return the cheapest plan without a change; of equal ones, one that people understand."""
    best = every.cheapest()
    if best is None:
        return None
    simple = trials.exchange(visit) if best.leaving else trials.serve(visit)
    if simple is not None and simple.total_s <= best.total_s:
        best = simple
    solved = _solved(trials, visit) if deep else None
    return best if solved is None else replace(best, bound_s=solved.bound_s)


def _least_of_all(trials: Trials, every: EveryPlan, series: _Series) -> Tested | None:
    """
    Return the least amount of a change with which any plan serves the visit; None: none does.

    Where an insertion or a shift does with that amount, it is the plan that people understand.
    """
    low, high = series.least - 1, series.most
    best = every.serves(series.of(high)) if high > low else None
    while best is not None and high - low > 1:
        middle = (low + high) // 2
        found = every.serves(series.of(middle))
        if found is None:
            low = middle
        else:
            high, best = middle, found
    return best if best is None else trials.serve(every.visit, best.change) or best


def _with_leave(trials: Trials, asked: Visit) -> list[Tested]:
    """Return exchanges that serve a visit with more skills, or by whom it is not open to."""
    found = []
    for technician in trials.problem.technicians:
        change = _opened_to(technician, asked)
        if change is not None:
            found.append(trials.exchange(asked.id, change))
    return [tested for tested in found if tested is not None]


def _instead(trials: Trials, visit: str, *, deep: bool) -> Tested | None:
    """Return the cheapest plan found that serves a visit without a change."""
    first = trials.serve(visit) or trials.exchange(visit)
    found = [first]
    if first is None or deep:  # people understand an exchange; a search may move everything
        found.append(trials.search(visit, start=None if first is None else first.plan))
    if deep:
        found.append(_solved(trials, visit))
    sound = [tested for tested in found if tested is not None]
    if not sound:
        return None
    if deep and all(tested.leaving for tested in sound):
        kept = trials.search(visit, all_kept=True)
        sound += [kept] if kept is not None else []
    # Who need not leave is not said to.
    best = min(sound, key=lambda tested: (bool(tested.leaving), tested.total_s))
    bounds = [tested.bound_s for tested in sound if tested.bound_s is not None]
    return replace(best, bound_s=max(bounds, default=None))


def _solved(trials: Trials, visit: str) -> Tested | None:
    """Return the plan of the problem solved anew with the visit mandatory, with its bound."""
    visits = tuple(
        v.model_copy(update={"unassigned_cost_s": None}) if v.id == visit else v
        for v in trials.problem.visits
    )
    plan = solve(replace(trials.problem, visits=visits), "quick", seed=trials.seed)
    tested = trials.compared(trials.problem, plan.rounds, visit, NO_CHANGE, "solve")
    # The bound is one of plans that serve the visit; if none was found, it proves nothing.
    if tested is None or plan.bound_s is None or plan.status == "infeasible":
        return tested
    return replace(tested, bound_s=plan.bound_s - trials.cost.total)


def _series(trials: Trials, asked: Visit, settings: Explain) -> Iterator[_Series]:
    """Yield the changes to try: each technician's hours, skills, capacity; the visit's spans."""
    step = settings.step_min * MINUTE_S
    for technician, fixed in zip(trials.problem.technicians, trials.fixed, strict=True):
        if fixed <= trials.a.visits:  # a closed round takes no visit, whatever changes
            yield from _of_technician(technician, asked, settings, step)
    most = settings.most_widening_min // settings.step_min
    keys: tuple[Spans, ...] = ("windows_s", "within_s")
    for spans in keys:
        for window in range(len(getattr(asked, spans))):
            for later in (True, False):
                if not wider(asked, window, step, later=later, spans=spans).widening_s:
                    continue  # at midnight already
                yield _Series(
                    of=lambda n, w=window, later=later, spans=spans: wider(  # type: ignore[misc]
                        asked, w, n * step, later=later, spans=spans
                    ),
                    least=1,
                    most=most,
                    failed=Failed(widening(spans, later=later), None, most * step),
                )


def _opened_to(technician: Technician, asked: Visit) -> ProblemChange | None:
    """Return the change with which a technician may do a visit; None: they may as it is."""
    change = ProblemChange(
        technician.id,
        skills=tuple(sorted(asked.skills - technician.skills)),
        unpinned=asked.technician not in (None, technician.id),
        admitted=technician.id in asked.not_with,
    )
    return None if change.kinds == ("nothing",) else change


def _of_technician(
    technician: Technician, asked: Visit, settings: Explain, step: int
) -> Iterator[_Series]:
    name = technician.id
    most_after = settings.most_overtime_min // settings.step_min
    most_before = settings.most_earlier_min // settings.step_min
    # Overtime adds to the working time, which may have a limit too.
    limited = technician.max_working_s is not None
    base = _opened_to(technician, asked)
    if base is not None:

        def overtime(n: int) -> ProblemChange:
            return replace(base, overtime_s=n * step, working_s=n * step if limited else 0)

        kind: Kind = "skills" if base.skills else "unpinned" if base.unpinned else "admitted"
        yield _Series(overtime, 0, most_after, Failed(kind, name, most_after * step, base.skills))
        return

    def after(n: int) -> ProblemChange:
        return ProblemChange(name, overtime_s=n * step, working_s=n * step if limited else 0)

    def before(n: int) -> ProblemChange:
        return ProblemChange(name, earlier_s=n * step, working_s=n * step if limited else 0)

    yield _Series(after, 1, most_after, Failed("overtime", name, most_after * step))
    yield _Series(before, 1, most_before, Failed("earlier", name, most_before * step))
    if limited:
        yield _Series(
            lambda n: ProblemChange(name, working_s=n * step),
            1,
            most_after,
            Failed("working", name, most_after * step),
        )
    if technician.capacity is not None and asked.load > 0:
        yield _Series(
            lambda n: ProblemChange(name, capacity=n),
            1,
            asked.load,
            Failed("capacity", name, asked.load),
        )


def _least(trials: Trials, visit: str, series: _Series) -> Tested | None:
    """Return the least amount of a change that an insertion or shift needs; None: none suffices."""
    low, high = series.least - 1, series.most
    if high <= low or not trials.possible(visit, series.of(high)):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if trials.possible(visit, series.of(middle)):
            high = middle
        else:
            low = middle
    return trials.serve(visit, series.of(high))


def _searched(
    trials: Trials, visit: str, series: _Series, known: Tested | None = None
) -> Tested | None:
    """
    Return the least amount, below a known one, with which a search serves a visit; None: none.

    A search moves more than one other visit. It may fail with an amount and succeed with a smaller
    one, so that halving need not find the least of all.
    """
    low, high, best = series.least - 1, series.most, None
    if known is not None:
        high = next(n for n in range(series.least, series.most + 1) if series.of(n) == known.change)
    else:
        best = _all_kept(trials.search(visit, series.of(high), all_kept=True))
        if best is None:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        found = _all_kept(trials.search(visit, series.of(middle), all_kept=True))
        if found is None:
            low = middle
        else:
            high, best = middle, found
    return best


def _all_kept(tested: Tested | None) -> Tested | None:
    return None if tested is None or tested.leaving else tested
