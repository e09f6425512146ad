"""The wings of the program: each imports only those below; heavy libraries stay in their wing."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from tests.support.sources import PACKAGE, PROGRAM, parsed

if TYPE_CHECKING:
    from pathlib import Path

# From the top of the house to its ground, a wing or a single module a name. A file imports from
# its own wing and from those of later lines only.
FLOORS = """
__init__ __main__
cli
commands
notebook
doctor
nightly
networks
replan
planday
resplit
assess
sheets edits
views
explain store chances
cluster
solve
folder
checker
model
splits
streets
tickets
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
__init__ assemble fixed_prefix joining prefix_search reasons search side_by_side warm
completion backlog efforts progress slack
bound
partition
heuristic
timing
deadline threads
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


def dotted(path: Path) -> str:
    """Return the dotted name of a file's module."""
    parts = ["dispatch", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {dotted(path): path for path in PROGRAM}


def floors(text: str) -> dict[str, int]:
    """Return the height of each name: 0 is the ground."""
    lines = text.strip().splitlines()
    return {name: len(lines) - row for row, line in enumerate(lines) for name in line.split()}


def wing_of(module: str, level: int = 1) -> str:
    """Return the wing, or single module, that a module is in, below the package of a level."""
    parts = module.split(".")
    return parts[level] if len(parts) > level else "__init__"


@cache
def every_import() -> list[tuple[str, str, int]]:
    """Return each module, what it imports, for types and in functions too, and the line."""
    return [
        (module, name, line) for module, path in MODULES.items() for name, line in imports(path)
    ]


def imports(path: Path) -> list[tuple[str, int]]:
    """Return every module that a file imports, for types and in functions too, and the line."""
    found = []
    for node in ast.walk(parsed(path)):
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


def goes_down(module: str, name: str) -> bool:
    """Return whether an import leads into the module's own wing, or into one below."""
    height, inside = floors(FLOORS), floors(SOLVER_FLOORS)
    own, other = wing_of(module), wing_of(name)
    if own == other == "solve":
        own, other = wing_of(module, 2), wing_of(name, 2)
        return own == other or inside[other] <= inside[own]
    return own == other or height[other] < height[own]


def test_a_wing_imports_only_wings_below_it():
    """Imports for types count as well: who reads the one must know the other."""
    assert [
        f"{module}:{line} imports {name}"
        for module, name, line in every_import()
        if name.startswith("dispatch.") and not goes_down(module, name)
    ] == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("dispatch.model.plan", "dispatch.solve.search"),
        ("dispatch.solve.timing.clock", "dispatch.solve.search"),
        ("dispatch.solve.heuristic.anneal", "dispatch.solve.bound.prover"),
    ],
)
def test_an_import_upwards_would_be_seen(module, name):
    """The other way round each is allowed."""
    assert not goes_down(module, name)
    assert goes_down(name, module)


def test_no_two_files_import_each_other_in_a_circle():
    """Not through a third one either, and not for types alone."""
    edges = [
        (module, name) for module, name, _ in every_import() if name in MODULES and name != module
    ]
    parts = nx.strongly_connected_components(nx.DiGraph(edges))
    assert [sorted(part) for part in parts if len(part) > 1] == []


def test_nothing_but_the_package_itself_is_above_the_command_line():
    """`import dispatch` is for people; the program's own files import from the wings."""
    assert [module for module, name, _ in every_import() if name == "dispatch"] == []


def test_a_heavy_library_is_imported_only_where_it_belongs():
    """OR-Tools and numba by the solver, osmnx by the streets, folium by the views."""
    assert [
        f"{module}:{line} imports {name}"
        for module, name, line in every_import()
        if wing_of(module) not in ONLY_IN.get(name.split(".")[0], {wing_of(module)})
    ] == []
    imported = {name.split(".")[0] for _, name, _ in every_import()}
    assert imported >= {"ortools", "numba", "osmnx", "folium", "sqlalchemy"}


def prints(node: ast.AST) -> bool:
    """Return whether a node writes to the terminal."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name) and called.id == "print":
        return True
    return isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr")


def test_nothing_is_printed_outside_the_command_line():
    """A library returns; `cli.py` writes."""
    assert [
        f"{module}:{getattr(node, 'lineno', 0)}"
        for module, path in MODULES.items()
        if wing_of(module) not in {"cli", "commands"}
        for node in ast.walk(parsed(path))
        if prints(node)
    ] == []
    assert any(prints(node) for node in ast.walk(ast.parse("import sys\nsys.stderr.write('x')")))


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
