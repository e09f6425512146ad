"""What the editor JOSM marks as deleted in its files: libosmium does not read that mark.

JOSM keeps deleted elements in a file, with `action="delete"`, until they are uploaded.
"""

from __future__ import annotations

import bz2
import gzip
from typing import TYPE_CHECKING, BinaryIO, cast
from xml.parsers import expat

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 20
# JOSM writes the mark with single quotes; other programs may write it with double ones.
_MARKS = (b'action="delete"', b"action='delete'", b'action = "delete"')
_LONGEST = max(map(len, _MARKS))


def deleted_elements(path: Path) -> frozenset[tuple[str, int]]:
    """
    Return the kind (node, way, relation) and id of each element that is marked as deleted.

    Only .osm files, also compressed ones, are searched: no other format knows the mark. A file that
    is not whole gives what was found until then; reading it in earnest says what is wrong.
    """
    if path.name.endswith(".pbf"):
        return frozenset()
    try:
        if not _has_mark(path):
            return frozenset()
        return _marked(path)
    except (OSError, EOFError, expat.ExpatError, ValueError):
        return frozenset()


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return cast("BinaryIO", bz2.open(path, "rb")) if path.suffix == ".bz2" else path.open("rb")


def _has_mark(path: Path) -> bool:
    before = b""
    with _open(path) as file:
        while chunk := file.read(CHUNK):
            if any(mark in before + chunk for mark in _MARKS):
                return True
            before = chunk[-_LONGEST:]
    return False


def _marked(path: Path) -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()

    def started(name: str, values: dict[str, str]) -> None:
        if name in {"node", "way", "relation"} and values.get("action") == "delete":
            found.add((name, int(values["id"])))

    def refused(*_: object) -> None:
        msg = "defines entities"
        raise ValueError(msg)

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    # A file that defines entities may be made to fill the memory.
    parser.EntityDeclHandler = refused
    with _open(path) as file:
        while chunk := file.read(CHUNK):
            parser.Parse(chunk, False)
    return frozenset(found)
