"""Explanations in words, French or English: why a visit is left, what would serve it, who else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.explain.served import Served
from dispatch.wording.formats import NO_BREAK_SPACE, clock, duration, minutes
from dispatch.wording.phrases import reason_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.explain.alone import Obstacle
    from dispatch.explain.bench import Tested
    from dispatch.explain.changes import Change
    from dispatch.explain.served import Other
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
        Labels of the skills by identifier (French); in English the identifiers are shown.
    """

    def __init__(self, lang: str, skills: Mapping[str, str] | None = None) -> None:
        self.lang = lang
        self.labels = {} if skills is None or lang == "en" else skills

    def brief(self, found: Unserved) -> str:
        """
        Return in one line what the reason of a visit left means here, and what would serve it.

        The reason itself, which stands beside it on pages and in tables, is not said again.
        """
        said = [self.why(found, reason=False)]
        best = [self.tested(tested) for tested in found.changes[:SHOWN]]
        if best:
            head = self._("Ce qui suffirait : ", "What would do: ")
            said.append(head + self._(" ; ou ", "; or ").join(best) + ".")
        elif found.failed and found.instead is None:
            said.append(self.in_vain(found.failed))
        return " ".join(filter(None, said))

    def lines(self, found: Unserved | Served) -> list[str]:
        """Return everything that is known of a visit, a line each."""
        if isinstance(found, Served):
            return self._served(found)
        said = [self.why(found)]
        said += [self.obstacle(one) for one in found.obstacles]
        if found.changes:
            said.append(self._("Ce qui suffirait, essayé :", "What would do, tested:"))
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
                said.append(self._("Il manque : ", "Missing: ") + self._skills(skills) + ".")
            elif nearest is not None:
                said.append(self.obstacle(nearest))
            return " ".join(said)
        instead = found.instead
        if instead is None:
            return reason_words(found.reason, self.lang) if reason else ""
        cost = self._cost(instead)
        if instead.leaving:
            names = self._list(instead.leaving)
            one = len(instead.leaving) == 1
            return self._(
                f"Évincée : pour la confier à {instead.technician}, "
                f"{names} {'devrait' if one else 'devraient'} céder la place ({cost}).",
                f"Crowded out: for {instead.technician} to do it, {names} would have to leave "
                f"({cost}).",
            )
        if instead.total_s > 0:
            return self._(
                f"Elle tiendrait chez {instead.technician}, mais coûte plus qu’elle ne vaut "
                f"({cost}).",
                f"{instead.technician} could do it, but it costs more than it is worth ({cost}).",
            )
        return self._(
            f"Oubliée par la recherche : {instead.technician} peut la faire ({cost}) ; "
            "planifier avec plus d’effort.",
            f"Overlooked by the search: {instead.technician} can do it ({cost}); "
            "plan with more effort.",
        )

    def obstacle(self, one: Obstacle) -> str:
        """Return what keeps one technician from a visit, with the figures."""
        who, needed, limit = one.technician, one.needed or 0, one.limit or 0
        skills = self._skills(one.skills)
        fr, en = {
            "skills": (f"{who} n’a pas {skills}.", f"{who} has not {skills}."),
            "pins": (f"Elle n’est pas réservée à {who}.", f"It is not reserved for {who}."),
            "capacity": (
                f"Il faut emporter {needed}, le véhicule de {who} porte {limit}.",
                f"It needs a load of {needed}, {who}'s vehicle carries {limit}.",
            ),
            "windows": (
                f"{who} n’y serait qu’à {_late(needed)}, le créneau se ferme à {clock(limit)}.",
                f"{who} is there at {_late(needed)} at the earliest, the window closes at "
                f"{clock(limit)}.",
            ),
            "shift": (
                f"{who} n’en reviendrait qu’à {_late(needed)}, sa journée finit à {clock(limit)}.",
                f"{who} would be back at {_late(needed)} at the earliest, the day ends at "
                f"{clock(limit)}.",
            ),
            "working_time": (
                f"{who} serait en route {duration(needed)}, au plus {duration(limit)} permises.",
                f"{who} would be away for {duration(needed)}, {duration(limit)} is allowed.",
            ),
            "breaks": (
                f"{who} ne pourrait pas prendre sa pause.",
                f"{who} could not take the break.",
            ),
            "locked_round": (f"La tournée de {who} est figée.", f"{who}'s round is locked."),
        }[one.rule]
        return self._(fr, en)

    def tested(self, tested: Tested) -> str:
        """Return a change that was tested, and what it costs, without the full stop."""
        said = self.change(tested.change)
        if tested.change.technician is None:
            said += self._(f", par {tested.technician}", f", by {tested.technician}")
        if tested.leaving:
            names = self._list(tested.leaving)
            said += self._(f", à la place de {names}", f", instead of {names}")
        return f"{said} ({self._cost(tested)})"

    def change(self, change: Change) -> str:
        """Return what is changed."""
        who, said = change.technician or "", []
        if change.unpinned:
            said.append(self._(f"la confier à {who}", f"giving it to {who}"))
        if change.skills:
            skills = self._skills(change.skills)
            said.append(self._(f"{skills} pour {who}", f"{skills} for {who}"))
        if change.overtime_s:
            length = duration(change.overtime_s)
            said.append(
                self._(
                    f"{length} d’heures supplémentaires de {who}", f"{length} of overtime of {who}"
                )
            )
        elif change.working_s and not change.earlier_s:
            length = duration(change.working_s)
            said.append(
                self._(f"{length} d’amplitude de plus pour {who}", f"{who} away {length} longer")
            )
        if change.earlier_s:
            length = duration(change.earlier_s)
            said.append(
                self._(f"{who} qui commence {length} plus tôt", f"{who} starting {length} earlier")
            )
        if change.capacity:
            more = change.capacity
            said.append(
                self._(
                    f"un véhicule de {who} qui porte {more} de plus",
                    f"a vehicle of {who} that carries {more} more",
                )
            )
        if change.until_s is not None:
            until = clock(change.until_s)
            said.append(self._(f"un créneau jusqu’à {until}", f"a window until {until}"))
        if change.from_s is not None:
            begin = clock(change.from_s)
            said.append(self._(f"un créneau dès {begin}", f"a window from {begin}"))
        return self._(" et ", " and ").join(said)

    def in_vain(self, failed: Sequence[Failed]) -> str:
        """Return what was tried and did not do."""
        heads: dict[str, tuple[str, str]] = {
            "overtime": ("heures supplémentaires jusqu’à {}", "overtime up to {}"),
            "earlier": ("commencer jusqu’à {} plus tôt", "starting up to {} earlier"),
            "working": ("amplitude jusqu’à {} de plus", "up to {} longer away"),
            "until": ("créneau plus long de {} à la fin", "a window {} longer at its end"),
            "from": ("créneau plus tôt de {}", "a window {} earlier"),
        }
        by_head: dict[str, list[str]] = {}
        closed: list[str] = []
        for one in failed:
            if one.kind == "nothing":
                closed.append(one.technician or "")
                continue
            if one.kind in heads:
                if not one.most:
                    continue
                head = self._(*heads[one.kind]).format(duration(one.most))
            elif one.kind == "skills":
                also = self._("avec", "with") + f" {duration(one.most)} "
                also += self._("d’heures supplémentaires", "of overtime")
                head = f"{self._skills(one.skills)} {also}"
            elif one.kind == "capacity":
                head = self._("un véhicule plus grand", "a larger vehicle")
            else:
                head = self._("la confier à un autre", "giving it to another")
            names = by_head.setdefault(head, [])
            if one.technician is not None and one.technician not in names:
                names.append(one.technician)
        tried = [
            f"{head} ({', '.join(names)})" if names else head for head, names in by_head.items()
        ]
        said = []
        if tried:
            head = self._("Essayé en vain : ", "Tried in vain: ")
            said.append(head + self._(" ; ", "; ").join(tried) + ".")
        if closed:
            head = self._("Tournée figée, où rien n’entre : ", "Locked, so that nothing fits in: ")
            said.append(head + ", ".join(closed) + ".")
        return " ".join(said)

    def _served(self, found: Served) -> list[str]:
        visit, who, way = found.visit, found.technician, duration(found.driving_s)
        said = [
            self._(
                f"{visit} est avec {who} : y aller ajoute {way} de trajet à sa tournée.",
                f"{visit} is with {who}: going there adds {way} of driving to the round.",
            )
        ]
        if found.pinned:
            said.append(self._(f"Elle lui est réservée ({who}).", f"It is reserved for {who}."))
        possible = [other for other in found.others if other.tested is not None]
        if not possible:
            said.append(
                self._(
                    "Personne d’autre ne pourrait la faire ce jour-là.",
                    "Nobody else could do it that day.",
                )
            )
        said += [f"- {self._other(other)}" for other in found.others]
        if any(other.tested is not None and other.tested.total_s < 0 for other in found.others):
            said.append(
                self._(
                    "Un plan moins cher que le présent existe donc : planifier avec plus d’effort.",
                    "So there is a plan cheaper than the present one: plan with more effort.",
                )
            )
        return said

    def _other(self, other: Other) -> str:
        if other.obstacle is not None:
            return self.obstacle(other.obstacle)
        tested = other.tested
        if tested is None:
            return self._(
                f"{other.technician} : aucun plan trouvé.", f"{other.technician}: no plan found."
            )
        if tested.bound_s == tested.total_s:
            proof = self._("prouvé", "proven")
        elif tested.bound_s is None or tested.bound_s <= 0:
            proof = self._("au plus", "at most")
        else:
            least = self._signed(tested.bound_s)
            proof = self._(
                f"au plus ; au moins {least}, prouvé", f"at most; at least {least}, proven"
            )
        how = {
            "insertion": self._("le reste inchangé", "the rest unchanged"),
            "shift": self._("une autre visite déplacée", "another visit moved"),
            "search": self._("le reste réarrangé", "the rest rearranged"),
        }.get(tested.method, self._("tout replanifié", "all planned anew"))
        leaving = ""
        if tested.leaving:
            names = self._list(tested.leaving)
            leaving = self._(f" ; sans {names}", f"; without {names}")
        if tested.gained:
            names = self._list(tested.gained)
            leaving += self._(f" ; avec {names}", f"; with {names}")
        return (
            f"{other.technician}{self._(' :', ':')} {self._cost(tested)}, {proof} ({how}{leaving})."
        )

    def _cost(self, tested: Tested) -> str:
        driving, total = self._signed(tested.driving_s), self._signed(tested.total_s)
        return self._(f"trajets {driving}, coût {total}", f"driving {driving}, cost {total}")

    def _signed(self, seconds: int) -> str:
        if minutes(abs(seconds)) == 0:
            return f"±{duration(0)}"
        return ("−" if seconds < 0 else "+") + duration(abs(seconds))

    def _skills(self, names: Iterable[str]) -> str:
        if self.lang == "en":
            return self._list([f'the skill "{name}"' for name in names])
        space = NO_BREAK_SPACE
        return self._list(
            [f"la compétence «{space}{self.labels.get(name, name)}{space}»" for name in names]
        )

    def _list(self, names: Sequence[str]) -> str:
        if len(names) < 2:
            return "".join(names)
        return ", ".join(names[:-1]) + self._(" et ", " and ") + names[-1]

    def _(self, french: str, english: str) -> str:
        return french if self.lang == "fr" else english


def _late(time_s: int) -> str:
    """Return a time of day that may be past midnight, cut to the minute after."""
    rounded = -(-time_s // 60) * 60
    days, within = divmod(rounded, 86_400)
    return clock(within) + (f" (+{days})" if days else "")
