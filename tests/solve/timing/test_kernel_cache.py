"""Stored kernels: none of an older source is ever run, whatever time stamps and sizes say."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numba.core.ccallback import CFunc
from numba.core.dispatcher import Dispatcher

import dispatch
from dispatch.solve.timing.clock import arrive
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.kernel_cache import DECORATORS, ROOT, sources
from dispatch.solve.timing.round_times import earliest_return
from tests.support.small_day import day

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

PACKAGE = Path(dispatch.__file__).resolve().parent
REPOSITORY = Path(__file__).resolve().parents[3]

# A package with our cache, a constant, an inner kernel, its caller, and a file without kernels.
TOUR = {
    "__init__.py": "",
    "limits.py": "REST = 30\n",
    "clock.py": (
        "from tour.kernel import inner_inlined\n\n\n"
        "@inner_inlined\ndef arrive(leave):\n    return leave + 100\n"
    ),
    "schedule.py": (
        "from tour.clock import arrive\n"
        "from tour.kernel import kernel\n"
        "from tour.limits import REST\n\n\n"
        "@kernel\ndef back(leave):\n    return arrive(leave) + REST\n"
    ),
    "report.py": "TITLE = 'a day'\n",
}
ASK = "from tour.schedule import back; print(back(5), sum(back.stats.cache_hits.values()))"
# back(5): 5 s, a drive of 100 s, a rest of 30 s.
BEFORE = 135


def written_tour(folder: Path) -> Path:
    """Write the package, with the very modules of ours that compile and store kernels."""
    tour = folder / "tour"
    tour.mkdir(parents=True)
    for name, text in TOUR.items():
        (tour / name).write_text(text, encoding="utf-8")
    ours = Path(str(importlib.import_module(DECORATORS).__file__))
    for name in ("kernel.py", "kernel_cache.py"):
        text = ours.with_name(name).read_text(encoding="utf-8")
        text = re.sub(
            r"from dispatch\.[\w.]*kernel_cache import", "from tour.kernel_cache import", text
        )
        (tour / name).write_text(text, encoding="utf-8")
    return tour


def asked(folder: Path, program: str = ASK, **environment: str) -> list[int]:
    """Run a program in a new process that finds the package in the folder; return its numbers."""
    own = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "NUMBA_CACHE_DIR", "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={name: value for name, value in os.environ.items() if name not in own}
        | {"PYTHONPATH": str(folder)}
        | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def edited(path: Path, old: str, new: str) -> None:
    """Edit a file so that its size and time stamps stay the same."""
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def stored(folder: Path) -> dict[Path, bytes]:
    """Return the files of stored kernels, and what they hold."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in {".nbi", ".nbc"}
    }


