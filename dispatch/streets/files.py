"""The file of a network, which `dispatch network build` writes and plans read.

It is an npz file of arrays and one JSON text. It loads in a fraction of a second and holds no code.
It is written to a temporary file, then renamed, so that it is always whole.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.errors import Fault, InputError
from dispatch.streets.network import Network
from dispatch.streets.parts import largest_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIX = ".npz"
ABOUT = "about"
REMEDY = "build it again with `dispatch network build`"

_Count = Annotated[int, Field(ge=0)]


class About(BaseModel):
    """The description in a network's file: source, area, dates, and how times were computed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    format: Literal["dispatch-network/1"] = "dispatch-network/1"
    source: str
    """Where the streets come from: a service and its address, or a file."""
    area: str
    """The area from which streets were taken."""
    data_date: str | None
    """Date of the data as the source states it; None: not stated."""
    built: str
    """When this file was made (UTC)."""
    version: str
    """Version of this program."""
    times: Literal["computed", "stated"]
    """Computed from speeds and junctions, or stated by the file."""
    driving: dict[str, Any]
    """The settings of `[roads.driving]` with which times were computed."""
    limits_share: float
    """Part of the street length with a tagged speed limit."""
    dropped_nodes: _Count
    dropped_edges: _Count
    dropped_km: float
    """Streets that cannot be driven there and back."""
    dropped_km_by_commune: dict[str, float]
    """Kilometres that each commune loses, by name, the largest loss first."""
    profile: str = "van"
    """Who uses it: the name of a profile of `[travel.profiles]`; files of before are for vans."""
    kilometres: dict[str, float] = {}
    """What became of every kilometre read: kept, or left out and why; files of before lack it."""
    told: dict[str, _Count] = {}
    """Streets and signs of which people should know, by what is told: their number."""


# For each array the kind of its numbers and its number of dimensions.
_KINDS: dict[str, tuple[str, int]] = {
    "node_ids": ("i", 1), "lon": ("f", 1), "lat": ("f", 1), "tails": ("i", 1), "heads": ("i", 1),
    "seconds": ("f", 1), "metres": ("f", 1), "attachable": ("b", 1), "road_class": ("U", 1),
    "line_starts": ("i", 1), "line_lonlat": ("f", 2),
    "name": ("U", 0), "attribution": ("U", 0), "approximate": ("b", 0), "sha256": ("U", 0),
    "dropped_nodes": ("i", 0), "dropped_edges": ("i", 0), "estimated_edges": ("i", 0),
}  # fmt: skip
# Arrays that files of before 0.9 lack: without them nothing is closed, forbidden or named.
_LATER: dict[str, tuple[str, int]] = {
    "access_level": ("i", 1), "turn_starts": ("i", 1), "turn_edges": ("i", 1),
    "names": ("U", 1), "name_of": ("i", 1),
}  # fmt: skip
_MOST_NAME = 200


def write_network(path: Path, network: Network, about: About) -> None:
    """
    Write a network's file: a temporary file, then renamed.

    Raises
    ------
    InputError
        When it cannot be written; what was there before is then as it was.
    """
    told = {"source", "data_date"}  # by the description
    arrays = {
        field.name: np.asarray(getattr(network, field.name))
        for field in fields(Network)
        if field.name not in told
    }
    text = about.model_dump_json(indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, allow_pickle=False, **arrays, **{ABOUT: np.array(text)})
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as exc:
        reason = exc.strerror or str(exc)
        message = f"cannot be written ({reason}); choose another place or free this one"
        raise InputError.one(str(path), message) from exc


def read_network(content: bytes, source: str, name: str, digest: str) -> tuple[Network, About]:
    """
    Return the network of a file, checked: every index is within its array.

    Parameters
    ----------
    content
        The file's bytes.
    source
        Name of the file, for errors.
    name, digest
        Name and SHA-256 of the network.

    Raises
    ------
    InputError
        When the file is not a network's file, or not whole.
    """
    arrays = _arrays(content, source)
    about = _about(arrays.pop(ABOUT, None), source)
    wrong = _faults(arrays)
    if wrong:
        raise InputError(Fault(source, key, None, f"{text}; {REMEDY}") for key, text in wrong)
    plain: dict[str, Any] = {
        key: value.item() if value.ndim == 0 else value for key, value in arrays.items()
    }
    stated = {
        "name": name,
        "sha256": digest,
        "profile": about.profile,
        "source": about.source,
        "data_date": about.data_date or "",
    }
    return Network(**{**plain, **stated}), about


