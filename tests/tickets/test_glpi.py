"""GLPI's REST API: sessions, pages, lists that move, and every way in which it can fail."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.territory import read_communes
from dispatch.tickets import Delivery, GlpiSection, TicketsSection, open_source
from dispatch.tickets.ask import HttpClient, Reply
from dispatch.tickets.glpi import Glpi
from dispatch.tickets.importing import Importer
from dispatch.tickets.mapping import read_mapping
from dispatch.tickets.sources import GlpiSource
from tests.support.fuzzing import inputs
from tests.support.glpi_server import (
    APP_TOKEN,
    CLOSED,
    REQUESTER,
    USER_TOKEN,
    GlpiServer,
    location,
    running,
    ticket,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatch.fieldwork import Ticket
    from dispatch.service.service import Service

DAY = date(2026, 11, 25)
COMMUNES = read_communes()
BUNDLED = read_service()
PATIENCE = BUNDLED.ticket_limits.patience.model_copy(
    update={"attempts": 3, "timeout_s": 0.3, "connect_s": 0.3, "body_mb": 1.0}
)
LIMITS = BUNDLED.ticket_limits.model_copy(update={"page_rows": 2, "patience": PATIENCE})
SERVICE = BUNDLED.model_copy(update={"ticket_limits": LIMITS})
TOKENS = {"GLPI_APP_TOKEN": APP_TOKEN, "GLPI_USER_TOKEN": USER_TOKEN}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def glpi() -> Iterator[GlpiServer]:
    """Return a server with three open tickets at the town hall of Pessac."""
    with running() as server:
        yield server


class Waits(list[float]):
    """What a line waited, and what chance it had."""

    def line(self, chance: float = 1.0) -> HttpClient:
        """Return a line that waits in no time."""
        return HttpClient(PATIENCE, sleep=self.append, chance=lambda: chance)


def fetch(
    glpi: GlpiServer,
    *,
    line: HttpClient | None = None,
    service: Service = SERVICE,
    tokens: dict[str, str] = TOKENS,
    **section: object,
) -> Delivery:
    """Return what is fetched, without geocoding and without waiting."""
    config = TicketsSection(
        source="glpi", geocode=False, glpi=GlpiSection.model_validate({"url": glpi.url, **section})
    )
    source = open_source(
        config, service, COMMUNES, environment=tokens, glpi_client=line or Waits().line()
    )
    return source.fetch(DAY)


def failed(glpi: GlpiServer, **options: object) -> str:
    """Return the text of the error with which fetching ends; no token is in it."""
    with pytest.raises(InputError) as caught:
        fetch(glpi, **options)
    text = str(caught.value)
    assert APP_TOKEN not in text
    assert USER_TOKEN not in text
    assert "session-" not in text
    return text


def test_open_tickets_become_visits(glpi: GlpiServer):
    """Place from GLPI's own location above the room, commune from it, who asks from the entity."""
    delivery = fetch(glpi)
    assert delivery.rejected == ()
    assert delivery.complete
    assert [found.id for found in delivery.tickets] == ["11", "12", "13"]
    first = delivery.tickets[0]
    assert (first.lon, first.lat, first.insee) == (-0.6310, 44.8060, "33318")
    assert first.collectivity == "33318"
    assert first.description == "Écran noir n° 11"
    assert (first.due, first.asked) == (date(2026, 11, 26), date(2026, 11, 20))
    assert (first.priority, first.duration_s, first.skills) == (3, 1800, {"poste"})


def test_neither_requesters_nor_descriptions_are_kept(glpi: GlpiServer):
    """Names come in GLPI's answers, asked for or not; nothing of them is delivered."""
    delivery = fetch(glpi)
    assert REQUESTER not in repr(delivery)
    assert "0556" not in repr(delivery).replace(" ", "")
    # Columns of people and texts are not even asked for.
    [asked] = [found for found in glpi.questions if ("range", "0-1") in found and len(found) > 4]
    shown = {value for name, value in asked if name.startswith("forcedisplay")}
    assert shown.isdisjoint({"4", "21"})


