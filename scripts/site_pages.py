"""Pages of the documentation site that are made from the program itself, at each build.

MkDocs calls `on_files` (see `hooks` in mkdocs.yml). The pages are written into the
site only, so that none can differ from the program:

- the commands and their options, from the command line's own parser;
- the public names of `dispatch`, from their docstrings (mkdocstrings);
- the keys of the JSON formats, from docs/schemas/;
- files of the top level that belong to the site too, such as CHANGELOG.md.
"""

from __future__ import annotations

import json
import re
import sys
from inspect import unwrap
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent

# Each public name stands on one page; `python_pages` refuses one that is missing or double.
PYTHON = {
    "day": (
        "Plan a day",
        "One problem in, one plan out; the check shares no code with the search. `plan_of` plans "
        "every centre of a day and writes nothing.",
        (
            *("DayProblem", "solve", "Plan", "check", "Violation", "cost"),
            *("PlanOptions", "read_inputs", "plan_of"),
        ),
    ),
    "field": (
        "Visits and technicians",
        "What there is to do, and who can do it. Times are whole seconds since local midnight.",
        ("Visit", "Ticket", "TimeWindow", "Technician", "Shift", "Break"),
    ),
    "files": (
        "Read files",
        "Files become objects. A reader lists every fault of a file at once.",
        ("read_visits", "read_technicians", "read_service", "read_communes", "Service"),
    ),
    "places": (
        "Territory and roads",
        "Communes and centres; travel between sites; a centre's day as a problem.",
        (
            *("Territory", "Commune", "Centre", "load_network", "Router", "Site", "Travel"),
            *("sample_day", "share_out", "problem_of"),
        ),
    ),
    "splits": (
        "Splits",
        "Which centre has charge of which commune: what that is worth, and what is better.",
        ("Split", "read_split", "bundled_splits", "assess", "verdicts", "resplit"),
    ),
    "notebook": (
        "Show results",
        "Pages and maps as a notebook shows them.",
        ("Page", "show_day", "show_splits", "show_assessment"),
    ),
    "errors": (
        "Errors",
        "Each error names the cause and the remedy, and has an exit code.",
        ("DispatchError", "InputError", "TravelError", "SolverError"),
    ),
}

# Files outside docs/ that the site shows, and where.
SHOWN = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security-policy.md",
    "CODE_OF_CONDUCT.md": "project/conduct.md",
    "data/README.md": "project/data.md",
}

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here to those of docs/."""
    # The pages are about this checkout, whatever is installed.
    sys.path.insert(0, str(ROOT))
    pages = {
        "reference/commands.md": commands_page(),
        "reference/schemas.md": schemas_page(ROOT / "docs" / "schemas"),
        **python_pages(),
        **{page: root_page(source) for source, page in SHOWN.items()},
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def commands_page() -> str:
    """Return the page of the command line: each command with its usage and its options."""
    import typer

    from dispatch.cli import app

    parts = [
        "# Commands\n\nMade from the program's own parser: what `dispatch COMMAND --help` says. "
        "Exit codes: 0 done; 1 a check failed; 2 bad input; 3 no travel times; 4 solver failure, "
        "or a mandatory visit that nobody can serve; 5 part of the work failed and the rest was "
        "written.\n"
    ]
    for name, command in sorted(leaves(typer.main.get_command(app), "dispatch")):
        parts.append(_command(name, command))
    return "\n".join(parts)


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - the parser's
    """Yield each command that does something, with the words that call it."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from leaves(inner, f"{name} {word}")


