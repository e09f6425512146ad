"""The CSV file of a split: read with all its faults named at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, ValidationError

from dispatch.errors import Fault
from dispatch.files import cells
from dispatch.files.csvfile import Columns, read_table
from dispatch.files.positions import message_of
from dispatch.inputs.rows import Cells
from dispatch.splits.split import METROPOLE_NAME, Split
from dispatch.territory import METROPOLE, Commune, read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.files.csvfile import Table
    from dispatch.service.service import Service

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


def _collectivity(text: str) -> str:
    if cells.normalised(text) in (METROPOLE, "bordeaux_metropole"):
        return METROPOLE
    # Spreadsheets drop the leading zero of the codes of the first departments.
    return f"0{text}" if text.isdigit() and len(text) == SHORT else text


class SplitRow(Cells):
    """A line of a split's file."""

    insee: Annotated[
        str, BeforeValidator(_collectivity), Field(pattern=rf"^(\d[\dAB]\d{{3}}|{METROPOLE})$")
    ]
    commune: str = ""
    centre: Annotated[str, Field(pattern=_CENTRE)]
    premises: Annotated[
        str | None, BeforeValidator(_collectivity), Field(pattern=r"^\d[\dAB]\d{3}$")
    ] = None
    technicians: Annotated[
        int | None, BeforeValidator(cells.whole_number), Field(ge=1, le=1000)
    ] = None


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
        Columns insee and centre, optionally commune (for readers), premises and technicians. The
        rows of a centre must agree on the last two, or leave them empty.
    service
        The collectivities that must be in the file, and the limits of files.
    communes
        By INSEE code; None: the bundled ones.
    name
        Name of the split; None: the file's name without its ending.

    Raises
    ------
    InputError
        When the file cannot be read, a line is faulty, lines contradict each other, or a
        collectivity that is served is missing; all faults at once.
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
    if not table.faults:  # else a faulty line may hold what seems to be missing
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
    """Return the valid rows with their line numbers; add the faults of the others to the table."""
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
