"""Where a table's headings are: below a title, an empty line or a logo, not always on line 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.files.cells import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Lines that may stand above the headings: a title, who exported it and when, a few filters.
SEARCHED = 20


def known_in(line: Iterable[str], known: Callable[[str], bool]) -> int:
    """Return how many different headings of a line are known."""
    return len({name for cell in line if (name := normalised(cell)) and known(cell)})


def heading_line(lines: Sequence[Sequence[str]], known: Callable[[str], bool]) -> tuple[int, int]:
    """
    Return which line holds the headings, and how many of them are known.

    Parameters
    ----------
    lines
        The first lines of a table.
    known
        Whether a heading is known.

    Returns
    -------
    index, count
        The first line with the most known headings; line 0 where none has any.
    """
    counts = [known_in(line, known) for line in lines[:SEARCHED]]
    if not counts:
        return 0, 0
    best = max(counts)
    return (counts.index(best), best) if best else (0, 0)
