"""The metrics' file: what Prometheus's own parser reads of it; replaced whole."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dispatch.errors import InputError
from dispatch.nightly.metrics import (
    LAST_SUCCESS,
    OF_CENTRE,
    WHOLE,
    last_success,
    metrics_text,
    write_metrics,
)


def read(text: str) -> dict[tuple[str, str], float]:
    """Return every sample by name and centre, as Prometheus reads it."""
    return {
        (sample.name, sample.labels.get("centre", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_is_given_is_read_back():
    """Of the whole and of each centre; what is not known is not there, rather than 0."""
    text = metrics_text(
        {"dispatch_night_exit_code": 5, "dispatch_tickets_received": None},
        {
            "sud": {"dispatch_visits": 3, "dispatch_gap_ratio": 0.25, "dispatch_centre_failed": 0},
            "ouest-nord": {"dispatch_visits": None, "dispatch_centre_failed": 1},
        },
    )
    assert read(text) == {
        ("dispatch_night_exit_code", ""): 5,
        ("dispatch_visits", "sud"): 3,
        ("dispatch_gap_ratio", "sud"): 0.25,
        ("dispatch_centre_failed", "sud"): 0,
        ("dispatch_centre_failed", "ouest-nord"): 1,
    }


def test_a_centres_name_cannot_break_the_text():
    """It is escaped as Prometheus asks for."""
    name = 'a"b\\c\nd{}'
    found = read(metrics_text({}, {name: {"dispatch_visits": 1}}))
    assert found == {("dispatch_visits", name): 1}


def test_every_metric_is_explained_and_named_as_prometheus_asks():
    """A help text each; base units; no name of a counter, as these are values of one night."""
    for name, words in {**WHOLE, **OF_CENTRE}.items():
        assert words.endswith(".")
        assert name.startswith("dispatch_")
        assert not name.endswith(("_total", "_minutes", "_km"))


def test_an_unknown_metric_is_refused():
    """A misspelt name would be a metric that no alarm knows."""
    with pytest.raises(KeyError):
        metrics_text({"dispatch_x": 1}, {})


def test_the_last_success_outlives_nights_that_fail(tmp_path):
    """Until one succeeds again."""
    path = tmp_path / "dispatch.prom"
    assert last_success(path) is None
    write_metrics(path, {LAST_SUCCESS: None, "dispatch_night_exit_code": 2}, {})
    assert last_success(path) is None
    write_metrics(path, {LAST_SUCCESS: 1_790_000_000.5}, {})
    write_metrics(path, {LAST_SUCCESS: None, "dispatch_night_exit_code": 2}, {})
    assert last_success(path) == 1_790_000_000.5
    write_metrics(path, {LAST_SUCCESS: 1_790_000_001}, {})
    assert last_success(path) == 1_790_000_001


def test_what_a_killed_run_left_beside_is_taken_away(tmp_path):
    """And nothing else is."""
    for name in (".dispatch.prom.x7", ".other.prom.x7", "dispatch.prom.old"):
        (tmp_path / name).write_text("", encoding="utf-8")
    write_metrics(tmp_path / "dispatch.prom", {}, {})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".other.prom.x7", "dispatch.prom", "dispatch.prom.old"]


@pytest.mark.parametrize("text", ["", "\0", "not metrics {", f"{LAST_SUCCESS} yesterday\n"])
def test_a_file_that_was_spoilt_is_replaced(tmp_path, text):
    """It costs the instant of the last success and nothing else."""
    path = tmp_path / "dispatch.prom"
    path.write_text(text, encoding="utf-8")
    write_metrics(path, {LAST_SUCCESS: None, "dispatch_night_exit_code": 2}, {})
    assert read(path.read_text(encoding="utf-8")) == {("dispatch_night_exit_code", ""): 2}


def test_where_it_cannot_be_written_what_was_there_stays(tmp_path):
    """And the error names the place."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_metrics(tmp_path / "file" / "dispatch.prom", {}, {})
