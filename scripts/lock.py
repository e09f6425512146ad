"""Write deploy/requirements.txt: what a server installs, with the hash of every file of it.

Needs `uv` on the path (`pip install uv`), which asks the package index for the hashes::

    python scripts/lock.py

The versions are those of constraints.txt. Names, versions, markers and hashes only: no
address stands in the file, so that any mirror of the index serves.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# What a server installs: versions of constraints.txt, with hashes; written by scripts/lock.py.
#   pip install --require-hashes --only-binary :all: -r deploy/requirements.txt
#   pip install --no-deps .
"""
# What a nightly job may need: its store can be a PostgreSQL server.
EXTRA = "postgres"
OLDEST_PYTHON = "3.11.0"


def main() -> None:
    """Write the file; end with a message where the versions do not go together."""
    if shutil.which("uv") is None:
        sys.exit("uv is not on the path; install it: pip install uv")
    ran = subprocess.run(
        [
            *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
            *("--python-version", OLDEST_PYTHON, "--extra", EXTRA),
            *("--constraints", "constraints.txt", "pyproject.toml"),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode != 0:
        sys.exit(ran.stderr)
    (ROOT / "deploy" / "requirements.txt").write_text(HEAD + ran.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
