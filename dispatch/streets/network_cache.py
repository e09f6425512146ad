"""A network's arrays in the user's cache folder, which load sooner than its file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from dispatch.streets.network import Network


def recall(path: Path) -> Network | None:
    """Return a stored network; None when it is missing or broken."""
    try:
        # Opened here, as numpy does not close a file that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            values = {field.name: kept[field.name] for field in fields(Network)}
    except Exception:  # a broken file may raise anything, MemoryError too
        return None
    return Network(
        **{key: value.item() if value.ndim == 0 else value for key, value in values.items()}
    )


def remember(path: Path, network: Network) -> None:
    """Store a network, whole or not at all, also when another process writes it."""
    values = {field.name: np.asarray(getattr(network, field.name)) for field in fields(Network)}
    with contextlib.suppress(OSError):  # a read-only home only costs time
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, allow_pickle=False, **values)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
