"""What another weight of even work would cost, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from dispatch.commands.progress import hours

if TYPE_CHECKING:
    from rich.console import Console

    from dispatch.planday.evenness import Evenness, SharedWork


# More technicians than that: the least and the most time only.
MOST_LISTED = 4


def report_evenness(console: Console, evenness: Evenness) -> None:
    """Print, for each centre, the times on site with the weight asked for and with the other."""
    one, other = evenness.percent, evenness.other_percent
    console.print(f"[bold]even work {one} %[/bold] (time on site by technician), and at {other} %")
    for name, (work, instead) in evenness.centres.items():
        said = f"{_times(work)}; at {other} %: {_times(instead)}, {_difference(work, instead)}"
        console.print(f" {escape(name)}: {said}", soft_wrap=True)


def _times(work: SharedWork) -> str:
    times = work.on_site_s.values()
    if len(times) > MOST_LISTED:
        return f"{hours(min(times))} to {hours(max(times))}"
    return " / ".join(map(hours, times))


def _difference(work: SharedWork, instead: SharedWork) -> str:
    """Return what the other weight changes in driving, and in visits served if it does."""
    minutes = round((instead.travel_s - work.travel_s) / 60)
    more = instead.served - work.served
    said = f"{abs(minutes)} min {'less' if minutes < 0 else 'more'} driving"
    if minutes == 0:
        said = "as much driving"
    if more:
        unit = "visit" if abs(more) == 1 else "visits"
        said += f", {abs(more)} {unit} {'more' if more > 0 else 'fewer'}"
    return said