def test_every_session_is_closed(glpi: GlpiServer):
    """After the last page, and after a failure in the middle."""
    fetch(glpi)
    assert glpi.sessions == set()
    glpi.faults = {"search/Ticket": ["400"]}
    failed(glpi)
    assert glpi.opened == 2
    assert glpi.sessions == set()


def test_a_session_that_cannot_be_closed_is_no_failure(glpi: GlpiServer):
    """GLPI lets it expire; the job is not held up by more attempts."""
    glpi.faults = {"killSession": ["503"]}
    assert len(fetch(glpi).tickets) == 3
    assert glpi.asked["killSession"] == 1


def test_pages_are_read_to_the_last(glpi: GlpiServer):
    """206 while there is more; then 200, or a page that ends the list."""
    glpi.tickets = [ticket(number) for number in range(1, 8)]
    assert [found.id for found in fetch(glpi).tickets] == [str(n) for n in range(1, 8)]
    ranges = [dict(asked)["range"] for asked in glpi.questions if ("order", "ASC") in asked]
    # Each begins with the last row of the one before.
    assert ranges == ["0-1", "1-2", "2-3", "3-4", "4-5", "5-6"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_lists_of_any_length_are_read_whole(glpi: GlpiServer, count: int):
    """An empty list, a page that is just full, and one more."""
    glpi.tickets = [ticket(number) for number in range(1, count + 1)]
    delivery = fetch(glpi)
    assert len(delivery.tickets) == count
    assert delivery.notes == ()


def test_pages_smaller_than_asked_for_miss_nothing(glpi: GlpiServer):
    """A server may bound its pages."""
    glpi.page_max = 1
    assert len(fetch(glpi).tickets) == 3


def test_an_empty_list_may_be_told_as_beyond_the_end(glpi: GlpiServer):
    """Some versions answer so where nothing is open."""
    glpi.search_page = lambda _: (400, ["ERROR_RANGE_EXCEED_TOTAL", "exceeds"], {})  # type: ignore[method-assign]
    assert fetch(glpi).tickets == ()


def test_rows_indexed_by_id_are_read_as_well(glpi: GlpiServer):
    """GLPI's documentation shows both forms."""
    proper = glpi.search_page

    def indexed(question: list[tuple[str, str]]) -> tuple[int, Any, dict[str, str]]:
        status, body, headers = proper(question)
        data = {str(row["2"]): row for row in body["data"]}
        return status, body | {"data": data}, headers

    glpi.search_page = indexed  # type: ignore[method-assign]
    assert len(fetch(glpi).tickets) == 3


def test_a_list_that_shifts_while_it_is_read_misses_and_doubles_none(glpi: GlpiServer):
    """A ticket solved between two pages moves the others up; the list is read again."""
    glpi.tickets = [ticket(number) for number in range(1, 7)]

    def solve(number: int) -> None:
        if number == 2:  # after the first page, 1 goes: 3 would be passed over
            glpi.tickets[0]["status"] = CLOSED

    glpi.on_search = solve
    delivery = fetch(glpi)
    assert [found.id for found in delivery.tickets] == ["2", "3", "4", "5", "6"]
    assert delivery.notes == ()


def test_one_solved_and_one_new_do_not_hide_each_other(glpi: GlpiServer):
    """The count stays the same; the row that both pages have in common does not."""
    glpi.tickets = [ticket(number) for number in range(1, 7)]

    def exchange(number: int) -> None:
        if number == 2:
            glpi.tickets[0]["status"] = CLOSED
            glpi.tickets.append(ticket(7))

    glpi.on_search = exchange
    assert [found.id for found in fetch(glpi).tickets] == ["2", "3", "4", "5", "6", "7"]


def test_a_ticket_that_comes_in_between_is_there_once(glpi: GlpiServer):
    """One inserted before those that were read pushes the last of them onto the next page."""
    glpi.tickets = [ticket(number) for number in (2, 3, 4, 5)]
    glpi.on_search = lambda number: glpi.tickets.insert(0, ticket(1)) if number == 2 else None
    assert [found.id for found in fetch(glpi).tickets] == ["1", "2", "3", "4", "5"]


def test_a_list_that_ends_earlier_than_it_said_is_read_again(glpi: GlpiServer):
    """The second page is beyond the end, as all but one were solved meanwhile."""
    glpi.tickets = [ticket(number) for number in (1, 2, 3, 4)]

    def solve(number: int) -> None:
        if number == 2:
            del glpi.tickets[1:]

    glpi.on_search = solve
    assert [found.id for found in fetch(glpi).tickets] == ["1"]


def test_a_list_that_never_holds_still_is_taken_as_it_was_at_last_and_told(glpi: GlpiServer):
    """Three readings, and a note."""
    glpi.tickets = [ticket(number) for number in range(1, 5)]

    def grow(number: int) -> None:
        if number % 2:
            glpi.tickets.append(ticket(100 + number))

    glpi.on_search = grow
    delivery = fetch(glpi)
    ids = [found.id for found in delivery.tickets]
    assert len(set(ids)) == len(ids)
    assert {"1", "2", "3", "4"} <= set(ids)
    assert any("kept changing" in note for note in delivery.notes)
    assert not delivery.complete


def test_a_session_that_ends_in_the_middle_is_opened_again_once(glpi: GlpiServer):
    """401 ERROR_SESSION_TOKEN_INVALID on the second page."""
    glpi.faults = {"search/Ticket": ["", "expired"]}
    assert len(fetch(glpi).tickets) == 3
    assert glpi.opened == 2
    assert glpi.sessions == set()


def test_a_session_that_ends_at_once_again_is_given_up(glpi: GlpiServer):
    """A fresh session that is refused too would go on for ever."""
    glpi.faults = {"search/Ticket": ["expired", "expired"]}
    assert "session ended twice" in failed(glpi)
    assert glpi.opened == 2


@pytest.mark.parametrize(
    "fault", ["429", "500", "502", "503", "504", "html", "truncated", "cut", "silence", "empty"]
)
@pytest.mark.parametrize("endpoint", ["initSession", "search/Ticket"])
def test_what_passes_is_asked_again(glpi: GlpiServer, fault: str, endpoint: str):
    """Haste, overload, a login page, half an answer, a broken line, silence: twice, then well."""
    glpi.faults = {endpoint: [fault, fault]}
    waits = Waits()
    assert len(fetch(glpi, line=waits.line()).tickets) == 3
    assert waits == [2.0, 4.0]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("503", "it answered 503, 3 times"),
        ("html", "a page (HTML) where JSON was asked for, 3 times"),
        ("truncated", "no whole JSON"),
        ("cut", "the connection broke off"),
        ("silence", "it did not answer in time, 3 times"),
    ],
)
def test_what_does_not_pass_is_told(glpi: GlpiServer, fault: str, told: str):
    """After as many attempts as the service file says."""
    glpi.faults = {"search/Ticket": [fault] * 9}
    assert told in failed(glpi)
    assert glpi.asked["search/Ticket"] == 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("redirect", "redirects to another address"),
        ("404", "it refused: 404"),
        ("400", "it refused: 400"),
        ("list", "its list is not one of items"),
        ("long", "larger than 1 MB"),
    ],
)
def test_what_asking_again_would_not_mend_is_told_at_once(glpi: GlpiServer, fault: str, told: str):
    """Tokens do not follow a redirection to another host."""
    glpi.faults = {"search/Ticket": [fault] * 9}
    assert told in failed(glpi)
    assert glpi.asked["search/Ticket"] == 1


