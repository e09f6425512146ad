"""The rules of a split: complete, known, contiguous, of the decided sizes and pôles.

Each rule has the severity of breaking it:

- `complete`, `known`, `premises`, `technicians`: error; the split cannot be planned.
- `pass_through`: broken; one cannot drive between two communes of a centre without crossing a
  commune of another centre. Communes that take no part may be crossed.
- `sizes`: broken; the deliberation gives each centre 2 to 4 collectivities.
- `technicians_least`: broken; one absence would close the centre.
- `poles`: note; the centre is in more than one pôle territorial.
- `strict`: note; the centre is contiguous only with pass-through of communes that take no part.
  Two of the council's five centres are such (Rive droite and Ouest-Sud).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from dispatch.splits.borders import commune_neighbours
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dispatch.service.service import Service
    from dispatch.splits.borders import Neighbours
    from dispatch.territory import Commune

Rule = Literal[
    "complete",
    "known",
    "premises",
    "technicians",
    "pass_through",
    "sizes",
    "technicians_least",
    "poles",
    "strict",
]
Severity = Literal["error", "broken", "note"]


@dataclass(frozen=True, slots=True)
class SplitFinding:
    """
    One rule that a split breaks.

    Parameters
    ----------
    rule
        Name of the rule; see the top of this module.
    severity
        "error": it cannot be planned; "broken": against the criteria; "note": worth knowing.
    centre
        Id of the centre; None for the whole split.
    collectivities
        The codes concerned, in rising order.
    message
        In plain words.
    """

    rule: Rule
    severity: Severity
    centre: str | None
    collectivities: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        where = "" if self.centre is None else f"{self.centre}: "
        return f"{self.severity} [{self.rule}] {where}{self.message}"


class Checked(Protocol):
    """The attributes of a `Split` that the checks read."""

    @property
    def centre_of(self) -> Mapping[str, str]:
        """Return the centre id by collectivity."""

    @property
    def premises(self) -> Mapping[str, str]:
        """Return the INSEE code of the commune that houses a centre, by centre id."""

    @property
    def technicians(self) -> Mapping[str, int]:
        """Return the number of technicians by centre id."""

    @property
    def centres(self) -> tuple[str, ...]:
        """Return the centre ids, in order."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Return the collectivities by centre id."""


def check_split(
    split: Checked,
    service: Service,
    communes: Mapping[str, Commune],
    near: Neighbours | None = None,
) -> list[SplitFinding]:
    """
    Return the rules that a split breaks, errors first; an empty list when it keeps all.

    Parameters
    ----------
    split
        The split.
    service
        Collectivities served, criteria (`[split]`), borders (`[borders]`).
    communes
        By INSEE code.
    near
        Which communes are neighbours; None: from the service's borders.
    """
    near = commune_neighbours(communes, service.borders) if near is None else near
    found = [
        *_whole(split, service, communes),
        *_staffed(split, service),
        *_sized(split, service),
        *_contiguous(split, service, communes, near),
        *_of_one_pole(split, service, communes),
    ]
    order: Sequence[Severity] = ("error", "broken", "note")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def seat_of(collectivity: str, service: Service) -> str:
    """Return the commune where a collectivity is: itself, or the seat of the Métropole's own."""
    return service.demand.places.metropole_commune if collectivity == METROPOLE else collectivity


def _whole(
    split: Checked, service: Service, communes: Mapping[str, Commune]
) -> Iterator[SplitFinding]:
    for collectivity in sorted(set(service.demand.agents) - set(split.centre_of)):
        message = f"{named(collectivity, communes)} is served but has no centre"
        yield SplitFinding("complete", "error", None, (collectivity,), message)
    for collectivity, centre in split.centre_of.items():
        if collectivity != METROPOLE and collectivity not in communes:
            message = f"there is no commune {collectivity!r} in the territory"
            yield SplitFinding("known", "error", centre, (collectivity,), message)


def _staffed(split: Checked, service: Service) -> Iterator[SplitFinding]:
    present = {entry.id for entry in service.centres}
    counts = dict(split.technicians)
    if not counts:
        for entry in service.technicians:
            counts[entry.centre] = counts.get(entry.centre, 0) + 1
    least = service.split.technicians_least
    for centre in split.centres:
        if centre not in present and centre not in split.premises:
            yield SplitFinding(
                "premises", "error", centre, (), "it is not said where its premises are"
            )
        if counts.get(centre, 0) < 1:
            yield SplitFinding("technicians", "error", centre, (), "it has no technician")
        elif counts[centre] < least:
            message = f"{counts[centre]} technician, at least {least} are wanted"
            yield SplitFinding("technicians_least", "broken", centre, (), message)


def _sized(split: Checked, service: Service) -> Iterator[SplitFinding]:
    criteria = service.split
    for centre, members in split.groups.items():
        if not criteria.least <= len(members) <= criteria.most:
            message = (
                f"{len(members)} collectivities; the deliberation gives each centre "
                f"{criteria.least} to {criteria.most}"
            )
            yield SplitFinding("sizes", "broken", centre, members, message)


def _contiguous(
    split: Checked, service: Service, communes: Mapping[str, Commune], near: Neighbours
) -> Iterator[SplitFinding]:
    taking_part = {seat_of(collectivity, service) for collectivity in split.centre_of}
    others = set(communes) - taking_part
    for centre, members in split.groups.items():
        places = {seat_of(collectivity, service) for collectivity in members} & set(communes)
        parts = near.parts(places)
        if len(parts) <= 1:
            continue
        through = near.parts(places, others)
        if len(through) > 1:
            yield SplitFinding(
                "pass_through",
                "broken",
                centre,
                members,
                f"in {len(through)} pieces ({_listed(through, communes)}): one cannot drive from "
                "one to another without crossing another centre's communes",
            )
        else:
            yield SplitFinding(
                "strict",
                "note",
                centre,
                members,
                f"in {len(parts)} pieces ({_listed(parts, communes)}), joined only through "
                "communes that take no part",
            )


def _of_one_pole(
    split: Checked, service: Service, communes: Mapping[str, Commune]
) -> Iterator[SplitFinding]:
    for centre, members in split.groups.items():
        poles = sorted(
            {
                communes[place].pole
                for place in (seat_of(member, service) for member in members)
                if place in communes
            }
        )
        if len(poles) > 1:
            message = f"lies in {len(poles)} pôles territoriaux: {', '.join(poles)}"
            yield SplitFinding("poles", "note", centre, members, message)


def named(collectivity: str, communes: Mapping[str, Commune]) -> str:
    """Return the name of a collectivity for people."""
    if collectivity == METROPOLE:
        return "Bordeaux Métropole"
    return communes[collectivity].name if collectivity in communes else collectivity


def _listed(parts: Iterable[Sequence[str]], communes: Mapping[str, Commune]) -> str:
    return " | ".join(", ".join(named(insee, communes) for insee in part) for part in parts)
