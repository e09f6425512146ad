"""CSV files as rows of named cells with positions: `,` `;` or tab, French or English headings.

Columns of personal data (names, telephone numbers, addresses of people) are recognised by their
headings; their cells are never read.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from dispatch.errors import VALUE_SHOWN, Fault, InputError
from dispatch.files.cells import normalised
from dispatch.files.headings import SEARCHED, heading_line
from dispatch.files.officetext import read_office_text
from dispatch.files.textfile import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits

DELIMITERS = ",;\t"
# Where any columns may stand: some tools separate by bars.
OFFICE_DELIMITERS = DELIMITERS + "|"
# Spreadsheet programs take the separator from such a first line, and exports for them have it.
_NAMED = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\r?\n', re.IGNORECASE)
# Words of a heading that announce personal data, as GLPI and office tools write them.
_PERSONAL = """
    demandeur demandeuse requester requestor caller appelant nom noms name names prenom prenoms
    firstname lastname surname telephone tel phone mobile portable gsm fax email mail courriel
    contact beneficiaire usager utilisateur user observateur observer auteur author redacteur
    matricule login modificateur updater interlocuteur naissance agent personne attribue assigned
"""
PERSONAL_WORDS = frozenset(_PERSONAL.split())


@dataclass(frozen=True, slots=True)
class Columns:
    """
    The columns of a kind of file.

    Parameters
    ----------
    names
        Headings that mean each field, compared by `cells.normalised`; the first is the field's own.
    required
        Fields that the file must have.
    """

    names: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]

    def field_of(self, heading: str) -> str | None:
        """Return the field that a heading means, or None."""
        name = normalised(heading)
        for field_, names in self.names.items():
            if name == field_ or name in names:
                return field_
        return None


@dataclass(frozen=True, slots=True)
class TableRow:
    """
    One line of the table, which may span several of the file.

    Parameters
    ----------
    line
        Its first line, from 1.
    cells
        The texts of the cells that are not empty, by field.
    faulty
        Fields whose cells are refused already.
    """

    line: int
    cells: Mapping[str, str]
    faulty: frozenset[str] = frozenset()


@dataclass
class Table:
    """
    A CSV file: its rows, where its columns stand, and the faults found so far.

    Parameters
    ----------
    source
        Name of the file.
    columns
        Number, from 1, and heading of each field that is there.
    """

    source: str
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    rows: list[TableRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, field_: str, value: str | None, message: str) -> None:
        """Note a fault in the cell of a field."""
        self.faults.append(self.fault_of(line, field_, message, value))

    def fault_of(self, line: int, field_: str, message: str, value: str | None = None) -> Fault:
        """Return a fault in the cell of a field, not noted."""
        column, heading = self.columns.get(field_, (None, field_))
        return Fault(self.source, heading, value, message, line, column)

    def raise_faults(self) -> None:
        """Raise what was found, in the order of the file."""
        if self.faults:
            raise InputError(
                sorted(self.faults, key=lambda fault: (fault.line or 0, fault.column or 0))
            )


def read_table(path: Path, columns: Columns, limits: Limits, *, rows_needed: bool = True) -> Table:
    """
    Read a CSV file.

    Parameters
    ----------
    path
        UTF-8 (with or without byte order mark) or Windows-1252, the first line being headings.
    columns
        What the headings may be.
    limits
        Bounds of size, rows and length of texts.
    rows_needed
        Whether headings without any row are a fault.

    Returns
    -------
    table
        With the faults of headings and lines noted, not yet raised.

    Raises
    ------
    InputError
        When the file cannot be read, is empty, is not CSV, or has no known heading.
    """
    text = read_text(path, max_mb=limits.file_mb, cp1252=True)
    table = Table(path.name)
    lines = _records(text, _delimiter(text, lambda name: columns.field_of(name) is not None), table)
    first_line, headings = next(lines, (1, []))
    table.columns = _headings(table, first_line, headings, columns)
    kept = [(field_, number - 1) for field_, (number, _) in table.columns.items()]
    for line, record in lines:
        if len(table.rows) == limits.rows:
            message = f"has more than {limits.rows} rows; split it into smaller files"
            table.faults.append(Fault(table.source, "", None, message, line))
            break
        if len(record) != len(headings):
            message = (
                f"this line has {len(record)} cells, the headings are {len(headings)}; put a cell"
                " that holds the separator (such as a decimal comma) in quotes, or separate by `;`"
            )
            table.faults.append(Fault(table.source, "", None, message, line))
            continue
        cells, faulty = {}, set()
        for field_, index in kept:
            cell = record[index].strip()
            if len(cell) > limits.text_chars:
                message = f"has over {limits.text_chars} characters ({len(cell)}); shorten it"
                table.fault(line, field_, cell[:VALUE_SHOWN], message)
                faulty.add(field_)
            elif cell:
                cells[field_] = cell
        table.rows.append(TableRow(line, cells, frozenset(faulty)))
    if rows_needed and not table.rows and not table.faults:
        message = "has headings but no rows; add at least one"
        table.faults.append(Fault(table.source, "", None, message, first_line))
    return table


class Records(NamedTuple):
    """The lines of a table with any columns, as cells; what is no line; what had to be done."""

    lines: list[tuple[int, list[str]]]
    faults: list[Fault]
    notes: tuple[str, ...] = ()


def read_records(path: Path, known: Callable[[str], bool], limits: Limits) -> Records:
    """
    Read a CSV file with any columns, as lines of cells.

    Parameters
    ----------
    path
        In any encoding of office tools; a first line `sep=;` names the separator.
    known
        Whether a heading is known; the separator with the most known headings is chosen.
    limits
        Bounds of size and rows.

    Returns
    -------
    records
        Records that are not blank with their lines, at most some more than the bound; the place
        from which the file is not CSV; and how the text was decoded, where that is not plain.

    Raises
    ------
    InputError
        When the file cannot be read or is empty.
    """

    def most_known(text: str) -> int:
        return max(_known_headings(text, delimiter, known)[0] for delimiter in OFFICE_DELIMITERS)

    found = read_office_text(path, max_mb=limits.file_mb, known=most_known)
    text, first = found.text, 1
    delimiters: str = OFFICE_DELIMITERS
    if (named := _NAMED.match(text)) is not None:
        text, first, delimiters = text[named.end() :], 2, named[1]
    delimiter = max(delimiters, key=lambda each: _known_headings(text, each, known))
    table = Table(path.name)
    records = _records(text, delimiter, table, first=first)
    lines = list(islice(records, limits.rows + SEARCHED + 1))
    return Records(lines, table.faults, (found.note,) if found.note else ())


def _known_headings(text: str, delimiter: str, known: Callable[[str], bool]) -> tuple[int, int]:
    """Return how many headings are known with a separator, and how many cells their line has."""
    lines = [cells for _, cells in islice(_records(text, delimiter, Table("")), SEARCHED)]
    index, count = heading_line(lines, known)
    return count, len(lines[index]) if lines else 0


def _delimiter(text: str, known: Callable[[str], bool]) -> str:
    """Return the separator with which most of the headings are known."""

    def count(delimiter: str) -> tuple[int, int]:
        records = _records(text, delimiter, Table(""))
        _, headings = next(records, (1, []))
        return sum(map(known, headings)), len(headings)

    return max(DELIMITERS, key=count)


def _records(
    text: str, delimiter: str, table: Table, *, first: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + first
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            # After a quote without an end the rest has no cells.
            message = f"cannot be read as CSV from here ({exc}); check the quotes"
            table.faults.append(Fault(table.source, "", None, message, line))
            return
        if any(cell.strip() for cell in record):
            yield line, record


def _headings(
    table: Table, line: int, headings: list[str], columns: Columns
) -> dict[str, tuple[int, str]]:
    """Return where each field stands; note unknown, double and missing headings."""
    found: dict[str, tuple[int, str]] = {}
    unknown: list[Fault] = []
    for number, heading in enumerate(headings, 1):
        field_ = columns.field_of(heading)
        if field_ in found:
            message = f"column {found[field_][0]} has the same meaning; remove one of them"
            table.faults.append(Fault(table.source, heading, None, message, line, number))
        elif field_ is not None:
            found[field_] = (number, heading)
        elif not PERSONAL_WORDS.intersection(normalised(heading).split("_")):
            message = f"unknown column; remove it, or name it one of {', '.join(columns.names)}"
            if not heading.strip():
                message = "this column has no heading; name it or remove it"
            unknown.append(Fault(table.source, heading, None, message, line, number))
    if not found:
        message = "the first line has no known heading; begin with a line such as " + ",".join(
            columns.required
        )
        raise InputError([*table.faults, Fault(table.source, "", None, message, line, 1)])
    table.faults += unknown
    for field_ in columns.required:
        if field_ not in found:
            message = "this column is missing; add it"
            table.faults.append(Fault(table.source, field_, None, message, line))
    return found
