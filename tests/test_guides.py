"""The guides for those who change the program: their examples work as they stand there."""

from __future__ import annotations

import re
import tomllib
from textwrap import dedent

import pytest

from tests.support.guides import GUIDES, applied, copy_of_program, run_in
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

# Page, most files of the program that it may touch, and the tests that it brings.
PAGES = [
    ("new-rule.md", 12, ["tests/checker/test_rules.py", "tests/solve/test_chosen.py"]),
    ("new-cost.md", 9, ["tests/checker/test_spare_skills.py"]),
    ("new-ticket-source.md", 3, ["tests/tickets/test_json_lines.py"]),
]
# Of files that were there before, the tests that are new or that judge what is new.
CHOSEN = "chosen or every_function or every_rule or spare or search or line or left or written"
GERMAN_PAGE = """
from dispatch.views.pages import map_page
from dispatch.wording.languages import languages
from tests.support.pages_fixture import small_day

assert languages() == ("fr", "de", "en")
day, territory = small_day()
html = map_page(day, territory, network_note="", attribution="", lang="de")
assert '<html lang="de">' in html
assert "Alle Zentren" in html
assert "Mittwoch, 25 November 2026" in html
assert "Touren" in html
"""


def test_the_changes_of_each_guide_work(tmp_path):
    """All are applied to one copy, in which the guides' own tests pass."""
    copy_of_program(tmp_path, "tests")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    brought = []
    for name, most, tests in PAGES:
        touched = applied((GUIDES / name).read_text(encoding="utf-8"), tmp_path)
        assert len({one for one in touched if not one.startswith("tests/")}) <= most, name
        assert set(tests) <= set(touched)
        brought += tests
    said = run_in(
        tmp_path, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", CHOSEN, *brought]
    )
    assert int(re.search(r"(\d+) passed", said)[1]) >= 10


def test_a_language_is_one_file(tmp_path):
    """With the guide's words, and English ones for the rest, a page is in German."""
    copy_of_program(tmp_path)
    page = (GUIDES / "new-language.md").read_text(encoding="utf-8")
    first, *_ = re.findall(r"^    ```toml\n(.*?)^    ```$", page, re.MULTILINE | re.DOTALL)
    wording = tmp_path / "dispatch" / "wording"
    words = tomllib.loads((wording / "en.toml").read_text(encoding="utf-8"))
    for section, values in tomllib.loads(dedent(first)).items():
        words[section] |= values
    (wording / "de.toml").write_text(toml_of(words), encoding="utf-8")
    run_in(tmp_path, ["-c", GERMAN_PAGE])


def toml_of(table: dict[str, object], path: str = "") -> str:
    """Return a table of texts, lists, switches and tables as TOML."""
    lines = []
    for key, value in table.items():
        if not isinstance(value, dict):
            text = repr(value).lower() if isinstance(value, bool) else quoted(value)
            lines.append(f"{key} = {text}\n")
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    return "".join(lines) + "".join(
        f"[{path}{key}]\n{toml_of(value, f'{path}{key}.')}" for key, value in inner.items()
    )


def quoted(value: object) -> str:
    """Return a text or a list of texts as TOML."""
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
