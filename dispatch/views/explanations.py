"""Explanations in words: why a visit is left, what would serve it, who else could do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.explain.served import Served
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import clock_time, duration, minutes
from dispatch.wording.phrases import reason_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.explain.alone import Obstacle
    from dispatch.explain.changes import ProblemChange
    from dispatch.explain.served import Other
    from dispatch.explain.trials import Tested
    from dispatch.explain.unserved import Failed, Unserved

# What a page or a cell says of each visit: more is in `dispatch explain`.
SHOWN = 2


class Teller:
    """
    Puts explanations into words.

    Parameters
    ----------
    lang
        The language.
    skills
        Labels of the skills by identifier; a skill without one is shown by its identifier.
    """

    def __init__(self, lang: str, skills: Mapping[str, str] | None = None) -> None:
        self.lang = lang
        self.words = catalogue(lang).explanations
        self.lists = catalogue(lang).lists
        self.labels = skills or {}

    def brief(self, found: Unserved) -> str:
        """
        Return in one line what the reason of a visit left means here, and what would serve it.

        It does not repeat the reason: pages and tables show it beside.
        """
        said = [self.why(found, reason=False)]
        best = [self.tested(tested) for tested in found.changes[:SHOWN]]
        if best:
            said.append(self.words.would_do.format(changes=self.lists.or_.join(best)))
        elif found.failed and found.instead is None:
            said.append(self.in_vain(found.failed))
        elif not found.examined and not found.obstacles:
            said.append(self.words.not_examined)
        return " ".join(filter(None, said))

    def lines(self, found: Unserved | Served) -> list[str]:
        """Return everything that is known of a visit, a line each."""
        if isinstance(found, Served):
            return self._served(found)
        said = [self.why(found)]
        said += [self.obstacle(one) for one in found.obstacles]
        if found.changes:
            words = self.words
            said.append(words.would_do_least if found.exact else words.would_do_tested)
            said += [f"- {self.tested(tested)}." for tested in found.changes]
        if found.failed:
            said.append(self.in_vain(found.failed))
        return said

    def why(self, found: Unserved, *, reason: bool = True) -> str:
        """
        Return why a visit is left: impossible alone, crowded out by whom, or not worth it.

        Parameters
        ----------
        found
            The explanation.
        reason
            Whether to begin with the words of the reason, where more is known than these.
        """
        nearest = min(
            (one for one in found.obstacles if one.needed is not None),
            key=lambda one: one.excess,
            default=None,
        )
        if found.reason != "crowded_out":
            said = [reason_words(found.reason, self.lang)] if reason else []
            skills = sorted({name for one in found.obstacles for name in one.skills})
            if found.reason == "missing_skill" and skills:
                said.append(self.words.missing.format(skills=self._skills(skills)))
            elif nearest is not None:
                said.append(self.obstacle(nearest))
            return " ".join(said)
        instead = found.instead
        if instead is None:
            return reason_words(found.reason, self.lang) if reason else ""
        named = {"technician": instead.technician, "cost": self._cost(instead)}
        if instead.leaving:
            one = len(instead.leaving) == 1
            word = self.words.crowded_out_if_one if one else self.words.crowded_out_if_more
            if found.exact:
                word = self.words.crowded_out_by_one if one else self.words.crowded_out_by_more
            return word.format(visits=self._list(instead.leaving), **named)
        if instead.total_s > 0 and not found.mandatory:
            return self.words.not_worth_it.format(**named)
        return self.words.overlooked.format(**named)

    def obstacle(self, one: Obstacle) -> str:
        """Return what keeps one technician from a visit, with the figures."""
        needed, limit = str(one.needed or 0), str(one.limit or 0)
        if one.rule in ("windows", "within", "shift"):
            needed, limit = _late(one.needed or 0), clock_time(one.limit or 0)
        elif one.rule == "working_time":
            needed, limit = duration(one.needed or 0), duration(one.limit or 0)
        return self.words.obstacles[one.rule].format(
            technician=one.technician, skills=self._skills(one.skills), needed=needed, limit=limit
        )

    def tested(self, tested: Tested) -> str:
        """Return a change that was tested, and what it costs, without the full stop."""
        said = self.change(tested.change)
        if tested.change.technician != tested.technician:
            said = self.words.by.format(change=said, technician=tested.technician)
        if tested.leaving:
            said = self.words.instead.format(change=said, visits=self._list(tested.leaving))
        return f"{said} ({self._cost(tested)})"

    def change(self, change: ProblemChange) -> str:
        """Return what is changed."""
        who, words, said = change.technician or "", self.words.remedies, []
        if change.unpinned:
            said.append(words.unpinned.format(technician=who))
        if change.admitted:
            said.append(words.admitted.format(technician=who))
        if change.skills:
            said.append(words.skills.format(skills=self._skills(change.skills), technician=who))
        if change.overtime_s:
            length = duration(change.overtime_s)
            said.append(words.overtime.format(length=length, technician=who))
        elif change.working_s and not change.earlier_s:
            length = duration(change.working_s)
            said.append(words.working.format(length=length, technician=who))
        if change.earlier_s:
            length = duration(change.earlier_s)
            said.append(words.earlier.format(length=length, technician=who))
        if change.capacity:
            said.append(words.capacity.format(units=change.capacity, technician=who))
        if change.until_s is not None:
            until = words.until if change.spans == "windows_s" else words.present_until
            said.append(until.format(time=clock_time(change.until_s)))
        if change.from_s is not None:
            since = words.from_ if change.spans == "windows_s" else words.present_from
            said.append(since.format(time=clock_time(change.from_s)))
        return self.lists.and_.join(said)

    def in_vain(self, failed: Sequence[Failed]) -> str:
        """Return the changes that were tried and do not suffice."""
        by_head: dict[str, list[str]] = {}
        closed: list[str] = []
        for one in failed:
            if one.kind == "nothing":
                closed.append(one.technician or "")
                continue
            if not one.most and one.kind not in ("skills", "unpinned", "admitted", "capacity"):
                continue
            head = self.words.attempts[one.kind].format(
                length=duration(one.most), skills=self._skills(one.skills)
            )
            names = by_head.setdefault(head, [])
            if one.technician is not None and one.technician not in names:
                names.append(one.technician)
        tried = [
            f"{head} ({', '.join(names)})" if names else head for head, names in by_head.items()
        ]
        said = []
        if tried:
            said.append(self.words.tried.format(changes=self.lists.semicolon.join(tried)))
        if closed:
            said.append(self.words.closed.format(technicians=", ".join(closed)))
        return " ".join(said)

    def _served(self, found: Served) -> list[str]:
        words, who = self.words.served, found.technician
        driving = duration(found.driving_s)
        said = [words.with_whom.format(visit=found.visit, technician=who, driving=driving)]
        if found.pinned:
            said.append(words.reserved.format(technician=who))
        if all(other.tested is None for other in found.others):
            said.append(words.nobody)
        said += [f"- {self._other(other)}" for other in found.others]
        if any(other.tested is not None and other.tested.total_s < 0 for other in found.others):
            said.append(words.cheaper_unpinned if found.pinned else words.cheaper)
        return said

    def _other(self, other: Other) -> str:
        if other.obstacle is not None:
            return self.obstacle(other.obstacle)
        words, tested = self.words.served, other.tested
        if tested is None:
            return words.no_plan.format(technician=other.technician)
        if tested.bound_s == tested.total_s:
            proof = words.proven
        elif tested.bound_s is None or tested.bound_s <= 0:
            proof = words.at_most
        else:
            proof = words.between.format(least=self._signed(tested.bound_s))
        how = {
            "insertion": words.insertion,
            "shift": words.shift,
            "search": words.search,
        }.get(tested.method, words.anew)
        if tested.leaving:
            how = words.without.format(how=how, visits=self._list(tested.leaving))
        if tested.gained:
            how = words.also.format(how=how, visits=self._list(tested.gained))
        return words.other.format(
            technician=other.technician, cost=self._cost(tested), proof=proof, how=how
        )

    def _cost(self, tested: Tested) -> str:
        return self.words.cost.format(
            driving=self._signed(tested.driving_s), total=self._signed(tested.total_s)
        )

    def _signed(self, seconds: int) -> str:
        if minutes(abs(seconds)) == 0:
            return f"±{duration(0)}"
        return ("−" if seconds < 0 else "+") + duration(abs(seconds))

    def _skills(self, names: Iterable[str]) -> str:
        labels = [self.labels.get(name, name) for name in names]
        return self._list([self.words.skill.format(skill=label) for label in labels])

    def _list(self, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return ", ".join(names[:-1]) + self.lists.and_ + names[-1]


def _late(time_s: int) -> str:
    """Return a time of day that may be past midnight, rounded up to the minute."""
    return clock_time(-(-time_s // 60) * 60)