@pytest.fixture(scope="module")
def compiled_tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package, once run: bytecode and kernels are stored in it."""
    folder = tmp_path_factory.mktemp("compiled")
    written_tour(folder)
    assert asked(folder) == [BEFORE, 0]
    assert stored(folder)
    return folder


@pytest.fixture
def tour(compiled_tour: Path, tmp_path: Path) -> Path:
    """Return a copy of the package, stored files and time stamps as well."""
    shutil.copytree(compiled_tour / "tour", tmp_path / "tour")
    return tmp_path / "tour"


def test_an_unchanged_package_takes_what_is_stored(tour):
    """New time stamps, and an edit where there is no kernel, compile nothing anew."""
    before = stored(tour)
    (tour / "report.py").write_text("TITLE = 'another day'\n", encoding="utf-8")
    for path in tour.glob("*.py"):
        os.utime(path)
    # As Emacs locks a file that is being edited.
    (tour / ".#clock.py").symlink_to("somebody@somewhere.1234")
    assert asked(tour.parent) == [BEFORE, 1]
    assert stored(tour) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "answer"),
    [("clock.py", "100", "700", 735), ("limits.py", "30", "90", 195)],
    ids=["an inner kernel", "a constant"],
)
def test_an_edit_reaches_the_kernels_of_other_files(tour, file, old, new, answer):
    """Same size, same time stamp: the caller is compiled anew; what was stored stays as it was."""
    before = stored(tour)
    edited(tour / file, old, new)
    assert asked(tour.parent) == [answer, 0]
    after = stored(tour)
    assert before.items() < after.items()


def test_two_versions_share_one_cache_folder(tmp_path):
    """An upgrade stores its own kernels; going back finds the old ones."""
    tour = written_tour(tmp_path / "installed")
    shared = tmp_path / "shared"

    def answer() -> list[int]:
        return asked(tour.parent, NUMBA_CACHE_DIR=str(shared))

    assert answer() == [BEFORE, 0]
    old = stored(shared)
    edited(tour / "clock.py", "100", "700")
    assert answer() == [735, 0]
    both = stored(shared)
    assert old.items() < both.items()
    edited(tour / "clock.py", "700", "100")
    assert answer() == [BEFORE, 1]
    assert stored(shared) == both
    assert not stored(tour)


def test_kernels_of_a_package_that_may_not_be_written_go_to_the_user(tmp_path):
    """Nothing can be made beside the sources here, not even by root."""
    tour = written_tour(tmp_path / "installed")
    (tour / "__pycache__").write_text("not a folder", encoding="utf-8")
    place = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home" / "cache")}
    assert asked(tour.parent, **place) == [BEFORE, 0]
    assert asked(tour.parent, **place) == [BEFORE, 1]
    assert not stored(tour)


def test_sources_replaced_under_a_running_program_store_nothing(tmp_path):
    """What runs is older than what the files say: the next process must not take it."""
    tour = written_tour(tmp_path)
    program = (
        "from pathlib import Path\nimport tour.clock\nfrom tour.schedule import back\n"
        "path = Path(tour.clock.__file__)\n"
        "path.write_text(path.read_text().replace('100', '700'))\nprint(back(5))"
    )
    assert asked(tmp_path, program) == [BEFORE]
    assert not stored(tour)


@pytest.mark.parametrize("library", ["numba", "llvmlite", "numpy"])
def test_another_compiler_has_another_stamp(monkeypatch, library):
    """Several versions of it may share a folder as well."""
    monkeypatch.setattr(importlib.import_module(library), "__version__", "0.0.1")
    assert sources.__wrapped__().stamp != sources().stamp


def test_an_edit_of_the_real_clock_reaches_a_kernel_of_another_file(tmp_path):
    """Every drive 600 s longer: a round without visits, from the centre to the centre, shows it."""
    package = shutil.copytree(
        PACKAGE, tmp_path / "dispatch", ignore=shutil.ignore_patterns("__pycache__")
    )
    clock = package.parent.joinpath(*arrive.__module__.split(".")).with_suffix(".py")
    program = (
        f"import numpy as np\nfrom {day.__module__} import day\n"
        f"from {arrays_of.__module__} import arrays_of\n"
        f"from {earliest_return.__module__} import earliest_return\n"
        "a = arrays_of(day())\n"
        "leave = int(a.shift_start[0])\n"
        "print(earliest_return(a, 0, np.zeros(0, np.int64), 0, leave) - leave)"
    )
    places = os.pathsep.join([str(tmp_path), str(REPOSITORY)])
    assert asked(tmp_path, program, PYTHONPATH=places) == [0]
    drive = "return leave + a.travel[0, origin, destination]\n"
    text = clock.read_text(encoding="utf-8")
    assert text.count(drive) == 1
    clock.write_text(text.replace(drive, drive.rstrip() + " + 600\n"), encoding="utf-8")
    assert asked(tmp_path, program, PYTHONPATH=places) == [600]


# What the stamp covers, against what kernels hold.


def module_name(path: str | Path) -> str:
    """Return the name of the module of a file of the package."""
    parts = Path(path).relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


COVERED = {module_name(path) for path in sources().files}


def kernels() -> dict[str, Dispatcher | CFunc]:
    """Return every kernel of the modules that are covered, and of all that they load."""
    for name in sorted(COVERED):
        importlib.import_module(name)
    return {
        f"{name}.{key}": value
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] == PACKAGE.name
        for key, value in sorted(vars(module).items())
        if isinstance(value, Dispatcher | CFunc)
    }


def names_of(code: CodeType) -> set[str]:
    """Return the global names and attributes that a function uses, and the functions in it."""
    inside = [names_of(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inside)


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(
        Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")
    )


@cache
def writers(module: str, name: str) -> frozenset[str]:
    """Return the modules of the package that write the value of a module's name."""
    if module.split(".")[0] != PACKAGE.name:
        return frozenset()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return writers(str(node.module), alias.name)
    for node in tree(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return frozenset({module})
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        held = {part.id for target in targets if target for part in names_in(target)}
        if name in held and getattr(node, "value", None):
            return frozenset({module}).union(
                *(writers(module, part.id) for part in names_in(node.value) if part.id not in held)
            )
    return frozenset()


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Name))


def test_the_stamp_covers_every_kernel():
    """Each is found in a covered file, and stored by our own cache."""
    found = kernels()
    assert len(found) > 100
    for name, kernel in found.items():
        assert kernel.__wrapped__.__module__ in COVERED, name
        if isinstance(kernel, Dispatcher):
            assert Path(kernel.stats.cache_path).name == f"kernels-{sources().stamp}", name


def test_the_stamp_covers_whatever_kernels_hold():
    """Constants, named tuples and functions of the compiler, as far as imports tell."""
    constants = set()
    for name, kernel in kernels().items():
        function = kernel.__wrapped__
        home, held = function.__module__, function.__globals__
        for used in names_of(function.__code__) & held.keys():
            value = held[used]
            if isinstance(value, ModuleType):
                modules = {(value.__name__, part) for part in names_of(function.__code__)}
            else:
                modules = {(home, used)}
            for module, part in modules:
                outside = writers(module, part) - COVERED
                assert not outside, f"{name} holds {part} of {outside}"
            if isinstance(value, int | float | tuple | np.generic | np.ndarray):
                assert writers(home, used), f"{name}: nobody writes {used}"
                constants.add(used)
        assert not function.__closure__, name
    assert {"NEVER", "WORD"} <= constants


def test_the_stamp_covers_the_arguments_of_kernels():
    """The order of a named tuple's fields is the layout of an argument."""
    for name, kernel in kernels().items():
        function = kernel.__wrapped__
        for annotation in map(str, function.__annotations__.values()):
            for part in names_in(ast.parse(annotation)):
                outside = writers(function.__module__, part.id) - COVERED
                assert not outside, f"{name} takes {part.id} of {outside}"


def test_nothing_else_makes_kernels():
    """No file is decorated by numba itself: its cache looks at one file only."""
    own = re.compile(
        r"^\s*@(numba\.|(n?jit|cfunc|vectorize|guvectorize|stencil|generated_jit)\b)", re.M
    )
    cached = re.compile(r"\b(njit|jit|cfunc)\(")
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not own.search(text), path
        assert not cached.search(text), path


def test_a_file_without_kernels_is_not_covered():
    """Edits of the rest of the package compile nothing anew."""
    assert ROOT == PACKAGE
    assert not {"dispatch", "dispatch.solve", "dispatch.cli", "dispatch.solve.search"} & COVERED
    assert len(COVERED) < 60
