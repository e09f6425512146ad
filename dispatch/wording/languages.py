"""The languages there are: a file of this folder each, named by its code: `fr.toml`.

A new file is a new language; nothing else names it.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "fr"
"""What centre heads and technicians see unless they ask for another language."""


def languages() -> tuple[str, ...]:
    """Return the codes of the languages there are, the default first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return (DEFAULT, *(code for code in found if code != DEFAULT))


def known_language(code: str) -> str:
    """
    Return the code of a language that there is.

    Raises
    ------
    ValueError
        When there is no such language; the message lists those that there are.
    """
    if code not in languages():
        msg = f"no words in language {code!r}; give one of {', '.join(languages())}"
        raise ValueError(msg)
    return code
