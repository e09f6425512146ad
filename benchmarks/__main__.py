"""`python -m benchmarks`: measure, and write the table."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.days import day, drawn_days, growth_days
from benchmarks.growth import rows_of_growth
from benchmarks.rows import OURS, Row
from benchmarks.run import instances, rows_of_day, rows_of_sdvrptw, warm_up
from benchmarks.table import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.solve.efforts import EffortName

FAMILIES = ("days", "sdvrptw", "growth")
ROOT = Path(__file__).parents[1]


def main() -> None:
    """Read the arguments, run the families asked for, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of our search")
    parser.add_argument("--days", nargs="+", type=int, default=[1, 2], help="of the generator")
    parser.add_argument("--only", nargs="+", help="days whose name holds one of these")
    parser.add_argument("--effort", choices=["quick", "standard", "thorough"], default="standard")
    parser.add_argument("--ortools-seconds", type=float, default=30.0, help="0: without it")
    parser.add_argument("--pyvrp-seconds", type=float, default=20.0, help="0: without it")
    parser.add_argument("--sdvrptw-seconds", type=float, default=60.0)
    parser.add_argument(
        "--instances", type=Path, default=ROOT.parent / "shared" / "instances" / "sdvrptw"
    )
    parser.add_argument("--smoke", action="store_true", help="a minute: small days, short times")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--keep", type=Path, help="append each row to this file (JSON lines)")
    parser.add_argument("--page", type=Path, nargs="+", help="no run: the page of rows kept before")
    args = parser.parse_args()
    if args.page:
        _write(args.out, [row for path in args.page for row in kept(path)])
        return
    if args.smoke:
        args.seeds, args.days, args.effort = [1], [1], "quick"
        args.ortools_seconds, args.pyvrp_seconds, args.sdvrptw_seconds = 3.0, 3.0, 4.0
    warm_up(day("rive-droite", 10, 2, 1, 0.8).problem)
    rows: list[Row] = []
    for row in _rows(args):
        rows.append(row)
        sys.stderr.write(
            f"{row.instance} {row.solver} seed {row.seed}: {row.cost_s} s, served {row.served}, "
            f"{row.seconds:.1f} s, faults {row.faults}\n"
        )
        # Written as it grows: a run of hours that is stopped leaves what it measured.
        _write(args.out, rows)
        if args.keep:
            with args.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    broken = [row for row in rows if row.solver == OURS and row.faults]
    if broken:
        sys.exit(f"rules broken by our own plans: {', '.join(row.instance for row in broken)}")


def kept(path: Path) -> list[Row]:
    """Return the rows that runs with `--keep` left in a file."""
    return [Row(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(out: Path, rows: list[Row]) -> None:
    today = datetime.now(tz=UTC).date().isoformat()
    out.parent.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    out.write_text(page(rows, today, command), encoding="utf-8")


def _rows(args: argparse.Namespace) -> Iterator[Row]:
    seconds = {"ortools": args.ortools_seconds, "pyvrp": args.pyvrp_seconds}
    if "days" in args.families:
        for seed in args.days:
            for one in drawn_days(seed, smoke=args.smoke):
                if args.only and not any(part in one.name for part in args.only):
                    continue
                yield from rows_of_day(one, args.effort, args.seeds, seconds)
    if "sdvrptw" in args.families:
        found = instances(args.instances)
        if not found:
            sys.stderr.write(f"no instances in {args.instances}: family sdvrptw left out\n")
        yield from rows_of_sdvrptw(
            found[:1] if args.smoke else found,
            args.sdvrptw_seconds,
            args.seeds,
            pyvrp=bool(args.pyvrp_seconds),
        )
    if "growth" in args.families:
        efforts: list[EffortName] = ["quick", args.effort] if args.effort != "quick" else ["quick"]
        yield from rows_of_growth(
            growth_days(args.days[0], smoke=args.smoke), efforts, args.seeds[0]
        )


if __name__ == "__main__":
    main()
