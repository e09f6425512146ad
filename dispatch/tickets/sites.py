"""Known places, by the name that tickets give them: where they are, in which commune."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dispatch.files import cells
from dispatch.files.csvfile import Columns, read_table
from dispatch.files.positions import message_of
from dispatch.service.sections import Insee, Latitude, Longitude  # noqa: TC001 - for pydantic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.territory import Commune

SITE_COLUMNS = Columns(
    {
        "name": ("nom", "site", "lieu", "location", "nom_du_site", "nom_complet"),
        "lon": ("longitude", "lng"),
        "lat": ("latitude",),
        "insee": ("code_insee", "insee_code", "commune_insee", "code_commune"),
        "address": ("adresse",),
    },
    required=("name",),
)
# GLPI writes the way to an entity or a place as "Root > Town > Building".
_STEP = re.compile(r"\s*>\s*")


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """
    A known place: a position, or an address by which one can be found.

    Parameters
    ----------
    name
        As tickets name it: "Mairie de Pessac", or its path "Pessac > Mairie".
    lon, lat
        Degrees, WGS84; None: not known.
    insee
        INSEE code of its commune; empty: not known.
    address
        For people, and to find the position where it is not known.
    """

    name: str
    lon: float | None = None
    lat: float | None = None
    insee: str = ""
    address: str = ""


class _SiteRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    lon: Annotated[Longitude | None, BeforeValidator(cells.decimal_number)] = None
    lat: Annotated[Latitude | None, BeforeValidator(cells.decimal_number)] = None
    insee: Insee | None = None
    address: str = ""


class AmbiguousPlace(Exception):
    """Raised where several communes have a place of a name, and nothing tells which is meant."""


class KnownPlaces:
    """
    Places by their names.

    Parameters
    ----------
    sites
        Of two with the same name in one commune, the first holds.
    """

    def __init__(self, sites: Iterable[KnownPlace] = ()) -> None:
        self._by_name: dict[tuple[str, ...], dict[str, KnownPlace]] = {}
        for site in sites:
            if name := steps(site.name):
                self._by_name.setdefault(name, {}).setdefault(site.insee, site)

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))

    def find(self, location: str, insee: str = "") -> KnownPlace | None:
        """
        Return the known place of a location, or None.

        A location is a path ("Pessac > Mairie > 1er étage"). A place is found by any part of the
        path. The part that ends last is taken, and of these the longest: the building rather than
        the town, and "Pessac > Mairie" rather than a "Mairie" of any town.

        Parameters
        ----------
        location
            The path.
        insee
            The commune where it is likely, which tells places of the same name apart; empty: not
            known.

        Raises
        ------
        AmbiguousPlace
            When places in several communes have the name, and none is in the likely one.
        """
        path = steps(location)
        for end in range(len(path), 0, -1):
            for start in range(end):
                if (named := self._by_name.get(path[start:end])) is None:
                    continue
                if len(named) == 1:
                    return next(iter(named.values()))
                if insee in named:
                    return named[insee]
                listed = ", ".join(sorted(code or "none" for code in named))
                msg = (
                    f"the sites file has this place in several communes ({listed}); name the"
                    " commune, or write the place's whole path"
                )
                raise AmbiguousPlace(msg)
        return None


# A path is as deep as a building has levels; longer ones only cost time.
MAX_STEPS = 20


def steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path, compared as names are; empty ones left out."""
    found = (cells.normalised(step) for step in _STEP.split(path))
    return tuple(step for step in found if step)[:MAX_STEPS]


def read_known_places(
    path: Path, limits: Limits, communes: Mapping[str, Commune]
) -> list[KnownPlace]:
    """
    Read a file of known places (CSV).

    Parameters
    ----------
    path
        Columns name, lon, lat, insee, address; lon and lat, or an address.
    limits
        Bounds.
    communes
        The communes by INSEE code.

    Raises
    ------
    InputError
        When the file cannot be read, or a line cannot be meant as written; all faults at once.
    """
    table = read_table(path, SITE_COLUMNS, limits)
    sites: list[KnownPlace] = []
    lines: dict[tuple[tuple[str, ...], str], int] = {}
    for row in table.rows:
        try:
            found = _SiteRow.model_validate(dict(row.cells))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                name = str(fault["loc"][0])
                message = (
                    "is empty; fill it in" if fault["type"] == "missing" else message_of(fault)
                )
                table.fault(row.line, name, row.cells.get(name), message)
            continue
        way = steps(found.name)
        if not way:
            table.fault(row.line, "name", found.name, "holds neither letter nor digit; name it")
        elif (first := lines.get((way, found.insee or ""))) is not None:
            message = (
                f"this place stands on line {first} already; give it a name of its own, or each the"
                " INSEE code of its commune"
            )
            table.fault(row.line, "name", found.name, message)
        lines.setdefault((way, found.insee or ""), row.line)
        if (found.lon is None) != (found.lat is None):
            missing = "lon" if found.lon is None else "lat"
            table.fault(row.line, missing, None, "is empty; give both lon and lat, or neither")
        elif found.lon is None and not found.address:
            table.fault(row.line, "address", None, "give lon and lat, or an address")
        if found.insee is not None and found.insee not in communes:
            message = "no such commune in the territory; correct the INSEE code"
            table.fault(row.line, "insee", found.insee, message)
        sites.append(KnownPlace(found.name, found.lon, found.lat, found.insee or "", found.address))
    table.raise_faults()
    return sites
