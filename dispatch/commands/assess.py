"""`dispatch assess`: splits compared on the same sampled days, with real rounds."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dispatch.commands.options import (
    AsJson,
    Effort,
    EffortChoice,
    Lang,
    Roads,
    Seed,
    ServiceFile,
    Workers,
)
from dispatch.commands.terminal import errors, print_json
from dispatch.interrupts import interruptions_held
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dispatch.assess.rank import Field
    from dispatch.assess.result import Assessment
    from dispatch.service.service import Service
    from dispatch.splits.split import Split
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

MAX_DAYS = 10_000
VERDICTS = {
    "less": "less",
    "more": "more",
    "equal": "the same, within the margin",
    "not_shown": "no difference shown",
    "too_few_days": "too few days",
    "other_demand": "other visits are asked",
}


def assess(
    split: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Split (CSV), or a bundled one by name; may be repeated. The first is the "
            "reference. Default: the bundled splits of the collectivities served now.",
        ),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_DAYS, help="Number of working days; default: as the service file says."
        ),
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Dask scheduler whose workers plan, as tcp://host:8786."
        ),
    ] = None,
    marginal: Annotated[
        bool,
        typer.Option(
            "--marginal",
            help="Value single changes of the first split too: 15 to 20 times the work.",
        ),
    ] = False,
    rank: Annotated[
        bool, typer.Option(help="Rank the splits among all admissible ones by estimated travel.")
    ] = True,
    service: ServiceFile = None,
    network: Roads = None,
    effort: Effort = EffortChoice.quick,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Delete the rounds that the folder holds.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")] = Path("assess"),
    lang: Lang = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """
    Compare splits: plan the same sampled days with real rounds, and say how sure the answer is.

    After an interruption the same command goes on where it stopped. More days add to those planned.
    """
    with interruptions_held():
        from dispatch.assess.choice import chosen_splits
        from dispatch.assess.files import write_assessment
        from dispatch.assess.run import run_assessment
        from dispatch.folder.write import refuse_unwritable
        from dispatch.model.day import roads_of
        from dispatch.service.service import read_service
        from dispatch.territory import read_communes

    read, communes = read_service(service), read_communes()
    splits = chosen_splits(split or (), read, communes)
    refuse_unwritable(out, folder=True)
    roads = roads_of(read, network)
    field = _field(splits, read, communes, roads) if rank else None
    try:
        with _bar() as show:
            found = run_assessment(
                splits,
                days=days,
                seed=seed,
                service=read,
                communes=communes,
                network=roads,
                effort=effort.value,
                workers=workers,
                scheduler=scheduler,
                out=out,
                fresh=fresh,
                field=field,
                marginal=marginal,
                on_progress=show,
            )
    except KeyboardInterrupt:
        text = f"stopped; the planned days are stored in {out}: the same command goes on from there"
        errors().print(escape(text), highlight=False, soft_wrap=True)
        raise
    write_assessment(found, out, lang)
    if as_json:
        print_json(found.summary())
    else:
        console = Console()
        console.print(_table(found))
        for line in _verdicts(found):
            console.print(escape(line), highlight=False, soft_wrap=True)
        console.print(f"[dim]{escape(str(out))}/rapport.html[/dim]", soft_wrap=True)
    if found.clocked:
        text = f"{found.clocked} searches were stopped by the clock; their figures may change"
        errors().print(f"[yellow]dispatch:[/yellow] {text}", highlight=False, soft_wrap=True)


def _field(
    splits: Sequence[Split],
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
) -> Field:
    """Return all admissible splits by the estimate, with the chosen ones among them."""
    from dispatch.assess.rank import field_of
    from dispatch.resplit.admissible import admissible_splits
    from dispatch.streets.router import Router, TravelSettings

    router = Router(network, settings=TravelSettings.from_toml(service.travel))
    return field_of(admissible_splits(service, communes, router), splits)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that shows the number of centre days done; None without a terminal."""
    console = errors()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), "centre days", TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show


def _table(found: Assessment) -> Table:
    """Return the key figures, a row a split."""
    summary = found.summary()
    title = f"{summary['days']} sampled days, seed {summary['seed']}"
    if found.network.approximate:
        title += "; travel times are an approximation"
    table = Table(
        title=escape(title), title_justify="left", title_style="bold", box=SIMPLE_HEAD,
        pad_edge=False,
    )  # fmt: skip
    table.add_column("split")
    for heading in ("km a day", "driving h", "undone", "load max/mean", "Gini"):
        table.add_column(heading, justify="right")
    for name, row in summary["splits"].items():
        table.add_row(
            escape(name),
            f"{row['travel_km_a_day']:.1f}",
            f"{row['travel_min_a_day'] / 60:.2f}",
            f"{row['undone_a_day']:.2f}",
            f"{row['workload_max_over_mean']:.2f}",
            f"{row['workload_gini']:.3f}",
        )
    return table


def _verdicts(found: Assessment) -> list[str]:
    """Return a line for each split that is compared: travel, visits undone and balance."""
    lines = []
    sure = f"{100 * found.judging.confidence:g} %"
    for name, row in found.summary()["splits"].items():
        if row["verdicts"]:
            said = {key: VERDICTS[verdict] for key, verdict in row["verdicts"].items()}
            lines.append(
                f"{name} against {found.reference}, at {sure}: "
                f"driving: {said['travel_h']}; visits undone: {said['undone']}; "
                f"largest load over mean: {said['workload_max_over_mean']}"
            )
    return lines
