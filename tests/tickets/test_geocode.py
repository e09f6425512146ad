"""Addresses -> positions: what is asked, what is believed, what is kept, and every failure."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.service.service import read_service
from dispatch.territory import read_communes
from dispatch.tickets.ask import HttpClient, Reply
from dispatch.tickets.geocache import FILE, AnswerCache, oldest
from dispatch.tickets.geocode import FoundAddress, Geocoder, Query
from tests.support.ban_server import BanServer, running
from tests.support.fuzzing import inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = date(2026, 11, 25)
COMMUNES = read_communes()
BUNDLED = read_service().geocoding
PATIENCE = BUNDLED.patience.model_copy(
    update={"attempts": 3, "timeout_s": 0.3, "connect_s": 0.3, "body_mb": 1.0}
)
PESSAC = Query("Place de la 5e République", "33318")
TALENCE = Query("12 rue de la République", "33522")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def ban() -> Iterator[BanServer]:
    """Return a server that knows a few addresses."""
    with running() as server:
        server.waits = []  # type: ignore[attr-defined]
        yield server


def geocoder(ban: BanServer, cache: AnswerCache | None = None, **changed: object) -> Geocoder:
    """Return a geocoder that asks the server and waits in no time."""
    update = {"url": ban.url, "patience": PATIENCE, **changed}
    line = HttpClient(PATIENCE, sleep=ban.waits.append, chance=lambda: 1.0)  # type: ignore[attr-defined]
    return Geocoder(BUNDLED.model_copy(update=update), COMMUNES, client=line, cache=cache)


def test_addresses_get_their_positions_in_one_question(ban: BanServer):
    """A file of addresses and INSEE codes; nothing else of a ticket is sent."""
    found = geocoder(ban).find([PESSAC, TALENCE], DAY)
    assert found[PESSAC] == FoundAddress(
        -0.6310, 44.8060, "33318", "Place de la Cinquième République 33600 Pessac", 0.93
    )
    answer = found[TALENCE]
    assert isinstance(answer, FoundAddress)
    assert answer.insee == "33522"
    [fields] = ban.fields
    assert (fields["columns"], fields["citycode"]) == (["address"], ["citycode"])
    assert ban.questions == [[
        {"row": "0", "address": PESSAC.address, "citycode": "33318"},
        {"row": "1", "address": TALENCE.address, "citycode": "33522"},
    ]]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (Query("Place de l'Hôtel de Ville", "33318"), "score below 0.8"),
        (Query("Pessac", "33318"), "only as municipality"),
        (Query("12 rue de la République", "33318"), "no such address is known"),
        (Query("nowhere", "33318"), "no such address is known"),
        (Query("1 rue de Rivoli"), "only outside the territory"),
        (Query("", "33318"), "could not read this address"),
    ],
)
def test_what_is_not_sure_is_told_and_not_guessed(ban: BanServer, query: Query, told: str):
    """With the best candidate, where there is one."""
    answer = geocoder(ban).find([query], DAY)[query]
    assert isinstance(answer, str)
    assert told in answer
    if "only" in told or "below" in told:
        assert "best candidate: " in answer


def test_a_score_exactly_at_the_limit_is_believed(ban: BanServer):
    """The answer's score is 0.93: enough for a limit of 0.93, too little for 0.931."""
    assert isinstance(geocoder(ban, score_min=0.93).find([PESSAC], DAY)[PESSAC], FoundAddress)
    assert "score below 0.931" in str(geocoder(ban, score_min=0.931).find([PESSAC], DAY)[PESSAC])


def test_an_answer_in_another_commune_is_refused(ban: BanServer):
    """A service that does not keep to the INSEE code, as an older addok without filters."""
    proper = ban.answer
    ban.answer = lambda rows, fields: proper(  # type: ignore[method-assign]
        [row | {"citycode": ""} for row in rows], fields
    ).replace(",,-0.59", ",33318,-0.59")
    query = Query("12 rue de la République", "33318")
    answer = geocoder(ban).find([query], DAY)[query]
    assert "only in another commune than 33318" in str(answer)
    assert isinstance(geocoder(ban, same_commune=False).find([query], DAY)[query], FoundAddress)


