"""Communes as people and tools name them: "Mairie de Pessac", "LE BOUSCAT", "Ville du Haillan"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dispatch.files.cells import normalised
from dispatch.territory import METROPOLE
from dispatch.tickets.sites import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.territory import Commune

_OF = re.compile(r"(?:(?:ville|mairie|commune)_(?:de_|du_|d_|des_)?)?(?:la_|le_|les_|l_)?")
# Tools shorten "Saint", and write it with or without hyphens.
_SAINT = re.compile(r"(?:^|(?<=_))(st|ste)(?=_)")


def _bare(name: str) -> str:
    """Return the name alone: without words such as "Mairie de", and without its article."""
    short = _SAINT.sub(lambda found: "saint" if found[1] == "st" else "sainte", normalised(name))
    return short[len(found[0]) :] if (found := _OF.match(short)) else short


class Collectivities:
    """
    Who asks, by the names of entities.

    Parameters
    ----------
    communes
        The communes by INSEE code.
    entities
        INSEE code, or "metropole", of entities that are not named as a commune is.
    """

    def __init__(self, communes: Mapping[str, Commune], entities: Mapping[str, str]) -> None:
        self._communes = {_bare(commune.name): insee for insee, commune in communes.items()}
        self._entities = {steps(name): code for name, code in entities.items()}

    def commune(self, name: str) -> str | None:
        """Return the INSEE code of a commune by its name, or None."""
        return self._communes.get(_bare(name))

    def asking(self, entity: str) -> str | None:
        """
        Return who asks: INSEE code, "metropole", or None.

        Parameters
        ----------
        entity
            A path such as "Entité racine > Mairie de Pessac > Écoles". It is read from its end;
            of what the mapping lists, the longest stretch that ends there is taken first.
        """
        path = steps(entity)
        for end in range(len(path), 0, -1):
            for start in range(end):
                if (code := self._entities.get(path[start:end])) is not None:
                    return code
            if (insee := self._communes.get(_bare(path[end - 1]))) is not None:
                return insee
        return METROPOLE if path and path[-1] == METROPOLE else None
