"""Write constraints.txt: the version of every package that the tests were run with.

Run it with the Python of an environment in which `.[dev,benchmarks]` is installed::

    .venv/bin/python scripts/pin.py

Names and versions only; where packages come from is the installer's own affair.
"""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

HEAD = "# Versions that the tests were run with; written by scripts/pin.py.\n"
NOT_OURS = {"dispatch", "pip", "setuptools", "wheel"}


def main() -> None:
    """Write the file beside pyproject.toml."""
    pinned = {
        dist.name.lower().replace("_", "-"): dist.version
        for dist in distributions()
        if dist.name.lower() not in NOT_OURS
    }
    lines = [f"{name}=={version}\n" for name, version in sorted(pinned.items())]
    path = Path(__file__).parent.parent / "constraints.txt"
    path.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
