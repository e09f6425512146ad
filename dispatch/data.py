"""Paths of the bundled data: inside the installed package, or in a checkout's data/."""

from __future__ import annotations

from pathlib import Path

from dispatch.errors import InputError

# The wheel carries data/ as dispatch/_data; an editable install has it beside the package.
INSTALLED = "_data"
CHECKOUT = "data"


def data_path(name: str) -> Path:
    """
    Return the path of a bundled file or folder, such as "communes.geojson".

    Raises
    ------
    InputError
        When it is missing: the installation is incomplete.
    """
    # A wheel is always unpacked, never run from a zip (native dependencies): a path will do.
    package = Path(__file__).parent
    for folder in (package / INSTALLED, package.parent / CHECKOUT):
        if (folder / name).exists():
            return folder / name
    raise InputError.one(
        name, "this bundled file is missing; install the package again, or check data/ out again"
    )
