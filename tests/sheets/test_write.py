"""All sheets of a day's folder: whole, renewed, and nothing else touched."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from icalendar import Calendar

from dispatch.errors import InputError
from dispatch.folder.read import read_written
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.sheets import write
from dispatch.sheets.manifest import MANIFEST
from dispatch.sheets.write import write_sheets
from tests.folder.test_read import in_this_process
from tests.support.sheets_fixture import on

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 25)
VISITS = """\
id,insee,lon,lat,duration_min,address,description
V1,33056,-0.64,44.91,30,1 rue des Lilas,Écran noir
V2,33318,-0.632,44.806,30,,
V3,33318,-0.63,44.80,45,,
"""
SUD = {"sheets-sud.pdf", "sheets-sud.xlsx"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a small day of two centres."""
    place = tmp_path_factory.mktemp("day")
    visits = place / "visits.csv"
    visits.write_text(VISITS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planday, "plan_all", in_this_process)
        plan_day(
            PlanOptions(
                date=DAY, out=place / "out", visits=visits, effort="quick",
                centres=("sud", "ouest-nord"),
            )
        )  # fmt: skip
    return place / "out"


@pytest.fixture
def written(folder, monkeypatch):
    """Return the day read back; no PDF is set, as other tests do that."""
    monkeypatch.setattr(
        write, "sheets_pdf", lambda content, land: b"%PDF of " + content.lang.encode()
    )
    return read_written(folder)


