"""The planners' notebooks: each runs from top to bottom, is stripped, and says what it proves."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

import dispatch
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RUNS_WITH = ("ipykernel", "matplotlib", "nbmake")
TIMEOUT_S = 600
# What is written otherwise, so that the whole suite stays short: fewer days, visits and communes.
# Every cell runs all the same. With WHOLE in the environment each notebook runs as it is written.
WHOLE = "DISPATCH_WHOLE_NOTEBOOKS"
FEWER_VISITS = """\
service = read_service()
fewer = {"incidents": 6_000, "requests": 2_000}
service = service.model_copy(update={"volumes": service.volumes.model_copy(update=fewer)})
"""
SHORTER = {
    "03_equilibre_des_cinq_centres": {
        r"^JOURS = .*$": "JOURS = 2",
        r"^service = read_service\(\)\n": FEWER_VISITS,
        r"assess\(\[conseil\], ": "assess([conseil], service=service, ",
    },
    "04_essayez_votre_decoupage": {
        r"^JOURS = .*$": "JOURS = 2",
        r"^service, communes = read_service\(\), read_communes\(\)$": FEWER_VISITS
        + "communes = read_communes()",
        r"assess\(\[conseil, essai\], ": "assess([conseil, essai], service=service, ",
    },
    "05_de_15_a_28_collectivites": {
        r"^CENTRES = .*$": "CENTRES = [5]",
        r"^TECHNICIENS = .*$": "TECHNICIENS = [20]",
        # Those that take part today, and two that would be new.
        r"^toutes = tuple\(communes\)$": (
            "toutes = tuple(i for i in communes if communes[i].takes_part or i in "
            "('33119', '33192'))"
        ),
    },
}
MAY, MAY_NOT = "## Ce que l'on peut conclure", "## Ce que l'on ne peut pas conclure"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells_of(path: Path, kind: str) -> list[dict]:
    """Return the cells of a kind ("code" or "markdown")."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def trees_of(path: Path) -> list[ast.Module]:
    """Return the code of each cell."""
    return [ast.parse("".join(cell["source"])) for cell in cells_of(path, "code")]


class Ran(NamedTuple):
    """How the notebooks ran: where their copies are, with what was shown; and what pytest said."""

    folder: Path
    said: str


@pytest.fixture(scope="module")
def ran(request, tmp_path_factory) -> Ran:
    """Run a copy of each notebook that is asked for, all in one folder: 03 and 04 share rounds."""
    for name in RUNS_WITH:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed; it comes with the extra `dev`")
    folder = tmp_path_factory.mktemp("notebooks")
    asked = {
        item.callspec.params["path"]
        for item in request.session.items
        if item.path == request.path and "ran" in item.fixturenames
    }
    for path in sorted(asked):
        shutil.copy(path, folder)
        if WHOLE not in os.environ:
            shorten(folder / path.name)
    command = [
        sys.executable, "-m", "pytest", "--nbmake", f"--nbmake-timeout={TIMEOUT_S}", "--overwrite",
        "-q", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull,
        f"--rootdir={folder}", str(folder),
    ]  # fmt: skip
    # Those of the run around this one are not meant for that one.
    outside = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        command,
        cwd=folder,
        env=outside | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT_S * len(asked),
        check=False,
    )
    return Ran(folder, done.stdout + done.stderr)


def shorten(path: Path) -> None:
    """Write a notebook's code otherwise, as SHORTER says."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in whole["cells"] if cell["cell_type"] == "code"]
    for pattern, put in SHORTER.get(path.stem, {}).items():
        found = 0
        for cell in code:
            text, count = re.subn(pattern, put, "".join(cell["source"]), flags=re.MULTILINE)
            found += count
            cell["source"] = text.splitlines(keepends=True)
        assert found == 1, f"{path.name} has {found} times {pattern}"
    path.write_text(json.dumps(whole), encoding="utf-8")


def test_there_are_six_numbered_in_order():
    """One question each."""
    assert [path.name[:3] for path in NOTEBOOKS] == [f"0{number}_" for number in range(6)]


@each_notebook
def test_a_notebook_runs_from_top_to_bottom_without_a_word_of_complaint(path, ran):
    """Each cell ends well, warnings being shown and none of them there; with fewer days."""
    assert re.search(rf"^PASSED {re.escape(path.name)}::", ran.said, re.MULTILINE), ran.said
    outputs = [
        output for cell in cells_of(ran.folder / path.name, "code") for output in cell["outputs"]
    ]
    assert {output["output_type"] for output in outputs} <= {"display_data", "execute_result"}
    assert outputs, "nothing was shown"


@each_notebook
def test_a_notebook_is_kept_stripped(path):
    """No output, no number, nothing of an editor's: differences show what somebody wrote."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert whole["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in whole["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@each_notebook
def test_a_notebook_uses_public_names_only(path):
    """What it takes from the package is `from dispatch import` a name that stays."""
    for tree in trees_of(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not [alias for alias in node.names if alias.name.startswith("dispatch")]
            elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("dispatch"):
                assert node.module == "dispatch"
                assert {alias.name for alias in node.names} <= set(dispatch.__all__)
            elif isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_"), f"{node.attr} is private"


@each_notebook
def test_a_notebook_holds_no_function(path):
    """What is worth a function is worth a place in the package, and a test."""
    for tree in trees_of(path):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(tree) if isinstance(node, kinds)]


@each_notebook
def test_a_notebook_asks_one_question_and_ends_with_what_may_be_concluded_and_what_not(path):
    """Its title asks; its last words are the two headings, each with its points."""
    told = ["".join(cell["source"]) for cell in cells_of(path, "markdown")]
    first = told[0].splitlines()[0]
    assert first.startswith(f"# {path.name[:2]} ·")
    assert first.endswith("?")
    headings = [line for text in told for line in text.splitlines() if line.startswith("## ")]
    assert headings[-2:] == [MAY, MAY_NOT]
    may, may_not = told[-1].split(MAY, 1)[1].split(MAY_NOT)
    assert may.count("\n- ") >= 2
    assert may_not.count("\n- ") >= 3
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][-1]["cell_type"] == "markdown"


@each_notebook
def test_what_is_to_be_changed_stands_in_the_first_cell_of_code(path):
    """Names in capitals are set there, and nowhere else."""
    places = [
        number
        for number, tree in enumerate(trees_of(path))
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper()
    ]
    assert places
    assert set(places) == {0}
