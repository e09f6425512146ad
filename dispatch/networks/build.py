"""A network is built: its streets are found, cleaned and timed; what is dropped is counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.errors import InputError
from dispatch.networks.area import Area, area_of_communes, area_of_place
from dispatch.networks.extract import read_extract
from dispatch.networks.judged import Account
from dispatch.networks.layer import read_layer
from dispatch.networks.layer_file import LAYERS, is_layer
from dispatch.networks.osm_modes import read_mode
from dispatch.networks.osmdata import POSITIONS
from dispatch.networks.overpass import download
from dispatch.networks.section_graph import graph_of_sections
from dispatch.networks.streets import TWICE, graph_and_account
from dispatch.streets.files import SUFFIX, About, write_network
from dispatch.streets.graph import assemble
from dispatch.streets.profiles import VAN
from dispatch.streets.roads import BUNDLED, NAME, networks_folder, read_graphml
from dispatch.streets.settings import bundled_section
from dispatch.streets.sites import TravelSettings
from dispatch.territory import TO_METRIC
from dispatch.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import networkx as nx
    from numpy.typing import NDArray

    from dispatch.networks.layer import ReadLayer
    from dispatch.networks.osmdata import Extract
    from dispatch.streets.graph import Assembled
    from dispatch.streets.network import Network
    from dispatch.streets.settings import RoadSettings
    from dispatch.territory import Commune

M_PER_KM = 1000
KEPT, CUT_OFF = "kept", "cannot be driven there and back"
EXTRACTS = (".osm", ".osm.gz", ".osm.bz2", ".pbf")
GRAPHS = (".graphml", ".graphml.gz")
DEFAULT_NAME = "streets"
FROM, NAMED, OUT, PROFILE = "--from", "--name", "--out", "--profile"


@dataclass(frozen=True)
class Recipe:
    """
    What to build from: the options of `dispatch network build`.

    Parameters
    ----------
    settings
        Section `[roads]` of the service file.
    communes
        The communes by INSEE code. They are the area unless another is named, and dropped streets
        are counted by commune.
    file
        A local extract, a reference layer or an OSMnx GraphML; None: Overpass.
    columns, layer
        Of a reference layer: its mapping (a name or a path) and its name; None: see `read_layer`.
    within
        Whether only those sections of a reference layer are taken that reach into the area.
    profile
        Who uses the network: the name of a profile.
    travel
        Section `[travel]` of the service file, with the profiles; None: the bundled one.
    place
        The area by its name; None: the communes.
    whole
        Whether to take all streets of an extract, whatever their position.
    keep_times
        Whether to use the times that a GraphML states.
    refresh
        Whether to download streets again that are in the cache.
    """

    settings: RoadSettings
    communes: Mapping[str, Commune]
    file: Path | None = None
    columns: str | None = None
    layer: str | None = None
    within: bool = False
    profile: str = VAN
    travel: TravelSettings | None = None
    place: str | None = None
    whole: bool = False
    keep_times: bool = False
    refresh: bool = False
    on_stage: Callable[[str], None] = field(default=lambda _: None)


@dataclass(frozen=True)
class SourcedGraph:
    """A graph with its source."""

    graph: nx.MultiDiGraph[int]
    source: str
    file_name: str
    area: str
    data_date: str | None
    account: Account = field(default_factory=Account)
    times_stated: bool = False


def build(recipe: Recipe, *, name: str, now: datetime | None = None) -> tuple[Network, About]:
    """
    Return a network and the description for its file.

    Parameters
    ----------
    recipe
        What to build from.
    name
        Name of the network.
    now
        When it is built; None: now.

    Raises
    ------
    InputError
        When a file or an option is faulty.
    TravelError
        When streets must be downloaded and cannot.
    """
    found = _find(recipe)
    recipe.on_stage("computing times")
    made = assemble(found.graph, found.file_name, name, "", recipe.settings)
    network = made.network
    dropped_km, by_commune = _dropped(made, recipe.communes)
    if not found.times_stated:
        # Times by density are computed here too, though the graph has them.
        network = replace(network, estimated_edges=network.edge_count)
    stated = network.estimated_edges < network.edge_count
    about = About(
        source=found.source,
        area=found.area,
        data_date=found.data_date,
        built=(now or datetime.now(tz=UTC)).isoformat(timespec="seconds"),
        version=__version__,
        times="stated" if stated else "computed",
        driving=recipe.settings.driving.model_dump(),
        limits_share=_limits_share(found.graph),
        dropped_nodes=network.dropped_nodes,
        dropped_edges=network.dropped_edges,
        dropped_km=dropped_km,
        dropped_km_by_commune=by_commune,
        kilometres=_kilometres(made, found.account),
        told=dict(sorted(found.account.told.items())),
        profile=recipe.profile,
    )
    return network, about


def place_to_write(name: str, out: Path | None) -> Path:
    """
    Return the path of a network's file: `out`, or its name in the user's data folder.

    Raises
    ------
    InputError
        When the name cannot name a file, or is that of the bundled network, or `out` has another
        ending.
    """
    if out is not None:
        if out.suffix != SUFFIX:
            message = f"a network's file ends in {SUFFIX}; name it so"
            raise InputError.one(OUT, message, value=out)
        return out
    if name == BUNDLED or not NAME.fullmatch(name):
        message = (
            f"cannot name a network; use letters, digits, - and _, and not {BUNDLED!r}, "
            "which comes with the program"
        )
        raise InputError.one(NAMED, message, value=name)
    return networks_folder() / f"{name}{SUFFIX}"


def build_file(recipe: Recipe, path: Path, *, now: datetime | None = None) -> About:
    """
    Build a network and write its file.

    Raises
    ------
    InputError
        When a file or an option is faulty, or the file cannot be written.
    TravelError
        When streets must be downloaded and cannot.
    """
    network, about = build(recipe, name=path.stem, now=now)
    write_network(path, network, about)
    return about


def _find(recipe: Recipe) -> SourcedGraph:
    settings, file = recipe.settings.build, recipe.file
    if recipe.profile != VAN and (file is None or not file.name.endswith((*EXTRACTS, *LAYERS))):
        message = "needs --from with an OpenStreetMap extract or a reference layer"
        raise InputError.one(PROFILE, message, value=recipe.profile)
    if file is None:
        area = _area(recipe)
        extract = download(area, settings, refresh=recipe.refresh, on_stage=recipe.on_stage)
        recipe.on_stage(f"joining {len(extract.ways)} ways")
        source = f"OpenStreetMap, through Overpass ({settings.overpass_url})"
        return _sourced(extract, recipe.settings, source, "Overpass", area.text)
    if file.name.endswith(GRAPHS):
        recipe.on_stage(f"reading {file.name}")
        graph = read_graphml(file, recipe.settings)
        date = graph.graph.get("created_date")
        date = None if date is None else str(date)
        if not recipe.keep_times:
            for *_, values in graph.edges(data=True):
                values.pop("travel_time", None)
        return SourcedGraph(
            graph, f"OSMnx graph {file.name}", file.name, "all of it", date,
            times_stated=recipe.keep_times,
        )  # fmt: skip
    if file.name.endswith(EXTRACTS):
        within = None if recipe.whole else _area(recipe)
        recipe.on_stage(f"reading {file.name}")
        if recipe.profile != VAN:
            profile = _travel(recipe).of_profile(recipe.profile)
            read = read_mode(file, recipe.profile, profile, within, settings)
            return _of_sections(recipe, read, "all of it" if within is None else within.text)
        extract = read_extract(file, within, settings)
        recipe.on_stage(f"joining {len(extract.ways)} ways")
        text = "all of it" if within is None else within.text
        source = f"OpenStreetMap extract {file.name}"
        return _sourced(extract, recipe.settings, source, file.name, text)
    if is_layer(file):
        return _of_layer(recipe, file)
    endings = ", ".join((*EXTRACTS, *GRAPHS, *LAYERS))
    raise InputError.one(FROM, f"cannot be read; give one of {endings}", value=file.name)


def _sourced(
    extract: Extract, settings: RoadSettings, source: str, file_name: str, area: str
) -> SourcedGraph:
    graph, account = graph_and_account(extract, settings)
    return SourcedGraph(graph, source, file_name, area, extract.data_date, account)


def _of_layer(recipe: Recipe, file: Path) -> SourcedGraph:
    area = _area(recipe) if recipe.within else None
    profile = _travel(recipe).of_profile(recipe.profile)
    read = read_layer(
        file,
        columns=recipe.columns,
        layer=recipe.layer,
        area=area,
        bounds=recipe.settings.build,
        profile=recipe.profile,
        ways=profile.ways,
        on_stage=recipe.on_stage,
    )
    return _of_sections(recipe, read, "all of it" if area is None else area.text)


def _travel(recipe: Recipe) -> TravelSettings:
    return recipe.travel or TravelSettings.from_toml(bundled_section("travel"))


def _of_sections(recipe: Recipe, read: ReadLayer, area: str) -> SourcedGraph:
    recipe.on_stage(f"joining {len(read.sections.level)} sections")
    profile, mapping = _travel(recipe).of_profile(recipe.profile), read.mapping
    mean = mapping.speed is not None and mapping.speed.means == "mean"
    return SourcedGraph(
        graph_of_sections(read, recipe.settings, recipe.profile, profile),
        f"{read.source}, read as {mapping.title}",
        read.source,
        area,
        None,
        read.account,
        times_stated=mean and profile.speed_kmh is None,
    )


def _area(recipe: Recipe) -> Area:
    settings = recipe.settings.build
    if recipe.place is not None:
        return area_of_place(recipe.place, settings, recipe.on_stage)
    return area_of_communes(recipe.communes.values(), settings)


def _limits_share(graph: nx.MultiDiGraph[int]) -> float:
    """Return the share of the street length with a tagged speed limit."""
    lengths = [(values["length"], bool(values.get("maxspeed"))) for *_, values in
               graph.edges(data=True)]  # fmt: skip
    total = sum(length for length, _ in lengths)
    return round(sum(length for length, tagged in lengths if tagged) / total, 3) if total else 0.0


def _kilometres(made: Assembled, account: Account) -> dict[str, float]:
    """Return what became of the kilometres read, by what is told; each street counts once."""
    kept, gone, double = _streets(made)
    found = {
        KEPT: float(made.metres[kept].sum()),
        CUT_OFF: float(made.metres[gone].sum()),
        **account.left_out_m,
    }
    found[TWICE] = found.get(TWICE, 0.0) + float(made.metres[double].sum())
    lost = sorted(found.items(), key=lambda entry: (entry[0] != KEPT, -entry[1], entry[0]))
    return {
        reason: round(metres / M_PER_KM, 3)
        for reason, metres in lost
        if metres > 0 or reason in (KEPT, POSITIONS)
    }


def _streets(
    made: Assembled,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return one edge of each street that is kept, cut off, and of each line drawn twice."""
    order = np.lexsort((made.double, ~made.kept, made.street))
    _, first = np.unique(made.street[order], return_index=True)
    one = order[first]
    # A second edge of one line and one direction; the way back is none.
    double = np.flatnonzero(made.double)
    return one[made.kept[one]], one[~made.kept[one]], double


def _dropped(made: Assembled, communes: Mapping[str, Commune]) -> tuple[float, dict[str, float]]:
    """Return the dropped kilometres of street, in total and by commune; directions count once."""
    _, gone, _ = _streets(made)
    if not len(gone):
        return 0.0, {}
    x, y = TO_METRIC.transform(*made.middle[gone].T)
    metres = made.metres[gone]
    lost = {}
    for commune in communes.values():
        inside = shapely.contains_xy(commune.outline, x, y)
        if inside.any():
            lost[commune.name] = round(float(metres[inside].sum()) / M_PER_KM, 3)
    most_first = dict(sorted(lost.items(), key=lambda entry: (-entry[1], entry[0])))
    return round(float(metres.sum()) / M_PER_KM, 3), most_first
