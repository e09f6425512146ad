"""Whether a database file is on a network file system: SQLite's locks and log do not work there."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PureWindowsPath

from dispatch.doctor.finding import Finding

MOUNTS = Path("/proc/self/mountinfo")
# Kinds of file systems that other machines serve, as Linux names them; `fuse.` is left out.
NETWORK = frozenset(
    {
        "9p", "acfs", "afs", "beegfs", "ceph", "cephfs", "cifs", "coda", "davfs", "davfs2",
        "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "rclone", "s3fs", "smb2",
        "smb3", "smbfs", "sshfs", "vboxsf", "virtiofs", "vmhgfs-fuse",
    }
)  # fmt: skip
REMOTE_DRIVE = 4  # Windows: DRIVE_REMOTE
REMEDY = "put the file on a local disk, or name a PostgreSQL server: docs/store.md"


def examine_disk(name: str, path: Path) -> Finding:
    """
    Return the finding on the disk of a database file.

    Parameters
    ----------
    name
        Of the finding.
    path
        The file; it need not exist.
    """
    kind = network_kind(path)
    if kind is None:
        return Finding(name, "ok", f"{path}: on a local disk")
    found = f"{path}: on a network file system ({kind}), where SQLite may lose or damage it"
    return Finding(name, "warn", found, REMEDY)


def network_kind(path: Path, mounts: str | None = None) -> str | None:
    """
    Return the kind of the network file system that a file is on; None: a local or unknown one.

    Parameters
    ----------
    path
        The file; it need not exist.
    mounts
        The text of Linux's table of mounts (`/proc/self/mountinfo`); None: this machine's.
    """
    if mounts is None and sys.platform == "win32":
        return _windows_kind(path)
    if mounts is None:
        try:
            mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    place = path.absolute() if ".." in path.parts else path.resolve()
    kind, depth = "", -1
    # Of mounts on one place the last counts.
    for mounted, found in _mounts(mounts):
        if place.is_relative_to(mounted) and len(mounted.parts) >= depth:
            kind, depth = found, len(mounted.parts)
    plain = kind.removeprefix("fuse.").removeprefix("fuseblk.")
    return kind if plain in NETWORK else None


def _mounts(text: str) -> list[tuple[Path, str]]:
    """Return place and kind of each mount: the fifth field, and the first after the dash."""
    found = []
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split()
        if dash and len(fields) > 4 and after.split():
            place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4])
            found.append((Path(place), after.split()[0]))
    return found


def _windows_kind(path: Path) -> str | None:
    anchor = PureWindowsPath(path.absolute()).anchor
    if anchor.startswith("\\\\"):
        return "UNC"
    import ctypes

    drive = ctypes.windll.kernel32.GetDriveTypeW(anchor)  # type: ignore[attr-defined, unused-ignore]
    return "network drive" if drive == REMOTE_DRIVE else None
