"""Splits: read and written, checked, applied to a service."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import InputError, Split, read_communes, read_service, read_split
from dispatch.data import data_path
from dispatch.demand import DemandModel
from dispatch.territory import METROPOLE

NAMED = ("2019", "28-communes", "nearest", "two-centres")


@pytest.fixture(scope="module")
def service():
    return read_service()


@pytest.fixture(scope="module")
def communes():
    return read_communes()


@pytest.fixture(scope="module")
def council(service):
    return Split.of(service, "council")


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "split.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", NAMED)
def test_named_splits_are_whole_and_come_back_as_they_were(name, service, communes, tmp_path):
    """Read, written and read again, nothing changes; each can be planned."""
    split = read_split(data_path(f"splits/{name}.csv"), service, communes)
    again = read_split(written(tmp_path, split.to_csv(communes)), service, communes, name=name)
    assert again == split
    assert [f for f in split.check(service, communes) if f.severity == "error"] == []
    under = split.apply(service, communes)
    assert {entry.id for entry in under.centres} == set(split.centres)
    counts = {c: len(under.technicians_of(c)) for c in split.centres}
    assert counts == split.technicians


def test_the_bundled_2019_split_is_that_of_the_service_file(service, communes, council):
    """Floirac and Le Bouscat lie apart, which the council's own split may; nothing else."""
    split = read_split(data_path("splits/2019.csv"), service, communes)
    assert split.partition == council.partition
    found = split.check(service, communes)
    assert {(f.rule, f.severity, f.centre) for f in found} == {
        ("strict", "note", "rive-droite"),
        ("strict", "note", "ouest-sud"),
    }


def test_the_present_split_changes_nothing_when_it_is_applied(service, communes, council):
    """Neither centres, nor technicians, nor demand."""
    under = council.apply(service, communes)
    assert under.model_dump() == service.model_dump()


def test_the_same_days_are_drawn_under_every_split_of_the_same_collectivities(service, communes):
    """Common random numbers: demand does not know the centres."""
    two = read_split(data_path("splits/two-centres.csv"), service, communes)
    day = service.judging.first_day
    before = DemandModel(service, communes).day(day, 3)
    assert DemandModel(two.apply(service, communes), communes).day(day, 3) == before


def test_a_file_of_a_french_office_is_read(service, council, communes, tmp_path):
    """Semicolons, cp1252, French headings, names with accents, a code without its zero."""
    text = council.to_csv(communes).replace(",", ";")
    text = text.replace(
        "insee;commune;centre;premises;technicians", "Code INSEE;Ville;Centre;Siège;Effectif"
    )
    split = read_split(written(tmp_path, text, "cp1252"), service, communes, name="council")
    assert split == council


def test_every_fault_of_a_file_is_told_with_its_place(service, communes, tmp_path):
    """A double, an unknown commune, a number that is none, technicians that disagree."""
    text = (
        "insee,centre,premises,technicians\n"
        "33063,a,33063,8\n33063,b,33063,2\n99999,a,,8\n33281,a,,many\n33318,a,33063,7\n33522,a,12,\n"
    )
    with pytest.raises(InputError) as caught:
        read_split(written(tmp_path, text), service, communes)
    told = {(fault.line, fault.column, fault.value) for fault in caught.value.faults}
    assert told == {
        (3, 1, "33063"),
        (4, 1, "99999"),
        (5, 4, "many"),
        (6, 4, "7"),
        (7, 3, "12"),
    }


def test_a_collectivity_that_is_left_out_is_named(service, communes, council, tmp_path):
    """Whoever is served needs a centre, in the file and in a split made by a program."""
    lines = council.to_csv(communes).splitlines()
    text = "\n".join(line for line in lines if not line.startswith(METROPOLE)) + "\n"
    with pytest.raises(InputError, match=r"Métropole.*no row"):
        read_split(written(tmp_path, text), service, communes)
    without = {u: c for u, c in council.centre_of.items() if u != "33522"}
    partial = replace(council, centre_of=without)
    with pytest.raises(InputError, match="33522"):
        partial.apply(service, communes)
    assert [f.rule for f in partial.check(service, communes) if f.severity == "error"] == [
        "complete"
    ]


def test_breaking_a_criterion_is_found_by_its_name(service, communes, council):
    """Talence to Rive droite: across Bordeaux, over the most, in two pôles."""
    moved = replace(council, centre_of=council.centre_of | {"33318": "rive-droite"})
    found = {(f.rule, f.severity, f.centre) for f in moved.check(service, communes)}
    assert ("pass_through", "broken", "rive-droite") in found
    assert ("poles", "note", "rive-droite") in found
    crowded = replace(council, centre_of=council.centre_of | {"33318": "ouest-nord"})
    assert ("sizes", "broken", "ouest-nord") in {
        (f.rule, f.severity, f.centre) for f in crowded.check(service, communes)
    }


def test_a_new_centre_needs_premises_and_every_centre_technicians(service, communes, council):
    """Both are told at once, by the check and when it is applied."""
    split = Split("new", dict.fromkeys(council.centre_of, "x") | {"33063": "y", METROPOLE: "y"})
    rules = [f.rule for f in split.check(service, communes) if f.severity == "error"]
    assert sorted(rules) == ["premises", "premises", "technicians", "technicians"]
    with pytest.raises(InputError) as caught:
        split.apply(service, communes)
    assert {fault.where for fault in caught.value.faults} == {"premises", "technicians"}


@given(st.lists(st.integers(1, 9), min_size=5, max_size=5))
def test_any_number_of_technicians_has_every_trade_in_every_centre(counts):
    """They are moved, repeated or left out; nobody is in two centres."""
    service, communes = _read()
    council = Split.of(service)
    split = replace(council, technicians=dict(zip(council.centres, counts, strict=True)))
    under = split.apply(service, communes)
    for centre, count in split.technicians.items():
        here = under.technicians_of(centre)
        assert len(here) == count
        assert {skill for t in here for skill in t.skills} == set(service.skills)
        assert all(t.start == t.end == centre for t in here)
    ids = [entry.id for entry in under.technicians]
    assert len(set(ids)) == len(ids)


_KEPT = []


def _read():
    if not _KEPT:
        _KEPT.append((read_service(), read_communes()))
    return _KEPT[0]


def test_communes_that_join_are_served_like_the_others(service, communes):
    """Agents by people, volumes by agents: visits grow as agents do."""
    split = read_split(data_path("splits/28-communes.csv"), service, communes)
    under = split.apply(service, communes)
    assert set(under.demand.agents) == {*communes, METROPOLE}
    cenon = communes["33119"]
    assert under.demand.agents["33119"] == round(cenon.population * 23.83 / 1000)
    agents = sum(under.demand.agents.values()) / sum(service.demand.agents.values())
    assert under.visits_per_day == pytest.approx(service.visits_per_day * agents, rel=1e-4)


@pytest.mark.slow
def test_a_split_of_nothing_or_with_stray_premises_is_refused():
    """A centre in charge of nothing has none."""
    with pytest.raises(ValueError, match="no collectivity"):
        Split("empty", {})
    with pytest.raises(ValueError, match="premises of 'b'"):
        Split("stray", {"33063": "a"}, {"b": "33063"})
