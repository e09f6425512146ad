"""One word a thing, one thing a word: names that the whole package shares.

A class, or a public function, has a name of its own: whoever searches for it finds one definition.
A function of many arguments takes them by name. Tests call public names only.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.sources import PACKAGE, parsed

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
# A command is named as people type it, often like the function that it calls; a migration's
# `upgrade` is named by Alembic.
COMMANDS, MIGRATIONS, DATA = "commands", "migrations", "_data"
POSITIONAL_AT_MOST = 8
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
# Of named tuples, and of notebooks' representations: public by agreement.
PUBLIC_ALL_THE_SAME = re.compile(r"_(replace|asdict|fields|make)|__\w+__|_repr_\w+_")


@cache
def trees(root: Path, *without: str) -> dict[str, ast.Module]:
    """Return each file's syntax tree by its path in the root, without some folders."""
    return {
        path.relative_to(root).as_posix(): parsed(path)
        for path in sorted(root.rglob("*.py"))
        if not {*without, DATA} & set(path.relative_to(root).parts)
    }


def homonyms() -> set[str]:
    """Return classes, and public functions, that two or more files define."""
    files: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in trees(PACKAGE, MIGRATIONS).items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                files[f"class {node.name}"].add(path)
            elif isinstance(node, FUNCTION) and not (
                node.name.startswith("_") or path.startswith(COMMANDS)
            ):
                files[f"function {node.name}"].add(path)
    return {name for name, paths in files.items() if len(paths) > 1}


def long_positional_lists() -> set[str]:
    """Return functions, methods too, that take more positional arguments than one can count."""
    found = set()
    for path, tree in trees(PACKAGE, MIGRATIONS, COMMANDS).items():
        for node in ast.walk(tree):
            if isinstance(node, FUNCTION):
                names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
                if len(names) - (names[:1] in (["self"], ["cls"])) > POSITIONAL_AT_MOST:
                    found.add(f"positional {path} {node.name}")
    return found


def private_names() -> set[str]:
    """Return names with an underscore that the package gives to anything."""
    found = set()
    for tree in trees(PACKAGE).values():
        for node in ast.walk(tree):
            if isinstance(node, (*FUNCTION, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return {
        each for each in found if each.startswith("_") and not PUBLIC_ALL_THE_SAME.fullmatch(each)
    }


def private_names_in_tests() -> set[str]:
    """Return private names of the package that tests import, call, read or replace."""
    private = private_names()
    found = set()
    for path, tree in trees(TESTS).items():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dispatch"):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.Attribute):
                # A test's own object may have an attribute of the same name.
                own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", "os"}
                names = [] if own else [node.attr]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                # monkeypatch.setattr(module, "_name", ...), or with "dispatch.module._name".
                replaced = node.args if node.func.attr in {"setattr", "delattr"} else []
                texts = [each.value for each in replaced if isinstance(each, ast.Constant)]
                names = [str(text).rpartition(".")[2] for text in texts]
            found |= {f"test {path} {name}" for name in names if name in private}
    return found


RULES = (homonyms, long_positional_lists, private_names_in_tests)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_of_names_holds(rule):
    """What breaks it is named; give it the name of the glossary, or keyword arguments."""
    assert rule() == set()


def test_benchmarks_and_scripts_import_names_that_exist():
    """Nobody runs them on most days: a rename would be noticed late."""
    missing = []
    root = PACKAGE.parent
    for path in sorted([*(root / "benchmarks").glob("*.py"), *(root / "scripts").glob("*.py")]):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                "dispatch"
            ):
                continue
            module = import_module(str(node.module))
            source = Path(str(module.__file__)).read_text(encoding="utf-8")
            missing += [
                f"{path.name}:{node.lineno} {node.module}.{alias.name}"
                for alias in node.names
                if not hasattr(module, alias.name)
                and find_spec(f"{node.module}.{alias.name}") is None
                # An alias of types that only type checkers see.
                and not re.search(rf"^    {alias.name} = ", source, re.MULTILINE)
            ]
    assert missing == []
