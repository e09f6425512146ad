"""What the terminal shows: nothing in a pipe, a row a centre on a terminal, and the summary."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from dispatch.commands.progress import (
    hours,
    line_of_search,
    plan_line,
    summary_table,
    table_of_centres,
)
from dispatch.folder.write import DayFile, NetworkUsed
from dispatch.solve.progress import Progress
from tests.support.small_day import SOUND_ROUND, drive, plan, stop

if TYPE_CHECKING:
    from dispatch.model.plan import Plan


def console(*, terminal: bool) -> Console:
    """Return a console that writes into memory."""
    return Console(file=io.StringIO(), force_terminal=terminal, width=100, no_color=True)


def shown(of: Console) -> str:
    """Return what a console was given."""
    assert isinstance(of.file, io.StringIO)
    return of.file.getvalue()


def test_in_a_pipe_nothing_is_shown_and_nobody_is_told():
    """There is no function to call, so the search need not report."""
    pipe = console(terminal=False)
    with table_of_centres(pipe) as show, line_of_search(pipe) as show_line:
        assert show is None
        assert show_line is None
    assert shown(pipe) == ""


def test_on_a_terminal_each_centre_has_a_row_and_its_name_is_text():
    """Cost, bound and gap as they are; square brackets in a name mean nothing."""
    screen = console(terminal=True)
    with table_of_centres(screen) as show:
        show("sud", Progress("proof", 7200, 6480))
        show("[red]x[/red]", Progress("improvement", 3600, 0))
    text = shown(screen)
    assert "proof" in text
    assert "2 h 00" in text
    assert "1 h 48" in text
    assert "10.00 %" in text
    assert "[red]x[/red]" in text


def test_one_search_has_one_row():
    """Without a name."""
    screen = console(terminal=True)
    with line_of_search(screen) as show:
        show(Progress("choice", 60, 0))
    assert "choice" in shown(screen)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 h 00"), (29, "0 h 00"), (31, "0 h 01"), (3600, "1 h 00"), (7499, "2 h 05")],
)
def test_durations_are_hours_and_minutes(seconds, text):
    """Rounded to the minute."""
    assert hours(seconds) == text


def test_a_plan_in_a_line_says_what_it_is_worth_and_why_it_stopped():
    """Status, visits, driving, cost; bound and gap where there is one."""
    sound = plan(SOUND_ROUND)
    plain = "complete: 2 visits served in 1 rounds, 0 unassigned, driving 0 h 06, cost 360 s"
    assert plan_line(sound) == plain
    bounded = sound.model_copy(update={"bound_s": 270, "gap": 0.25, "stopped": "time_limit"})
    assert plan_line(bounded) == f"{plain}, bound 270 s (gap 25.00 %), stopped by time limit"
    proven = sound.model_copy(update={"bound_s": 360, "gap": 0.0, "proven_optimal": True})
    assert plan_line(proven) == f"{plain}, bound 360 s (proven optimal)"


@pytest.mark.slow
def test_the_summary_has_a_row_a_centre_and_their_sum():
    """Two centres of 360 and 5410 s; without one's bound there is none for all."""
    one = plan(SOUND_ROUND).model_copy(update={"bound_s": 360, "gap": 0.0, "proven_optimal": True})
    round_ = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    two = plan(round_, left=("A",)).model_copy(update={"bound_s": 2705, "gap": 0.5})

    def rows(*plans: Plan) -> list[str]:
        day = DayFile(
            date=date(2026, 11, 25),
            network=NetworkUsed(name="n", approximate=True, sha256="", attribution=""),
            seed=1,
            effort="quick",
            sample=False,
            summary={f"c{n}": p.summary() for n, p in enumerate(plans)},
            plans={f"c{n}": p for n, p in enumerate(plans)},
            failures={},
        )
        page = console(terminal=False)
        page.print(summary_table(day))
        assert "visits as given; travel times are an approximation" in shown(page)
        assert "travel by time of day" not in shown(page)
        page.print(summary_table(day.model_copy(update={"traffic": True})), width=200)
        assert "approximation; travel by time of day" in shown(page)
        page = console(terminal=False)
        page.print(summary_table(day))
        return [" ".join(line.split()) for line in shown(page).splitlines() if line.strip()]

    table = rows(one, two)
    assert "c0 1 2/2 0 h 06 4 0 h 06 0 h 06 optimal" in table
    assert "c1 1 1/2 0 h 07 4 1 h 30 0 h 45 50.00 %" in table
    assert "all 2 3/4 0 h 13 8 1 h 36 0 h 51 46.88 %" in table
    assert "all 2 3/4 0 h 13 8 1 h 36" in rows(one, plan(round_, left=("A",)))
    assert not any(line.startswith("all") for line in rows(one))
