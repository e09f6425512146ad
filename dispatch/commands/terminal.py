"""The output of commands: results on standard output, problems on standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console


def errors() -> Console:
    """Return the console of standard error."""
    return Console(stderr=True)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    """Print a value as JSON, for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
