"""What is measured of many metropolises: whole nights only, and an arithmetic that holds."""

from __future__ import annotations

import json

import pytest

from benchmarks.metropolises import (
    DAY,
    Measured,
    _note,
    needed,
    projection,
    table,
    write_metropolis,
)
from dispatch.data import data_path
from dispatch.demand import DemandModel
from dispatch.nightly.config import read_config
from dispatch.service.service import read_service
from dispatch.territory import read_communes
from dispatch.tickets.sources import open_source


def test_a_metropolis_is_read_as_it_was_written(tmp_path):
    """Every visit drawn, none rejected; another seed is another metropolis."""
    service, communes = read_service(data_path("service.toml")), read_communes()
    model = DemandModel(service, communes)
    names = set()
    for seed in (1, 2):
        path = write_metropolis(tmp_path / str(seed), seed, "quick", model)
        source = open_source(read_config(path).tickets, service, communes, service.roster)
        delivery = source.fetch(DAY)
        drawn = model.day(DAY, seed, 1.0)
        assert delivery.rejected == ()
        assert {(t.id, t.lon, t.windows_s) for t in delivery.tickets} == {
            (t.id, t.lon, t.windows_s) for t in drawn
        }
        names.add(frozenset((t.lon, t.lat) for t in delivery.tickets))
    assert len(names) == 2


def test_only_whole_nights_are_counted(tmp_path):
    """Centres and visits as the log says; a night that failed ends the measurement."""
    config = tmp_path / "dispatch.toml"
    event = {"event": "centre_planned", "served": 20, "unassigned": 2, "elapsed_s": 3.5}
    other = {"event": "night_done"}
    log = "\n".join(json.dumps(each) for each in (event, event, other))
    (tmp_path / "log.txt").write_text(log, encoding="utf-8")
    measured = Measured("quick", 1)
    _note(config, 0, measured)
    assert (measured.centres, measured.visits, measured.longest_s) == (2, 44, 3.5)
    with pytest.raises(RuntimeError, match="exit code 5"):
        _note(config, 5, measured)


def test_the_projection_is_right_by_hand():
    """Two metropolises: 10 centres in 288 s of workers, 20 s of commands."""
    row = Measured("standard", 2, centres=10, visits=200, commands_s=[8.0, 12.0], workers_s=288.0)
    assert row.worker_s_a_centre == 28.8
    lines = list(projection(row))
    # 250 x 28.8 = 7200; 50 x 10 = 500; 7200 / (3600 x 0.8) = 2.5; 500 / (900 x 0.8) = 0.7.
    assert any("250 centres x 28.8 CPU s = 7,200 CPU s = 2.0 core hours" in line for line in lines)
    assert any("50 nights x 10.0 CPU s = 500 CPU s" in line for line in lines)
    hour = next(line for line in lines if "within 60 minutes" in line)
    assert "= 2.5, so 3 on searches and 1 for" in hour
    assert next(iter(table([row])), "").startswith("| metropolises |")
    assert "| 288.0 | 28.80 | 20.0 | 10.00 |" in list(table([row]))[2]
    assert needed(0.1, 60) == 1
