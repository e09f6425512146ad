"""Write the JSON Schemas of the doors (problem, plan, day, tickets) into docs/schemas.

They are made from the models. Run it after a change of a format; a test holds the files to
what it writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dispatch.folder.read import tickets_schema
from dispatch.folder.write import day_schema
from dispatch.model.plan import plan_schema
from dispatch.model.problem import problem_schema

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by file name."""
    return {
        "dispatch-problem-1.json": problem_schema(),
        "dispatch-plan-1.json": plan_schema(),
        "dispatch-day-1.json": day_schema(),
        "dispatch-tickets-1.json": tickets_schema(),
    }


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as the text of its file."""
    return json.dumps({"$schema": DIALECT, **schema}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text_of(schema), encoding="utf-8")
        print(f"docs/schemas/{name}")
