"""Streets from the network: every way in which a service fails, against one of this machine."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import platformdirs
import pytest
import shapely

from dispatch.errors import InputError, TravelError
from dispatch.networks import fetch
from dispatch.networks.area import Area, area_of_communes, area_of_place, around
from dispatch.networks.overpass import download, query
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.territory import TO_METRIC, read_communes
from tests.support.overpass import PLACE, Overpass, answer_of, running
from tests.support.paths import ROOT

CAMPUS = ROOT.parent / "shared" / "roads" / "talence-campus.osm"
LOCAL = "--from"


@pytest.fixture(autouse=True)
def _on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No proxy, and no cache but the test's own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))


@pytest.fixture
def server():
    with running() as told:
        yield told


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch):
    """Return the waits (s) that were asked for; none is waited."""
    asked: list[float] = []
    monkeypatch.setattr(fetch.time, "sleep", asked.append)
    return asked


def settings_of(server: Overpass, **changed: object):
    build = RoadSettings.from_toml(bundled_section("roads")).build
    return build.model_copy(
        update={
            "overpass_url": f"{server.url}/api", "nominatim_url": server.url,
            "attempts": 4, "wait_s": 4.0, "wait_max_s": 60.0, **changed,
        }
    )  # fmt: skip


def square() -> Area:
    outline = shapely.transform(
        shapely.box(-0.60, 44.80, -0.58, 44.82),
        lambda xy: np.stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]), axis=1),
    )
    return Area("a square", outline)


def test_streets_are_asked_for_politely_and_read(server: Overpass, waits: list[float]):
    """One question, in Overpass QL, with who asks; nine ways that a van might drive."""
    found = download(square(), settings_of(server))
    assert len(found.ways) == 9
    assert (len(server.questions), waits) == (1, [])
    question = server.questions[0]
    assert question.startswith("[out:json][timeout:180];")
    assert 'way.near["highway"~"^(' in question
    assert "residential" in question
    assert 'rel(bw.streets)["type"~"^restriction"]' in question
    headers = server.headers[0]
    assert headers["User-Agent"].startswith("dispatch/")
    assert headers["Referer"].startswith("https://")


def test_the_outline_is_asked_for_in_latitude_and_longitude():
    """As Overpass wants it; few enough points for a query, and each part of an area its own."""
    build = RoadSettings.from_toml(bundled_section("roads")).build
    text = query(square(), 180)
    assert text.count("poly:") == 1
    assert "44.80000 -0.60000" in text
    assert len(query(area_of_communes(read_communes().values(), build), 180)) < 10_000
    two = Area("two", shapely.union_all([square().outline, shapely.box(0, 0, 1, 1)]))
    assert query(two, 180).count("poly:") == 2


@pytest.mark.parametrize("reply", ["429", "503", "504", "broken", "html", "empty", "cut"])
def test_what_may_pass_is_asked_again(server: Overpass, waits: list[float], reply: str):
    """Twice refused, then answered: the waits double."""
    server.replies = [reply, reply, "data"]
    stages: list[str] = []
    found = download(square(), settings_of(server), on_stage=stages.append)
    assert len(found.ways) == 9
    assert len(server.questions) == 3
    assert waits == [4, 8]
    assert sum("again in" in stage for stage in stages) == 2


def test_a_server_without_time_is_given_the_time_it_asks_for(server: Overpass, waits: list[float]):
    """The status page says 12 seconds; but never longer than the settings allow."""
    server.replies, server.wait_s = ["429", "data"], 12
    download(square(), settings_of(server))
    assert (waits, server.statuses) == ([12], 1)
    server.replies, server.wait_s = ["429", "data"], 7200
    server.questions.clear()
    download(square(), settings_of(server), refresh=True)
    assert waits == [12, 60]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("429", "answered 429"),
        ("504", "answered 504"),
        ("broken", "not whole"),
        ("cut", "broke off"),
    ],
)
def test_what_does_not_pass_is_given_up(
    server: Overpass, waits: list[float], reply: str, said: str
):
    """After four attempts, with what came of them and what to do."""
    server.replies = [reply]
    with pytest.raises(TravelError, match=said) as caught:
        download(square(), settings_of(server))
    assert caught.value.exit_code == 3
    assert server.url in str(caught.value)
    assert LOCAL in str(caught.value)
    assert len(server.questions) == 4


def test_a_refusal_for_good_is_told_at_once_in_one_plain_line(server: Overpass, waits: list[float]):
    """A bad request is no better the second time; markup and control characters are left out."""
    server.replies = ["400"]
    with pytest.raises(TravelError, match="refused: 400, Error: 400") as caught:
        download(square(), settings_of(server))
    assert not {"\x1b", "<", "\n"} & set(str(caught.value))
    assert (len(server.questions), waits) == (1, [])


def test_an_answer_that_stops_where_memory_ran_out_is_no_answer(
    server: Overpass, waits: list[float]
):
    """It comes with status 200 and half of the streets."""
    server.replies = ["remark"]
    with pytest.raises(TravelError, match=r"run out of memory.*smaller area"):
        download(square(), settings_of(server))
    assert len(server.questions) == 1


def test_an_area_without_streets_is_told(server: Overpass, waits: list[float]):
    """And nothing is kept of it."""
    server.replies = ["nothing", "data"]
    with pytest.raises(TravelError, match=r"no street.*a square"):
        download(square(), settings_of(server))
    assert len(download(square(), settings_of(server)).ways) == 9


def test_silence_is_not_waited_for_for_ever(
    server: Overpass, waits: list[float], monkeypatch: pytest.MonkeyPatch
):
    """A server that takes the question and says nothing."""
    monkeypatch.setattr(fetch, "CONNECT_S", 0.05)
    server.replies = ["silence"]
    started = time.monotonic()
    with pytest.raises(TravelError, match=r"did not answer in time, 2 times"):
        download(square(), settings_of(server, timeout_s=0.05, attempts=2))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("reply", ["slow headers", "slow body"])
def test_a_byte_now_and_then_is_not_waited_for_for_ever(
    server: Overpass, waits: list[float], reply: str
):
    """An answer has a time of its own, headers included."""
    server.replies = [reply, "data"]
    started = time.monotonic()
    stages: list[str] = []
    found = download(square(), settings_of(server, answer_s=0.5), on_stage=stages.append)
    assert len(found.ways) == 9
    assert time.monotonic() - started < 10
    assert any("not whole after" in stage for stage in stages)


def test_without_a_network_the_remedy_is_a_local_file(waits: list[float]):
    """Nothing listens there any more."""
    with running() as server:
        settings = settings_of(server)
    with pytest.raises(TravelError, match=r"cannot be reached, 4 times.*without a network.*--from"):
        download(square(), settings)
    assert waits == [4, 8, 16]


@pytest.mark.parametrize("url", ["nowhere", "http://", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_told_at_once(server: Overpass, waits: list[float], url: str):
    """No waiting for what cannot become better."""
    with pytest.raises(TravelError, match="is no address of a service"):
        download(square(), settings_of(server, overpass_url=url))
    assert waits == []


def test_what_was_downloaded_is_not_asked_for_again(
    server: Overpass, waits: list[float], tmp_path: Path
):
    """Unless one says so, or it is another area or another server."""
    settings = settings_of(server)
    first = download(square(), settings)
    assert download(square(), settings).ways == first.ways
    assert len(server.questions) == 1
    download(square(), settings, refresh=True)
    download(around("wider", square().outline, settings), settings)
    assert len(server.questions) == 3
    kept = list((tmp_path / "cache" / "downloads").iterdir())
    assert sorted(path.suffix for path in kept) == [".gz", ".gz"]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08", b"{}"])
def test_a_broken_cache_is_asked_for_anew(
    server: Overpass, waits: list[float], tmp_path: Path, content: bytes
):
    """Half a file in it costs a question, nothing else."""
    download(square(), settings_of(server))
    (kept,) = (tmp_path / "cache" / "downloads").iterdir()
    kept.write_bytes(content)
    assert len(download(square(), settings_of(server)).ways) == 9
    assert len(server.questions) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    server: Overpass, waits: list[float], tmp_path: Path
):
    """A file stands where the folder should be."""
    (tmp_path / "cache").write_text("")
    assert len(download(square(), settings_of(server)).ways) == 9


def test_nothing_is_written_where_one_is(
    server: Overpass, waits: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A folder `cache` beside one's own files is what osmnx would leave."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    download(area_of_place("Talence", settings_of(server)), settings_of(server))
    assert list(Path().iterdir()) == []


def test_an_interruption_ends_the_waiting(server: Overpass, monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C while it waits is not one more failure."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch.time, "sleep", interrupt)
    server.replies = ["504"]
    with pytest.raises(KeyboardInterrupt):
        download(square(), settings_of(server))


def test_a_place_is_found_by_its_name(server: Overpass, waits: list[float]):
    """Its outline with the margin around it, and its full name."""
    settings = settings_of(server)
    area = area_of_place("Talence", settings)
    assert server.places == ["Talence"]
    assert area.text == "Talence, Gironde, France, 1000 m around"
    assert area.outline.covers(square().outline.buffer(0.98 * settings.margin_m))


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ([], InputError, "no such place"),
        ([{**PLACE, "geojson": {"type": "Point", "coordinates": [-0.6, 44.8]}}], InputError,
         "no outline"),
        ([{"display_name": "x"}], TravelError, "gave no place"),
        ([{**PLACE, "geojson": {"type": "Polygon", "coordinates": 3}}], TravelError, "no place"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_told(
    server: Overpass, answer: list[dict[str, object]], error: type[Exception], said: str
):
    """With how to write it, or what else to do."""
    server.place = answer
    with pytest.raises(error, match=said):
        area_of_place("Nowhere", settings_of(server))


@pytest.mark.skipif(not CAMPUS.exists(), reason="the shared campus extract is not here")
def test_real_data_come_through_the_protocol(server: Overpass, waits: list[float]):
    """The Talence campus, as Overpass would send it."""
    server.data = answer_of(CAMPUS)
    assert len(download(square(), settings_of(server)).ways) == 20


def test_no_thread_of_a_server_is_left():
    """The tests' own server ends with its block."""
    before = threading.active_count()
    with running():
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
