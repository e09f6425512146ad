"""A request ends in its time, whatever the server does: every wait is part of it."""

from __future__ import annotations

import threading
import time

import pytest

from dispatch.service.service import read_service
from dispatch.supervision.deadline import LateError, in_time
from dispatch.tickets.ask import HttpClient, NoAnswer
from tests.support.trickling_server import LIES, badly_served

PATIENCE = read_service().ticket_limits.patience.model_copy(
    update={"attempts": 2, "timeout_s": 0.3, "connect_s": 0.2, "wait_s": 0.0, "body_mb": 1.0}
)
ENDLESS = ("silence", "slow status", "slow headers", "slow body")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def asked(address: str) -> str:
    """Ask once with the patience of the tests; return the text."""
    return HttpClient(PATIENCE).ask("GET", address, parse=lambda reply: reply.text)


@pytest.mark.parametrize("how", ENDLESS)
def test_a_server_that_sends_a_byte_now_and_then_holds_nobody(how):
    """In its status line, in its headers, in its text, or with nothing at all."""
    began = time.monotonic()
    with badly_served(how, every_s=0.02) as address:
        with pytest.raises(NoAnswer, match=r"in time, 2 times"):
            asked(address)
        assert time.monotonic() - began < 2 * PATIENCE.timeout_s + 1.0
        until = time.monotonic() + 3
        # What was left behind ends as well, once it was hung up on.
        while threading.active_count() > 3 and time.monotonic() < until:
            time.sleep(0.01)


@pytest.mark.parametrize("how", sorted(set(LIES) - set(ENDLESS) - {"wrong", "a page", "not JSON"}))
def test_an_answer_that_is_none_is_told(how):
    """Too long, too short, broken, empty, elsewhere."""
    with badly_served(how) as address, pytest.raises(NoAnswer) as caught:
        asked(address)
    assert caught.value.reason


def test_who_is_left_behind_asks_no_further():
    """A night that has no time left for a source must not go on asking it."""
    questions = []

    def ask() -> None:
        HttpClient(PATIENCE, sleep=questions.append).ask("GET", address, parse=lambda _: None)

    with badly_served("silence") as address:
        with pytest.raises(LateError):
            in_time(ask, 0.1)
        time.sleep(PATIENCE.timeout_s + 0.2)
    assert len(questions) <= 1
