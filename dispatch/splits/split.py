"""A split: which centre is in charge of which collectivity; read, written, applied.

A collectivity is a commune, by its INSEE code, or "metropole": the Métropole's own
services. What a split must keep is in `splits/checks.py`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, ValidationError

from dispatch.errors import Fault
from dispatch.files import cells
from dispatch.files.csvfile import Columns, read_table
from dispatch.files.positions import message_of
from dispatch.inputs.rows import Cells
from dispatch.splits.checks import SplitFinding, check_split
from dispatch.splits.reorganise import reorganised
from dispatch.territory import METROPOLE, Commune, read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.files.csvfile import Table
    from dispatch.service.service import Service
    from dispatch.splits.borders import Neighbours

SPLIT_COLUMNS = Columns(
    {
        "insee": ("code_insee", "insee_code", "collectivity", "collectivite", "code_commune"),
        "commune": ("nom_commune", "nom_de_la_commune", "ville", "town", "libelle"),
        "centre": ("center", "centre_id", "centre_de_proximite"),
        "premises": ("siege", "locaux", "premises_insee", "town_hall", "mairie"),
        "technicians": ("techniciens", "effectif", "intervenants", "nb_techniciens"),
    },
    required=("insee", "centre"),
)
_CENTRE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
SHORT = 4
METROPOLE_NAME = "Bordeaux Métropole (services propres)"


@dataclass(frozen=True)
class Split:
    """
    Which centre is in charge of which collectivity.

    Parameters
    ----------
    name
        Names it in tables and reports.
    centre_of
        Centre id by collectivity: INSEE code, or "metropole".
    premises
        INSEE code of the commune whose town hall houses a centre, by centre id; a centre left
        out is where the service file has the centre of that id.
    technicians
        Number of technicians by centre id; empty: as the service file has them.

    Raises
    ------
    ValueError
        When it is empty, or premises or technicians are given for a centre in charge of nothing.
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
        """Return the sets of collectivities without the centres' names: what makes it the same."""
        return frozenset(frozenset(members) for members in self.groups.values())

    @classmethod
    def of(cls, service: Service, name: str = "service") -> Split:
        """
        Return the split that a service file describes.

        Premises are given where they are at a town hall; technicians as the file lists them.
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
        Return what the split does not keep; see `splits.checks.check_split`.

        Parameters
        ----------
        service
            Collectivities served, criteria, borders.
        communes
            By INSEE code; None: the bundled ones.
        near
            Which communes are neighbours; None: as the service's borders say.
        """
        return check_split(self, service, read_communes() if communes is None else communes, near)

    def apply(self, service: Service, communes: Mapping[str, Commune] | None = None) -> Service:
        """
        Return the service as it would be under this split; see `reorganise.reorganised`.

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
            or no technician; every fault.
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
        Return the text of a CSV file, which `read_split` reads back: one row a collectivity.

        Parameters
        ----------
        communes
            For the names of the communes, which are for people; None: the bundled ones.
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


def _collectivity(text: str) -> str:
    if cells.plain(text) in (METROPOLE, "bordeaux_metropole"):
        return METROPOLE
    # Spreadsheets drop the zero that codes of the first departments begin with.
    return f"0{text}" if text.isdigit() and len(text) == SHORT else text


class SplitRow(Cells):
    """A line of a file of a split."""

    insee: Annotated[
        str, BeforeValidator(_collectivity), Field(pattern=rf"^(\d[\dAB]\d{{3}}|{METROPOLE})$")
    ]
    commune: str = ""
    centre: Annotated[str, Field(pattern=_CENTRE)]
    premises: Annotated[
        str | None, BeforeValidator(_collectivity), Field(pattern=r"^\d[\dAB]\d{3}$")
    ] = None
    technicians: Annotated[int | None, BeforeValidator(cells.integer), Field(ge=1, le=1000)] = None


def read_split(
    path: Path,
    service: Service,
    communes: Mapping[str, Commune] | None = None,
    *,
    name: str | None = None,
) -> Split:
    """
    Read a split from a CSV file: one row a collectivity.

    Parameters
    ----------
    path
        Columns insee and centre, and if wished commune (for people), premises and technicians,
        which every row of a centre must agree on (or leave empty).
    service
        Collectivities that must be there, and limits of files.
    communes
        By INSEE code; None: the bundled ones.
    name
        Of the split; None: the file's, without its ending.

    Raises
    ------
    InputError
        When the file cannot be read, a line cannot be meant as written, lines contradict each
        other, or a collectivity served is left out; all faults at once.
    """
    known = read_communes() if communes is None else communes
    table = read_table(path, SPLIT_COLUMNS, service.limits)
    rows = _rows(table, known)
    centre_of: dict[str, tuple[int, str]] = {}
    agreed: dict[tuple[str, str], tuple[int, str | int]] = {}
    for line, row in rows:
        if row.insee in centre_of:
            message = f"this collectivity stands on line {centre_of[row.insee][0]} already"
            table.fault(line, "insee", row.insee, f"{message}; keep one")
            continue
        centre_of[row.insee] = line, row.centre
        for what, value in (("premises", row.premises), ("technicians", row.technicians)):
            if value is None:
                continue
            before = agreed.setdefault((what, row.centre), (line, value))
            if before[1] != value:
                message = f"line {before[0]} says {before[1]} for this centre; make them agree"
                table.fault(line, what, str(value), message)
    if not table.faults:  # what a faulty line meant may be what seems to be missing
        for missing in sorted(set(service.demand.agents) - set(centre_of)):
            who = METROPOLE_NAME if missing == METROPOLE else known[missing].name
            message = f"{who} is served but has no row; add one with its centre"
            table.faults.append(Fault(table.source, "insee", missing, message))
        counted = {centre for what, centre in agreed if what == "technicians"}
        uncounted = sorted({centre for _, centre in centre_of.values()} - counted)
        if counted and uncounted:
            message = "has no number of technicians, the others have; give it on one of its rows"
            table.faults.append(Fault(table.source, "technicians", uncounted[0], message))
    table.raise_faults()
    given: dict[str, dict[str, str | int]] = {"premises": {}, "technicians": {}}
    for (what, centre), (_, value) in agreed.items():
        given[what][centre] = value
    return Split(
        path.stem if name is None else name,
        {collectivity: centre for collectivity, (_, centre) in centre_of.items()},
        {centre: str(value) for centre, value in given["premises"].items()},
        {centre: int(value) for centre, value in given["technicians"].items()},
    )


def _rows(table: Table, communes: Mapping[str, Commune]) -> list[tuple[int, SplitRow]]:
    """Return the rows that are as written, with their lines; note what is wrong with the others."""
    rows = []
    unknown = "no such commune in the territory; correct its INSEE code"
    for row in table.rows:
        try:
            read = SplitRow.model_validate(dict(row.cells))
        except ValidationError as error:
            told: set[str] = set(row.faulty)
            for found in error.errors(include_url=False):
                where = str(found["loc"][0])
                if where in told or (found["type"] == "missing" and where not in table.columns):
                    continue
                told.add(where)
                missing = found["type"] == "missing"
                message = "is empty; fill it in" if missing else message_of(found)
                table.fault(row.line, where, row.cells.get(where), message)
            continue
        faultless = True
        for where, insee in (("insee", read.insee), ("premises", read.premises)):
            if insee not in (None, METROPOLE) and insee not in communes:
                table.fault(row.line, where, insee, unknown)
                faultless = False
        if faultless and not row.faulty:
            rows.append((row.line, read))
    return rows
