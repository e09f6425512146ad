"""`dispatch sheets` from end to end: what is written, what is said, how it exits."""

from __future__ import annotations

import json

import pytest

from tests.sheets.test_write import folder  # noqa: F401 - a fixture
from tests.support.command import run, run_process
from tests.support.sheets_fixture import needs_pango

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("folder")]


def test_sheets_are_written_beside_the_day_and_told(folder, tmp_path):  # noqa: F811
    """Into DIR/sheets, in French; nothing on the error output."""
    needs_pango()
    ended = run_process("sheets", folder, "--centre", "ouest-nord")
    assert (ended.returncode, ended.stderr) == (0, "")
    files = "sheets-ouest-nord.pdf, sheets-ouest-nord.xlsx, 1 round as ICS, GPX, GeoJSON"
    assert f"ouest-nord: {files}" in ended.stdout
    written = folder / "sheets" / "sheets-ouest-nord.pdf"
    assert written.read_bytes().startswith(b"%PDF-1.7")
    assert "\x1b" not in ended.stdout

    ended = run("sheets", folder, "--json", "--lang", "en", "--out", tmp_path / "new" / "place")
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    assert (told["date"], list(told["centres"])) == ("2026-11-25", ["sud", "ouest-nord"])
    assert told["failures"] == {}
    assert told["removed"] == told["notes"] == []
    for name in (name for files in told["centres"].values() for name in files):
        assert (tmp_path / "new" / "place" / name).stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--centre", "nowhere"), "not planned in"),
        (("--out", "{file}"), "is a file; name a folder"),
    ],
)
def test_bad_input_exits_with_2_and_says_what_to_do(folder, tmp_path, arguments, words):  # noqa: F811
    """A centre that the day has not; a file where the folder should be."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ended = run("sheets", folder, *(part.format(file=tmp_path / "file") for part in arguments))
    assert ended.returncode == 2
    assert words in ended.stderr


def test_a_folder_that_plan_did_not_write_exits_with_2(tmp_path):
    """It names the file that is missing."""
    ended = run("sheets", tmp_path)
    assert ended.returncode == 2
    assert "plan.json: there is no such file" in ended.stderr
