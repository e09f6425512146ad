"""One edit applied to the problems, or refused with the rule that it breaks and the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NoReturn

from dispatch.edits.model import Absent, Drop, Lock, Pin
from dispatch.explain.alone import obstacle, obstacles
from dispatch.fieldwork import RoundLock, Shift, TimeWindow, time_on_the_night
from dispatch.files.cells import clock_text, span_text
from dispatch.solve.assemble import round_of
from dispatch.solve.completion import completions
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.edits.model import Edit
    from dispatch.explain.alone import Obstacle
    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem import DayProblem

EditState = Literal["applied", "impossible", "gone", "unkept"]
"""The edit is in the problem; it breaks a rule by itself; its visit or technician is not there; it
is in the problem, but its visit is on no round of the plan."""


class Impossible(Exception):
    """An edit breaks a rule, or its visit or technician is not there."""

    def __init__(self, rule: str, message: str, state: EditState = "impossible") -> None:
        super().__init__(message)
        self.rule, self.message, self.state = rule, message, state


def _fail(rule: str, message: str, state: EditState = "impossible") -> NoReturn:
    raise Impossible(rule, message, state)


class Editor:
    """
    Applies edits to problems, one at a time.

    Parameters
    ----------
    problems
        The problems without edits, by centre.
    rounds
        Visits of each technician's round in the plan before.
    """

    def __init__(
        self, problems: Mapping[str, DayProblem], rounds: Mapping[str, Sequence[str]]
    ) -> None:
        self.problems = dict(problems)
        self.rounds = rounds
        self.away: set[str] = set()
        self.dropped: dict[str, list[str]] = {name: [] for name in problems}

    def apply(self, edit: Edit) -> tuple[str, Edit, str]:
        """
        Apply one edit.

        Returns
        -------
        centre, edit, message
            The centre that it concerns; the edit, in which a lock lists its visits; what people
            should know of it.

        Raises
        ------
        Impossible
            When it breaks a rule, or its visit or technician is not there; nothing has changed.
        """
        if isinstance(edit, Absent):
            return self._absent(edit)
        if isinstance(edit, Drop):
            return self._drop(edit)
        return self._lock(edit) if isinstance(edit, Lock) else self._pin(edit)

    def centre_of(self, edit: Edit) -> str:
        """Return the centre that an edit concerns; empty: it concerns none of those planned."""
        names = [] if isinstance(edit, Drop) else [edit.technician]
        for name, problem in self.problems.items():
            visit = edit.visit if isinstance(edit, Pin | Drop) else None
            if visit in problem.visit or any(who in problem.technician for who in names):
                return name
        return ""

    def _absent(self, edit: Absent) -> tuple[str, Edit, str]:
        centre, who = self._technician(edit.technician)
        start, end = who.shift_s
        begin = start if edit.from_s is None else time_on_the_night(edit.from_s, [who])
        until = end if edit.until_s is None else time_on_the_night(edit.until_s, [who])
        problem = self.problems[centre]
        if begin <= start and until >= end:
            self.away.add(who.id)
            rest = tuple(t for t in problem.technicians if t.id != who.id)
            free = [v.id for v in problem.visits if v.technician == who.id]
            visits = tuple(
                v.model_copy(update={"technician": None}) if v.technician == who.id else v
                for v in problem.visits
            )
            self.problems[centre] = replace(problem, technicians=rest, visits=visits)
            named = ", ".join(free)
            message = f"{named} reserved for {who.id}: now anybody may do it" if free else ""
            return centre, edit, message
        if begin >= end or until <= start:
            hours = f"{clock_text(start)}-{clock_text(end)}"
            _fail("shift", f"the shift is {hours} anyway; there is nothing to cut off")
        if begin > start and until < end:
            message = (
                "away in the middle of the shift, which a round cannot express; give `from` or "
                "`until` alone, and plan the other half by hand"
            )
            _fail("shift", message)
        self._replace(centre, _shorter(who, begin, until))
        return centre, edit, ""

    def _drop(self, edit: Drop) -> tuple[str, Edit, str]:
        centre, visit = self._visit(edit.visit)
        problem = self.problems[centre]
        rest = tuple(v for v in problem.visits if v.id != visit.id)
        self.problems[centre] = replace(problem, visits=rest)
        self.dropped[centre].append(visit.id)
        return centre, edit, ""

    def _lock(self, edit: Lock) -> tuple[str, Edit, str]:
        centre, who = self._technician(edit.technician)
        named = locked_visits(edit, self.rounds)
        if named is None:
            message = (
                "there is no earlier plan of this day in the folder to take the round from; list "
                "its `visits`"
            )
            _fail("locked_round", message, "gone")
        there = {v.id for problem in self.problems.values() for v in problem.visits}
        still = tuple(name for name in named if name in there)
        if named and not still:
            _fail("known_names", "none of its visits is there any more", "gone")
        saved = dict(self.problems)
        try:
            for name in still:
                self._give(name, centre, {"technician": who.id})
            problem = self.problems[centre]
            a = arrays_of(problem)
            for name in still:
                found = obstacle(problem, problem.visit[name], who, a)
                if found is not None:
                    _fail(found.rule, f"{name}: {_in_words(found, problem.visit[name])}")
            self._replace(
                centre,
                who.model_copy(update={"locked": RoundLock(visits=still, closed=edit.closed)}),
            )
            self._refuse_undrivable(centre, who.id)
        except Impossible:
            self.problems = saved
            raise
        gone = [name for name in named if name not in still]
        message = f"{', '.join(gone)} not there any more; the others stay" if gone else ""
        return centre, replace(edit, visits=still), message

    def _pin(self, edit: Pin) -> tuple[str, Edit, str]:
        home, visit = self._visit(edit.visit)
        centre = home if edit.technician is None else self._technician(edit.technician)[0]
        for name, problem in self.problems.items():
            for other in problem.technicians:
                lock = other.locked
                if lock is None:
                    continue
                inside = visit.id in lock.visits
                if inside and edit.technician not in (None, other.id):
                    message = f"it is in the locked round of {other.id}; remove it there"
                    _fail("locked_round", message)
                if lock.closed and other.id == edit.technician and not inside:
                    message = (
                        f"the round of {other.id} is locked and closed; give it closed = false"
                    )
                    _fail("locked_round", message)
                centre = name if inside else centre
        made: dict[str, object] = {}
        if edit.technician is not None:
            made["technician"] = edit.technician
        if edit.span is not None:
            on_shift = [
                who
                for who in self.problems[centre].technicians
                if edit.technician in (None, who.id)
            ]
            later_s = time_on_the_night(edit.span.end_s, on_shift) - edit.span.end_s
            span = TimeWindow(edit.span.start_s + later_s, edit.span.end_s + later_s)
            made["windows_s"] = _windows(visit, span, agreed=edit.agreed)
            if edit.agreed and not visit.model_copy(update=made).starts_s():
                # Who agrees to a time is there at that time.
                made["within_s"] = ()
        if not edit.optional:
            made["unassigned_cost_s"] = None
        saved = dict(self.problems)
        try:
            self._give(visit.id, centre, made)
            problem = self.problems[centre]
            pinned = problem.visit[visit.id]
            if edit.technician is not None:
                technician = problem.technician[edit.technician]
                found = obstacle(problem, pinned, technician, arrays_of(problem))
                if found is not None:
                    _fail(found.rule, _in_words(found, pinned))
            else:
                every = obstacles(problem, pinned)
                if len(every) == len(problem.technicians):
                    words = "; ".join(dict.fromkeys(_in_words(one, pinned) for one in every))
                    rule = every[0].rule if every else "skills"
                    _fail(rule, words or "nobody works there that day")
            for other in problem.technicians:
                if other.locked is not None and visit.id in other.locked.visits:
                    self._refuse_undrivable(centre, other.id)
        except Impossible:
            self.problems = saved
            raise
        return centre, edit, ""

    def _technician(self, name: str) -> tuple[str, Technician]:
        for centre, problem in self.problems.items():
            if name in problem.technician:
                return centre, problem.technician[name]
        if name in self.away:
            _fail("known_names", f"{name} is absent that day, by another edit")
        message = f"{name} does not work that day in the centres that are planned"
        _fail("known_names", message, "gone")

    def _visit(self, name: str) -> tuple[str, Visit]:
        for centre, problem in self.problems.items():
            if name in problem.visit:
                return centre, problem.visit[name]
        message = f"{name} is not among the visits of the centres that are planned"
        _fail("known_names", message, "gone")

    def _give(self, name: str, centre: str, made: dict[str, object]) -> None:
        """Change a visit, and move it to the problem of a centre if it is in another one."""
        home, visit = self._visit(name)
        changed = visit.model_copy(update=made)
        problem = self.problems[home]
        if home == centre:
            visits = tuple(changed if v.id == name else v for v in problem.visits)
            self.problems[home] = replace(problem, visits=visits)
            return
        target = self.problems[centre]
        rest = tuple(v for v in problem.visits if v.id != name)
        self.problems[home] = replace(problem, visits=rest)
        self.problems[centre] = replace(target, visits=(*target.visits, changed))

    def _replace(self, centre: str, who: Technician) -> None:
        problem = self.problems[centre]
        everybody = tuple(who if t.id == who.id else t for t in problem.technicians)
        self.problems[centre] = replace(problem, technicians=everybody)

    def _refuse_undrivable(self, centre: str, who: str) -> None:
        """Refuse a locked round that cannot be driven, and name the first stop too many."""
        problem = self.problems[centre]
        a = arrays_of(problem)
        m = [t.id for t in problem.technicians].index(who)
        index = {v.id: number for number, v in enumerate(problem.visits)}
        lock = problem.technicians[m].locked
        names = () if lock is None else lock.visits
        held = {name for t in problem.technicians if t.locked for name in t.locked.visits}
        free = [index[v.id] for v in problem.visits if v.id not in held]
        whole = [index[name] for name in names]
        after = () if lock is None or lock.closed else free
        if next(completions(a, m, whole, after), None) is not None:
            return
        for count in range(1, len(names) + 1):
            order = [index[name] for name in names[:count]]
            load = sum(problem.visits[number].load for number in order)
            capacity = problem.technicians[m].capacity
            if capacity is not None and load > capacity:
                message = f"up to {names[count - 1]} it carries {load}, the vehicle {capacity}"
                _fail("capacity", message)
            if round_of(problem, a, m, order) is None:
                message = (
                    f"stop {count}, {names[count - 1]}, cannot follow the stops before it within "
                    "its windows, the break and the shift"
                )
                _fail("windows", message)


def locked_visits(edit: Lock, rounds: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """Return the visits of a locked round: as listed, or as in the plan before; None: neither."""
    if edit.visits is not None:
        return edit.visits
    return tuple(rounds[edit.technician]) if edit.technician in rounds else None


def _shorter(who: Technician, begin: int, until: int) -> Technician:
    """Return a technician with the shift cut by an absence at its beginning or at its end."""
    start, end = who.shift_s
    pause = who.break_
    if begin <= start:
        # The technician takes the break during the absence if all of it fits there.
        over = pause is not None and pause.earliest_s + pause.duration_s <= until
        made = {"shift_s": Shift(until, end), "break_": None if over else pause}
        return who.model_copy(update=made)
    # A technician who leaves early works no overtime.
    return who.model_copy(update={"shift_s": Shift(start, begin), "max_overtime_s": 0})


def _windows(visit: Visit, span: TimeWindow, *, agreed: bool) -> tuple[TimeWindow, ...]:
    """Return the pinned time, cut to the visit's windows."""
    if agreed or not visit.windows_s:
        return (span,)
    within = [
        TimeWindow(max(low, span.start_s), min(high, span.end_s)) for low, high in visit.windows_s
    ]
    cut = tuple(window for window in within if window.start_s <= window.end_s)
    if not cut:
        windows = " ".join(span_text(window) for window in visit.windows_s)
        message = (
            f"outside the visit's window {windows}; choose a time in it, or write agreed = true "
            "once the requester agrees"
        )
        _fail("windows", message)
    return cut


