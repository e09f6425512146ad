"""Single changes at a centre, and what they are worth."""

from __future__ import annotations

from collections import Counter

import pytest

from dispatch import assess
from dispatch.assess import run
from dispatch.assess.marginal import marginal_values, single_changes
from dispatch.assess.scenarios import Scenario
from dispatch.splits.borders import commune_neighbours
from dispatch.territory import read_communes
from tests.support.small_assess import FIRST, made, small_service

COMMUNES = read_communes()


@pytest.fixture(scope="module")
def found():
    """Return every change of the small service."""
    return single_changes(Scenario("2019", small_service()), COMMUNES)


def test_each_centre_gains_a_technician_like_its_most_skilled(found):
    """The roster grows by one, there, with a new id."""
    service = small_service()
    for change in found:
        if change.kind != "technician":
            continue
        before = Counter(each.centre for each in service.roster)
        after = Counter(each.centre for each in change.scenario.service.roster)
        assert after - before == {change.centre: 1}
        people = {each.technician.id: each.technician for each in change.scenario.service.roster}
        copied = people[change.what]
        assert people[f"{change.what}+"].skills == copied.skills
        mine = [each.technician for each in service.roster if each.centre == change.centre]
        assert len(copied.skills) == max(len(person.skills) for person in mine)
    assert sum(change.kind == "technician" for change in found) == 5


def test_a_skill_is_learnt_by_one_who_lacks_it(found):
    """Nobody else changes, and nobody has fewer of those who lack it."""
    service = small_service()
    before = {each.technician.id: each.technician for each in service.roster}
    for change in found:
        if change.kind != "skill":
            continue
        after = {each.technician.id: each.technician for each in change.scenario.service.roster}
        assert after[change.to].skills - before[change.to].skills == {change.what}
        assert {name for name in after if after[name] != before[name]} == {change.to}
        lacking = [
            len(each.technician.skills)
            for each in service.roster
            if each.centre == change.centre and change.what not in each.technician.skills
        ]
        assert len(before[change.to].skills) == min(lacking)


def test_a_commune_goes_to_the_centre_of_a_neighbour(found):
    """Only there, and no centre is left without a collectivity."""
    service = small_service()
    near = commune_neighbours(COMMUNES, service.borders)
    home = {insee: entry.id for entry in service.centres for insee in entry.communes}
    told = {(c.what, c.to) for c in found if c.kind == "commune"}
    assert told == {
        (insee, home[other])
        for insee, own in home.items()
        for other in near.of[insee]
        if other in home and home[other] != own
    }
    for change in found:
        holders = [e.id for e in change.scenario.service.centres if change.what in e.communes]
        if change.kind == "commune":
            assert holders == [change.to]
        assert all(e.communes or e.serves_metropole for e in change.scenario.service.centres)


def test_a_change_touches_the_jobs_of_its_centres_only(found):
    """One centre for people, two for a commune."""
    base = {job.centre: job.key for job in Scenario("2019", small_service()).jobs((FIRST,))}
    for change in found:
        jobs = {job.centre: job.key for job in change.scenario.jobs((FIRST,))}
        touched = {centre for centre in base if base[centre] != jobs[centre]}
        expected = {change.centre, change.to} if change.kind == "commune" else {change.centre}
        assert touched == expected


def test_a_value_by_hand(found):
    """Two days: 10 km less and 20 km less, one visit less undone on the first."""
    before = [
        made("sud", 0, [(1, 3600, 30_000, 0, 0)], undone=(0, 0, 1, 0)),
        made("sud", 1, [(1, 3600, 30_000, 0, 0)]),
    ]
    after = [
        made("sud", 0, [(1, 3000, 20_000, 0, 0)]),
        made("sud", 1, [(1, 3600, 10_000, 0, 0)]),
    ]
    row = marginal_values(before, [(found[0], after)], small_service().judging).iloc[0]
    assert row["km"] == -15
    assert row["minutes"] == -5
    assert row["undone"] == -0.5
    assert -20 <= row["km_low"] <= -15 <= row["km_high"] <= -10
    assert row["days"] == 2


@pytest.mark.slow
def test_an_assessment_values_the_changes_of_the_first_split_on_the_same_days(monkeypatch):
    """A row each; a technician more never leaves more visits undone."""

    def some(scenario, communes):
        every = single_changes(scenario, communes)
        return [*(each for each in every if each.kind == "technician"), every[1], every[-1]]

    monkeypatch.setattr(run, "single_changes", some)
    service = small_service()
    found = assess(
        [Scenario("2019", service)], days=1, workers=1, service=service, marginal=True
    ).marginal
    assert found is not None
    assert found["kind"].tolist() == ["technician"] * 5 + ["skill", "commune"]
    assert (found["undone"][:5] <= 0).all()