def test_lists_are_asked_in_batches(ban: BanServer):
    """Each bounded; their answers are put together."""
    queries = [Query(f"{number} rue inconnue", "33318") for number in range(4)] + [PESSAC]
    found = geocoder(ban, batch_rows=2).find(queries, DAY)
    assert [len(rows) for rows in ban.questions] == [2, 2, 1]
    assert isinstance(found[PESSAC], FoundAddress)


def test_more_addresses_than_bounded_are_told(ban: BanServer):
    """A wrong mapping would send every title of the year."""
    queries = [Query(f"{number} rue inconnue", "33318") for number in range(4)]
    found = geocoder(ban, batch_rows=2, addresses=3).find(queries, DAY)
    assert len(ban.questions) == 1
    assert "more than 3 addresses" in str(found[queries[3]])


@pytest.mark.parametrize(
    "fault", ["429", "500", "502", "503", "504", "html", "missing", "short", "double", "shifted",
              "broken", "foreign", "silence", "cut"],
)  # fmt: skip
def test_what_passes_is_asked_again(ban: BanServer, fault: str):
    """Twice, then well."""
    ban.replies = [fault, fault, "data"]
    assert isinstance(geocoder(ban).find([PESSAC, TALENCE], DAY)[PESSAC], FoundAddress)
    assert ban.waits == [2.0, 4.0]  # type: ignore[attr-defined]


def test_lines_in_another_order_are_those_of_their_addresses(ban: BanServer):
    """The number of each line decides, not its place."""
    ban.replies = ["reordered"]
    found = geocoder(ban).find([PESSAC, TALENCE], DAY)
    assert [found[query].insee for query in (PESSAC, TALENCE)] == ["33318", "33522"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("503", "it answered 503, 3 times"),
        ("html", "a page (HTML)"),
        ("missing", "its answer lacks result_score"),
        ("silence", "did not answer in time"),
        ("400", "it refused: 400, Too many requests"),
    ],
)
def test_what_does_not_pass_leaves_each_address_with_the_reason(
    ban: BanServer, fault: str, told: str
):
    """Nothing is raised: the other tickets are planned. Further lists are not tried in vain."""
    ban.replies = [fault]
    found = geocoder(ban, batch_rows=2).find([PESSAC, TALENCE, Query("3 rue x")], DAY)
    assert len(found) == 3
    assert all(told in str(answer) for answer in found.values())
    assert len(ban.questions) == (1 if fault == "400" else 3)


@pytest.mark.parametrize("fault", ["413", "short", "double", "shifted", "broken"])
@pytest.mark.parametrize("place", [0, 3, 7])
def test_an_address_on_which_the_service_stumbles_costs_itself(
    ban: BanServer, fault: str, place: int
):
    """Its batch is halved until it is alone; all others are found, wherever it stands."""
    poison = Query("poison", "33318")
    queries = [Query(f"{PESSAC.address}{' ' * number}", "33318") for number in range(8)]
    queries[place] = poison
    ban.poison, ban.poisoned = "poison", fault
    proper = ban.answer
    ban.answer = lambda rows, fields: proper(  # type: ignore[method-assign]
        [row | {"address": row["address"].strip()} for row in rows], fields
    )
    found = geocoder(ban).find(queries, DAY)
    assert "not looked up: the geocoding service gave no answer" in str(found[poison])
    assert sum(isinstance(answer, FoundAddress) for answer in found.values()) == 7


def test_a_service_that_answers_nothing_whole_is_given_up(ban: BanServer):
    """After so many failures in a row that no single address explains them."""
    ban.replies = ["413"]
    queries = [Query(f"{number} rue x", "33318") for number in range(64)]
    found = geocoder(ban, batch_rows=16).find(queries, DAY)
    assert all("413" in str(answer) for answer in found.values())
    assert len(ban.questions) <= 8


@pytest.mark.parametrize(
    ("lon", "lat", "told"),
    [
        (0.0, 0.0, "lies outside its commune"), (44.8060, -0.6310, "exchanged"),
        (-0.5900, 44.8080, "lies outside its commune"), (2.35, 48.85, "lies outside its commune"),
    ],
)  # fmt: skip
def test_a_position_that_is_not_in_the_answers_own_commune_is_not_believed(
    ban: BanServer, lon: float, lat: float, told: str
):
    """At 0, 0, exchanged, or in the next commune, whatever its score and its INSEE code."""
    proper = ban.answer
    ban.answer = lambda rows, fields: proper(rows, fields).replace(  # type: ignore[method-assign]
        "-0.631,44.806", f"{lon},{lat}"
    )
    assert told in str(geocoder(ban).find([PESSAC], DAY)[PESSAC])


