"""The judge of the tests: its edits are right, and it tells what survives."""

from __future__ import annotations

import ast
import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SCRIPTS = ROOT / "scripts"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch):
    if not SCRIPTS.exists():
        pytest.skip("scripts/ is not there: an installed package")
    monkeypatch.syspath_prepend(str(SCRIPTS))


def edits(source: str) -> dict[str, list[str]]:
    """Return the lines that mutants put in place of the function's lines, by mutation."""
    from mutants import mutants_of

    text = dedent(source)
    found: dict[str, list[str]] = {}
    for mutant in mutants_of(text, "toy.py"):
        applied = mutant.applied(text)
        ast.parse(applied)
        changed = applied.splitlines()[mutant.line - 1].strip()
        found.setdefault(mutant.mutation, []).append(changed)
    return found


@pytest.mark.parametrize(
    ("line", "mutation", "changed"),
    [
        ("return a < b", "`<` -> `<=`", "return a <= b"),
        ("return (a) >= (b)", "`>=` -> `>`", "return (a) > (b)"),
        ("return a == b", "`==` -> `!=`", "return a != b"),
        ("return a not  in b", "`not  in` -> `in`", "return a in b"),
        ("return a + b", "`+` -> `-`", "return a - b"),
        ("return a // b", "`//` -> `*`", "return a * b"),
        ("return a and b", "`and` -> `or`", "return a or b"),
        ("return not a", "`not` -> ``", "return a"),
        ("return a[b:1]", "`1` -> `2`", "return a[b:2]"),
        ("return a[b:1]", "`1` -> `0`", "return a[b:0]"),
        ("return a is True", "`True` -> `False`", "return a is False"),
        ("return min(a, b)", "`min` -> `max`", "return max(a, b)"),
        ("return a if b else a", "condition negated", "return a if (not (b)) else a"),
        ("if a: return b", "condition negated", "if (not (a)): return b"),
        ("while a: break", "`break` -> `continue`", "while a: continue"),
        ("a += b", "`+=` -> `-=`", "a -= b"),
        ("a += b", "statement left out", "pass"),
        ("a[0] = b", "statement left out", "pass"),
        ("a = b", "statement left out", "pass"),
        ("a.append(b)", "statement left out", "pass"),
        ("return 'é…' == a < b", "`<` -> `<=`", "return 'é…' == a <= b"),
    ],
)
def test_a_mutant_is_one_edit_of_the_text(line: str, mutation: str, changed: str):
    """The rest of the line stays as it is, whatever letters stand before."""
    assert changed in edits(f"def f(a, b):\n    {line}\n")[mutation]


def test_what_only_tells_something_is_not_mutated():
    """Texts, annotations, defaults, errors, types, progress, and a name's first value."""
    told = '''
    LIMIT = 3

    @decorated(1)
    def f(a: int = 1, *, b: Literal[2] = 2) -> Literal[3]:
        """Return 1 + 2."""
        if TYPE_CHECKING:
            import c
        if isinstance(a, int):
            pass
        fresh: Literal[4] = a
        msg = f"{a + 1} of {b}"
        progress.tell(1, 2)
        raise ValueError(msg + "x" * 3)
    '''
    assert edits(told) == {"condition negated": ["if (not (isinstance(a, int))):"]}


def toy(folder: Path) -> None:
    """Write a project of one function and a test that sees half of it."""
    (folder / "dispatch" / "checker").mkdir(parents=True)
    (folder / "tests" / "checker").mkdir(parents=True)
    for package in ("dispatch", "dispatch/checker", "tests", "tests/checker"):
        (folder / package / "__init__.py").touch()
    (folder / "dispatch/checker/late.py").write_text(
        "def late(start_s, last_s):\n"
        "    if start_s > last_s:\n        return True\n    return False\n"
    )
    (folder / "tests/checker/test_late.py").write_text(
        "from dispatch.checker.late import late\n\n\ndef test_late():\n    assert late(11, 10)\n"
    )


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:  # noqa: ANN401 - a module
    """Return the script, for a toy project."""
    import mutate

    toy(tmp_path)
    (tmp_path / "equivalent.toml").write_text("mutant = []\n")
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    monkeypatch.setattr(mutate, "EQUIVALENT", tmp_path / "equivalent.toml")
    return mutate


def test_survivors_are_told_with_their_diff_and_a_second_run_goes_on(judge, tmp_path, capsys):
    """`start_s > last_s` negated is killed, as is `True`; `False` for an early start is not."""
    command = ["--seed", "1", "--count", "3", "--groups", "checker", "--compiled"]
    command += ["--work", str(tmp_path / "work")]
    assert judge.main(command) == 0
    told = capsys.readouterr()
    assert told.err == ""
    log = tmp_path / "work" / "outcomes-1-compiled.jsonl"
    outcomes = {
        outcome["line"]: outcome for outcome in map(json.loads, log.read_text().splitlines())
    }
    assert outcomes[3]["outcome"] == "killed"
    assert outcomes[3]["by"] == "tests/checker/test_late.py::test_late"
    assert outcomes[4]["outcome"] == "survived"
    assert "survived: dispatch/checker/late.py:4, `False` -> `True`" in told.out
    assert "-    return False\n+    return True" in told.out
    # The project is as it was, and nothing is judged twice.
    assert "return False" in (tmp_path / "dispatch/checker/late.py").read_text()
    before = log.read_text()
    judge.main(command)
    assert log.read_text() == before
    assert capsys.readouterr().out == told.out


def test_a_mutant_that_never_ends_is_killed_and_told_apart(judge, tmp_path, capsys):
    """It is allowed a second of processor time."""
    (tmp_path / "dispatch/checker/late.py").write_text(
        "def late(start_s, last_s):\n"
        "    while last_s < start_s:\n        last_s += 1\n    return True\n"
    )
    command = ["--seed", "1", "--count", "9", "--groups", "checker", "--compiled", "--limit", "1"]
    judge.main([*command, "--work", str(tmp_path / "work")])
    log = (tmp_path / "work" / "outcomes-1-compiled.jsonl").read_text()
    by_line = {outcome["line"]: outcome["outcome"] for outcome in map(json.loads, log.splitlines())}
    assert by_line[3] == "timeout"
    assert "timeout" in capsys.readouterr().out


def test_the_seed_draws_and_equivalent_mutants_are_left_out(judge, tmp_path):
    """At most one a line; the same seed draws the same."""
    drawn = judge.drawn(1, 3, ["checker"])
    assert [mutant.line for mutant in sorted(drawn, key=lambda mutant: mutant.line)] == [2, 3, 4]
    assert judge.drawn(1, 3, ["checker"]) == drawn
    (tmp_path / "equivalent.toml").write_text(
        '[[mutant]]\nfile = "dispatch/checker/late.py"\ntext = "return True"\n'
        'mutation = "`True` -> `False`"\nreason = "for the test"\n'
    )
    assert {mutant.line for mutant in judge.drawn(1, 3, ["checker"])} == {2, 4}


def test_every_equivalent_mutant_is_still_there_and_has_a_reason():
    """An edit of its line takes it off the list: what holds for the new one is to be seen anew."""
    import tomllib

    from mutants import mutants_of

    listed = tomllib.loads((SCRIPTS / "equivalent_mutants.toml").read_text("utf-8"))["mutant"]
    for entry in listed:
        source = (ROOT / entry["file"]).read_text("utf-8")
        found = {(mutant.text, mutant.mutation) for mutant in mutants_of(source, entry["file"])}
        assert (entry["text"], entry["mutation"]) in found, entry
        assert entry["reason"]
