"""Changes of a problem that may get a visit served: overtime, a skill, a wider window, ..."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from dispatch.fieldwork import Shift, TimeWindow

if TYPE_CHECKING:
    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem import DayProblem

DAY_S = 86_400
Kind = Literal[
    "nothing",
    "unpinned",
    "admitted",
    "overtime",
    "earlier",
    "working",
    "until",
    "from",
    "present_until",
    "present_from",
    "capacity",
    "skills",
]
Spans = Literal["windows_s", "within_s"]
"""The keys of a visit that hold spans of time."""


@dataclass(frozen=True, slots=True)
class ProblemChange:
    """
    A change of a day problem for one visit; without arguments, nothing changes.

    Parameters
    ----------
    technician
        Whose hours, skills or vehicle change; None: only the visit changes.
    skills
        Skills that the technician gets.
    unpinned
        Whether the visit loses its pin.
    admitted
        Whether the technician may do the visit all the same.
    overtime_s, earlier_s, working_s
        More overtime, an earlier start of the shift, more working time (seconds).
    capacity
        More capacity of the vehicle (units of load).
    window
        Number of the visit's window, or of its span that holds the service, that widens, from 0.
    spans
        Which of the two it is.
    until_s, from_s
        New end, or new start, of that window (seconds since midnight).
    widening_s
        By how much the window widens (seconds).
    """

    technician: str | None = None
    skills: tuple[str, ...] = ()
    unpinned: bool = False
    admitted: bool = False
    overtime_s: int = 0
    earlier_s: int = 0
    working_s: int = 0
    capacity: int = 0
    window: int | None = None
    spans: Spans = "windows_s"
    until_s: int | None = None
    from_s: int | None = None
    widening_s: int = 0

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return what changes; "nothing" alone where nothing does."""
        found: dict[Kind, bool] = {
            "unpinned": self.unpinned,
            "admitted": self.admitted,
            "skills": bool(self.skills),
            "overtime": self.overtime_s > 0,
            "earlier": self.earlier_s > 0,
            "working": self.working_s > 0,
            widening(self.spans, later=True): self.until_s is not None,
            widening(self.spans, later=False): self.from_s is not None,
            "capacity": self.capacity > 0,
        }
        return tuple(kind for kind, there in found.items() if there) or ("nothing",)

    @property
    def size(self) -> tuple[int, int, int]:
        """
        Return the size of the change, for comparison: skills, units of load, seconds.

        Minutes can be found on the same day; another vehicle takes longer to find, and a skill
        longest. To remove a pin, or to admit somebody, takes no time.
        """
        seconds = max(self.overtime_s + self.earlier_s, self.working_s) + self.widening_s
        return len(self.skills), self.capacity, seconds

    def on(self, problem: DayProblem, visit: str) -> DayProblem:
        """
        Return the problem with the change.

        Parameters
        ----------
        problem
            The problem as it is.
        visit
            Id of the visit that the change is for.
        """
        return replace(
            problem,
            technicians=tuple(
                self._technician(t) if t.id == self.technician else t for t in problem.technicians
            ),
            visits=tuple(self._visit(v) if v.id == visit else v for v in problem.visits),
        )

    def _technician(self, technician: Technician) -> Technician:
        start, end = technician.shift_s
        made: dict[str, Any] = {
            "skills": technician.skills | set(self.skills),
            "max_overtime_s": technician.max_overtime_s + self.overtime_s,
            "shift_s": Shift(max(0, start - self.earlier_s), end),
        }
        if technician.max_working_s is not None:
            made["max_working_s"] = technician.max_working_s + self.working_s
        if technician.capacity is not None:
            made["capacity"] = technician.capacity + self.capacity
        return technician.model_copy(update=made)

    def _visit(self, visit: Visit) -> Visit:
        made: dict[str, Any] = {}
        if self.unpinned:
            made["technician"] = None
        if self.admitted:
            made["not_with"] = tuple(name for name in visit.not_with if name != self.technician)
        if self.window is not None:
            windows = list(getattr(visit, self.spans))
            start, end = windows[self.window]
            windows[self.window] = TimeWindow(
                start if self.from_s is None else self.from_s,
                end if self.until_s is None else self.until_s,
            )
            made[self.spans] = tuple(windows)
        return visit.model_copy(update=made)


NO_CHANGE = ProblemChange()


def widening(spans: Spans, *, later: bool) -> Kind:
    """Return the kind of a change that moves the end, or the start, of a window or span."""
    if spans == "windows_s":
        return "until" if later else "from"
    return "present_until" if later else "present_from"


def wider(
    visit: Visit, window: int, seconds: int, *, later: bool, spans: Spans = "windows_s"
) -> ProblemChange:
    """
    Return the change that widens one window of a visit, or one span that holds its service.

    Parameters
    ----------
    visit
        The visit.
    window
        Number of the window or span, from 0.
    seconds
        By how much; it ends at midnight at the latest, and starts at midnight at the earliest.
    later
        Whether its end moves, rather than its start.
    spans
        Whether it is a window or such a span.
    """
    start, end = getattr(visit, spans)[window]
    if later:
        until = max(end, min(DAY_S, end + seconds))
        return ProblemChange(window=window, spans=spans, until_s=until, widening_s=until - end)
    begin = max(0, start - seconds)
    return ProblemChange(window=window, spans=spans, from_s=begin, widening_s=start - begin)
