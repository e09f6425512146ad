"""Processes that are killed, stopped, full or late cost their own job, and that only once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress

import pytest

from dispatch.errors import DispatchError, InputError
from dispatch.supervision import crew as module
from dispatch.supervision.crew import Bounds, Crew, WorkerLostError
from tests.support import crew_work

pytestmark = pytest.mark.slow


def ended(jobs, folder="", *, size=2, bounds=None, **named: object):
    """Return what became of each job, by name."""
    with Crew(crew_work.worker, (str(folder),), size=size, bounds=bounds) as crew:
        return {each.name: each for each in crew.run({j: j for j in jobs}, **named)}


def test_results_and_news_come_from_every_job():
    """However many jobs there are for a process, and however large a result."""
    news = []
    found = ended(
        ["double 2", "double 3", "double 4", "large 300000"],
        on_news=lambda name, told: news.append((name, told)),
    )
    assert {name: each.value for name, each in found.items() if name != "large 300000"} == {
        "double 2": 4, "double 3": 6, "double 4": 8,
    }  # fmt: skip
    assert len(found["large 300000"].value) == 300_000
    assert sorted(news) == [("double 2", 2), ("double 3", 3), ("double 4", 4)]
    assert all(each.error is None and not each.lost for each in found.values())


def test_an_error_is_the_jobs_own():
    """Ours comes as it is; another by its class and text. The process works on."""
    found = ended(["refused", "unforeseen zero", "double 1"], size=1)
    assert isinstance(found["refused"].error, InputError)
    assert str(found["refused"].error) == "a.csv: is wrong"
    assert str(found["unforeseen zero"].error) == "ZeroDivisionError: zero"
    assert found["double 1"].value == 2


@pytest.mark.parametrize(
    ("deed", "how"),
    [("killed", "signal 9"), ("stopped", "stood still"), ("starved", "ran out of memory")],
)
def test_a_lost_job_is_tried_again_alone_and_spares_the_others(tmp_path, deed, how):
    """Killed, stopped, without memory: the second time it is done."""
    bounds = Bounds(stalled_s=0.6)
    found = ended([f"{deed} once", "double 1", "double 2"], tmp_path, bounds=bounds)
    assert [found[name].value for name in ("double 1", "double 2")] == [2, 4]
    again = found[f"{deed} once"]
    assert (again.value, again.error) == (f"{deed} and done", None)
    assert how in again.lost


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot wait here")
def test_ctrl_c_while_a_process_starts_leaves_no_trace_and_costs_nothing(capfd):
    """A terminal sends it to every process, also to those that are importing."""
    over = threading.Event()

    def interrupt() -> None:
        while not over.wait(0.001):
            for child in multiprocessing.active_children():
                with suppress(ProcessLookupError, TypeError, ValueError):  # not started, or gone
                    os.kill(child.pid, signal.SIGINT)

    pressing = threading.Thread(target=interrupt)
    pressing.start()
    try:
        found = ended(["double 1", "double 2"])
    finally:
        over.set()
        pressing.join()
    assert {name: each.value for name, each in found.items()} == {"double 1": 2, "double 2": 4}
    assert {each.lost for each in found.values()} == {""}
    assert capfd.readouterr().err == ""


def test_a_job_lost_twice_has_failed(tmp_path):
    """It says how it was lost, both times."""
    found = ended(["killed", "double 1"], tmp_path)
    error = found["killed"].error
    assert isinstance(error, WorkerLostError)
    assert error.exit_code == 4
    assert str(error).count("signal 9") == 2
    assert found["double 1"].value == 2


def test_a_process_that_takes_too_much_memory_is_ended():
    """Its share is the whole divided by the processes; alone, it may take all."""
    found = ended(["filled 600", "double 1"], bounds=Bounds(memory_mb=400.0))
    assert "took more than 200 MB" in str(found["filled 600"].error)
    assert "took more than 400 MB" in str(found["filled 600"].error)
    assert found["double 1"].value == 2


def test_a_job_past_its_time_gives_what_it_has():
    """Asked, it ends; its process takes no further job, as it would end that one at once."""
    found = ended(["obedient", "double 1"], size=1, bounds=Bounds(job_s=0.8))
    assert (found["obedient"].value, found["obedient"].lost) == ("so far", "")
    assert found["double 1"].value == 2


def test_a_job_that_does_not_heed_is_ended():
    """After its grace, and once more alone."""
    began = time.monotonic()
    found = ended(["deaf", "double 1"], bounds=Bounds(job_s=3.0, grace_s=0.2))
    assert isinstance(found["deaf"].error, WorkerLostError)
    assert "had not ended after" in found["deaf"].lost
    assert found["double 1"].value == 2
    assert time.monotonic() - began < 20


def test_jobs_without_any_time_left_are_told():
    """At the end of all time nothing is begun."""
    found = ended(["double 1"], bounds=Bounds(until=time.monotonic() - 1))
    assert "no time left" in str(found["double 1"].error)


def test_asked_to_halt_every_job_ends_with_what_it_has():
    """The waiting ones as well; the deaf ones are ended after the grace."""
    with Crew(crew_work.worker, size=2) as crew:

        def look():
            if time.monotonic() > began + 1.5:
                crew.halt(1.0)

        began = time.monotonic()
        jobs = {name: name for name in ("obedient", "deaf", "obedient 2")}
        found = {each.name: each for each in crew.run(jobs, on_look=look)}
        assert time.monotonic() - began < 20
    assert found["obedient"].value == found["obedient 2"].value == "so far"
    assert isinstance(found["deaf"].error, DispatchError)


def test_where_no_process_can_be_started_every_job_is_told(monkeypatch):
    """As where the machine has no memory left, or too many processes."""

    def none(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(module, "Hand", none)
    found = ended(["double 1"])
    assert "could not be started (Resource temporarily unavailable)" in str(found["double 1"].error)
