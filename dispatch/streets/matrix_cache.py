"""Travel matrices stored on disk, so that the same places are not measured twice.

A file holds numbers only. Its name is a hash of everything that they depend on, so that the folder
shows neither addresses nor who asked. When a file is broken, or could not be written to a full or
protected disk, the matrices are measured again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dispatch.streets.matrices import Matrices
    from dispatch.streets.network import Network

MB = 1_000_000
UNFINISHED = ".part"
# A temporary file of a killed process is deleted after a day (seconds).
STALE_S = 86_400


class MatrixCache:
    """
    A folder of matrices: seconds, shape (slots, places, places), and metres, (places, places).

    Parameters
    ----------
    folder
        Made when first written to.
    limit_mb
        Most megabytes of the folder; beyond that the least recently used files are deleted.
    """

    def __init__(self, folder: Path, limit_mb: float) -> None:
        self.folder = folder
        self.limit_mb = limit_mb
        self.hits = 0
        self.misses = 0

    def recall(self, key: str, slots: int, places: int, *, distances: bool) -> Matrices | None:
        """Return the matrices stored under a key; None: none, or of another shape."""
        path = self._path(key)
        shape = (slots, places, places)
        found = _read(path, {"seconds": shape} | ({"metres": shape[1:]} if distances else {}))
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        with contextlib.suppress(OSError):
            os.utime(path)
        return found

    def remember(self, key: str, found: Matrices) -> None:
        """Store matrices, whole or not at all, and delete old ones beyond the limit."""
        named = {"seconds": found[0], "metres": found[1]}
        small = {name: m.astype(np.int32) for name, m in named.items() if m is not None}
        if sum(matrix.nbytes for matrix in small.values()) > self.limit_mb * MB:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=UNFINISHED)
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, allow_pickle=False, **small)
                Path(temporary).replace(self._path(key))
            finally:
                Path(temporary).unlink(missing_ok=True)
            self._shrink()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _shrink(self) -> None:
        """Delete the least recently used files beyond the limit; other processes may do so too."""
        files = []
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                if path.suffix == ".npz":
                    files.append((state.st_mtime_ns, path.name, state.st_size))
                elif path.suffix == UNFINISHED and state.st_mtime < time.time() - STALE_S:
                    path.unlink()
        size = sum(bytes_ for *_, bytes_ in files)
        for _, name, bytes_ in sorted(files):
            if size <= self.limit_mb * MB:
                break
            (self.folder / name).unlink(missing_ok=True)
            size -= bytes_


def _read(path: Path, shapes: dict[str, tuple[int, ...]]) -> Matrices | None:
    """Return the matrices of a file if it holds exactly the arrays of these shapes."""
    try:
        # Opened here, as numpy does not close a file that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            found = {name: kept[name] for name in kept.files}
    except Exception:  # a broken file may raise anything, MemoryError too
        return None
    if {name: matrix.shape for name, matrix in found.items()} != shapes:
        return None
    if any(m.dtype != np.int32 or m.min(initial=0) < 0 for m in found.values()):
        return None
    metres = found.get("metres")
    return found["seconds"].astype(np.int64), None if metres is None else metres.astype(np.int64)


def network_digest(network: Network) -> str:
    """Return the hash of all parts of a network on which travel depends."""
    ignored = {
        "name", "attribution", "approximate", "sha256", "node_ids", "names", "name_of", "profile",
        "source", "data_date",
    }  # fmt: skip
    arrays = (
        getattr(network, field.name) for field in fields(network) if field.name not in ignored
    )
    return array_digest(np.asarray(array) for array in arrays)


def array_digest(parts: Iterable[NDArray[np.generic] | str]) -> str:
    """Return a hash of arrays and texts: their kinds, shapes and contents."""
    found = hashlib.sha256()
    for part in parts:
        array = np.ascontiguousarray(part)
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(array.data if array.size else b"")
    return found.hexdigest()
