"""Tickets that would fail a centre's day are found in few looks, whatever their number."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import TravelError
from dispatch.fieldwork import Ticket
from dispatch.nightly import work
from dispatch.nightly.config import read_config
from dispatch.nightly.work import read_setting, reject_unplannable
from tests.support.night_fixture import DAY, write_night


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    """Return the setting of the small night."""
    return read_setting(read_config(write_night(tmp_path_factory.mktemp("night"))), DAY)


class Roads:
    """Roads that are not looked at."""

    router = None
    traffic = False


def rejected(setting, off: set[int], count: int) -> tuple[set[str], int]:
    """Return which of so many tickets are rejected where some are off the roads, and the looks."""
    looks = []

    def made(of, *_: object, **__: object) -> None:
        looks.append(len(of.tickets))
        if any(int(ticket.id[1:]) in off for ticket in of.tickets):
            msg = "far from any street"
            raise TravelError(msg)

    tickets = [
        Ticket(id=f"V{n}", insee="33318", collectivity="33318", lon=-0.63, lat=44.8, duration_s=60)
        for n in range(count)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "problem_of", made)
        sound, aside = reject_unplannable(setting, tickets, Roads(), DAY)
    assert [ticket.id for ticket in sound] == [f"V{n}" for n in range(count) if n not in off]
    return {each.id for each in aside}, sum(looks)


@given(off=st.sets(st.integers(0, 39)), count=st.integers(1, 40))
def test_exactly_the_tickets_off_the_roads_are_rejected(setting, off, count):
    """However many, wherever they stand in the list."""
    off = {number for number in off if number < count}
    assert rejected(setting, off, count)[0] == {f"V{number}" for number in off}


@pytest.mark.parametrize("count", [100, 404, 2000])
def test_one_site_off_the_roads_is_found_by_halves_of_its_day(setting, count):
    """They sum to twice its tickets; as work grows with their square, it less than doubles."""
    _, looked_at = rejected(setting, {count // 3}, count)
    assert looked_at <= 3 * count + log2(count)
