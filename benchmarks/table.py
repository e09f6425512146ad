"""The page that a benchmark leaves: machine, versions, medians and worst."""

from __future__ import annotations

import os
import platform
from importlib.metadata import distributions, version
from statistics import mean, median
from typing import TYPE_CHECKING

from benchmarks.rows import CLOSE, OURS

if TYPE_CHECKING:
    from benchmarks.rows import Row

PACKAGES = ("ortools", "numba", "numpy", "scipy", "pyvroom", "pyvrp")


def page(rows: list[Row], day: str, command: str) -> str:
    """Return the page, in Markdown, of one run on one day."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES if _installed(name))
    lines = [
        "# Benchmarks",
        "",
        f"{day}, `{command}`, {platform.machine()} with {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {versions}.",
        "",
        "Costs by `checker.rules`, in seconds; every plan was checked by the same rules. Where a",
        "peer's model differs from ours stands in `benchmarks/peers.py`.",
        "",
    ]
    families = list(dict.fromkeys(row.family for row in rows))
    for family in families:
        own = [row for row in rows if row.family == family]
        of_family = _growth(own) if family == "growth" else [*_summary(own), "", *_detail(own)]
        lines += [f"## {family}", "", *of_family, ""]
    return "\n".join(lines)


def _installed(name: str) -> bool:
    # A page of rows kept before is made without the peers.
    return bool(list(distributions(name=name)))


def _summary(rows: list[Row]) -> list[str]:
    """Return, for each peer, how far our median of each instance lies from its median."""
    lines = [
        "| peer | instances | ours against it: mean | worst | best "
        "| of our seeds: worst | fewer served value | its time s | ours s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    names = list(dict.fromkeys(row.instance for row in rows))
    for peer in sorted({row.solver for row in rows} - {OURS}):
        middle, worst, poorer, theirs_s, ours_s = [], [], 0, [], []
        for name in names:
            ours = [row for row in rows if row.instance == name and row.solver == OURS]
            theirs = [row for row in rows if row.instance == name and row.solver == peer]
            # A page is written as the rows come: one side may not be there yet.
            if not theirs or not ours:
                continue
            base = median(row.cost_s for row in theirs)
            middle.append(median(row.cost_s for row in ours) / base - 1)
            worst.append(max(row.cost_s for row in ours) / base - 1)
            poorer += min(r.value_s for r in ours) < max(r.value_s for r in theirs)
            theirs_s += [row.seconds for row in theirs]
            ours_s += [row.seconds for row in ours]
        if not middle:
            continue
        lines.append(
            f"| {peer} | {len(middle)} | {mean(middle):+.2%} | {max(middle):+.2%} "
            f"| {min(middle):+.2%} | {max(worst):+.2%} | {poorer} "
            f"| {median(theirs_s):.1f} | {median(ours_s):.1f} |"
        )
    gaps = [row.gap for row in rows if row.solver == OURS and row.gap is not None]
    if gaps:
        what = "above the best known" if rows[0].family == "sdvrptw" else "proven gap"
        lines += [
            "",
            f"Ours, {what}: mean {mean(gaps):.2%}, median {median(gaps):.2%}, "
            f"worst {max(gaps):.2%}.",
        ]
    faults = sum(row.faults for row in rows)
    return [*lines, "", f"Rules broken in {len(rows)} plans: {faults}."]


def _growth(rows: list[Row]) -> list[str]:
    """Return a line for each solver on each size, and when ours had its gap down to 1 %."""
    lines = [
        "| instance | solver | cost s | against VROOM | served | gap | time s | gap of 1 % after s "
        "| memory MB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    close = {(row.instance, row.solver): row.seconds for row in rows if row.solver.endswith(CLOSE)}
    base = {row.instance: row.cost_s for row in rows if row.solver == "vroom"}
    for row in rows:
        if row.solver.endswith(CLOSE):
            continue
        against = f"{row.cost_s / base[row.instance] - 1:+.2%}" if row.instance in base else ""
        reached = close.get((row.instance, row.solver + CLOSE))
        lines.append(
            f"| {row.instance} | {row.solver} | {row.cost_s} | {against} | {row.served} "
            f"| {_gap(row)} | {row.seconds:.1f} | {'' if reached is None else f'{reached:.1f}'} "
            f"| {row.megabytes:.0f} |"
        )
    return lines


def _detail(rows: list[Row]) -> list[str]:
    lines = [
        "| instance | solver | seed | cost s | served | value s | gap | time s | memory MB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        lines.append(
            f"| {row.instance} | {row.solver} | {row.seed} | {row.cost_s} | {row.served} "
            f"| {row.value_s} | {_gap(row)} | {row.seconds:.1f} | {row.megabytes:.0f} |"
        )
    return lines


def _gap(row: Row) -> str:
    return "" if row.gap is None else f"{row.gap:.2%}"