def test_numbers_that_are_none_are_no_positions(ban: BanServer):
    """A score that is infinite or no number would pass any threshold."""
    ban.replies = ["infinite"]
    found = geocoder(ban).find([PESSAC, TALENCE], DAY)
    assert all("no such address" in str(answer) for answer in found.values())
    ban.replies = ["status"]
    found = geocoder(ban).find([PESSAC], DAY)
    assert "could not read this address" in str(found[PESSAC])


def test_answers_are_kept_and_not_asked_for_again(ban: BanServer, tmp_path: Path):
    """Whatever accents and case, as long as the service file says; in another commune not."""
    cache = AnswerCache(tmp_path / "new", 10)
    first = geocoder(ban, cache).find([PESSAC], DAY)
    again = Query("PLACE DE LA 5E REPUBLIQUE", "33318")
    assert geocoder(ban, cache).find([again], DAY)[again] == first[PESSAC]
    assert len(ban.questions) == 1
    elsewhere = Query(PESSAC.address, "33522")
    geocoder(ban, cache).find([elsewhere], DAY)
    assert len(ban.questions) == 2
    later = DAY + timedelta(days=BUNDLED.cache_days + 1)
    geocoder(ban, cache).find([PESSAC], later)
    assert len(ban.questions) == 3


def test_neither_question_nor_answer_can_be_read_from_the_cache(ban: BanServer, tmp_path: Path):
    """An address may name who lives there; the answer is an address too, and a position."""
    found = geocoder(ban, AnswerCache(tmp_path, 10)).find(
        [Query("chez Jeanne Martin", "33318"), PESSAC], DAY
    )
    place = found[PESSAC]
    assert isinstance(place, FoundAddress)
    content = (tmp_path / FILE).read_bytes()
    for told in ("artin", place.label, place.label.split()[0], str(place.lon), "33318", "street"):
        assert told.encode() not in content
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_equal_answers_look_different_in_the_cache(tmp_path: Path):
    """And in two files: neither can be told from the other."""
    for name in ("a", "b"):
        AnswerCache(tmp_path / name, 10).keep({("one",): "same", ("two",): "same"}, DAY)
    kept = []
    for name in ("a", "b"):
        with closing(sqlite3.connect(tmp_path / name / FILE)) as raw:
            kept += raw.execute("SELECT key, answer FROM answers_2").fetchall()
    assert len({key for key, _ in kept}) == len({answer for _, answer in kept}) == 4


