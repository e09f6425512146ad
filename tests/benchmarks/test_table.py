"""The page of a benchmark: what stands in it, by hand, whatever part of a run is there yet."""

from __future__ import annotations

from benchmarks.rows import CLOSE, OURS, Row
from benchmarks.table import page


def row(family, instance, solver, cost, *, seed=0, gap=None, seconds=1.0) -> Row:
    """Return a row with what the page compares."""
    return Row(family, instance, solver, seed, cost, 0, 9, gap, seconds, 200.0, 0)


def lines(rows) -> list[str]:
    """Return the page's lines."""
    return page(rows, "2026-11-25", "python -m benchmarks").splitlines()


def test_our_median_is_set_against_the_peers():
    """Seeds 90, 100 and 110 on 100 and 60 on 50: mean +10 %, worst and best seen, worst seed."""
    rows = [row("fit", "a", OURS, cost, seed=n) for n, cost in enumerate((90, 100, 110))]
    rows += [row("fit", "a", "vroom", 100), row("fit", "b", OURS, 60), row("fit", "b", "vroom", 50)]
    found = [line for line in lines(rows) if line.startswith("| vroom |")]
    assert found == ["| vroom | 2 | +10.00% | +20.00% | +0.00% | +20.00% | 0 | 1.0 | 1.0 |"]


def test_a_page_is_written_while_one_side_is_still_missing():
    """Rows come one by one; a peer's may be the first of all."""
    assert any("| a | vroom |" in line for line in lines([row("fit", "a", "vroom", 100)]))
    assert any("| a | dispatch |" in line for line in lines([row("fit", "a", OURS, 100)]))


def test_growth_tells_when_the_gap_was_down():
    """One line a solver; the row that tells when is part of its solver's line."""
    quick = f"{OURS}, quick"
    rows = [row("growth", "s-25", "vroom", 200, seconds=0.5)]
    assert "| s-25 | vroom | 200 | +0.00% | 9 |  | 0.5 |  | 200 |" in lines(rows)
    rows += [row("growth", "s-25", quick, 190, gap=0.004, seconds=3.0)]
    rows += [row("growth", "s-25", quick + CLOSE, 190, gap=0.004, seconds=2.0)]
    found = [line for line in lines(rows) if "s-25" in line]
    assert found[1:] == ["| s-25 | dispatch, quick | 190 | -5.00% | 9 | 0.40% | 3.0 | 2.0 | 200 |"]
