"""Positions of values in a JSON or TOML text, and validation errors as faults with positions.

pydantic says which value is wrong (`("visits", 3, "duration_s")`). The parsers of the standard
library do not keep its position; tree-sitter's do. Its tree is built only when there is a fault.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import tree_sitter
import tree_sitter_json
import tree_sitter_toml

from dispatch.errors import VALUE_SHOWN, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Kind = Literal["json", "toml"]
Path = tuple[str | int, ...]
GRAMMARS = {"json": tree_sitter_json.language, "toml": tree_sitter_toml.language}


@cache
def _language(kind: Kind) -> tree_sitter.Language:
    return tree_sitter.Language(GRAMMARS[kind]())


class _KeyNode:
    """A key or element of the document: where it is named, where its value is, what is inside."""

    __slots__ = ("_children", "key", "node")

    def __init__(self, node: tree_sitter.Node, key: tree_sitter.Node | None = None) -> None:
        self.node = node
        self.key = key or node
        self._children: dict[str | int, _KeyNode] | None = None

    @property
    def children(self) -> dict[str | int, _KeyNode]:
        """Return what is inside, by key or index; read when first asked for."""
        if self._children is None:
            self._children = {}
            if self.node.type in ("object", "inline_table"):
                for pair in self.node.named_children:
                    if pair.type == "pair":
                        _add_pair(self, pair)
            elif self.node.type == "array":
                values = [node for node in self.node.named_children if node.type != "comment"]
                self._children.update((index, _KeyNode(node)) for index, node in enumerate(values))
        return self._children


def _keys(node: tree_sitter.Node) -> list[str]:
    """Return the names in a key: one in JSON, one or more (dotted) in TOML."""
    text = (node.text or b"").decode("utf-8", "replace")
    try:
        if node.type == "string":
            return [str(json.loads(text))]
        table: Any = tomllib.loads(f"{text} = 0")
    except (ValueError, RecursionError):
        return [text]
    names = []
    while isinstance(table, dict):
        name = next(iter(table))
        names.append(name)
        table = table[name]
    return names


def _inside(entry: _KeyNode, names: Sequence[str], node: tree_sitter.Node) -> _KeyNode:
    """Go down through tables, making those that a dotted key implies; an array means its last."""
    for name in names:
        entry = entry.children.setdefault(name, _KeyNode(node))
        if entry.node.type == "table_array_element" and entry.children:
            entry = list(entry.children.values())[-1]
    return entry


def _add_pair(entry: _KeyNode, pair: tree_sitter.Node) -> None:
    named = [node for node in pair.named_children if node.type != "comment"]
    if len(named) < 2:
        return
    *above, last = _keys(named[0])
    # As the parsers do, the last of two equal keys counts.
    _inside(entry, above, named[0]).children[last] = _KeyNode(named[1], named[0])


def _toml_root(document: tree_sitter.Node) -> _KeyNode:
    root = _KeyNode(document)
    for node in document.named_children:
        if node.type == "pair":
            _add_pair(root, node)
        elif node.type in ("table", "table_array_element"):
            named = [child for child in node.named_children if child.type != "comment"]
            if not named:
                continue
            *above, last = _keys(named[0])
            table = _inside(root, above, node)
            if node.type == "table":
                table = _inside(table, [last], node)
            else:
                elements = table.children.setdefault(last, _KeyNode(node))
                table = elements.children.setdefault(len(elements.children), _KeyNode(node))
            for pair in named[1:]:
                if pair.type == "pair":
                    _add_pair(table, pair)
    return root


class Positions:
    """
    The positions of everything in one text.

    Parameters
    ----------
    text
        The document.
    kind
        "json" or "toml".
    """

    def __init__(self, text: str, kind: Kind) -> None:
        source = text.encode("utf-8", "surrogatepass")
        self._lines = source.split(b"\n")
        self._tree = tree_sitter.Parser(_language(kind)).parse(source)
        document = self._tree.root_node
        if kind == "toml":
            self._root = _toml_root(document)
        else:
            values = [node for node in document.named_children if node.type != "ERROR"]
            self._root = _KeyNode(values[0] if values else document)

    def _at(self, node: tree_sitter.Node) -> tuple[int, int]:
        row, column = node.start_point
        before = self._lines[row][:column] if row < len(self._lines) else b""
        return row + 1, len(before.decode("utf-8", "replace")) + 1

    def known(self, path: Sequence[str | int]) -> Path:
        """Return the longest beginning of `path` that exists in the document."""
        entry, found = self._root, []
        for part in path:
            if part not in entry.children:
                break
            entry = entry.children[part]
            found.append(part)
        return tuple(found)

    def locate(self, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
        """
        Return line and column, from 1, of a value, or of the nearest thing around it that exists.

        Parameters
        ----------
        path
            Keys and indices (from 0) from the root.
        key
            Whether to point at the value's key instead, where it has one.
        """
        entry = self._root
        for part in self.known(path):
            entry = entry.children[part]
        return self._at(entry.key if key else entry.node)

    def double_keys(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield each key of a JSON object that stood there before, with its position."""
        pending = [self._tree.root_node]
        while pending:
            node = pending.pop()
            pending.extend(reversed(node.named_children))
            if node.type == "object":
                seen: Counter[str] = Counter()
                for pair in node.named_children:
                    if pair.type == "pair" and pair.named_children:
                        [name] = _keys(pair.named_children[0])
                        seen[name] += 1
                        if seen[name] > 1:
                            yield name, self._at(pair)


