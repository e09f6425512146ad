"""A split: which centre is in charge of which collectivity; checked, applied, written.

A collectivity is a commune, named by its INSEE code, or "metropole", the Métropole's own services.
`splits/checks.py` has the rules, `splits/reading.py` reads a split's file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.splits.checks import SplitFinding, check_split
from dispatch.splits.reorganise import reorganised
from dispatch.territory import METROPOLE, Commune, read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.service.service import Service
    from dispatch.splits.borders import Neighbours

METROPOLE_NAME = "Bordeaux Métropole (services propres)"


@dataclass(frozen=True)
class Split:
    """
    Which centre is in charge of which collectivity.

    Parameters
    ----------
    name
        Name in tables and reports.
    centre_of
        Centre id by collectivity: INSEE code, or "metropole".
    premises
        By centre id, the INSEE code of the commune whose town hall houses the centre; a centre that
        is left out has the premises of the service file.
    technicians
        Number of technicians by centre id; empty: as the service file has them.

    Raises
    ------
    ValueError
        When there is no collectivity, or premises or technicians are given for a centre without
        collectivities.
    """

    name: str
    centre_of: Mapping[str, str]
    premises: Mapping[str, str] = field(default_factory=dict)
    technicians: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.centre_of:
            msg = f"split {self.name!r} has no collectivity"
            raise ValueError(msg)
        for given in ("centre_of", "premises", "technicians"):
            object.__setattr__(self, given, dict(sorted(getattr(self, given).items())))
        centres = set(self.centre_of.values())
        for what in ("premises", "technicians"):
            stray = sorted(set(getattr(self, what)) - centres)
            if stray:
                msg = f"split {self.name!r}: {what} of {stray[0]!r}, which is in charge of nothing"
                raise ValueError(msg)

    @property
    def centres(self) -> tuple[str, ...]:
        """Return the ids of the centres, in rising order."""
        return tuple(sorted(set(self.centre_of.values())))

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the collectivities of each centre, in rising order of codes, by centre id."""
        found: dict[str, list[str]] = {centre: [] for centre in self.centres}
        for collectivity, centre in self.centre_of.items():
            found[centre].append(collectivity)
        return {centre: tuple(sorted(members)) for centre, members in found.items()}

    @property
    def partition(self) -> frozenset[frozenset[str]]:
        """Return the sets of collectivities without centre ids; equal for equal divisions."""
        return frozenset(frozenset(members) for members in self.groups.values())

    @classmethod
    def of(cls, service: Service, name: str = "service") -> Split:
        """
        Return the split that a service file describes.

        Premises are included when they are at a town hall. Technicians are counted in the file.
        """
        centre_of = {
            collectivity: entry.id
            for entry in service.centres
            for collectivity in (*entry.communes, *([METROPOLE] if entry.serves_metropole else []))
        }
        counts = Counter(entry.centre for entry in service.technicians)
        used = set(centre_of.values())
        return cls(
            name,
            centre_of,
            premises={
                entry.id: entry.town_hall
                for entry in service.centres
                if entry.town_hall is not None and entry.id in used
            },
            technicians={centre: count for centre, count in counts.items() if centre in used},
        )

    def check(
        self,
        service: Service,
        communes: Mapping[str, Commune] | None = None,
        near: Neighbours | None = None,
    ) -> list[SplitFinding]:
        """
        Return the rules that the split breaks; see `splits.checks.check_split`.

        Parameters
        ----------
        service
            Collectivities served, criteria, borders.
        communes
            By INSEE code; None: the bundled ones.
        near
            Which communes are neighbours; None: from the service's borders.
        """
        return check_split(self, service, read_communes() if communes is None else communes, near)

    def apply(self, service: Service, communes: Mapping[str, Commune] | None = None) -> Service:
        """
        Return the service under this split; see `reorganise.reorganised`.

        Parameters
        ----------
        service
            The present one.
        communes
            By INSEE code; None: the bundled ones.

        Raises
        ------
        InputError
            When the split leaves out a collectivity that is served, or a centre has no premises
            or no technician; all faults at once.
        """
        return reorganised(
            service,
            read_communes() if communes is None else communes,
            name=self.name,
            groups=self.groups,
            premises=self.premises,
            technicians=self.technicians,
        )

    def to_csv(self, communes: Mapping[str, Commune] | None = None) -> str:
        """
        Return the text of a CSV file that `read_split` reads: one row a collectivity.

        Parameters
        ----------
        communes
            For the names of the communes, which help readers; None: the bundled ones.
        """
        named = read_communes() if communes is None else communes
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        kept = [name for name in ("premises", "technicians") if getattr(self, name)]
        writer.writerow(["insee", "commune", "centre", *kept])
        for centre, members in self.groups.items():
            for collectivity in members:
                name = METROPOLE_NAME if collectivity == METROPOLE else named[collectivity].name
                extra = [getattr(self, what).get(centre, "") for what in kept]
                writer.writerow([collectivity, name, centre, *extra])
        return text.getvalue()