def _in_words(found: Obstacle, visit: Visit) -> str:
    """Return an obstacle in words."""
    who, needed, limit = found.technician, found.needed or 0, found.limit or 0
    if found.rule == "skills":
        return f"{who} lacks the skill {', '.join(found.skills)}"
    if found.rule == "pins":
        return f"it is reserved for {visit.technician}, not for {who}"
    if found.rule == "excluded":
        return f"{who} may not do it (not_with)"
    if found.rule == "locked_round":
        return f"the round of {who} is locked and closed"
    if found.rule == "capacity":
        return f"it needs a load of {needed}, {who}'s vehicle carries {limit}"
    if found.rule == "windows":
        return f"{who} is there at {_up(needed)} at the earliest, it must start by {_up(limit)}"
    if found.rule == "within":
        return (
            f"{who} is done at {_up(needed)} at the earliest, and must be by {_up(limit)}, when "
            "nobody is there any more"
        )
    if found.rule == "shift":
        return f"{who} would be back at {_up(needed)} at the earliest, and must be by {_up(limit)}"
    if found.rule == "working_time":
        return f"{who} would be away {needed // 60} min, {limit // 60} min are allowed"
    return f"{who} could not take the break"


def _up(time_s: int) -> str:
    return clock_text(-(-time_s // 60) * 60)
