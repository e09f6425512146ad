"""Whatever ids and texts say, all that is written lies in the folder that was asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.folder.read import read_written
from dispatch.folder.replacing import replace_files
from dispatch.folder.write import PLAN_FILE, read_day, read_plans
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.service.service import parse_service
from dispatch.sheets.manifest import read_manifest
from dispatch.sheets.names import is_ours, stems
from dispatch.sheets.write import write_sheets
from tests.folder.test_read import DAY
from tests.support.fuzzing import inputs
from tests.support.in_process import in_this_process

pytestmark = pytest.mark.slow

HOSTILE = (
    "../../up", "/etc/root", "..", ".", "a/b", "a\\b", "C:\\x", "CON", "-rf", "~", "a\u202eb",
    "é" * 90, "{{7*7}}", "<b>", "%2e%2e%2f", "x.pdf", ".hidden", "a:b", "a\tb",
)  # fmt: skip
NAMES = st.text(max_size=60) | st.sampled_from(HOSTILE)
ALLOWED = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}(/[A-Za-z0-9]{1,9})?\.txt", fullmatch=True)


@settings(max_examples=inputs(200), deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=6))
def test_names_of_sheets_stay_within_a_folder_whatever_the_ids(names):
    """One plain name each, never two alike on a disk that ignores case."""
    made = stems(names)
    assert len({stem.casefold() for stem in made.values()}) == len(set(names))
    for stem in made.values():
        assert Path(stem).name == stem
        assert "\0" not in stem
        assert not {"/", "\\", ":", ".."} & {stem, *stem}
        assert is_ours(f"{stem}/{stem}.ics")
        assert is_ours(f"sheets-{stem}.pdf")


@settings(
    max_examples=inputs(60), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(NAMES | ALLOWED, min_size=1, max_size=4))
def test_what_is_written_lies_in_its_folder_or_is_refused(tmp_path, names):
    """Of any names, and of those that lead out nothing is put in its place."""
    folder = tmp_path / "in" / "folder"
    outside = {path for path in tmp_path.rglob("*") if not path.is_relative_to(folder)}
    try:
        replace_files(folder, dict.fromkeys(names, "x"))
    except (InputError, ValueError):  # ValueError: a NUL byte, which no id may hold
        pass
    else:
        for name in names:
            assert (folder / name).resolve().is_relative_to(folder.resolve())
    now = {path for path in tmp_path.rglob("*") if not path.is_relative_to(folder)}
    assert now - outside <= {folder.parent}
    assert not list(folder.glob(".writing-*"))


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x"])
def test_a_name_that_leads_out_is_refused_and_nothing_is_written(tmp_path, name):
    """The sound file beside it is not written either."""
    folder = tmp_path / "folder"
    name = str(tmp_path / "x") if name == "/x" else name
    with pytest.raises(InputError, match="leads out of the folder"):
        replace_files(folder, {"sound.txt": "x", name: "x"})
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "x").exists()


def test_a_link_to_a_folder_elsewhere_is_refused(tmp_path):
    """Whoever can write into the folder cannot make us write, or delete, elsewhere."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "x.json").write_text("theirs")
    (folder / "problems").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(InputError, match=r"leads out.*remove the link.*'problems/sud.json'"):
        replace_files(folder, {"index.html": "x", "problems/sud.json": "x"})
    with pytest.raises(InputError, match="leads out"):
        replace_files(folder, {}, ["problems/x.json"])
    assert not (folder / "index.html").exists()
    assert [path.read_text() for path in elsewhere.iterdir()] == ["theirs"]


def test_a_link_in_place_of_a_file_is_replaced_and_what_it_names_left(tmp_path):
    """The link goes, not what lies behind it; the folder itself may be a link."""
    folder, theirs = tmp_path / "folder", tmp_path / "theirs.txt"
    folder.mkdir()
    theirs.write_text("theirs")
    (folder / "index.html").symlink_to(theirs)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    replace_files(tmp_path / "link", {"index.html": "ours"})
    assert theirs.read_text() == "theirs"
    assert not (folder / "index.html").is_symlink()
    assert (folder / "index.html").read_text() == "ours"


@pytest.fixture(scope="module")
def hostile_day(tmp_path_factory):
    """Return a folder in which a day was planned whose ids are paths, with its sheets."""
    around = tmp_path_factory.mktemp("around")
    names = [name for name in HOSTILE if "\t" not in name and len(name) <= 60]
    rows = [
        f'"{name}",33318,{-0.632 + 0.001 * number},44.806,20,"{name}","{name}"'
        for number, name in enumerate(names)
    ]
    header = "id,insee,lon,lat,duration_min,address,description"
    (around / "visits.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    staff = [f'"{name}",sud' for name in ("../../up", "/etc/root", "a/b")]
    (around / "roster.csv").write_text("\n".join(["id,centre", *staff]), encoding="utf-8")
    before = {path: path.read_bytes() for path in around.iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planday, "plan_all", in_this_process)
        plan_day(
            PlanOptions(
                date=DAY, out=around / "x" / "out", visits=around / "visits.csv",
                technicians=around / "roster.csv", effort="quick", centres=("sud",),
            )
        )  # fmt: skip
    write_sheets(read_written(around / "x" / "out"))
    return around, before, names


def test_a_day_of_hostile_ids_is_written_into_its_folder_alone(hostile_day):
    """Pages, tables, problems, sheets, calendars, tracks: all of it, and nothing beside."""
    around, before, names = hostile_day
    out = around / "x" / "out"
    _, problems = read_day(out)
    # What turns the direction of writing is dropped when a file is read.
    read = {name.replace("\u202e", "") for name in names}
    assert {visit.id for visit in problems["sud"].visits} == read
    files = {path for path in around.rglob("*") if path.is_file()}
    assert {path: path.read_bytes() for path in files if not path.is_relative_to(out)} == before
    for path in files - before.keys():
        assert path.resolve().is_relative_to(out.resolve())
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", path.name)
    assert len(list(out.glob("sheets/sud/*.ics"))) == len(list(out.glob("sheets/sud/*.gpx"))) > 0


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "a\\\\b", "é", "x" * 65])
def test_a_centres_id_that_is_no_file_name_is_refused(name):
    """It names the centre's files: letters, digits, - and _."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"centres\[\d\]\.id"):
        parse_service(text.replace('id = "sud"', f'id = "{name}"'))


def test_a_day_whose_centre_is_a_path_reads_no_file_elsewhere(hostile_day, tmp_path):
    """A folder from somebody else cannot have us open what it does not hold."""
    around, _, _ = hostile_day
    day = json.loads((around / "x/out" / PLAN_FILE).read_text(encoding="utf-8"))
    for name in ("../../secret", "/etc/passwd", "a/b"):
        spoilt = {**day, "plans": {name: day["plans"]["sud"]}, "summary": {}}
        (tmp_path / PLAN_FILE).write_text(json.dumps(spoilt), encoding="utf-8")
        with pytest.raises(InputError, match="not a centre's id"):
            read_plans(tmp_path)


@pytest.mark.parametrize("name", ["../x.pdf", "/etc/passwd", "sud/../../x.ics", "index.html"])
def test_a_list_of_sheets_removes_nothing_that_is_no_sheet(tmp_path, name):
    """`sheets.json` says what the next run may remove; it is not believed."""
    sheets = {"plan_sha256": "", "lang": "fr", "files": [name]}
    content = {"format": "dispatch-sheets/1", "date": "2026-11-25", "centres": {"sud": sheets}}
    (tmp_path / "sheets.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="not the name of a sheet"):
        read_manifest(tmp_path)
