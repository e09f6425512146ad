"""Where compiled kernels are stored: a folder of their own for each state of their sources.

numba compiles a stored function anew when the function's own file changes. That is too little
here. The compiler copies what a kernel calls, and the constants that it reads, into the kernel:
an edit in one file leaves stale kernels in others. So the folder's name is a digest, the
stamp, over the contents of every file whose code or constants a kernel may hold, and over the
versions of the compiler. Time stamps and sizes do not matter. A kernel of another state
is never found, and never overwritten: several versions may share one `NUMBA_CACHE_DIR`.

The stamp covers

- every file of the package that imports numba or the decorators of `kernel`;
- every module of the package that such a file imports from, for types as well: their constants
  are frozen into kernels, and the order of a named tuple's fields is the layout of an argument.

It does not cover the rest of the package. An edit of a report, or of a stage of the search
that holds no kernel, compiles nothing anew. A kernel may therefore use a constant only where a
covered file writes its value; a test holds that.

Python, too, tells by whole seconds and size whether the bytecode of a module is stale. For
the covered files it is asked to compare contents (PEP 552): otherwise a kernel of the new
stamp could be made from the old bytecode.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from contextlib import suppress
from functools import cache
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import llvmlite
import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

if TYPE_CHECKING:
    from collections.abc import Iterator

# This package's folder, and the module whose decorators make kernels.
ROOT = Path(__file__).resolve().parents[__name__.count(".") - 1]
DECORATORS = __name__.rpartition(".")[0] + ".kernel"

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.M
)
_COMMENT = re.compile(rb"#[^\n]*")
# Of "one, two as three": "one", "two".
_NAME = re.compile(r"(?<!\bas )\b(?!as\b)[\w.]+")
# How bytecode begins that Python compares with the contents of its source.
_BY_CONTENTS = MAGIC_NUMBER + (0b11).to_bytes(4, "little")


class Sources(NamedTuple):
    """The files that kernels are made from, as this process found them."""

    stamp: str
    # Each file with its time of change (ns), size and file number.
    files: dict[str, tuple[int, int, int]]

    def unchanged(self) -> bool:
        """Return whether the files are still those that the stamp was taken of."""
        try:
            return all(_state(path) == state for path, state in self.files.items())
        except OSError:
            return False


@cache
def sources() -> Sources:
    """Return the files that kernels are made from, and their stamp; read once a process."""
    # Strings: with paths this takes twice as long, and every process does it.
    states, texts = {}, {}
    for folder, _, names in os.walk(ROOT):
        for name in names:
            if name.endswith(".py"):
                path = f"{folder}{os.sep}{name}"
                # An editor's lock is a link to nowhere.
                with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123
                    states[path] = _state(path)
                    texts[path] = file.read()
    covered = _covered(texts)
    digest = hashlib.sha256()
    for library in (llvmlite, numba, np):
        digest.update(f"{library.__name__} {library.__version__}\0".encode())
    for path in covered:
        where = Path(path).relative_to(ROOT).as_posix()
        digest.update(f"{where} {len(texts[path])}\0".encode())
        digest.update(texts[path])
    return Sources(digest.hexdigest()[:16], {path: states[path] for path in covered})


def _covered(texts: dict[str, bytes]) -> list[str]:
    """Return the files that hold kernels, and those that they import from, of all files."""
    found = set()
    for path, text in texts.items():
        if b"kernel" in text or b"numba" in text:
            modules = list(_imported(text, texts))
            if any(name == DECORATORS or name.split(".")[0] == "numba" for name in modules):
                files = (_file(name, texts) for name in modules)
                found |= {path, *(file for file in files if file is not None)}
    return sorted(found)


def _imported(text: bytes, texts: dict[str, bytes]) -> Iterator[str]:
    """Yield the modules that a file imports, wherever it does so."""
    for parent, some, plain in _IMPORT.findall(_COMMENT.sub(b"", text)):
        for name in _NAME.findall((some or plain).decode()):
            module = f"{parent.decode()}.{name}" if parent else name
            yield module if _file(module, texts) is not None or not parent else parent.decode()


def _file(module: str, texts: dict[str, bytes]) -> str | None:
    """Return the file of a module of this package."""
    if module.split(".")[0] != ROOT.name:
        return None
    path = f"{ROOT.parent}{os.sep}{module.replace('.', os.sep)}"
    found = (f"{path}.py", f"{path}{os.sep}__init__.py")
    return next((file for file in found if file in texts), None)


def _state(path: str) -> tuple[int, int, int]:
    """Return what changes when a file is replaced."""
    found = os.stat(path)  # noqa: PTH116
    return found.st_mtime_ns, found.st_size, found.st_ino


def _compare_bytecode_by_contents() -> None:
    """Write the bytecode of the covered files such that Python compares it by contents."""
    if sys.dont_write_bytecode:
        return
    for path in sources().files:
        bytecode = Path(cache_from_source(path))
        try:
            with bytecode.open("rb") as file:
                if file.read(len(_BY_CONTENTS)) == _BY_CONTENTS:
                    continue
        except OSError:
            pass
        folder = bytecode.parent
        if not os.access(folder if folder.exists() else folder.parent, os.W_OK):
            continue
        # Here: it is needed once an installation.
        import py_compile

        checked = py_compile.PycInvalidationMode.CHECKED_HASH
        # A file that is being edited may not compile; Python says so if it is imported.
        with suppress(OSError, py_compile.PyCompileError):
            py_compile.compile(str(path), doraise=True, invalidation_mode=checked)


class _Locator(_CacheLocator):
    """The folder of this stamp, within the folder that numba chose for a file."""

    def __init__(self, chosen: Any) -> None:  # noqa: ANN401 - numba's have no types
        self._chosen = chosen
        self._py_file = chosen._py_file

    def get_cache_path(self) -> str:
        return str(Path(self._chosen.get_cache_path(), f"kernels-{sources().stamp}"))

    def get_source_stamp(self) -> Any:  # noqa: ANN401
        # This differs for a kernel outside the package, as in tests.
        try:
            return _digest(self._py_file)
        except OSError:
            return self._chosen.get_source_stamp()

    def get_disambiguator(self) -> str:
        return str(self._chosen.get_disambiguator())


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class _Implementation(CompileResultCacheImpl):
    def __init__(self, function: Any) -> None:  # noqa: ANN401
        super().__init__(function)
        self._locator = _Locator(self._locator)


class KernelCache(FunctionCache):
    """The stored forms of one kernel."""

    _impl_class = _Implementation

    def save_overload(self, sig: Any, data: Any) -> None:  # noqa: ANN401
        """Store a compiled kernel, unless its sources were replaced while this process runs."""
        if sources().unchanged():
            super().save_overload(sig, data)


_compare_bytecode_by_contents()