def _arrays(content: bytes, source: str) -> dict[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            known = (*_KINDS, *_LATER, ABOUT)
            found = {key: kept[key] for key in known if key in kept.files}
            # A member that is not an array is read as bytes, and left out here.
            return {key: value for key, value in found.items() if isinstance(value, np.ndarray)}
    except Exception as exc:
        # numpy, zipfile, zlib and the tokenizer of array headers raise many errors, MemoryError
        # among them; each means that the file is broken.
        message = f"is not a network's file, or not whole ({type(exc).__name__}); {REMEDY}"
        raise InputError.one(source, message) from exc


def _about(text: NDArray[Any] | None, source: str) -> About:
    if text is None or text.ndim or text.dtype.kind != "U":
        message = f"has no description; {REMEDY}"
        raise InputError.one(source, message, where=ABOUT)
    try:
        return About.model_validate_json(str(text.item()))
    except ValidationError as exc:
        raise InputError(
            Fault(source, ".".join([ABOUT, *map(str, error["loc"])]), None,
                  f"{error['msg']}; {REMEDY}")
            for error in exc.errors()
        ) from exc  # fmt: skip


def _faults(arrays: dict[str, NDArray[Any]]) -> list[tuple[str, str]]:
    """Return the faults of each array: first kinds and shapes, then values."""
    wrong = _faults_of_kind(arrays, _KINDS)
    if wrong:
        return wrong
    nodes, edges = len(arrays["node_ids"]), len(arrays["tails"])
    lines = arrays["line_lonlat"]
    lengths = dict.fromkeys(("lon", "lat"), nodes)
    lengths |= dict.fromkeys(("heads", "seconds", "metres", "attachable", "road_class"), edges)
    lengths["line_starts"] = edges + 1
    for key, length in lengths.items():
        if len(arrays[key]) != length:
            wrong.append((key, f"has length {len(arrays[key])}, not {length}"))
    if not edges or lines.shape[1] != 2:
        wrong.append(("line_lonlat" if edges else "tails", "has no streets"))
    if wrong:
        return wrong
    for key in ("tails", "heads"):
        if arrays[key].min() < 0 or arrays[key].max() >= nodes:
            wrong.append((key, "names nodes that are not there"))
    for key in ("seconds", "metres"):
        if not (np.isfinite(arrays[key]).all() and (arrays[key] >= 0).all()):
            wrong.append((key, "must be finite and not negative"))
    starts = arrays["line_starts"]
    if starts[0] != 0 or starts[-1] != len(lines) or (np.diff(starts) < 2).any():
        wrong.append(("line_starts", "must give each street two positions or more"))
    degrees = np.array([180.0, 90.0])
    places = np.concatenate([lines, np.stack([arrays["lon"], arrays["lat"]], axis=1)])
    # Written so that nan fails too.
    if not (np.abs(places) <= degrees).all():
        wrong.append(("line_lonlat", "must be longitudes and latitudes in degrees"))
    order = arrays["tails"] * nodes + arrays["heads"]
    if (np.diff(order) <= 0).any():
        wrong.append(("tails", "streets must be in order, and none twice"))
    if not wrong and not largest_part(nodes, arrays["tails"], arrays["heads"]).all():
        wrong.append(("heads", "not every street can be driven there and back"))
    return wrong or _later_faults(arrays, edges)


def _faults_of_kind(
    arrays: dict[str, NDArray[Any]], kinds: dict[str, tuple[str, int]]
) -> list[tuple[str, str]]:
    """Return which arrays are missing, or have another kind or number of dimensions."""
    wrong = []
    for key, (kind, dimensions) in kinds.items():
        if key not in arrays:
            wrong.append((key, "is missing"))
        elif (arrays[key].dtype.kind, arrays[key].ndim) != (kind, dimensions):
            wrong.append((key, f"has type {arrays[key].dtype} and {arrays[key].ndim} dimensions"))
    return wrong


def _later_faults(arrays: dict[str, NDArray[Any]], edges: int) -> list[tuple[str, str]]:
    """Return the faults of the arrays of `_LATER`, whose files have all or none of them."""
    if not any(key in arrays for key in _LATER):
        return []
    wrong = _faults_of_kind(arrays, _LATER)
    if wrong:
        return wrong
    level, starts, turns = (arrays[key] for key in ("access_level", "turn_starts", "turn_edges"))
    names, name_of = arrays["names"], arrays["name_of"]
    for key in ("access_level", "name_of"):
        if len(arrays[key]) != edges:
            wrong.append((key, f"has length {len(arrays[key])}, not {edges}"))
    if level.min(initial=0) < 0 or level.max(initial=0) > 2:
        wrong.append(("access_level", "must be 0, 1 or 2"))
    if not len(starts) or starts[0] != 0 or starts[-1] != len(turns) or (np.diff(starts) < 2).any():
        wrong.append(("turn_starts", "must give each sign two streets or more"))
    if turns.min(initial=0) < 0 or turns.max(initial=0) >= edges:
        wrong.append(("turn_edges", "names streets that are not there"))
    if name_of.min(initial=0) < 0 or name_of.max(initial=0) >= len(names):
        wrong.append(("name_of", "names names that are not there"))
    if names.dtype.itemsize > 4 * _MOST_NAME:
        wrong.append(("names", f"must have {_MOST_NAME} letters at most"))
    return wrong
