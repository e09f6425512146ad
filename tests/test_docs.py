"""The documentation site: it builds without a warning, needs no other host, and misses nothing."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler
from inspect import unwrap
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
import typer

import dispatch
from dispatch.cli import app
from tests.support.browser_tools import chromium
from tests.support.local_server import served
from tests.support.sources import PROGRAM, parsed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN = sorted(DOCS.rglob("*.md"))
# What a browser fetches by itself; `a` is followed by people only.
FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
# Pages that tell of the code: of the site, and of the top level.
TELLING = [*WRITTEN, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "data" / "README.md"]
PYTHON_FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in ("dispatch", "tests", "scripts", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
]
# A file of a package that we use.
ELSEWHERE = {"world_highways.py"}
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site, with warnings as errors."""
    for package in ("material", "mkdocstrings"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; it comes with the extras `docs` and `dev`")
    folder = tmp_path_factory.mktemp("site")
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    """A handler that prints nothing."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Fetched(HTMLParser):
    """What a page makes a browser fetch, and the ids that links can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note the addresses and the id of a tag."""
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag in FETCHED and given.get(FETCHED[tag]) and given.get("rel") != "canonical":
            self.addresses.append(given[FETCHED[tag]])


def test_the_site_fetches_nothing_from_another_host(site):
    """Neither a page nor a style sheet names one; links that people follow may."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(WRITTEN)
    for page in pages:
        for address in _Fetched(page.read_text(encoding="utf-8")).addresses:
            assert not urlsplit(address).netloc, f"{page.name}: {address}"
    for style in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text("utf-8"))
        assert found == [], style.name


def test_a_reader_finds_a_page_by_its_words(site):
    """In a browser that reaches this machine alone, the search box leads to the page."""
    handler = partial(_Quiet, directory=str(site))
    with served(handler, Event()) as address, chromium() as browser:
        page = browser.new_page()
        asked, faults = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/index.html")
        assert page.title() == "Home - dispatch"
        page.click("input[name=query]")
        page.keyboard.type("starvation")
        # While one types, other pages come first.
        first = "li.md-search-result__item:first-child a.md-search-result__link"
        page.wait_for_selector(f'{first}[href*="/backlog.html"]', state="attached")
        assert {urlsplit(one).hostname for one in asked} == {"127.0.0.1"}
        assert faults == []


def test_each_command_is_there_with_each_of_its_options(site):
    """As `--help` has them."""
    page = _Fetched((site / "reference" / "commands.html").read_text(encoding="utf-8"))
    text = re.sub(r"<[^>]+>", "", (site / "reference" / "commands.html").read_text("utf-8"))
    count = 0
    waiting = [("dispatch", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [(f"{name} {word}", one) for word, one in command.commands.items()]
            continue
        count += 1
        assert name.replace(" ", "-") in page.ids
        for parameter in command.params:
            assert parameter.opts[-1] in text or parameter.metavar in text, (name, parameter.name)
    assert count >= 15


def test_each_public_name_is_there(site):
    """With the docstring that it has in the source."""
    ids = set()
    for page in (site / "reference" / "python").glob("*.html"):
        ids |= _Fetched(page.read_text(encoding="utf-8")).ids
    for name in set(dispatch.__all__) - {"__version__"}:
        assert f"{unwrap(getattr(dispatch, name)).__module__}.{name}" in ids


def test_each_schema_is_there_whole(site):
    """Each key of the JSON formats stands on the page."""
    text = (site / "reference" / "schemas.html").read_text(encoding="utf-8")
    for path in (DOCS / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for one in (schema, *schema["$defs"].values()):
            assert all(f"<code>{key}</code>" in text for key in one.get("properties", {}))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_examples_parse(path):
    """What stands in a fence of TOML, JSON or Python is that."""
    for indent, language, body in FENCE.findall(path.read_text(encoding="utf-8")):
        text = "\n".join(line.removeprefix(indent) for line in body.splitlines())
        if language == "toml":
            tomllib.loads(text)
        elif language == "json":
            json.loads(text)
        elif language == "python":
            compile(text, str(path), "exec")


@cache
def named_in_code() -> dict[str, set[str]]:
    """Return what each file of the program names: classes, functions, fields, arguments, itself."""
    found = {}
    for path in PROGRAM:
        tree = parsed(path)
        names = found[path] = {path.stem, path.parent.name}
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
    return found


def test_the_glossary_names_what_is_there():
    """Each name of its column for the code is defined there; a dot leads into a class or module."""
    code = named_in_code()
    before_given_up = (
        (DOCS / "glossary.md").read_text(encoding="utf-8").split("## Words given up")[0]
    )
    rows = [line for line in before_given_up.splitlines() if line.startswith("|")]
    names = [name for row in rows for name in re.findall(r"`([\w.]+)`", row.rsplit("|", 2)[1])]
    assert len(names) > 100
    assert [
        name
        for name in names
        if not any(words.issuperset(name.split(".")) for words in code.values())
    ] == []


def faults_of_names(text: str, code: dict[str, set[str]]) -> list[str]:
    """Return modules, and names with a dot, that a text tells of and that are not there."""
    missing = [
        path
        for path in re.findall(r"(?<![\w./-])(?:\./)?([\w/-]*\w\.py)\b", text)
        if path not in ELSEWHERE and not any(one.endswith(f"/{path}") for one in PYTHON_FILES)
    ]
    # `Class.name`: the file of the class has both words.
    for owner, name in re.findall(r"`(?:[\w.]+\.)?([A-Z]\w*)\.(\w+)(?:\(\))?`", text):
        files = [words for words in code.values() if owner in words]
        if files and not any(name in words for words in files):
            missing.append(f"{owner}.{name}")
    return missing


@pytest.mark.parametrize("path", TELLING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_names_that_a_page_tells_of_are_there(path):
    """Whoever follows a name into the code finds it; what a guide adds stands in its changes."""
    text = path.read_text(encoding="utf-8")
    added = re.findall(r"^--- /dev/null\n\+\+\+ b/(\S+)", text, re.MULTILINE)
    faults = faults_of_names(
        re.sub(r"```diff\n.*?^```", "", text, flags=re.M | re.S), named_in_code()
    )
    assert [one for one in faults if one not in added] == []


def test_modules_and_names_that_the_program_tells_of_are_there():
    """In its docstrings and comments."""
    faults = {
        path.relative_to(ROOT).as_posix(): faults_of_names(path.read_text("utf-8"), named_in_code())
        for path in PROGRAM
    }
    assert {path: found for path, found in faults.items() if found} == {}


def test_the_lists_of_modules_name_each_by_its_file():
    """A folder's docstring may list its modules: names, two spaces, what they do."""
    listed = 0
    for path in PROGRAM:
        lists = (ast.get_docstring(parsed(path)) or "").partition("::\n")[2]
        if path.name != "__init__.py":
            continue
        for names in re.findall(r"^    ([a-z_/]+(?:, [a-z_/]+)*)  +[a-z`]", lists, re.MULTILINE):
            for name in names.split(", "):
                listed += 1
                there = path.parent / name
                assert there.is_dir() or there.with_suffix(".py").is_file(), f"{path}: {name}"
    assert listed > 40