def test_waits_are_those_asked_for_within_bounds(glpi: GlpiServer):
    """Retry-After in seconds counts where it is longer, and never beyond the service file's."""
    glpi.retry_after = "7"
    glpi.faults = {"initSession": ["429", "429"]}
    waits = Waits()
    fetch(glpi, line=waits.line())
    assert waits == [7.0, 7.0]
    glpi.retry_after = "99999"
    glpi.faults = {"initSession": ["429"]}
    waits = Waits()
    fetch(glpi, line=waits.line())
    assert waits == [PATIENCE.wait_max_s]


def test_half_of_a_wait_is_left_to_chance(glpi: GlpiServer):
    """So that clients which failed together do not come back together."""
    glpi.faults = {"initSession": ["503", "503"]}
    waits = Waits()
    fetch(glpi, line=waits.line(chance=0.0))
    assert waits == [1.0, 2.0]


def test_an_answer_that_trickles_is_given_up(glpi: GlpiServer):
    """Each piece comes in time, the whole does not: here the clock jumps a second a look."""
    ticks = iter(range(10_000))
    line = HttpClient(PATIENCE, sleep=lambda _: None, clock=lambda: float(next(ticks)))
    assert "did not end in time" in failed(glpi, line=line)


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_app_token_is_told_without_it(glpi: GlpiServer, status: int):
    """Also where the server's own words repeat the token; the status differs by version."""
    glpi.wrong_codes_with = status
    wrong = "a-wrong-token-that-must-not-be-shown"
    text = failed(glpi, tokens=TOKENS | {"GLPI_APP_TOKEN": wrong})
    assert "ERROR_WRONG_APP_TOKEN_PARAMETER" in text
    assert wrong not in text


