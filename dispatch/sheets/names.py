"""File names of sheets: safe on any system, never two alike, and known again as ours."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}")
# Names that Windows keeps for devices, whatever follows the dot.
_DEVICES = {"con", "prn", "aux", "nul", *(p + n for p in ("com", "lpt") for n in "0123456789")}
_STEM = r"[A-Za-z0-9_-]+(?:\.[0-9a-f]{12})?"
_OURS = re.compile(rf"sheets-{_STEM}\.(?:pdf|xlsx)|{_STEM}/{_STEM}\.(?:ics|gpx|geojson)")


def stems(ids: Iterable[str]) -> dict[str, str]:
    """
    Return a file name's stem for each id.

    An id of letters, digits, `-` and `_` is its own stem. Another keeps what it can and gains a
    digest; so does one that differs from another only by case, or that Windows keeps for itself.
    """
    ids = list(dict.fromkeys(ids))
    alike = Counter(name.casefold() for name in ids)
    found = {}
    for name in ids:
        key = name.casefold()
        if _PLAIN.fullmatch(name) and alike[key] == 1 and key not in _DEVICES:
            found[name] = name
        else:
            kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:40]
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            found[name] = f"{kept or 'x'}.{digest}"
    return found


def is_ours(name: str) -> bool:
    """Return whether a name, relative to the sheets' folder, is one that sheets have."""
    return _OURS.fullmatch(name) is not None