def test_what_is_dropped_cannot_be_found_in_the_file(tmp_path: Path):
    """Nor can the answers of the version before, which had them in clear, for everybody."""
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        raw.execute("CREATE TABLE answers_1 (key TEXT PRIMARY KEY, day TEXT, answer TEXT)")
        rows = [(str(number), "2026-11-01", "1 Rue du Clair " * 20) for number in range(50)]
        raw.executemany("INSERT INTO answers_1 VALUES (?, ?, ?)", rows)
        raw.commit()
    (tmp_path / FILE).chmod(0o644)
    cache = AnswerCache(tmp_path, 10)
    cache.forget_before(DAY)
    assert b"Clair" not in (tmp_path / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    cache.keep({("one",): "x" * 50}, DAY)
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        [(sealed,)] = raw.execute("SELECT answer FROM answers_2").fetchall()
    assert sealed in (tmp_path / FILE).read_bytes()
    cache.forget_before(DAY + timedelta(days=1))
    assert sealed not in (tmp_path / FILE).read_bytes()
    AnswerCache(tmp_path / "none", 10).forget_before(DAY)
    assert not (tmp_path / "none").exists()


def test_what_was_not_found_is_asked_again_sooner(ban: BanServer, tmp_path: Path):
    """An address may be added to the base within days."""
    cache, query = AnswerCache(tmp_path, 10), Query("nowhere", "33318")
    geocoder(ban, cache).find([query], DAY)
    geocoder(ban, cache).find([query], DAY + timedelta(days=BUNDLED.cache_unfound_days))
    assert len(ban.questions) == 1
    geocoder(ban, cache).find([query], DAY + timedelta(days=BUNDLED.cache_unfound_days + 1))
    assert len(ban.questions) == 2


def test_a_failure_is_not_kept(ban: BanServer, tmp_path: Path):
    """The next night asks again."""
    cache = AnswerCache(tmp_path, 10)
    ban.replies = ["400", "data"]
    geocoder(ban, cache).find([PESSAC], DAY)
    assert isinstance(geocoder(ban, cache).find([PESSAC], DAY)[PESSAC], FoundAddress)


def test_the_cache_holds_no_more_than_bounded(tmp_path: Path):
    """The oldest go first."""
    cache = AnswerCache(tmp_path, 2)
    for number in range(4):
        cache.keep({(f"a{number}",): number}, DAY + timedelta(days=number))
    kept = cache.recall([(f"a{number}",) for number in range(4)], DAY)
    assert kept == {("a2",): 2, ("a3",): 3}
    cache.forget_before(DAY + timedelta(days=3))
    assert cache.recall([("a2",), ("a3",)], DAY) == {("a3",): 3}


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"x" * 200])
def test_a_broken_cache_is_begun_again(ban: BanServer, tmp_path: Path, content: bytes):
    """It only costs a question."""
    (tmp_path / FILE).write_bytes(content)
    cache = AnswerCache(tmp_path, 10)
    assert isinstance(geocoder(ban, cache).find([PESSAC], DAY)[PESSAC], FoundAddress)
    geocoder(ban, cache).find([PESSAC], DAY)
    assert len(ban.questions) == 1


def test_a_cache_that_cannot_be_written_only_costs_time(ban: BanServer, tmp_path: Path):
    """Its folder is a file."""
    (tmp_path / "file").write_text("x")
    cache = AnswerCache(tmp_path / "file", 10)
    for _ in range(2):
        assert isinstance(geocoder(ban, cache).find([PESSAC], DAY)[PESSAC], FoundAddress)
    assert len(ban.questions) == 2


@pytest.mark.parametrize(
    "answer", [[], {}, "x", [1, 2, 3, 4, 5, 6, 7], ["ok", "a", 1, 1, "", "", ""]]
)
def test_a_kept_answer_that_is_not_as_it_was_written_is_asked_for(
    ban: BanServer, tmp_path: Path, answer: object
):
    """Someone's hand, or another version."""
    cache = AnswerCache(tmp_path, 10)
    cache.keep({(ban.url, "place_de_la_5e_republique", "33318"): answer}, DAY)
    assert isinstance(geocoder(ban, cache).find([PESSAC], DAY)[PESSAC], FoundAddress)
    assert len(ban.questions) == 1


def test_days_before_the_calendar_are_its_first():
    """An age of centuries is no error."""
    assert oldest(date(1, 1, 5), 180) == date.min


_CELL = st.text(max_size=8) | st.sampled_from(
    ["ok", "0.9", "-0.6", "44.8", "nan", "33318", "street"]
)
_HEAD = (
    "row,address,citycode,longitude,latitude,result_score,result_type,result_label,result_citycode"
)


@pytest.mark.slow
@settings(max_examples=inputs(100), deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.lists(_CELL, min_size=9, max_size=10).map(",".join), max_size=4).map(
        lambda lines: "\n".join([_HEAD, *lines])
    )
    | st.lists(_CELL, min_size=6, max_size=6).map(
        lambda cells: f"{_HEAD}\n0,a,b,{','.join(cells)}"
    ),
    st.sampled_from([200, 206, 400, 404]),
)
def test_whatever_the_service_answers_is_a_position_or_a_reason(text: str, status: int):
    """Nothing comes out of a geocoder but these two."""

    class Scripted(HttpClient):
        def _reply(self, *_: object) -> Reply:
            return Reply(status, {}, text)

    line = Scripted(PATIENCE, sleep=lambda _: None)
    answer = Geocoder(BUNDLED, COMMUNES, client=line).find([PESSAC], DAY)[PESSAC]
    assert isinstance(answer, (FoundAddress, str))
    if isinstance(answer, FoundAddress):
        assert answer.insee == "33318"
        assert -180 <= answer.lon <= 180
