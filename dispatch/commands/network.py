"""`dispatch network`: real streets are fetched, described and compared."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from dispatch.commands.network_tables import account_lines, plain, print_comparison, print_info
from dispatch.commands.options import AsJson, Lang, Seed, ServiceFile, finite
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import InputError
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.service.service import Service
    from dispatch.streets.settings import RoadSettings

MAX_PLACES = 1000

app = typer.Typer(
    help="Real streets: build a network, describe it, compare two networks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def build(
    name: Annotated[
        str, typer.Option(help="Name of the network; `--network NAME` then plans on it.")
    ] = "streets",
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Local extract (.osm, .osm.gz, .osm.bz2, .osm.pbf), reference layer (.gpkg, .shp, "
            ".geojson, .geojson.gz) or OSMnx .graphml; default: download.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|MAPPING.toml",
            help="What the columns of a reference layer mean; default: as its columns show.",
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Layer of a file that has several.")
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Area by its name; default: the Métropole's communes."),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(metavar="NAME", help="Who uses the network: van, bicycle, foot, or your own."),
    ] = "van",
    whole: Annotated[
        bool, typer.Option("--whole", help="Take all streets of the extract, whatever the area.")
    ] = False,
    keep_times: Annotated[
        bool,
        typer.Option(
            "--keep-times",
            help="Use the times that a GraphML states. osmnx's times are half of real ones.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npz", help="File to write; default: in the data folder."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            min=0,
            max=50_000,
            callback=finite("a number of metres"),
            help="Distance outside the area up to which streets are taken (metres).",
        ),
    ] = None,
    overpass: Annotated[
        str | None,
        typer.Option(metavar="URL", envvar="DISPATCH_OVERPASS_URL", help="Overpass server."),
    ] = None,
    nominatim: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="DISPATCH_NOMINATIM_URL", help="Gazetteer server, for --place."
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Download again, without the cache.")
    ] = False,
    service: ServiceFile = None,
    as_json: AsJson = False,
) -> None:
    """Build a network of real streets, from OpenStreetMap or a file, for `dispatch plan`."""
    with interruptions_held():
        from dispatch.folder.write import refuse_unwritable
        from dispatch.networks.build import Recipe, build_file, place_to_write
        from dispatch.networks.layer_file import is_layer
        from dispatch.streets.router import TravelSettings
        from dispatch.territory import read_communes

    if keep_times and (source is None or ".graphml" not in source.name):
        option = "--keep-times"
        raise InputError.one(option, "only a GraphML states times; give one with --from")
    if whole and (source is None or place is not None):
        option = "--whole"
        raise InputError.one(option, "goes with --from FILE, not with --place")
    for option, value in (("--columns", columns), ("--layer", layer)):
        if value is not None and (source is None or not is_layer(source)):
            message = "goes with --from and a reference layer (.gpkg, .shp, .geojson)"
            raise InputError.one(option, message, value=value)
    path = place_to_write(name, out)
    refuse_unwritable(path, folder=False)
    read, settings = _settings(service)
    given = {"margin_m": margin, "overpass_url": overpass, "nominatim_url": nominatim}
    changed = {key: value for key, value in given.items() if value is not None}
    settings = settings.model_copy(update={"build": settings.build.model_copy(update=changed)})
    with _stages() as show:
        recipe = Recipe(
            settings=settings,
            communes=read_communes(),
            file=source,
            columns=columns,
            layer=layer,
            profile=profile,
            travel=TravelSettings.from_toml(read.travel),
            within=not whole and (place is not None or margin is not None),
            place=place,
            whole=whole,
            keep_times=keep_times,
            refresh=refresh,
            on_stage=show,
        )
        about = build_file(recipe, path)
    if as_json:
        print_json({"file": str(path), **about.model_dump()})
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in account_lines(about):
        console.print(plain(line))
    console.print(f"[dim]{plain(str(path))}[/dim]")
    used = path if out is not None else name
    console.print(plain(f"use it: dispatch plan --date ... --network {used}"))


@app.command()
def info(
    network: Annotated[
        str | None,
        typer.Argument(metavar="[bundled|NAME|PATH]", help="Default: as the service file says."),
    ] = None,
    service: ServiceFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a network's source, its size, and how well it covers the communes."""
    with interruptions_held():
        from dispatch.networks.info import network_info
        from dispatch.streets.roads import load_with_about, named_networks
        from dispatch.streets.router import TravelSettings
        from dispatch.territory import read_communes

    read, settings = _settings(service)
    found, about = load_with_about(network or read.network, settings=settings)
    known = network_info(
        found,
        about,
        read_communes(),
        build=settings.build,
        attach_limit_m=TravelSettings.from_toml(read.travel).attach_limit_m,
    )
    if as_json:
        print_json({**known.to_dict(), "networks": ["bundled", *named_networks()]})
        return
    print_info(known, named_networks())


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="bundled, a name or a path.")],
    second: Annotated[str, typer.Argument(metavar="B", help="bundled, a name or a path.")],
    commune: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE|NAME",
            help="Only in this commune; may be repeated. Default: all that both cover well.",
        ),
    ] = None,
    places: Annotated[
        int, typer.Option(min=10, max=MAX_PLACES, help="Number of places to draw.")
    ] = 200,
    seed: Seed = 1,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Picture to write.")] = None,
    lang: Lang = DEFAULT,
    service: ServiceFile = None,
    as_json: AsJson = False,
) -> None:
    """Compare travel times: the ratio of times on B to times on A."""
    with interruptions_held():
        from dispatch.folder.write import refuse_unwritable, write_file
        from dispatch.networks.compare import compare_networks
        from dispatch.networks.plot import comparison_picture
        from dispatch.streets.roads import load_network
        from dispatch.streets.router import TravelSettings
        from dispatch.territory import read_communes

    if plot is not None:
        refuse_unwritable(plot, folder=False)
    read, settings = _settings(service)
    communes = read_communes()
    with _stages() as show:
        show("reading")
        a, b = (load_network(name, settings=settings) for name in (first, second))
        show("measuring trips")
        found = compare_networks(
            a,
            b,
            communes,
            tuple(read.territory(communes).centres.values()),
            build=settings.build,
            travel=TravelSettings.from_toml(read.travel),
            water=read.demand.water,
            chosen=commune or (),
            places=places,
            seed=seed,
        )
    if plot is not None:
        write_file(plot, comparison_picture(found, lang))
    if as_json:
        from dataclasses import asdict

        print_json(asdict(found))
        return
    print_comparison(found, plot)


def _settings(service: Path | None) -> tuple[Service, RoadSettings]:
    from dispatch.service.service import read_service
    from dispatch.streets.settings import RoadSettings, bundled_section

    read = read_service(service)
    section = read.roads or bundled_section("roads")
    name = "service.toml" if service is None else service.name
    return read, RoadSettings.from_toml(section, name)


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the current stage, on a terminal only."""
    console = errors()
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("…") as status:
        yield lambda text: status.update(plain(text))