def test_a_wrong_user_token_is_told_without_it(glpi: GlpiServer):
    """The remedy names where a new one comes from."""
    text = failed(glpi, tokens=TOKENS | {"GLPI_USER_TOKEN": "wrong-user-token"})
    assert "copy the remote access key again" in text
    assert "wrong-user-token" not in text


def test_a_token_that_is_not_set_is_named_by_its_variable(glpi: GlpiServer):
    """Nothing is asked."""
    text = failed(glpi, tokens={"OTHER": "x"}, user_token_env="MY_TOKEN")
    assert "MY_TOKEN" in text
    assert not glpi.asked


@pytest.mark.parametrize("token", ["one\r\ntwo: three", "three €"])
def test_a_token_that_no_header_can_hold_is_refused_without_it(glpi: GlpiServer, token: str):
    """A line break in an environment variable would begin another header."""
    text = failed(glpi, tokens=TOKENS | {"GLPI_APP_TOKEN": token})
    assert "cannot be sent" in text
    assert "three" not in text


def test_certificates_that_are_not_there_are_told(
    glpi: GlpiServer, monkeypatch: pytest.MonkeyPatch
):
    """Before anything is sent."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    glpi.url = "https://127.0.0.1:9/apirest.php"
    assert "certificates cannot be read" in failed(glpi)


def test_a_server_that_is_not_there_is_told(glpi: GlpiServer):
    """A closed port."""
    glpi.url = "http://127.0.0.1:9/apirest.php"
    assert "cannot be reached, 3 times" in failed(glpi)


def test_a_netrc_does_not_take_the_place_of_the_token(
    glpi: GlpiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`requests` would put its own Authorization in."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert len(fetch(glpi).tickets) == 3


def test_tokens_are_in_no_representation(glpi: GlpiServer):
    """Not of the client, and not of its line."""
    line = Waits().line()
    client = Glpi(GlpiSection(url=glpi.url), LIMITS, environment=TOKENS, client=line)
    for shown in (repr(client), str(client), repr(line)):
        assert APP_TOKEN not in shown
        assert USER_TOKEN not in shown
    assert APP_TOKEN not in line.plain(f"<b>your {APP_TOKEN}</b>")


@pytest.mark.parametrize(
    "url",
    [
        "http://glpi.example.org/apirest.php", "ftp://x/y", "glpi", "https://", "http://[",
        "https://user:secret@glpi.example.org/apirest.php", "https://glpi.example.org/?app_token=1",
    ],
)  # fmt: skip
def test_addresses_that_would_give_tokens_away_are_refused(url: str):
    """Unencrypted, with a password inside, or no address at all."""
    with pytest.raises(ValueError, match="url"):
        GlpiSection(url=url)
    assert GlpiSection(url="http://glpi.example.org/apirest.php", allow_http=True)


def test_more_tickets_than_bounded_are_told(glpi: GlpiServer):
    """The first ones are delivered."""
    glpi.tickets = [ticket(number) for number in range(1, 6)]
    bounded = SERVICE.model_copy(update={"ticket_limits": LIMITS.model_copy(update={"tickets": 3})})
    delivery = fetch(glpi, service=bounded)
    assert len(delivery.tickets) == 3
    [aside] = delivery.rejected
    assert "more than 3 open tickets" in aside.reason
    assert not delivery.complete


def test_more_pages_than_bounded_are_refused(glpi: GlpiServer):
    """A list without an end."""
    bounded = SERVICE.model_copy(update={"ticket_limits": LIMITS.model_copy(update={"pages": 1})})
    assert "more than 1 pages" in failed(glpi, service=bounded)


def test_further_criteria_are_asked_by_number(glpi: GlpiServer):
    """Named by table and field; one that GLPI does not know is told."""
    criteria = ({"field": "glpi_tickets.priority", "searchtype": "morethan", "value": "2"},)
    fetch(glpi, criteria=criteria)
    asked = next(found for found in glpi.questions if ("criteria[1][link]", "AND") in found)
    assert ("criteria[1][field]", "3") in asked
    unknown = ({"field": "glpi_x.y", "searchtype": "equals", "value": "2"},)
    assert "no such column" in failed(glpi, criteria=unknown)


def test_columns_that_a_version_lacks_are_told(glpi: GlpiServer):
    """Without a date of resolution, the day of opening is what is left; without ids, nothing is."""
    glpi.missing_columns = {18}
    delivery = fetch(glpi)
    assert [found.due for found in delivery.tickets] == [None] * 3
    assert any("no column for due" in note for note in delivery.notes)
    glpi.missing_columns = {2}
    assert "no column of ids" in failed(glpi)


def test_locations_that_may_not_be_read_leave_the_sites_file(glpi: GlpiServer):
    """Tickets then lack a place, and say so one by one; or are not asked for at all."""
    glpi.may_read_locations = False
    delivery = fetch(glpi)
    assert delivery.tickets == ()
    assert [aside.id for aside in delivery.rejected] == ["11", "12", "13"]
    assert "sites file" in delivery.rejected[0].reason
    asked = glpi.asked["Location"]
    fetch(glpi, locations=False)
    assert glpi.asked["Location"] == asked


def test_broken_locations_are_passed_over(glpi: GlpiServer):
    """A position of letters, of zeros or beyond the globe is none."""
    glpi.locations = [
        location(1, "Pessac > Mairie", latitude="north", longitude="-0.63"),
        location(2, "A", latitude="0", longitude="0"),
        location(3, "B", latitude="nan", longitude="1"),
        location(4, "C", latitude=[1], longitude={}, address=None),
    ]
    assert fetch(glpi).tickets == ()


def test_hostile_tickets_are_set_aside_or_made_harmless(glpi: GlpiServer):
    """Ids are numbers, texts are bounded and without markup; the others are served."""
    glpi.tickets = [
        ticket(1, name="<script>alert(1)</script>" + "x" * 100_000),
        ticket(2, name="{{7*191}} ${x} \u202e\0 ../../etc/passwd"),
        ticket(3, priority="very"),
        ticket(4, entities="Mars"),
        ticket(5, date="yesterday"),
        ticket(6, locations="x" * 5_000),
        ticket(7, priority=[["a"]], itilcategories={"a": 1}),
        ticket(8),
    ]
    delivery = fetch(glpi)
    ids = [found.id for found in delivery.tickets]
    assert ids == ["1", "2", "3", "5", "7", "8"]  # 3 without its priority, 5 without its date
    assert {aside.id for aside in delivery.rejected} == {"4", "6"}
    assert any("left out as they cannot be read" in note for note in delivery.warnings)
    assert delivery.complete  # what is rejected by its id is still open
    assert max(len(found.description) for found in delivery.tickets) <= 2_000
    assert "<" not in delivery.tickets[0].description
    assert "\0" not in delivery.tickets[1].description
    # What is told of them names columns, not what stands in them.
    assert "Mars" not in repr(delivery.rejected)


def test_rows_without_an_id_are_counted(glpi: GlpiServer):
    """They cannot be told apart, so they cannot be planned."""
    glpi.on_search = lambda _: glpi.tickets.__setitem__(0, ticket("x"))
    glpi.tickets = [ticket(11)]
    delivery = fetch(glpi)
    assert delivery.tickets == ()
    [aside] = delivery.rejected
    assert "1 rows have no id" in aside.reason


# --- whatever GLPI answers ---------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "totalcount", "1", "2", "12", "83", "table", "field", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_ROWS = st.lists(
    st.dictionaries(st.sampled_from(["1", "2", "3", "7", "12", "15", "18", "80", "83"]), _JSON,
                    max_size=6),
    max_size=4,
)  # fmt: skip
_SEARCH = st.builds(
    lambda rows, total: {"totalcount": len(rows) if total is None else total, "data": rows},
    _ROWS, st.none() | st.integers(-2, 9),
)  # fmt: skip
_TEXT = (
    st.builds(json.dumps, _JSON)
    | st.text(max_size=60)
    | st.sampled_from(
        ['["ERROR_SESSION_TOKEN_INVALID", "x"]', '["ERROR_X"]', "[" * 9_000, "1" * 5_000]
    )
)
_REPLY = st.builds(
    lambda status, text, told: Reply(status, {"content-range": told}, text),
    st.sampled_from([200, 206, 400, 401, 403, 404]),
    _TEXT | st.builds(json.dumps, _SEARCH),
    st.sampled_from(["", "0-1/2", "0-1/99999999", "x", "5-1/0"]),
)
SESSION = Reply(200, {}, '{"session_token": "abc"}')
MAPPING = read_mapping("glpi", BUNDLED.skills)
IMPORTER = Importer(SERVICE, COMMUNES, None, MAPPING)
FEW_PAGES = LIMITS.model_copy(update={"pages": 5})


class Scripted(HttpClient):
    """A line whose answers are written beforehand; at their end, the last one again and again."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__(PATIENCE, sleep=lambda _: None)
        self.replies = replies

    def _reply(self, *_: object) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def options() -> Reply:
    """Return the search columns as an answer."""
    return Reply(200, {}, json.dumps(GlpiServer().options()))


@pytest.mark.slow
@settings(max_examples=inputs(60), deadline=None)
@given(st.lists(_REPLY, min_size=1, max_size=6), st.sampled_from(["all", "session", "search"]))
def test_whatever_glpi_answers_only_input_errors_come_out(replies: list[Reply], known: str):
    """From the first answer on, within a session, and once its columns are known."""
    before = {"all": [], "session": [SESSION], "search": [SESSION, options()]}[known]
    line = Scripted([*before, *replies])
    client = Glpi(GlpiSection(url="https://x/y"), FEW_PAGES, environment=TOKENS, client=line)
    tickets: tuple[Ticket, ...] = ()
    with suppress(InputError):
        tickets = GlpiSource(client, SERVICE, MAPPING, IMPORTER).fetch(DAY).tickets
    for found in tickets:
        assert found.id.strip("0123456789") == ""
