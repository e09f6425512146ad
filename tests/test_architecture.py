"""The order of the modules: later stages import earlier ones; heavy libraries where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dispatch

PACKAGE = Path(dispatch.__file__).parent

# As in the design: what there is, how far, a day, what people see, thin on top. A module imports
# from its own stage and earlier ones only. Within "what there is" the words come before the files.
STAGES: list[set[str]] = [
    {"errors", "data", "interrupts"},
    {"fieldwork", "territory"},
    {"files", "settings", "service_rules"}
    | {"split_settings", "ticket_settings", "night_settings", "replan_settings"},
    {"roads", "streets", "travel"},
    {"config", "demand", "rows", "visit_checks", "read"},
    {"tickets"},
    {"borders", "reorganise", "split", "split_checks"},
    {"problem", "problem_door"},
    {"plan"},
    {"driving", "fairness", "recount", "claims", "rules"},
    {"solve"},
    {"explain"},
    {"day"},
    {"maps", "views"},
    {"backlog"},
    {"store"},
    {"cluster", "folder", "networks", "planning", "progress"},
    {"written"},
    {"familiarity"},
    {"edits"},
    {"dayinputs", "daypages"},
    {"planday"},
    {"logs", "metrics"},
    {"nightly"},
    {"doctor"},
    {"replan"},
    {"sheets"},
    {"assess"},
    {"resplit"},
    {"showing"},
    {"commands"},
    {"cli"},
    {"__init__", "__main__"},
]
STAGE = {name: number for number, names in enumerate(STAGES) for name in names}
ONLY_IN = {
    "ortools": {"solve", "resplit"},
    "osmnx": {"roads", "networks"},
    "osmium": {"networks"},
    "folium": {"maps"},
    "numba": {"solve", "resplit"},
    "pyroutingkit": {"streets"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "psycopg": {"store"},
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def module_of(path: Path) -> str:
    """Return the module, or the subpackage, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, int]]:
    """Return every module that a file imports, for types and in functions too, and the line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            if node.module == "dispatch":
                found += [(f"dispatch.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((str(node.module), node.lineno))
    return found


def test_every_module_has_its_stage():
    """A new module is given one here."""
    assert {module_of(path) for path in FILES} == set(STAGE)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_from_its_own_stage_and_earlier_ones(path):
    """Imports for types count as well: who reads the one must know the other."""
    own = module_of(path)
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "dispatch" or parts[1:2] in ([], ["__version__"]):
            continue
        assert STAGE[parts[1]] <= STAGE[own], f"{path.name}:{line} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_heavy_library_is_imported_only_where_it_belongs(path):
    """OR-Tools and numba by the solver, osmnx by the roads, folium by the maps."""
    for name, line in imports(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or module_of(path) in allowed, f"{path.name}:{line} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_printed_outside_the_command_line(path):
    """A library returns; `cli.py` writes."""
    if module_of(path) in {"cli", "commands"}:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        assert not (isinstance(called, ast.Name) and called.id == "print"), path
        assert not (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr")), path


def test_the_package_is_imported_without_its_heavy_libraries():
    """A notebook's first cell, and `dispatch --help`, need not wait for them."""
    code = (
        "import sys, dispatch, dispatch.cli\n"
        "heavy = {'ortools', 'numba', 'folium', 'osmnx', 'geopandas', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stdout == "[]\n"
