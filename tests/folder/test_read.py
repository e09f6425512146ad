"""A written day read back: with its service, its tickets and the ways of its rounds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from dispatch.errors import InputError
from dispatch.folder.read import SERVICE_COPY, TICKETS, read_written
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from tests.support.in_process import in_this_process

DAY = date(2026, 11, 25)
VISITS = """\
id,insee,lon,lat,duration_min,windows,skills,address,description,due,demandeur
V1,33056,-0.64,44.91,30,8:00-12:00,poste,1 rue {{7*7}},Écran,2026-11-24,Jean Secret
V2,33318,-0.632,44.806,30,,,,,,
V3,33318,-0.63,44.80,45,,,,,,
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder of a small day of two centres, and what was planned."""
    folder = tmp_path_factory.mktemp("day")
    visits = folder / "visits.csv"
    visits.write_text(VISITS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planday, "plan_all", in_this_process)
        planned = plan_day(
            PlanOptions(
                date=DAY, out=folder / "out", visits=visits, effort="quick",
                centres=("sud", "ouest-nord"),
            )
        )  # fmt: skip
    return folder / "out", planned


@pytest.fixture
def copy(written, tmp_path):
    """Return a copy of the folder that a test may spoil."""
    import shutil

    return shutil.copytree(written[0], tmp_path / "copy")


def test_a_day_is_read_back_with_all_that_it_was_made_of(written):
    """Plans and problems as written; tickets with their text; the ways of the rounds."""
    folder, planned = written
    found = read_written(folder)
    assert found.day == planned.as_file()
    assert list(found.days) == ["sud", "ouest-nord"]
    sud, nord = found.days.values()
    assert (sud.plan, sud.centre.name) == (planned.plans["sud"], "Sud")
    assert set(sud.tickets) == {"V2", "V3"}
    ticket = nord.tickets["V1"]
    assert (ticket.address, ticket.description) == ("1 rue {{7*7}}", "Écran")
    assert (ticket.due, ticket.skills) == (date(2026, 11, 24), frozenset({"poste"}))
    for day in found.days.values():
        assert set(day.lines) == {round_.technician for round_ in day.plan.rounds}
        assert all(len(line) > 3 for line in day.lines.values())


def test_chances_are_read_back_with_each_centres_day(written):
    """Sheets show them without working them out again."""
    folder, planned = written
    found = read_written(folder)
    assert {name: day.chances for name, day in found.days.items()} == planned.as_file().chances
    assert len(found.days["ouest-nord"].chances.kept) == 1


def test_nothing_personal_is_kept(written):
    """The requester's name was dropped when the visits were read."""
    folder, _ = written
    for path in folder.rglob("*"):
        assert not path.is_file() or "Secret" not in path.read_text(encoding="utf-8")


def test_one_centre_alone_may_be_read(written):
    """As named; one that is not in the folder is refused by name."""
    folder, _ = written
    assert list(read_written(folder, ["ouest-nord"]).days) == ["ouest-nord"]
    with pytest.raises(InputError, match=r"not planned in out; there are ouest-nord, sud"):
        read_written(folder, ["rive-droite"])


def test_the_roads_are_those_it_was_planned_on(written):
    """Loaded again; if they are no longer the same, that is said."""
    found = read_written(written[0])
    assert found.router().network.sha256 == found.day.network.sha256
    other = replace(
        found,
        day=found.day.model_copy(
            update={"network": found.day.network.model_copy(update={"sha256": "0" * 64})}
        ),
    )
    with pytest.raises(InputError, match="the roads have changed"):
        other.router()


def test_a_folder_of_an_earlier_version_says_that_it_kept_no_tickets(copy):
    """Its plans can be checked still, but nothing else made of it."""
    (copy / TICKETS).unlink()
    with pytest.raises(InputError, match="an earlier version, without tickets"):
        read_written(copy)


def test_files_of_different_days_are_refused_together(copy):
    """Another date and a centre without tickets: both are named."""
    content = json.loads((copy / TICKETS).read_text(encoding="utf-8"))
    content["date"] = "2026-11-26"
    del content["centres"]["sud"]
    (copy / TICKETS).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_written(copy)
    assert [fault.value for fault in caught.value.faults] == ["2026-11-26", "sud"]


def test_a_visit_without_its_ticket_is_named(copy):
    """Sheets would have nothing to print for it."""
    content = json.loads((copy / TICKETS).read_text(encoding="utf-8"))
    del content["centres"]["sud"][0]
    (copy / TICKETS).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"visit of sud without a ticket.*'V2'"):
        read_written(copy)


def test_a_spoilt_service_file_or_ticket_names_its_line(copy):
    """As any faulty file."""
    service = (copy / SERVICE_COPY).read_text(encoding="utf-8")
    (copy / SERVICE_COPY).write_text("fromat = 1\n" + service, encoding="utf-8")
    with pytest.raises(InputError, match=r"inputs/service.toml:1:1: .*fromat"):
        read_written(copy)
    (copy / SERVICE_COPY).write_text(service, encoding="utf-8")
    text = (copy / TICKETS).read_text(encoding="utf-8")
    (copy / TICKETS).write_text(text.replace('"33056"', '"3305"', 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"inputs/tickets.json:\d+:\d+: .*insee"):
        read_written(copy)


@pytest.mark.slow
def test_ways_that_are_gone_are_no_fault(copy):
    """The rounds are then shown without them."""
    (copy / "rounds.geojson").unlink()
    assert read_written(copy).days["sud"].lines == {}
