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

# As people write the Métropole, its hyphens and accents aside.
BORDEAUX_METROPOLE = "bordeaux_metropole"
_OF = re.compile(r"(?:(?:ville|mairie|commune)_(?:de_|du_|d_|des_)?)?(?:la_|le_|les_|l_)?")
# Tools shorten "Saint", and write it with or without hyphens.
_SAINT = re.compile(r"(?:^|(?<=_))(st|ste)(?=_)")
# Post offices write CEDEX and its number, and tables postcodes, beside the name.
_POSTAL = re.compile(r"(?:^|_)(?:cedex(?:_\d{1,2})?|f?\d{5}|france|gironde)(?=_|$)")
# Tables sorted by name put the article last: "Haillan (Le)", "Taillan-Médoc, Le".
_ARTICLE_LAST = re.compile(r"^(?P<name>.+?)_(?:le|la|les|l)$")
# What belongs to a commune and bears its name: "CCAS de Pessac". Schools and centres are left out,
# as they may be of the department, the region or the Métropole.
_BODIES = re.compile(
    r"(?:mairie|hotel_de_ville|ville|commune|municipalite|ccas|cias|centre_communal_d_action_sociale"
    r"|police_municipale|services?_techniques?|centre_technique_municipal|ctm|services?_municipaux"
    r"|mediatheque|bibliotheque|cabinet_du_maire|conseil_municipal|caisse_des_ecoles|etat_civil)"
    r"(?:_municipale?)?(?:_(?:de_la|de_l|de|du|des|d))?_(?P<name>.+)"
)
# A part of a name is taken for the whole from this length on: "Ambarès", not "Saint".
_LEAST_PART = 5


def _bare(name: str) -> str:
    """Return the name alone: without words such as "Mairie de", its article and its postcode."""
    short = _SAINT.sub(lambda found: "saint" if found[1] == "st" else "sainte", normalised(name))
    short = _POSTAL.sub("", short).strip("_")
    if found := _OF.match(short):
        short = short[len(found[0]) :]
    return found["name"] if (found := _ARTICLE_LAST.match(short)) else short


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
        self._codes = frozenset(communes)
        self._parts = self._first_parts()
        self._entities = {steps(name): code for name, code in entities.items()}

    def _first_parts(self) -> dict[str, str]:
        """Return the beginnings of names, whole words, that only one commune has."""
        owners: dict[str, set[str]] = {}
        for name, insee in self._communes.items():
            words = name.split("_")
            for count in range(1, len(words)):
                part = "_".join(words[:count])
                if len(part) > _LEAST_PART and words[count - 1] not in ("saint", "sainte"):
                    owners.setdefault(part, set()).add(insee)
        return {
            part: min(found)
            for part, found in owners.items()
            if len(found) == 1 and part not in self._communes
        }

    def commune(self, name: str) -> str | None:
        """Return the INSEE code of a commune by its name, its code or a part that is its own."""
        if (code := name.strip()) in self._codes:
            return code
        bare = _bare(name)
        return self._communes.get(bare) or self._parts.get(bare)

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
            if (insee := self._named(path[end - 1])) is not None:
                return insee
        if path and path[-1] in (METROPOLE, BORDEAUX_METROPOLE):
            return METROPOLE
        return None

    def _named(self, step: str) -> str | None:
        """Return the commune that a step of a path names, or whose body it is."""
        if (insee := self.commune(step)) is not None:
            return insee
        found = _BODIES.fullmatch(_POSTAL.sub("", step).strip("_"))
        return None if found is None else self.commune(found["name"])
