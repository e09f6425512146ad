"""Text files as input: read whole within bounds, decoded, and parsed without silent losses.

A fault of the file itself (missing, a folder, too large, not text, not JSON) becomes an
`InputError` here, so that no other module handles an `OSError`.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, NoReturn

from dispatch.errors import Fault, InputError
from dispatch.files.positions import Positions

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000
BOM = "\ufeff"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_STRING_OR_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|(NaN|-?Infinity)')


def _broken(
    source: str, message: str, line: int | None = None, column: int | None = None
) -> NoReturn:
    raise InputError([Fault(source, "", None, message, line, column)])


def read_text(path: Path, *, max_mb: float, cp1252: bool = False) -> str:
    """
    Return the text of a file, without byte order mark.

    Parameters
    ----------
    path
        The file.
    max_mb
        Its largest size (megabytes).
    cp1252
        Whether text that is not UTF-8 may be Windows-1252, as French office tools write it.

    Raises
    ------
    InputError
        When the file is absent, a folder, unreadable, empty, too large, or not text.
    """
    return text_of(read_content(path, max_mb=max_mb), path.name or str(path), cp1252=cp1252)


def text_of(content: bytes, source: str, *, cp1252: bool = False) -> str:
    """
    Return the text of a file's content, without byte order mark.

    Parameters
    ----------
    content
        What the file holds.
    source
        The file's name.
    cp1252
        As in `read_text`.

    Raises
    ------
    InputError
        When it is empty, or not text.
    """
    if content.startswith(UTF16_MARKS):
        _broken(source, "is UTF-16; save it as UTF-8")
    if (at := content.find(b"\0")) >= 0:
        line, column = content.count(b"\n", 0, at) + 1, at - content.rfind(b"\n", 0, at)
        _broken(
            source, "holds a NUL byte, so it is not a text file; save it as UTF-8", line, column
        )
    text = _decoded(content, source, cp1252=cp1252).removeprefix(BOM)
    if not text.strip():
        _broken(source, "is empty; put in it what docs/formats.md describes")
    return text


def read_content(path: Path, *, max_mb: float) -> bytes:
    """
    Return the content of a file.

    Parameters
    ----------
    path
        The file.
    max_mb
        Its largest size (megabytes).

    Raises
    ------
    InputError
        When the file is absent, a folder, unreadable or too large.
    """
    content = read_beginning(path, int(max_mb * MEGABYTE) + 1)
    if len(content) > max_mb * MEGABYTE:
        source = path.name or str(path)
        _broken(source, f"is larger than {max_mb:g} MB; split it into smaller files")
    return content


def read_beginning(path: Path, size: int) -> bytes:
    """
    Return the first `size` bytes of a file.

    Raises
    ------
    InputError
        When the file is absent, a folder or unreadable.
    """
    source = path.name or str(path)
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        _broken(source, f"there is no such file; check the path {str(path)!r}")
    except IsADirectoryError:
        _broken(source, f"{str(path)!r} is a folder; name a file in it")
    except (OSError, ValueError) as exc:  # ValueError: a NUL byte in the path
        _broken(source, f"cannot be read ({exc}); check the path and its permissions")


def _decoded(content: bytes, source: str, *, cp1252: bool) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        before = content[: exc.start].decode("utf-8")
    if not cp1252:
        _broken(source, "is not UTF-8 text; save it as UTF-8", *_place(before, None))
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as exc:
        before = content[: exc.start].decode("cp1252")
        message = "is neither UTF-8 nor Windows-1252 text; save it as UTF-8"
        _broken(source, message, *_place(before, None))
    # Pictures and archives often decode as Windows-1252; text has no such characters.
    if found := re.search(r"[\x01-\x08\x0e-\x1f]", text):
        message = "is not a text file; export it as CSV in UTF-8"
        _broken(source, message, *_place(text, found.start()))
    return text


def _place(text: str, at: int | None) -> tuple[int, int]:
    """Return line and column, from 1, of a character, or of the end of the text (None)."""
    at = len(text) if at is None else at
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def parse_json(text: str, source: str) -> Any:  # noqa: ANN401 - a document may be anything
    """
    Return a JSON text as Python objects; refuse double keys, NaN and Infinity.

    Raises
    ------
    InputError
        When it is not JSON, names a key twice in one object, or holds NaN or Infinity.
    """
    doubles = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubles
        made = dict(items)
        doubles |= len(made) < len(items)
        return made

    def constant(name: str) -> NoReturn:
        # The parser does not give the place. Strings may hold the word, so they are skipped.
        at = next(token.start() for token in _STRING_OR_CONSTANT.finditer(text) if token[1])
        _broken(source, f"{name} is not a number in JSON; write a finite one", *_place(text, at))

    try:
        document = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as exc:
        _broken(source, f"not valid JSON: {exc.msg}; correct it here", exc.lineno, exc.colno)
    except RecursionError:
        _broken(source, "nested too deeply to be a file of this format; flatten it")
    except ValueError:  # Python refuses to read integers of over 4,300 digits
        _broken(source, "holds a whole number with thousands of digits; correct it")
    if doubles:
        raise InputError(
            Fault(source, name, None, "this key stands twice in one object; keep one", line, column)
            for name, (line, column) in Positions(text, "json").double_keys()
        )
    return document


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """
    Return a TOML text as Python objects.

    Raises
    ------
    InputError
        When it is not TOML; with line and column where the parser tells them.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        what, line, column = str(exc), None, None
        if found := re.search(r" \(at line (\d+), column (\d+)\)$", what):
            what, line, column = what[: found.start()], int(found[1]), int(found[2])
        _broken(source, f"not valid TOML: {what}; correct it here", line, column)
    except RecursionError:
        _broken(source, "nested too deeply to be a file of this format; flatten it")
    except ValueError:
        _broken(source, "holds a whole number with thousands of digits; correct it")
