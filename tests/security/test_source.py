"""What no module may do: run what it reads, start a shell, trust a server, write SQL by hand.

Read off the source, so that it holds for what will be written too; each exception is listed here
with its reason, and docs/security.md says the same to people.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from dispatch.views.document import document
from tests.support.sources import PACKAGE, PROGRAM, parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What turns bytes into objects or code.
UNSAFE_MODULES = {
    "pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml",
    "jsonpickle", "pty", "code", "xmlrpc", "telnetlib", "ftplib", "pandas.io.pickle",
}  # fmt: skip
# Problems on their way to workers of Dask, which itself runs what its scheduler sends: no file.
MAY_PICKLE = {"nightly/cluster.py"}
OTHER_CLIENTS = {"urllib.request", "http.client", "httpx", "aiohttp", "socket.create_connection"}
UNSAFE_ENDS = (".extractall", ".read_pickle")
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
UNSAFE_METHODS = {
    "os.system", "os.popen", "os.execv", "os.spawnv", "subprocess.getoutput",
    "subprocess.getstatusoutput", "tempfile.mktemp", "pd.read_pickle", "np.fromregex",
    "ast.literal_eval", "shutil.unpack_archive",
}  # fmt: skip
# A command that the administrator names in dispatch.toml.
MAY_START = {"nightly/notify.py"}
# Where text of ours, made by a template of ours, is called a page: values in it were escaped there.
MAY_MARK = {
    "assess/report.py", "views/maps.py", "resplit/report.py", "sheets/pdf.py", "notebook.py",
    "views/document.py", "views/escape.py", "views/pages.py", "views/sheet_links.py",
}  # fmt: skip


@cache
def _calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Return each call with the name that is called: `a.b.c`."""
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _named(call: ast.Call) -> dict[str, str]:
    return {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg}


@cache
def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def _trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module's path below the package, and its syntax tree."""
    for path in PROGRAM:
        yield path.relative_to(PACKAGE).as_posix(), parsed(path)


@cache
def _everywhere(check: Callable[[str, ast.Module], Iterator[str]]) -> list[str]:
    """Return what a check has to say, over all modules."""
    return [f"{name}: {found}" for name, tree in _trees() for found in check(name, tree)]


def _planted(check: Callable[[str, ast.Module], Iterator[str]], text: str) -> list[str]:
    """Return what a check has to say of a module that somebody might write."""
    return list(check("store/planted.py", ast.parse(text)))


def _run_what_is_read(name: str, tree: ast.Module) -> Iterator[str]:
    for module in sorted(_imported(tree) & UNSAFE_MODULES):
        if module != "pickle" or name not in MAY_PICKLE:
            yield f"imports {module}"
    for called, call in _calls(tree):
        if called in UNSAFE_CALLS | UNSAFE_METHODS or called.endswith(UNSAFE_ENDS):
            yield f"calls {called}"
        numpys = called in ("np.load", "np.savez", "np.savez_compressed", "np.save")
        if numpys and _named(call).get("allow_pickle") != "False":
            yield f"{called} with pickle"


def _start_a_shell(name: str, tree: ast.Module) -> Iterator[str]:
    if "subprocess" in _imported(tree) and name not in MAY_START:
        yield "starts programs"
    for called, call in _calls(tree):
        if "shell" in _named(call):
            yield f"{called} with a shell"


def _trust_a_server(_: str, tree: ast.Module) -> Iterator[str]:
    client = "requests" in _imported(tree)  # elsewhere a session is one of ours, with its bounds
    for module in sorted(_imported(tree) & OTHER_CLIENTS):
        yield f"imports {module}"
    for called, call in _calls(tree):
        words = _named(call)
        if "verify" in words or words.get("allow_redirects") == "True":
            yield f"{called} trusts too much"
        asked = re.fullmatch(r"(?:session|requests)\.(get|post|put|delete|request)", called)
        if client and asked and words.get("timeout", "None") == "None":
            yield f"{called} may wait for ever"


def _build_sql(name: str, tree: ast.Module) -> Iterator[str]:
    fixed = {
        ast.unparse(node.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and isinstance(node.iter, ast.Tuple)
        and all(isinstance(word, ast.Constant) for word in node.iter.elts)
    }
    for called, call in _calls(tree):
        if not called.endswith((".execute", ".executemany", ".exec_driver_sql", ".text")) and not (
            called == "text" and name.startswith("store/")
        ):
            continue
        for argument in call.args[:1]:
            if isinstance(argument, ast.BinOp):
                yield f"{called} of texts joined"
            for part in getattr(argument, "values", ()):
                if isinstance(part, ast.FormattedValue):
                    value = ast.unparse(part.value)
                    if value not in fixed and not value.strip("_").isupper():
                        yield f"{called} with {value} written into it"


def _skip_escaping(name: str, tree: ast.Module) -> Iterator[str]:
    jinja = "jinja2" in " ".join(_imported(tree))
    for called, call in _calls(tree):
        words = _named(call)
        if jinja and called.endswith("Environment") and words.get("autoescape") != "True":
            yield f"{called} without escaping"
        marks = called.endswith("Markup") and call.args and name not in MAY_MARK
        if marks and not isinstance(call.args[0], ast.Constant):
            yield "calls a text a page"
        if called.endswith(("folium.Html", "from_string", "add_js_link")) or "parse_html" in words:
            yield f"calls {called}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "planted"),
    [
        (_run_what_is_read, "import pickle"),
        (_run_what_is_read, "from yaml import load"),
        (_run_what_is_read, "eval(text)"),
        (_run_what_is_read, "archive.extractall(folder)"),
        (_run_what_is_read, "np.load(path)"),
        (_start_a_shell, "import subprocess"),
        (_start_a_shell, "Popen(words, shell=True)"),
        (_trust_a_server, "import requests\nsession.get(url)"),
        (_trust_a_server, "import requests\nrequests.get(url, timeout=None)"),
        (_trust_a_server, "session.get(url, timeout=3, verify=False)"),
        (_build_sql, 'connection.execute(f"DELETE FROM t WHERE id = {name}")'),
        (_build_sql, 'connection.execute("DELETE FROM t WHERE id = " + name)'),
        (_skip_escaping, "import jinja2\njinja2.Environment(loader=x)"),
        (_skip_escaping, "Markup(text)"),
        (_skip_escaping, "folium.Popup(text, parse_html=True)"),
    ],
)
def test_no_module_does_it_and_one_that_did_would_be_found(check, planted):
    """Each rule holds everywhere, and would not if somebody broke it."""
    assert _everywhere(check) == []
    assert _planted(check, planted)


def test_no_template_turns_escaping_off():
    """Neither by the filter nor by the block."""
    templates = sorted(PACKAGE.rglob("assets/*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", text), path.name


def test_every_page_forbids_what_it_does_not_hold():
    """The policy: nothing by default, scripts and styles by their digests, no form, no base."""
    body = Markup("<p>x</p>")
    page = document(body, title="x", lang="fr", kind="x", styles=["a{}"], scripts=["1"])
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for kind in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]+'", rules[kind])
    assert rules["img-src"] == "data:"