# Faults of one text are located one by one: its tree is built once.
_positions = lru_cache(maxsize=1)(Positions)


def locate(text: str, path: Sequence[str | int], kind: Kind = "json") -> tuple[int, int] | None:
    """
    Return line and column, both from 1 (in characters), of a value in a JSON or TOML text.

    Parameters
    ----------
    text
        The document.
    path
        Keys and indices from the root, as in pydantic's `loc`.
    kind
        "json" or "toml".

    Returns
    -------
    position
        None when there is no such value.
    """
    positions = _positions(text, kind)
    return positions.locate(path) if positions.known(path) == tuple(path) else None


def path_text(path: Sequence[str | int]) -> str:
    """Return a path as people write it: `visits[3].duration_s`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


WORDS = {
    "extra_forbidden": "unknown key; correct its spelling or remove it",
    "missing": "is missing; add it",
    "missing_argument": "an element is missing; add it",
    "unexpected_positional_argument": "one element too many; remove it",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number, without decimals",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a finite number",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list [...]",
    "tuple_type": "must be a list [...]",
    "frozen_set_type": "must be a list [...] without doubles",
    "dict_type": "must be a group of keys {{...}}",
    "mapping_type": "must be a group of keys {{...}}",
    "model_type": "must be a group of keys {{...}}",
    "model_attributes_type": "must be a group of keys {{...}}",
    "time_type": "must be a time such as 08:30:00, without quotes",
    "date_type": "must be a date such as 2026-11-25",
    "date_parsing": "must be a date such as 2026-11-25",
    "date_from_datetime_parsing": "must be a date such as 2026-11-25",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_short": "must not be empty (at least {min_length} characters)",
    "string_too_long": "must have at most {max_length} characters; shorten it",
    "string_pattern_mismatch": "must look like {pattern}",
    "too_short": "must have at least {min_length} elements",
    "too_long": "must have at most {max_length} elements",
    "none_required": "must be null or left out",
    "literal_error": "must be {expected}",
}


def _shown(value: object) -> str | None:
    """Return a found value as the document writes it; None for what is too large to show."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | tuple):
        if len(value) > VALUE_SHOWN:
            return None
        text = json.dumps(value, ensure_ascii=False, default=str)
        return text if len(text) <= VALUE_SHOWN else None
    return str(value)


def message_of(found: ErrorDetails) -> str:
    """Return one of pydantic's errors in plain words: what is wrong, and so what to write."""
    template = WORDS.get(found["type"])
    if template is None:
        return str(found.get("ctx", {}).get("error", found["msg"]))
    return template.format(**found.get("ctx", {}))


def _not_json(source: str, found: ErrorDetails) -> Fault:
    what, line, column = str(found.get("ctx", {}).get("error", found["msg"])), None, None
    if at := re.search(r" at line (\d+) column (\d+)$", what):
        what, line, column = what[: at.start()], int(at[1]), int(at[2])
    return Fault(source, "", None, f"not valid JSON: {what}; correct it here", line, column)


def faults_of(
    error: ValidationError, source: str, text: str, kind: Kind = "json", *, root: Path = ()
) -> list[Fault]:
    """
    Turn a validation error into faults with position and value, in plain words.

    Parameters
    ----------
    error
        What pydantic raised on the parsed document.
    source
        Name of the file, for people.
    text
        The document, from which positions are taken.
    kind
        "json" or "toml".
    root
        Path of what was validated, when that was a part of the document only.

    Returns
    -------
    faults
        In the order of the document, one for each place and message.
    """
    positions = _positions(text, kind)
    faults: dict[Fault, None] = {}
    for found in error.errors(include_url=False):
        kind_of = found["type"]
        if kind_of == "default_factory_not_called":
            continue  # only says that another value of the same object is wrong
        if kind_of == "json_invalid":  # such as half a surrogate pair, which `json` lets pass
            faults[_not_json(source, found)] = None
            continue
        path = root + tuple(found["loc"])
        known = positions.known(path)
        # pydantic adds names of union members and functions, which no document contains.
        where = path[: len(known) + 1] if kind_of == "missing" else known
        message = message_of(found)
        absent = kind_of in ("missing", "missing_argument")
        value = None if absent else _shown(found["input"])
        line, column = positions.locate(known, key=kind_of == "extra_forbidden")
        faults[Fault(source, path_text(where), value, message, line, column)] = None
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))
