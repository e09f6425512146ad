"""CSV files as named cells: separators, headings, and what is left out on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatch.errors import InputError
from dispatch.files.csvfile import Columns, Table, read_table
from dispatch.files.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = Columns({"id": ("numero",), "size": ("taille",), "note": ()}, required=("id", "size"))
LIMITS = Limits(file_mb=0.01, rows=5, text_chars=20, duration_max_min=60, commune_margin_m=0)


def _table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Table:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, COLUMNS, LIMITS)


def _faults(table: Table) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(InputError) as caught:
        table.raise_faults()
    return [(fault.where, fault.line, fault.column) for fault in caught.value.faults]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_separator_and_encoding_are_found_out(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    """French and English exports give the same cells."""
    text = f"Numéro;Taille;Note\nA;1;été\nB;2;{'' if separator == ',' else 'x,y'}\n"
    table = _table(tmp_path, text.replace(";", separator), encoding)
    table.raise_faults()
    assert dict(table.rows[0].cells) == {"id": "A", "size": "1", "note": "été"}
    assert table.columns["size"] == (2, "Taille")


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Blank lines are passed over, and a cell of two lines moves those that follow."""
    text = 'id,size,note\n\nA,1,"two\nlines"\n,,\nB,2,\n'
    table = _table(tmp_path, text)
    assert [(row.line, row.cells["id"]) for row in table.rows] == [(3, "A"), (6, "B")]


def test_a_line_with_too_few_or_too_many_cells_is_told(tmp_path: Path) -> None:
    """A decimal comma without quotes makes one cell too many; the remedy says so."""
    table = _table(tmp_path, "id,size\nA,1\nB\nC,1,5\n")
    assert _faults(table) == [("", 3, None), ("", 4, None)]
    assert "decimal comma" in table.faults[1].message


def test_headings_that_are_unknown_double_or_missing_are_told_together(tmp_path: Path) -> None:
    """Each with its column; the missing one has none."""
    table = _table(tmp_path, "id,colour,Numero,\nA,red,A,\n")
    found = sorted(_faults(table), key=str)
    assert found == [("", 1, 4), ("Numero", 1, 3), ("colour", 1, 2), ("size", 1, None)]


@pytest.mark.parametrize(
    "heading",
    ["Demandeur - Demandeur", "Téléphone", "e-mail", "NOM", "Prénom", "Requester", "User name"],
)
def test_personal_data_are_dropped_unread(tmp_path: Path, heading: str) -> None:
    """The column is accepted, and neither rows nor faults hold any of it."""
    table = _table(tmp_path, f"id;size;{heading}\nA;1;Jeanne Secret\nB;2;{'Secret' * 9}\nC;3\n")
    assert set(table.columns) == {"id", "size"}
    with pytest.raises(InputError) as caught:
        table.raise_faults()
    assert "Secret" not in f"{caught.value}{table.rows}{caught.value.faults}"


def test_a_file_without_any_known_heading_is_refused_at_once(tmp_path: Path) -> None:
    """What should stand on the first line is said."""
    with pytest.raises(InputError, match="begin with a line such as id,size"):
        _table(tmp_path, "a;b\n1;2\n")


def test_headings_without_rows_are_refused(tmp_path: Path) -> None:
    """A file that plans nothing is a mistake."""
    assert _faults(_table(tmp_path, "id,size\n")) == [("", 1, None)]


def test_rows_and_texts_are_bounded(tmp_path: Path) -> None:
    """The sixth row of five, and the 21st character of 20, are too many."""
    table = _table(tmp_path, "id,size\n" + f"{'x' * 21},1\n" + "A,1\n" * 5)
    assert _faults(table) == [("id", 2, 1), ("", 7, None)]
    with pytest.raises(InputError, match=r"larger than 0\.01 MB"):
        _table(tmp_path, "id,size\n" + "A,1\n" * 5000)


@pytest.mark.slow
@pytest.mark.parametrize("text", ['id,size\nA,"1\nB,2\n', 'id,size\nA,"1"2\n'])
def test_a_quote_that_is_not_closed_is_told_where_it_opens(tmp_path: Path, text: str) -> None:
    """The rest of the file cannot be told apart, so the fault is the line's."""
    table = _table(tmp_path, text)
    assert _faults(table) == [("", 2, None)]
    assert "check the quotes" in table.faults[0].message
