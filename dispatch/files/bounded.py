"""Binary files as input, within bounds: no more is read, or unpacked, than the settings allow.

Archives announce how large they are unpacked, and `zipfile` never unpacks more than that;
compressed streams announce nothing, so they are unpacked once, in pieces, and counted.
"""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NoReturn
from xml.parsers import expat

from dispatch.errors import InputError
from dispatch.files.textfile import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

CHUNK = 1 << 20
# Functions that open a compressed file, by the end of its name.
OPENERS: dict[str, Callable[[BinaryIO], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
# Errors of gzip, bz2 and zipfile on other files.
BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile)


def _refuse(source: str, message: str) -> NoReturn:
    raise InputError.one(source, message)


def read_bytes(path: Path, *, max_mb: float, setting: str) -> bytes:
    """
    Return the content of a file.

    Parameters
    ----------
    path
        The file.
    max_mb
        Its largest size (megabytes).
    setting
        Where that bound is set, for people: "file_mb in [roads] of the service file".

    Raises
    ------
    InputError
        When the file is too large.
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(int(max_mb * MEGABYTE) + 1)
    if len(content) > max_mb * MEGABYTE:
        _refuse(path.name, too_large(max_mb, setting))
    return content


def too_large(max_mb: float, setting: str, *, unpacked: bool = False) -> str:
    """Return the error of a file that is too large, with the bound and its setting."""
    when = " when unpacked" if unpacked else ""
    return f"is larger than {max_mb:g} MB{when}; give a smaller one, or raise {setting}"


def judge_archive(content: bytes, source: str, *, max_mb: float, setting: str) -> None:
    """
    Refuse an archive (zip) whose content is too large; other files pass.

    Raises
    ------
    InputError
        When it announces more.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (*BROKEN, NotImplementedError):
        return  # the reader reports the fault
    if size > max_mb * MEGABYTE:
        _refuse(source, too_large(max_mb, setting, unpacked=True))


def judge_xml(path: Path, *, max_mb: float, setting: str) -> None:
    """
    Refuse an XML file, compressed or not, that is too large or defines entities.

    With entities a small text grows without end, or names other files.

    Raises
    ------
    InputError
        When it is refused.
    OSError
        When it cannot be read.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> NoReturn:
        _refuse(path.name, "defines entities, as no road graph does; save it without")

    parser.EntityDeclHandler = refuse
    size = 0
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(path.open("rb"))
        if (opener := OPENERS.get(path.suffix)) is not None:
            file = stack.enter_context(opener(file))
        try:
            while piece := file.read(CHUNK):
                size += len(piece)
                if size > max_mb * MEGABYTE:
                    _refuse(path.name, too_large(max_mb, setting, unpacked=path.suffix in OPENERS))
                parser.Parse(piece)
            parser.Parse(b"", True)
        except (*BROKEN, expat.ExpatError):
            return  # the reader fails there too, and reports the fault
