"""The folder of a day: written whole or not at all, read back as it was."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dispatch.checker.rules import Violation
from dispatch.errors import InputError
from dispatch.folder.write import (
    DayFile,
    NetworkUsed,
    misstated_summaries,
    problem_file,
    read_day,
    refuse_unwritable,
    write_file,
    write_folder,
)


@pytest.fixture
def whole(small_day, sound_plan):
    """Return a day of one centre."""
    return DayFile(
        date=date(2026, 11, 25),
        network=NetworkUsed(name="bundled", approximate=True, sha256="0" * 64, attribution="©"),
        seed=1,
        effort="quick",
        sample=True,
        summary={"sud": sound_plan.summary()},
        plans={"sud": sound_plan},
        failures={"ouest-nord": "no way"},
    )


def files_of(folder):
    """Return the text of every file below a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_day_written_is_read_back(tmp_path, whole, small_day):
    """The day and the problem of each centre."""
    out = tmp_path / "a" / "b"
    write_folder(out, {problem_file("sud"): small_day.to_json(), "index.html": "é\n"}, whole)
    day, problems = read_day(out)
    assert day == whole
    assert problems["sud"].to_json() == small_day.to_json()
    assert set(files_of(out)) == {"plan.json", "problems/sud.json", "index.html"}


def test_files_of_an_earlier_day_go_and_those_of_others_stay(tmp_path, whole, small_day):
    """A map of a centre that is no longer planned would be taken for today's."""
    write_folder(tmp_path, {problem_file("nord"): "{}", "map-nord.html": "x"}, whole)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_folder(tmp_path, {problem_file("sud"): small_day.to_json(), "map-sud.html": "y"}, whole)
    names = {"plan.json", "problems/sud.json", "map-sud.html", "notes.txt"}
    assert set(files_of(tmp_path)) == names


def test_a_failed_write_leaves_what_was_there(tmp_path, whole, monkeypatch):
    """The disk is full at the second file: yesterday's files stand, nothing else does."""
    write_folder(tmp_path, {"index.html": "yesterday"}, whole)
    before = files_of(tmp_path)
    real = type(tmp_path).open

    def full(self, mode="r", **kwargs: str):
        if "w" in mode and self.name == "stops.csv":
            raise OSError(28, "No space left on device")
        return real(self, mode, **kwargs)

    monkeypatch.setattr(type(tmp_path), "open", full)
    with pytest.raises(InputError, match="cannot be written \\(No space left on device\\)"):
        write_folder(tmp_path, {"index.html": "today", "stops.csv": "x"}, whole)
    monkeypatch.undo()
    assert files_of(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_takes_the_place_of_the_one_before_in_one_step(tmp_path):
    """Folders are made; no scrap is left beside it."""
    path = tmp_path / "new" / "plan.json"
    write_file(path, "one")
    write_file(path, "two")
    assert files_of(tmp_path) == {"new/plan.json": "two"}
    with pytest.raises(InputError, match="cannot be written"):
        write_file(tmp_path / "new", "three")
    assert files_of(tmp_path) == {"new/plan.json": "two"}


def test_a_place_of_the_wrong_kind_is_refused_at_once(tmp_path):
    """A file for a folder, a folder for a file, a file in the way above."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refuse_unwritable(tmp_path / "new" / "day", folder=True)
    refuse_unwritable(tmp_path / "file", folder=False)
    for path, folder, words in [
        (tmp_path / "file", True, "is a file; name a folder"),
        (tmp_path, False, "is a folder; name a file"),
        (tmp_path / "file" / "day", True, "is not a folder"),
    ]:
        with pytest.raises(InputError, match=words):
            refuse_unwritable(path, folder=folder)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("format", "dispatch-day/2", "plan.json:2:12: format: must be 'dispatch-day/1'"),
        ("colour", 1, "colour: unknown key"),
        ("date", "tomorrow", "date: must be a date such as 2026-11-25"),
        ("plans", [], "plans: must be a group of keys {...}"),
        ("seed", "1", "seed: must be a whole number"),
    ],
)
def test_a_day_with_another_key_or_type_is_refused_by_name(tmp_path, whole, key, value, words):
    """With line and column in plan.json."""
    changed = {**json.loads(whole.to_json()), key: value}
    (tmp_path / "plan.json").write_text(json.dumps(changed, indent=1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_day(tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["../sud", "/etc/passwd", "a/b", "sud/"])
def test_a_centre_whose_name_is_a_path_is_refused(tmp_path, whole, sound_plan, name):
    """A plan.json from elsewhere reads no file elsewhere."""
    changed = whole.model_copy(update={"plans": {name: sound_plan}})
    (tmp_path / "plan.json").write_text(changed.to_json(), encoding="utf-8")
    with pytest.raises(InputError, match="not a centre's id"):
        read_day(tmp_path)


def test_a_folder_without_a_plan_or_with_a_missing_problem_is_refused(tmp_path, whole):
    """The file that is missing is named."""
    with pytest.raises(InputError, match=r"plan\.json: there is no such file"):
        read_day(tmp_path)
    write_folder(tmp_path, {}, whole)
    with pytest.raises(InputError, match=r"sud\.json: there is no such file"):
        read_day(tmp_path)


@pytest.mark.slow
def test_a_summary_that_is_not_the_plans_is_reported(whole, sound_plan):
    """A figure changed, one missing, one invented, a centre without plan."""
    assert misstated_summaries(whole) == {"sud": []}
    figures = sound_plan.summary()
    for summary in (
        {**figures, "distance_m": 1},
        {key: figures[key] for key in figures if key != "gap"},
        {**figures, "trees": 3},
    ):
        found = misstated_summaries(whole.model_copy(update={"summary": {"sud": summary}}))
        assert found == {"sud": [Violation("stated_summary")]}
    without = whole.model_copy(update={"summary": {}})
    assert len(misstated_summaries(without)["sud"]) == len(figures)
    more = whole.model_copy(update={"summary": {**whole.summary, "nord": {"rounds": 1}}})
    assert misstated_summaries(more) == {"sud": [], "nord": [Violation("stated_summary")]}
