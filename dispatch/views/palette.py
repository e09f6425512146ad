"""What distinguishes rounds: each has a letter, a colour and a dash.

The colours keep at least 4.5:1 of contrast with white, and neighbours in the list
differ in lightness as well as in hue, for eyes that do not distinguish red from green.
"""

from __future__ import annotations

from string import ascii_uppercase

COLOURS = (
    "#0072b2",  # blue
    "#b34700",  # burnt orange
    "#006b54",  # deep green
    "#a3246e",  # raspberry
    "#4a3c9f",  # indigo
    "#7d5a00",  # ochre
    "#1b1b1b",  # ink
    "#c0182b",  # red
)
# In place of the letter, for a visit that is in no round.
UNDONE = "!"
DASHES: tuple[str | None, ...] = (None, "12 5", "3 6", "14 5 3 5")


def letter(rank: int) -> str:
    """Return the letter of the round of a rank from 0: A to Z, then AA, AB and so on."""
    letters = ""
    rank += 1
    while rank:
        rank, rest = divmod(rank - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters


def colour(rank: int) -> str:
    """Return the colour of the round of a rank, as #rrggbb."""
    return COLOURS[rank % len(COLOURS)]


def colour_class(rank: int) -> str:
    """Return the CSS class that sets `--round` to the colour of the round of a rank."""
    return f"round-{rank % len(COLOURS)}"


def dash(rank: int) -> str | None:
    """Return the SVG dash pattern of the round of a rank; two rounds of a colour differ in it."""
    return DASHES[(rank + rank // len(COLOURS)) % len(DASHES)]


def palette_css() -> str:
    """Return the CSS rules behind `colour_class`."""
    return "\n".join(
        f".{colour_class(rank)} {{ --round: {colour(rank)}; }}" for rank in range(len(COLOURS))
    )
