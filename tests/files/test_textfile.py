"""Files read within bounds, and JSON and TOML parsed without silent losses."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Fault, InputError
from dispatch.files.textfile import parse_json, parse_toml, read_text

if TYPE_CHECKING:
    from pathlib import Path


def _fault(path: Path, *, cp1252: bool = False) -> Fault:
    with pytest.raises(InputError) as caught:
        read_text(path, max_mb=0.001, cp1252=cp1252)
    [fault] = caught.value.faults
    return fault


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """Each says what was found at the path."""
    assert "no such file" in _fault(tmp_path / "no.csv").message
    assert "is a folder" in _fault(tmp_path).message
    assert "cannot be read" in _fault(tmp_path / "a\0b").message


@pytest.mark.parametrize(
    ("content", "words", "position"),
    [
        (b"", "is empty", (None, None)),
        (b"\xef\xbb\xbf \r\n", "is empty", (None, None)),
        (b"x" * 1001, "larger than 0.001 MB", (None, None)),
        (b"ab\nc\0d", "NUL byte", (2, 2)),
        (b"\xff\xfea\0", "UTF-16", (None, None)),
        ("ab\nhél".encode("cp1252"), "not UTF-8", (2, 2)),
    ],
)
def test_what_is_no_text_is_refused_with_its_position(
    tmp_path: Path, content: bytes, words: str, position: tuple[int | None, int | None]
) -> None:
    """Empty, too large, NUL bytes and other encodings each have their own message."""
    path = tmp_path / "f.toml"
    path.write_bytes(content)
    fault = _fault(path)
    assert words in fault.message
    assert (fault.line, fault.column) == position


def test_french_office_encoding_is_read_where_it_is_allowed(tmp_path: Path) -> None:
    """Windows-1252 is decoded; a picture, which has control characters, is not taken for it."""
    path = tmp_path / "f.csv"
    path.write_bytes("Échéance à l'œil €".encode("cp1252"))
    assert read_text(path, max_mb=1, cp1252=True) == "Échéance à l'œil €"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert "not a text file" in _fault(path, cp1252=True).message
    path.write_bytes(b"ab\n\x81")
    fault = _fault(path, cp1252=True)
    assert "neither UTF-8 nor Windows-1252" in fault.message
    assert (fault.line, fault.column) == (2, 1)


def test_the_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    """A file saved by a spreadsheet reads as one saved by an editor."""
    path = tmp_path / "f.csv"
    path.write_bytes(b"\xef\xbb\xbfid")
    assert read_text(path, max_mb=1) == "id"


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ('{"a": 1,\n 2}', "not valid JSON", (2, 2)),
        ('{"a": 1,\n "a": 2}', "twice", (2, 2)),
        ('["NaN",\n NaN]', "NaN is not a number", (2, 2)),
        ("[" * 100_000, "nested too deeply", (None, None)),
        ("[1" + "0" * 5000 + "]", "thousands of digits", (None, None)),
    ],
)
def test_json_that_loses_something_is_refused(
    text: str, words: str, position: tuple[int | None, int | None]
) -> None:
    """Double keys and NaN, which the standard parser lets pass, are faults like bad syntax."""
    with pytest.raises(InputError) as caught:
        parse_json(text, "p.json")
    [fault] = caught.value.faults
    assert words in fault.message
    assert (fault.line, fault.column) == position


def test_every_double_key_is_told() -> None:
    """Two objects with a double key each give two faults."""
    with pytest.raises(InputError) as caught:
        parse_json('[{"a": 1, "a": 1}, {"b": 1, "c": 1, "b": 1}]', "p.json")
    assert [(f.where, f.column) for f in caught.value.faults] == [("a", 11), ("b", 37)]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a = 1\nb = = 2\n", (2, 5)),
        ("a = 1\na = 2\nb = 3", (2, 6)),
        ("a = " + "[" * 5000, (None, None)),
        ("a = 1" + "0" * 5000, (None, None)),
    ],
)
def test_broken_toml_is_refused_with_its_position(
    text: str, position: tuple[int | None, int | None]
) -> None:
    """Line and column are those of the parser."""
    with pytest.raises(InputError) as caught:
        parse_toml(text, "s.toml")
    [fault] = caught.value.faults
    assert (fault.line, fault.column) == position


@pytest.mark.slow
@given(st.text())
def test_no_text_raises_anything_but_an_input_error(text: str) -> None:
    """Whatever is written in a file, the parsers either read it or say what is wrong."""
    for parse in (parse_json, parse_toml):
        with suppress(InputError):
            parse(text, "f")
