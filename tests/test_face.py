"""What the repository says of itself: its types, versions, licences and workflows agree."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ["3.11", "3.12", "3.13"]
CONSTRAINTS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
)
REQUIREMENTS = (ROOT / "deploy" / "requirements.txt").read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(requirement.name): requirement
    for requirement in map(Requirement, re.findall(r"^[^\s#][^\\\n]*", REQUIREMENTS, re.MULTILINE))
}
BILL = json.loads((ROOT / "deploy" / "sbom.cdx.json").read_text(encoding="utf-8"))
# On other systems or other Pythons; no test runs there, so that nothing pins them.
ELSEWHERE = {"brotlicffi", "colorama"}


def yaml_of(name):
    """Return what a YAML file of the checkout holds."""
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with the extras `docs` and `dev`")
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_types_are_shipped_in_the_wheel(tmp_path):
    """A program that imports `dispatch` is checked against its annotations (PEP 561)."""
    if importlib.util.find_spec("hatchling") is None:
        assert (ROOT / "dispatch" / "py.typed").is_file()
        pytest.skip("hatchling is not installed: no wheel is built")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    assert {"dispatch/py.typed", "dispatch/_data/service.toml"} <= names


def test_no_extra_repeats_a_core_package():
    """What everybody has is asked for once."""
    core = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    for extra, texts in PROJECT["optional-dependencies"].items():
        repeated = {canonicalize_name(Requirement(text).name) for text in texts} & core
        assert repeated == set(), extra


def test_the_extra_dev_covers_what_the_tests_need():
    """README's second command installs the documentation's packages too, as they are in `docs`."""
    # Where a package has no wheels for a system, `dev` leaves it out there: hence without markers.
    wanted = {
        extra: {text.partition(";")[0] for text in texts}
        for extra, texts in PROJECT["optional-dependencies"].items()
    }
    for extra in ("docs", "postgres", "ch", "cluster"):
        assert wanted[extra] <= wanted["dev"]


def test_pinned_versions_suit_every_python():
    """A pin that the first 3.11 cannot install would stop README's commands on Debian 12."""
    unfit = []
    for found in distributions():
        name = canonicalize_name(found.name)
        bounds = SpecifierSet(found.metadata.get("Requires-Python", ""))
        if CONSTRAINTS.get(name) == found.version:
            unfit += [(name, python) for python in PYTHONS if f"{python}.0" not in bounds]
    assert unfit == []


def test_the_requirements_are_those_of_the_constraints():
    """The same versions, each with its hashes, and no address."""
    assert "://" not in REQUIREMENTS
    assert "--index" not in REQUIREMENTS
    for name, requirement in LOCKED.items():
        if name not in ELSEWHERE:
            assert str(requirement.specifier) == f"=={CONSTRAINTS[name]}"
    entries = re.split(r"^(?=[^\s#])", REQUIREMENTS, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_the_requirements_hold_every_core_package():
    """And the driver of PostgreSQL."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]]
    for requirement in map(Requirement, wanted):
        (locked,) = LOCKED[canonicalize_name(requirement.name)].specifier
        assert locked.version in requirement.specifier


def test_the_bill_of_materials_lists_what_is_locked():
    """Each package that Linux installs, with its licence and what it needs."""
    components = {one["name"]: one for one in BILL["components"]}
    assert set(LOCKED) - ELSEWHERE <= set(components)
    for name, one in components.items():
        assert one["version"] == CONSTRAINTS[name]
        assert one["purl"] == f"pkg:pypi/{name}@{one['version']}"
        assert one["licenses"]
    known = {one["purl"] for one in components.values()}
    refs = {one["ref"]: set(one["dependsOn"]) for one in BILL["dependencies"]}
    ours = BILL["metadata"]["component"]["purl"]
    assert set(refs) == known | {ours}
    assert set().union(*refs.values()) <= known
    # Nothing is there for no reason: one gets from the program to each package.
    reached, waiting = set(), [ours]
    while waiting:
        waiting += (new := refs[waiting.pop()] - reached)
        reached |= new
    assert reached == known


def test_nobody_is_sent_to_the_package_index_for_the_program():
    """It is not published there; the program of its name there is another."""
    places = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*")]
    places += [path for path in (ROOT / "dispatch").rglob("*.py") if "_data" not in path.parts]
    sent = re.compile(r"pip install (?:-\S+ )*['\"]?dispatch\b")
    for path in places:
        text = path.read_text(encoding="utf-8").replace("ever type `pip install dispatch`", "")
        text = text.replace("so never `pip install dispatch`", "")
        assert sent.findall(text) == [], path
    assert BILL["metadata"]["component"]["purl"].startswith("pkg:generic/")
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_the_bill_of_materials_names_no_place():
    """Neither a machine's path nor a registry's host."""
    text = (ROOT / "deploy" / "sbom.cdx.json").read_text(encoding="utf-8")
    assert "://" not in text
    assert "/root" not in text
    assert "/home" not in text


def test_citation_and_publiccode_tell_the_same_version():
    """As pyproject.toml has it."""
    citation, public = yaml_of("CITATION.cff"), yaml_of("publiccode.yml")
    assert citation["version"] == public["softwareVersion"] == PROJECT["version"]
    assert citation["license"] == public["legal"]["license"] == PROJECT["license"]
    assert citation["date-released"] == public["releaseDate"]
    assert distribution("dispatch").version == PROJECT["version"]


def test_publiccode_has_what_the_standard_asks_for():
    """All but `url`: the repository is not published yet, and the file says so."""
    public = yaml_of("publiccode.yml")
    needed = {
        *("publiccodeYmlVersion", "name", "platforms", "developmentStatus", "softwareType"),
        *("description", "legal", "maintenance", "localisation"),
    }
    assert needed <= set(public)
    for language in ("fr", "en"):
        told = public["description"][language]
        assert len(told["shortDescription"]) <= 150
        assert 150 <= len(told["longDescription"]) <= 10_000
        assert told["features"]
    if "url" not in public:
        assert "url: ..." in (ROOT / "publiccode.yml").read_text(encoding="utf-8")


def test_workflows_run_every_python_and_both_bounds():
    """GitHub and GitLab run the same jobs, by scripts of this repository."""
    github, gitlab = yaml_of(".github/workflows/ci.yml"), yaml_of(".gitlab-ci.yml")
    jobs = github["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == PYTHONS
    assert gitlab["tests"]["parallel"]["matrix"][0]["PYTHON"] == PYTHONS
    bounds = {row["versions"] for row in jobs["bounds"]["strategy"]["matrix"]["include"]}
    assert bounds == {row["VERSIONS"] for row in gitlab["bounds"]["parallel"]["matrix"]}
    assert bounds == {"lowest", "newest"}
    for steps in (jobs["tests"]["steps"][-1]["run"], gitlab["tests"]["script"][0]):
        assert (ROOT / steps.removeprefix("bash ")).is_file()
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_hooks_download_nothing():
    """Pre-commit runs the tools of the environment at hand."""
    (repository,) = yaml_of(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    assert {hook["id"] for hook in repository["hooks"]} >= {"ruff-check", "ruff-format", "mypy"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["bug.yml", "idea.yml", "config.yml"], ids=lambda name: name.removesuffix(".yml")
)
def test_issue_forms_are_sound(name):
    """Each field that a person fills in has a label."""
    form = yaml_of(f".github/ISSUE_TEMPLATE/{name}")
    for field in form.get("body", []):
        assert field["type"] == "markdown" or field["attributes"]["label"]