def names_in(folder):
    """Return every file below a folder, by name relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def contents_of(folder):
    """Return the bytes of every file."""
    return {name: (folder / name).read_bytes() for name in names_in(folder)}


def without(written, centre, visit):
    """Return a written day in which a visit of a centre is done by nobody."""
    day = written.days[centre]
    rounds = [
        round_.model_copy(update={"stops": tuple(s for s in round_.stops if s.visit != visit)})
        for round_ in day.plan.rounds
    ]
    plan = day.plan.model_copy(update={"rounds": tuple(r for r in rounds if r.stops)})
    plans = {**written.day.plans, centre: plan}
    return replace(
        written,
        days={**written.days, centre: replace(day, plan=plan)},
        day=written.day.model_copy(update={"plans": plans}),
    )


def statuses(path):
    """Return the status of each entry of a calendar."""
    return [str(event["status"]) for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT")]


def test_every_file_of_a_day_is_written_and_listed(written, tmp_path):
    """A PDF and a workbook a centre; calendar, track and GeoJSON a round; the list of all."""
    made = write_sheets(written, tmp_path)
    technicians = {
        centre: [round_.technician for round_ in day.plan.rounds if round_.stops]
        for centre, day in written.days.items()
    }
    assert all(technicians.values())
    expected = {
        f"{centre}/{technician}.{kind}"
        for centre, found in technicians.items()
        for technician in found
        for kind in ("ics", "gpx", "geojson")
    }
    expected |= SUD | {"sheets-ouest-nord.pdf", "sheets-ouest-nord.xlsx"}
    assert names_in(tmp_path) == expected | {MANIFEST}
    listed = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    assert {name for entry in listed["centres"].values() for name in entry["files"]} == expected
    assert (made.failures, made.notes, made.removed) == ({}, (), ())
    assert "OpenStreetMap" in (tmp_path / "sheets-sud.pdf").parent.joinpath(
        f"sud/{technicians['sud'][0]}.gpx"
    ).read_text(encoding="utf-8")


def test_a_second_run_changes_nothing(written, tmp_path):
    """Byte for byte, calendars too."""
    write_sheets(written, tmp_path)
    before = contents_of(tmp_path)
    write_sheets(written, tmp_path)
    assert contents_of(tmp_path) == before


def test_a_visit_that_leaves_is_cancelled_on_the_phone(written, tmp_path):
    """Also when its technician has nothing else: then only the calendar stays, to say so."""
    write_sheets(written, tmp_path)
    [technician] = [r.technician for r in written.days["ouest-nord"].plan.rounds if r.stops]
    calendar = tmp_path / f"ouest-nord/{technician}.ics"
    assert "CONFIRMED" in statuses(calendar)
    made = write_sheets(without(written, "ouest-nord", "V1"), tmp_path)
    assert set(statuses(calendar)) == {"CANCELLED"}
    assert not calendar.with_suffix(".gpx").exists()
    assert set(made.removed) == {f"ouest-nord/{technician}.{kind}" for kind in ("gpx", "geojson")}
    write_sheets(written, tmp_path)
    assert set(statuses(calendar)) == {"CONFIRMED"}
    assert calendar.with_suffix(".gpx").exists()


def test_one_centre_alone_leaves_the_others_sheets(written, folder, tmp_path):
    """Of the same day; those of an earlier plan are named."""
    write_sheets(written, tmp_path)
    before = contents_of(tmp_path)
    sud = read_written(folder, ("sud",))
    assert write_sheets(sud, tmp_path).notes == ()
    assert contents_of(tmp_path) == before
    changed = without(written, "ouest-nord", "V1").day
    made = write_sheets(replace(sud, day=changed), tmp_path)
    assert made.notes == ("the sheets of ouest-nord are of an earlier plan; make them again",)
    assert (tmp_path / "sheets-ouest-nord.pdf").exists()


def test_sheets_of_another_day_go(written, tmp_path):
    """All of them, of every centre; files that are not ours stay."""
    write_sheets(written, tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    other = date(2026, 11, 26)
    tomorrow = replace(
        written,
        day=written.day.model_copy(update={"date": other}),
        days={"sud": on(written.days["sud"], other)},
    )
    write_sheets(tomorrow, tmp_path)
    assert not any("ouest-nord" in name for name in names_in(tmp_path))
    assert names_in(tmp_path) > {*SUD, "notes.txt", MANIFEST}
    # Yesterday's visits were not cancelled: they have been.
    for path in tmp_path.rglob("*.ics"):
        assert set(statuses(path)) == {"CONFIRMED"}


def test_a_list_from_elsewhere_removes_nothing(written, tmp_path):
    """A name that no sheet has is refused, and nothing is written."""
    listed = {"format": "dispatch-sheets/1", "date": "2026-11-25", "centres": {
        "sud": {"plan_sha256": "", "lang": "fr", "files": ["../precious.txt"]}}}  # fmt: skip
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).write_text(json.dumps(listed), encoding="utf-8")
    with pytest.raises(InputError, match=r"sheets\.json.*is not the name of a sheet"):
        write_sheets(written, out)
    assert names_in(tmp_path) == {"precious.txt", f"out/{MANIFEST}"}


def test_a_spoilt_calendar_stops_everything(written, tmp_path):
    """Nothing is written over what phones go on from."""
    write_sheets(written, tmp_path)
    spoilt = next(iter(sorted(tmp_path.rglob("*.ics"))))
    spoilt.write_bytes(b"edited")
    before = contents_of(tmp_path)
    with pytest.raises(InputError, match="earlier run wrote"):
        write_sheets(written, tmp_path)
    assert contents_of(tmp_path) == before


def test_without_pango_the_rest_is_written(written, tmp_path, monkeypatch):
    """And an earlier PDF, which would now be wrong, goes."""
    write_sheets(written, tmp_path)

    def missing(content, land):
        source = "PDF"
        raise InputError.one(source, "needs Pango")

    monkeypatch.setattr(write, "sheets_pdf", missing)
    made = write_sheets(written, tmp_path)
    assert made.failures == {"sud": "PDF: needs Pango", "ouest-nord": "PDF: needs Pango"}
    assert not list(tmp_path.glob("*.pdf"))
    assert len(list(tmp_path.glob("*.xlsx"))) == 2


def test_roads_that_have_changed_cost_the_backdrop_alone(written, tmp_path):
    """The sheets are made all the same, and say so."""
    used = written.day.network.model_copy(update={"sha256": "0" * 64})
    changed = replace(written, day=written.day.model_copy(update={"network": used}))
    made = write_sheets(changed, tmp_path)
    [note] = made.notes
    assert note.startswith("maps without the main roads: ")
    assert (tmp_path / "sheets-sud.pdf").exists()


def test_the_language_is_the_readers(written, tmp_path):
    """In every file; the list says which."""
    write_sheets(written, tmp_path, lang="en")
    assert (tmp_path / "sheets-sud.pdf").read_bytes() == b"%PDF of en"
    listed = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    assert {entry["lang"] for entry in listed["centres"].values()} == {"en"}
    [calendar] = [path for path in tmp_path.glob("ouest-nord/*.ics")]
    assert "Visit no." in calendar.read_text(encoding="utf-8")
