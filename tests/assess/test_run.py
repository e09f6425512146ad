"""A whole assessment in this process: kept, gone on with, refused, failed in part."""

from __future__ import annotations

import json

import pytest

from dispatch import assess
from dispatch.assess import run as module
from dispatch.assess.ledger import REPLAYS, RUN_FILE
from dispatch.errors import InputError, TravelError
from dispatch.splits.split import Split
from dispatch.territory import read_communes
from tests.support.small_assess import small_service, two_scenarios

pytestmark = pytest.mark.slow


def assessed(out=None, days=2, **more: object):
    """Assess the two small scenarios in this process."""
    return assess(two_scenarios(), days=days, workers=1, service=small_service(), out=out, **more)


@pytest.fixture
def counted(monkeypatch):
    """Return a list that notes every job that is planned."""
    planned = []
    real = module.plan_jobs

    def noted(jobs, *rest: object, **named: object):
        planned.extend(jobs)
        return real(jobs, *rest, **named)

    monkeypatch.setattr(module, "plan_jobs", noted)
    return planned


def plain(found) -> str:
    """Return all that an assessment says, without the clock."""
    return json.dumps(found.to_dict(), sort_keys=True)


def test_an_assessment_tells_its_figures_and_what_they_rest_on():
    """Summary and tables; figures in JSON without nan."""
    found = assessed()
    summary = found.summary()
    assert list(summary["splits"]) == ["2019", "Bègles moved"]
    assert summary["demand"] == "sampled"
    assert summary["network_approximate"] is True
    assert set(summary["splits"]["Bègles moved"]["verdicts"].values()) <= {
        "too_few_days",
        "equal",
    }
    assert summary["splits"]["2019"]["verdicts"] == {}
    assert len(found.to_dataframe()) == 2 * 6
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["format"] == "dispatch-assess/1"
    # Kilometres of the summary are those of the rounds, added up again.
    metres = sum(s.distance_m for r in found.replays["2019"] for s in r.shares)
    assert summary["splits"]["2019"]["travel_km_a_day"] == pytest.approx(metres / 1000 / 2)


def test_a_run_goes_on_where_it_stopped_and_more_days_keep_the_earlier(tmp_path, counted):
    """Seven jobs a day: five centres, and two that Bègles changes."""
    first = assessed(tmp_path)
    assert len(counted) == 14
    counted.clear()
    assert plain(assessed(tmp_path)) == plain(first)
    assert counted == []
    assessed(tmp_path, days=3)
    assert len(counted) == 7
    assert plain(assessed(None)) == plain(first)


def test_what_was_cut_short_is_planned_again(tmp_path, counted):
    """A file that a full disk left half written, and one of another centre."""
    first = assessed(tmp_path)
    files = sorted((tmp_path / REPLAYS).rglob("*.json"))
    files[0].write_text(files[0].read_text(encoding="utf-8")[:50], encoding="utf-8")
    files[1].write_text(files[2].read_text(encoding="utf-8"), encoding="utf-8")
    counted.clear()
    assert plain(assessed(tmp_path)) == plain(first)
    assert len(counted) == 2


def test_an_interruption_keeps_what_was_done(tmp_path, monkeypatch, counted):
    """Five of 14 are done; the rest is planned by the next run."""
    real = module.plan_jobs

    def stopping(jobs, *rest: object, **named: object):
        for number, done in enumerate(real(jobs, *rest, **named)):
            if number == 5:
                raise KeyboardInterrupt
            yield done

    with monkeypatch.context() as patched:
        patched.setattr(module, "plan_jobs", stopping)
        with pytest.raises(KeyboardInterrupt):
            assessed(tmp_path)
    counted.clear()
    assessed(tmp_path)
    assert len(counted) == 9


def test_another_seed_in_the_same_folder_is_refused_by_name(tmp_path, counted):
    """Unless one asks to begin anew."""
    assessed(tmp_path, days=1)
    with pytest.raises(InputError, match=r"seed: this folder's rounds rest on another seed, now 2"):
        assessed(tmp_path, days=1, seed=2)
    counted.clear()
    assessed(tmp_path, days=1, seed=2, fresh=True)
    assert len(counted) == 7
    assert json.loads((tmp_path / RUN_FILE).read_text(encoding="utf-8"))["seed"] == 2


def test_a_folder_whose_run_cannot_be_read_is_refused(tmp_path):
    """Rather than mixed with."""
    (tmp_path / RUN_FILE).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="--fresh"):
        assessed(tmp_path)


def test_failures_are_told_together_after_the_rest_was_kept(tmp_path, monkeypatch):
    """By day and centre; what could be planned is there for the next run."""
    real = module.plan_jobs

    def failing(jobs, *rest: object, **named: object):
        for job, result in real(jobs, *rest, **named):
            yield job, TravelError("off the roads") if job.centre == "sud" else result

    monkeypatch.setattr(module, "plan_jobs", failing)
    with pytest.raises(TravelError) as caught:
        assessed(tmp_path, days=1)
    assert str(caught.value).count("2026-09-01, centre sud: off the roads") == 2
    assert len(list((tmp_path / REPLAYS).rglob("*.json"))) == 5


def test_progress_counts_what_was_there_already(tmp_path):
    """So that a bar does not start anew."""
    seen: list[tuple[int, int]] = []
    assessed(tmp_path, days=1, on_progress=lambda *counts: seen.append(counts))
    assert seen == [(n, 7) for n in range(8)]
    seen.clear()
    assessed(tmp_path, days=2, on_progress=lambda *counts: seen.append(counts))
    assert seen[0] == (7, 14)


def test_no_split_and_two_of_one_name_are_refused():
    """Results are told apart by it."""
    with pytest.raises(InputError, match="at least one"):
        assess([], days=1)
    one = two_scenarios()[0]
    with pytest.raises(InputError, match="two splits have this name"):
        assess([one, one], days=1, workers=1)


def test_splits_are_applied_to_the_service():
    """A `Split` object of the service itself gives what the service gives."""
    service = small_service()
    split = Split.of(service, "same")
    found = assess(
        [two_scenarios()[0], split], days=1, workers=1, service=service, communes=read_communes()
    )
    assert set(found.comparisons["verdict"]) == {"equal"}


def test_a_split_of_more_collectivities_is_shown_but_not_compared():
    """Other visits are asked of it."""
    service = small_service()
    mine = Split.of(service)
    more = Split(
        "more", {**mine.centre_of, "33119": "rive-droite"}, mine.premises, mine.technicians
    )
    found = assess([mine, more], days=1, workers=1, service=service)
    assert found.other_demand == ("more",)
    assert set(found.comparisons["verdict"]) == {"other_demand"}
    assert len(found.pilot) == 0
