"""The wings of the program: each imports only those below; heavy libraries stay in their wing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import dispatch

PACKAGE = Path(dispatch.__file__).parent

# From the top of the house to its ground, a wing or a single module a name. A file imports from
# its own wing and from those of later lines only.
FLOORS = """
__init__ __main__
cli
commands
notebook
doctor
nightly
networks tickets
replan
planday
resplit
assess
sheets edits
views
explain store
cluster
solve
folder
checker
model
splits
streets
inputs
demand
service
territory
files
fieldwork
wording
supervision
data interrupts
errors version callable_package
"""
# The four parts of the solver, likewise; the modules at its top put them together.
SOLVER_FLOORS = """
__init__ assemble efforts fixed_prefix joining progress reasons search side_by_side warm
bound
partition
heuristic
timing
threads
"""
ONLY_IN = {
    "ortools": {"solve", "resplit"},
    "osmnx": {"streets", "networks"},
    "osmium": {"networks"},
    "folium": {"views"},
    "numba": {"solve", "resplit"},
    "pyroutingkit": {"streets"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "psycopg": {"store"},
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def dotted(path: Path) -> str:
    """Return the dotted name of a file's module."""
    parts = ["dispatch", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {dotted(path): path for path in FILES}


def floors(text: str) -> dict[str, int]:
    """Return the height of each name: 0 is the ground."""
    lines = text.strip().splitlines()
    return {name: len(lines) - row for row, line in enumerate(lines) for name in line.split()}


def wing_of(module: str, level: int = 1) -> str:
    """Return the wing, or single module, that a module is in, below the package of a level."""
    parts = module.split(".")
    return parts[level] if len(parts) > level else "__init__"


def imports(path: Path) -> list[tuple[str, int]]:
    """Return every module that a file imports, for types and in functions too, and the line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.append((inner if inner in MODULES else str(node.module), node.lineno))
    return found


def test_every_wing_has_its_floor():
    """A new folder, or a new module at the top, is given one here."""
    assert {wing_of(name) for name in MODULES} == set(floors(FLOORS))
    solver = {name for name in MODULES if name.startswith("dispatch.solve")}
    assert {wing_of(name, 2) for name in solver} == set(floors(SOLVER_FLOORS))


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_a_wing_imports_only_wings_below_it(module):
    """Imports for types count as well: who reads the one must know the other."""
    height, inside = floors(FLOORS), floors(SOLVER_FLOORS)
    for name, line in imports(MODULES[module]):
        if name.split(".")[0] != "dispatch" or name == "dispatch":
            continue
        own, other = wing_of(module), wing_of(name)
        where = f"{module}:{line} imports {name}"
        assert own == other or height[other] < height[own], where
        if own == other == "solve":
            own, other = wing_of(module, 2), wing_of(name, 2)
            assert own == other or inside[other] <= inside[own], where


def test_no_two_files_import_each_other_in_a_circle():
    """Not through a third one either, and not for types alone."""
    edges = [
        (module, name)
        for module, path in MODULES.items()
        for name, _ in imports(path)
        if name in MODULES and name != module
    ]
    parts = nx.strongly_connected_components(nx.DiGraph(edges))
    assert [sorted(part) for part in parts if len(part) > 1] == []


def test_nothing_but_the_package_itself_is_above_the_command_line():
    """`import dispatch` is for people; the program's own files import from the wings."""
    importers = [m for m, path in MODULES.items() if "dispatch" in dict(imports(path))]
    assert importers == []


@pytest.mark.parametrize("module", MODULES)
def test_a_heavy_library_is_imported_only_where_it_belongs(module):
    """OR-Tools and numba by the solver, osmnx by the streets, folium by the views."""
    for name, line in imports(MODULES[module]):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or wing_of(module) in allowed, f"{module}:{line} imports {name}"


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_printed_outside_the_command_line(module):
    """A library returns; `cli.py` writes."""
    if wing_of(module) in {"cli", "commands"}:
        return
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        assert not (isinstance(called, ast.Name) and called.id == "print"), module
        assert not (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr")), module


@pytest.mark.slow
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
