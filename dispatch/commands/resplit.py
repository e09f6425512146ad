"""`dispatch resplit`: the split proven best under the deliberation's criteria."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dispatch.commands.options import AsJson, Lang, Roads, Seed, ServiceFile, Workers, finite
from dispatch.commands.terminal import errors, print_json
from dispatch.errors import Fault, InputError
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.service.service import Service
    from dispatch.territory import Commune

ALL_28, NOW_14 = "28", "14"
HOUR_S, PERCENT = 3600, 100


class PremisesChoice(StrEnum):
    """Where centres may be: at the best town hall of their communes, or where they are now."""

    any = "any"
    fixed = "fixed"


def resplit(
    centres: Annotated[
        int | None,
        typer.Option(min=1, max=60, metavar="K", help="Number of centres; default: as now."),
    ] = None,
    communes: Annotated[
        str,
        typer.Option(
            metavar="14|28|FILE",
            help="Who takes part: the 14 of now, all 28, or the communes of a split's CSV.",
        ),
    ] = NOW_14,
    least: Annotated[
        int | None,
        typer.Option(
            "--min", min=1, max=1000, metavar="N", help="Fewest collectivities of a centre."
        ),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option("--max", min=1, max=1000, metavar="N", help="Most communes of a centre."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1000,
            metavar="P",
            callback=finite("a number"),
            help="Percent by which the largest workload of a technician may exceed an even share.",
        ),
    ] = None,
    keep_poles: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1e6,
            metavar="W",
            callback=finite("a number"),
            help="Cost of each further pôle that a centre is in: seconds of daily travel.",
        ),
    ] = None,
    keep_people: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1e6,
            metavar="W",
            callback=finite("a number"),
            help="Cost of each daily visit that changes its centre: seconds of daily travel.",
        ),
    ] = None,
    premises: Annotated[
        PremisesChoice, typer.Option(help="At the best town halls, or where the centres are now.")
    ] = PremisesChoice.any,
    technicians: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000, metavar="N", help="Total number; default: as many a visit as now."
        ),
    ] = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COMMUNE=CENTRE", help="The centre must have this commune; may be repeated."
        ),
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(metavar="COMMUNE=CENTRE", help="The centre may not have it; may be repeated."),
    ] = None,
    pareto: Annotated[
        bool, typer.Option("--pareto", help="Compute the front of travel against workload too.")
    ] = False,
    replay: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1000,
            metavar="DAYS",
            help="Days of real rounds for the best few splits; 0: none.",
        ),
    ] = None,
    workers: Workers = None,
    seed: Seed = 1,
    service: ServiceFile = None,
    network: Roads = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")] = Path("resplit"),
    lang: Lang = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """
    Find the split that is proven best: contiguous, of the given sizes, even per technician.

    Name communes by INSEE code or by name. The best few splits and the present one are planned with
    real rounds.
    """
    with interruptions_held():
        from dispatch.folder.write import refuse_unwritable
        from dispatch.model.day import roads_of
        from dispatch.resplit.report import write_resplit
        from dispatch.resplit.request import ResplitRequest
        from dispatch.resplit.run import run_resplit
        from dispatch.service.service import read_service
        from dispatch.territory import read_communes

    read, known = read_service(service), read_communes()
    names = {commune.name: insee for insee, commune in known.items()}
    request = ResplitRequest(
        centres=centres,
        collectivities=_taking_part(communes, read, known),
        least=least,
        most=most,
        tolerance=None if tolerance is None else tolerance / PERCENT,
        keep_poles_s=keep_poles,
        keep_people_s=keep_people,
        premises=premises.value,
        technicians=technicians,
        fixed=_pairs("--fix", fix or [], names),
        forbidden=_pairs("--forbid", forbid or [], names),
        pareto=pareto,
        replay_days=read.resplit.replay_days if replay is None else replay,
        seed=seed,
    )
    refuse_unwritable(out, folder=True)
    roads = roads_of(read, network)
    with _stages() as show:
        found = run_resplit(request, read, known, roads, workers=workers, on_stage=show)
    write_resplit(found, read, known, roads, out, lang)
    if as_json:
        print_json(found.to_dict())
        return
    console = Console()
    console.print(_table(found))
    if found.replayed is not None:
        correlation = found.replayed.rank_correlation
        text = "too few different splits" if correlation is None else f"{correlation:.2f}"
        days = found.replayed.days
        console.print(f"rank correlation of estimate and real rounds, {days} days: {text}")
    console.print(f"[dim]{escape(str(out))}/rapport.html[/dim]", soft_wrap=True)


def _taking_part(
    text: str, service: Service, known: Mapping[str, Commune]
) -> tuple[str, ...] | None:
    from dispatch.splits.reading import read_split

    if text == NOW_14:
        return None
    if text == ALL_28:
        return tuple(known)
    return tuple(read_split(Path(text), service).centre_of)


def _pairs(option: str, texts: list[str], names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs written as COMMUNE=CENTRE; all faults at once."""
    from dispatch.files.cells import normalised

    by_name = {normalised(name): insee for name, insee in names.items()}
    pairs, faults = [], []
    for text in texts:
        commune, equals, centre = text.partition("=")
        if not equals or not commune or not centre:
            faults.append(Fault(option, "", text, "must be written as COMMUNE=CENTRE"))
        pairs.append((by_name.get(normalised(commune), commune.strip()), centre.strip()))
    if faults:
        raise InputError(faults)
    return tuple(pairs)


@contextmanager
def _stages() -> Iterator[Callable[[str], None] | None]:
    """Give a function that shows the current stage; None without a terminal."""
    console = errors()
    if not console.is_terminal:
        yield None
        return
    with console.status("") as status:

        def show(text: str) -> None:
            status.update(escape(text))

        yield show


def _table(found: ResplitAnswer) -> Table:
    asked = found.criteria
    title = (
        f"{len(found.units)} communes, {asked.centres} centres, {asked.technicians} technicians; "
        f"{found.method}"
    )
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("split", no_wrap=True)
    for heading in ("travel h", "workload h", "max/mean", "poles", "moved", "proof"):
        table.add_column(heading, justify="right", no_wrap=True)
    present = [found.present] if found.present else []
    for each in [*present, found.best, *found.front, *found.alternatives]:
        gap = "" if each.gap is None else f"gap {PERCENT * each.gap:.2f} %"
        table.add_row(
            escape(each.split.name),
            f"{each.travel_s / HOUR_S:.2f}",
            f"{each.workload_max_s / HOUR_S:.2f}",
            f"{each.balance:.3f}",
            str(each.poles),
            str(len(each.moved)),
            "proven" if each.proven else gap,
        )
    return table
