"""Where a value stands in JSON and TOML, and validation errors in plain words."""

from __future__ import annotations

import json
import tomllib
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.files.positions import Positions, faults_of, locate, path_text

JSON = """{"format": "x",
 "visits": [{"id": "é", "duration_s": 5},
            {"id": "b", "windows_s": [[1, 2], [3]]}]}"""

TOML = """a = 1
b.c = "é"  # comment
[t]
k = [1, # comment
  2]
[t.u]
z = {d = 1, "e f".g = 2}
[[row]]
n = 1
[row.sub]
m = 2
[[row]]
[[row.deep]]
y = 1
[[row.deep]]
y = 2
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (1, 1)),
        (("format",), (1, 12)),
        (("visits", 0), (2, 13)),
        (("visits", 0, "duration_s"), (2, 39)),
        (("visits", 1, "windows_s", 1, 0), (3, 48)),
    ],
)
def test_a_json_value_is_found_by_line_and_character(
    path: tuple[str | int, ...], expected: tuple[int, int]
) -> None:
    """Columns count characters, not the two bytes of an accented letter."""
    assert locate(JSON, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), (1, 5)),
        (("b", "c"), (2, 7)),
        (("t", "k", 1), (5, 3)),
        (("t", "u", "z", "d"), (7, 10)),
        (("t", "u", "z", "e f", "g"), (7, 23)),
        (("row", 0, "n"), (9, 5)),
        (("row", 0, "sub", "m"), (11, 5)),
        (("row", 1), (12, 1)),
        (("row", 1, "deep", 1, "y"), (16, 5)),
    ],
)
def test_a_toml_value_is_found_under_tables_dotted_keys_and_arrays_of_tables(
    path: tuple[str | int, ...], expected: tuple[int, int]
) -> None:
    """Every way in which TOML nests leads to the same kind of path."""
    assert locate(TOML, path, "toml") == expected


@pytest.mark.parametrize("path", [("absent",), ("visits", 2), ("visits", "id"), ("format", 0)])
def test_a_path_that_is_not_there_has_no_position(path: tuple[str | int, ...]) -> None:
    """A missing key, an index past the end and a step into text are all None."""
    assert locate(JSON, path) is None


def test_the_nearest_thing_around_a_missing_value_is_known() -> None:
    """The position of what is missing is that of what should hold it."""
    positions = Positions(JSON, "json")
    assert positions.known(("visits", 1, "priority")) == ("visits", 1)
    assert positions.locate(("visits", 1, "priority")) == (3, 13)


def test_broken_json_still_has_positions() -> None:
    """The grammar recovers from an error, so that what stands before it is found."""
    assert locate('{"a": 1, "b": [2, }', ("a",)) == (1, 7)


def test_paths_are_written_as_people_write_them() -> None:
    """Indices stand in brackets, keys after points."""
    assert path_text(("visits", 3, "windows_s", 0)) == "visits[3].windows_s[0]"
    assert path_text(()) == ""


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: Annotated[int, Field(ge=1)]
    label: str = ""


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inner: _Inner
    numbers: list[int]


def _error_of(text: str) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        _Outer.model_validate_json(text)
    return caught.value


def test_every_error_becomes_a_fault_with_position_value_and_remedy() -> None:
    """One text with four faults gives four, in the order of the text."""
    text = '{"numbers": [1, "2"],\n "inner": {"size": 0, "lable": "x"}, "more": null}'
    shown = [str(fault) for fault in faults_of(_error_of(text), "p.json", text)]
    assert shown == [
        "p.json:1:17: numbers[1]: must be a whole number, without quotes (found '2')",
        "p.json:2:20: inner.size: must be at least 1 (found '0')",
        "p.json:2:23: inner.lable: unknown key; correct its spelling or remove it (found 'x')",
        "p.json:2:38: more: unknown key; correct its spelling or remove it (found 'null')",
    ]


def test_a_missing_key_is_reported_where_it_should_stand() -> None:
    """The fault names the key, and points to the object without it."""
    text = '{"numbers": [],\n "inner": {"label": "x"}}'
    [fault] = faults_of(_error_of(text), "p.json", text)
    assert (fault.where, fault.line, fault.column, fault.value) == ("inner.size", 2, 11, None)
    assert fault.message == "is missing; add it"


def test_a_fault_of_a_part_is_located_in_the_whole() -> None:
    """What was validated apart from its document is still found in it."""
    with pytest.raises(ValidationError) as caught:
        _Inner.model_validate({"size": 0})
    text = '{"x": [{"size": 0}]}'
    [fault] = faults_of(caught.value, "p.json", text, root=("x", 0))
    assert (fault.where, fault.line, fault.column) == ("x[0].size", 1, 17)


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [path] + [found for key, inner in steps for found in _paths(inner, (*path, key))]


@given(_JSON_VALUES, st.sampled_from([None, 1]))
def test_any_json_value_stands_where_it_is_said_to_stand(value: Any, indent: int | None) -> None:  # noqa: ANN401
    """What begins at the position of a path is that path's value, whatever the document."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    lines = text.split("\n")
    for path in _paths(value):
        position = locate(text, path)
        assert position is not None
        line, column = position
        expected = value
        for key in path:
            expected = expected[key]
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == expected


@given(
    st.dictionaries(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), st.integers(), min_size=1)
)
def test_any_flat_toml_value_stands_where_it_is_said_to_stand(values: dict[str, int]) -> None:
    """What begins at the position of a key is that key's value."""
    text = "[table]\n" + "".join(f"  {key} = {value}\n" for key, value in values.items())
    assert tomllib.loads(text) == {"table": values}
    for key, value in values.items():
        position = locate(text, ("table", key), "toml")
        assert position is not None
        line, column = position
        assert int(text.split("\n")[line - 1][column - 1 :]) == value


@pytest.mark.slow
@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    """A text that is neither JSON nor TOML has at least a position for the whole."""
    for kind in ("json", "toml"):
        line, column = Positions(text, kind).locate(("a", 0))
        assert line >= 1
        assert column >= 1