def _command(name: str, command: Any) -> str:  # noqa: ANN401 - as above
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(command.get_usage(context).removeprefix("Usage:").split())
    lines = [f"## {name}\n", f"```text\n{usage}\n```\n", (command.help or "") + "\n"]
    rows = [_parameter(parameter, context) for parameter in command.params]
    if rows:
        lines += ["| argument or option | meaning |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _parameter(parameter: Any, context: Any) -> str:  # noqa: ANN401 - as above
    left, text = parameter.get_help_record(context)
    return f"| `{left}` | {_cell(text)} |"


def _cell(text: str | None) -> str:
    # In a table a bar ends the cell, and brackets could be read as a link.
    return " ".join((text or "").split()).replace("|", "\\|").replace("[", "\\[")


def python_pages() -> dict[str, str]:
    """
    Return the pages of the public names.

    Raises
    ------
    ValueError
        When a public name stands on no page, or on two.
    """
    import dispatch

    named = [name for _, _, names in PYTHON.values() for name in names]
    expected = [name for name in dispatch.__all__ if name != "__version__"]
    if sorted(named) != sorted(expected):
        differ = sorted(set(named) ^ set(expected)) or sorted(named)
        msg = f"PYTHON in scripts/site_pages.py must have each public name once: {differ}"
        raise ValueError(msg)
    pages = {}
    for page, (title, intro, names) in PYTHON.items():
        # The search box shows the pages that explain before those that list.
        head = f"---\nsearch:\n  boost: 0.5\n---\n\n# {title}\n\n{intro}"
        parts = [head, f"```python\nfrom dispatch import {', '.join(names)}\n```"]
        for name in names:
            # Packages such as `dispatch.solve` are called like the function in them.
            home = unwrap(getattr(dispatch, name)).__module__
            parts.append(f"::: {home}.{name}")
        pages[f"reference/python/{page}.md"] = "\n\n".join(parts) + "\n"
    return pages


def schemas_page(folder: Path) -> str:
    """Return the page of the JSON formats: each key, its type and its meaning."""
    parts = [
        "# JSON formats\n\nMade from the JSON Schemas, which are what the program itself reads "
        "and writes by. Unknown keys are refused by name. What the keys mean together: "
        "[formats](../formats.md).\n"
    ]
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        parts.append(f"## {schema['title']}\n\nSchema: [`{path.name}`](../schemas/{path.name})\n")
        parts.append(_keys(schema))
        for name, inner in schema.get("$defs", {}).items():
            title = name.removesuffix("Door").removesuffix("Json")
            parts.append(f"### {title} {{#{path.stem}-{name.lower()}}}\n")
            parts.append(_keys(inner))
    return "\n".join(parts)


def _keys(schema: dict[str, Any]) -> str:
    lines = [" ".join(schema.get("description", "").split()), ""]
    if "properties" in schema:
        needed = schema.get("required", ())
        lines += ["| key | type | left out | meaning |", "| --- | --- | --- | --- |"]
        for key, inner in schema["properties"].items():
            default = f"`{json.dumps(inner['default'])}`" if "default" in inner else "allowed"
            absent = "not allowed" if key in needed else default
            meaning = _cell(inner.get("description"))
            lines.append(f"| `{key}` | {_type(inner)} | {absent} | {meaning} |")
        lines.append("")
    elif "prefixItems" in schema:
        lines += ["A list of " + ", ".join(_type(one) for one in schema["prefixItems"]) + ".", ""]
    return "\n".join(lines)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return name.removesuffix("Door").removesuffix("Json")
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"list of {_type(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(kind)


def root_page(source: str) -> str:
    """Return a file of the top level as a page; its links lead to pages of the site."""
    text = (ROOT / source).read_text(encoding="utf-8")
    return _LINK.sub(lambda link: _relinked(link, PurePosixPath(source), SHOWN[source]), text)


def _relinked(link: re.Match[str], source: PurePosixPath, page: str) -> str:
    label, target = link.groups()
    if target.startswith("#") or "://" in target:
        return link.group()
    path, _, anchor = target.partition("#")
    inside = relpath(str(source.parent / path))
    if inside in SHOWN:
        place = SHOWN[inside]
    elif inside.startswith("docs/"):
        place = inside.removeprefix("docs/")
    else:
        # Source files are no part of the site: their name stays.
        return label
    return (
        f"[{label}]({relpath(place, PurePosixPath(page).parent)}{'#' + anchor if anchor else ''})"
    )
