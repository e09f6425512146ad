"""The road graph: bundled, built by `dispatch network build`, or an OSMnx GraphML file.

osmnx's graphs are read here; the other modules see a `Network` of plain arrays. Reading a GraphML
takes seconds, so that its arrays are stored in the user's cache folder, under the SHA-256 of the
file and of the settings used. A built network needs no cache. A network is named by its path, or by
a bare name in the user's data folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.files.bounded import judge_archive, judge_xml, read_bytes
from dispatch.streets.files import SUFFIX, About, read_network
from dispatch.streets.graph import ATTRIBUTION, network_from_graph
from dispatch.streets.network_cache import recall, remember
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    import networkx as nx

    from dispatch.streets.network import Network

BUNDLED = "bundled"
BUNDLED_FILE = "roads/bundled.graphml.gz"
# Raise it when the stored arrays, or how they are computed, change.
CACHE_VERSION = "4"
SECTION = "[roads.build] of the service file"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

__all__ = [
    "ATTRIBUTION",
    "BUNDLED",
    "BUNDLED_FILE",
    "load_network",
    "load_with_about",
    "locate_network",
    "named_networks",
    "network_from_graph",
    "networks_folder",
    "read_graphml",
]


def networks_folder() -> Path:
    """Return the folder of the user's networks; it need not exist."""
    return Path(platformdirs.user_data_dir("dispatch")) / "networks"


def named_networks() -> list[str]:
    """Return the names of the networks that were built into the user's data folder, in order."""
    return sorted(path.stem for path in networks_folder().glob(f"*{SUFFIX}"))


def locate_network(source: str | Path) -> Path:
    """
    Return the file of a network: the bundled one, one of the user's by its name, or a path.

    Raises
    ------
    InputError
        When no network has this bare name.
    """
    if source == BUNDLED:
        return data_path(BUNDLED_FILE)
    path = Path(source)
    if isinstance(source, Path) or not NAME.fullmatch(source):
        return path
    named = networks_folder() / f"{source}{SUFFIX}"
    if named.exists() or path.exists():
        return named if named.exists() else path
    known = ", ".join([BUNDLED, *named_networks()])
    message = (
        f"no network of this name; there are {known}. Make one with "
        f"`dispatch network build --name {source}`, or give the path of a file"
    )
    raise InputError.one(source, message)


def load_network(
    source: str | Path = BUNDLED, *, settings: RoadSettings | None = None, cache: bool = True
) -> Network:
    """
    Return the road graph that comes with the package, or that of a file.

    Parameters
    ----------
    source
        "bundled"; the name of a network in the user's data folder; the path of one
        (.npz, as `dispatch network build` writes it), or of an OSMnx GraphML (.graphml, or
        .graphml.gz), in WGS84, with the length of every edge (m). Times that it states
        (`travel_time`, s) are used.
    settings
        Speeds of edges that state none, and delays of junctions for edges that state no time;
        None: those of the bundled service.toml.
    cache
        Whether to store the arrays in the user's cache folder, and to use stored ones.

    Raises
    ------
    InputError
        When the file is missing, is not such a graph, or lacks a needed attribute.
    """
    return load_with_about(source, settings=settings, cache=cache)[0]


def load_with_about(
    source: str | Path = BUNDLED, *, settings: RoadSettings | None = None, cache: bool = True
) -> tuple[Network, About | None]:
    """Return a network as `load_network` does, and the description in its file, if any."""
    path = locate_network(source)
    settings = settings or RoadSettings.from_toml(bundled_section("roads"))
    bounds = settings.build
    try:
        content = read_bytes(path, max_mb=bounds.file_mb, setting=f"file_mb in {SECTION}")
    except (OSError, ValueError) as exc:  # ValueError: a NUL byte in the path
        reason = getattr(exc, "strerror", None) or exc
        message = (
            f"cannot be read as a road graph ({reason}); give the path of a network or of "
            f'an OSMnx GraphML file, or "{BUNDLED}"'
        )
        raise InputError.one(str(path), message) from exc
    digest = hashlib.sha256(content).hexdigest()
    if path.suffix == SUFFIX:
        name = path.stem if path.parent == networks_folder() else path.name
        setting = f"unpacked_mb in {SECTION}"
        judge_archive(content, path.name, max_mb=bounds.unpacked_mb, setting=setting)
        return read_network(content, path.name, name, digest)
    name = BUNDLED if source == BUNDLED else path.name
    stored = _cache_path(digest, name, settings)
    if cache and (found := recall(stored)) is not None:
        return found, None
    network = network_from_graph(read_graphml(path, settings), path.name, name, digest, settings)
    if cache:
        remember(stored, network)
    return network, None


def read_graphml(path: Path, settings: RoadSettings | None = None) -> nx.MultiDiGraph[int]:
    """
    Return the graph of an OSMnx GraphML file.

    Parameters
    ----------
    path
        The file, compressed (.gz, .bz2) or not.
    settings
        They limit its size; None: those of the bundled service.toml.

    Raises
    ------
    InputError
        When it is not such a file, is too large, or defines entities.
    """
    bounds = (settings or RoadSettings.from_toml(bundled_section("roads"))).build
    import osmnx  # here: it takes half a second, which `dispatch --help` spares

    try:
        judge_xml(path, max_mb=bounds.unpacked_mb, setting=f"unpacked_mb in {SECTION}")
        return osmnx.load_graphml(path)
    except InputError:
        raise
    except Exception as exc:
        # networkx and osmnx pass on whatever their parsers raise.
        message = (
            f"is not a GraphML road graph ({type(exc).__name__}: {exc}); save one with "
            "osmnx.save_graphml"
        )
        raise InputError.one(path.name, message) from exc


def _cache_path(digest: str, name: str, settings: RoadSettings) -> Path:
    figures = {"default_speed_kmh", "implicit_speed_kmh", "most_speed_kmh", "driving"}
    used = settings.model_dump(mode="json", include=figures)
    text = json.dumps([CACHE_VERSION, digest, name, used], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("dispatch")) / "networks" / f"{key}.npz"
