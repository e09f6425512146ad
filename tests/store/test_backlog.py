"""What becomes of a ticket from one night to the next."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.store.backlog import MergedBacklog, after_planning, merge_delivered, shrunk
from tests.support.store_servers import MONDAY, kept, ticket

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def states(found) -> dict[str, str]:
    """Return the state of each ticket, by id."""
    return {one.ticket.id: one.state for one in found}


def test_what_is_delivered_for_the_first_time_is_asked_for_that_night():
    """Unless the source knows better."""
    asked = ticket("B", asked=date(2026, 11, 2))
    joined = merge_delivered((), [ticket("A"), asked], MONDAY, gone_nights=2)
    first, second = joined.to_plan
    assert (first.ticket.asked, first.first_seen, first.since) == (MONDAY, MONDAY, MONDAY)
    assert second.ticket.asked == date(2026, 11, 2)
    assert second.age_days(TUESDAY) == 22
    assert joined.tickets == (first.ticket, asked)
    assert joined.others == ()


def test_the_source_wins_for_what_it_says_and_the_backlog_knows_since_when():
    """A new text and priority; the age stays."""
    was = kept("A", first_seen=date(2026, 11, 10), asked=date(2026, 11, 10))
    joined = merge_delivered(
        [was], [ticket("A", priority=1, description="Urgent")], MONDAY, gone_nights=2
    )
    (now,) = joined.to_plan
    assert (now.ticket.priority, now.ticket.description) == (1, "Urgent")
    assert now.ticket.asked == date(2026, 11, 10)
    assert now.first_seen == date(2026, 11, 10)
    assert now.age_days(MONDAY) == 13


def test_what_was_planned_and_is_gone_is_done():
    """The next night's export no longer has it."""
    joined = merge_delivered([kept("A", "planned")], [], TUESDAY, gone_nights=2)
    assert joined.to_plan == ()
    (done,) = joined.others
    assert (done.state, done.since, done.last_seen) == ("done", TUESDAY, MONDAY)


def test_what_was_planned_and_is_still_delivered_is_open_again():
    """The technician found nobody: it comes back with its age."""
    joined = merge_delivered([kept("A", "planned")], [ticket("A")], TUESDAY, gone_nights=2)
    (again,) = joined.to_plan
    assert (again.state, again.since, again.ticket.asked) == ("open", TUESDAY, MONDAY)


def test_what_was_done_and_comes_back_is_open_again_with_its_age():
    """It did not last."""
    joined = merge_delivered([kept("A", "done")], [ticket("A")], WEDNESDAY, gone_nights=2)
    assert states(joined.to_plan) == {"A": "open"}
    assert joined.to_plan[0].age_days(WEDNESDAY) == 2


def test_what_is_open_and_gone_is_cancelled_on_the_second_night():
    """One export that lacks it may be half an export; it is planned until then."""
    first = merge_delivered([kept("A")], [], TUESDAY, gone_nights=2)
    assert states(first.to_plan) == {"A": "open"}
    assert first.to_plan[0].gone_nights == 1
    second = merge_delivered(after_planning(first, [], TUESDAY), [], WEDNESDAY, gone_nights=2)
    assert second.to_plan == ()
    assert states(second.others) == {"A": "cancelled"}
    # Delivered in between, the count begins anew.
    back = merge_delivered(
        after_planning(first, [], TUESDAY), [ticket("A")], WEDNESDAY, gone_nights=2
    )
    assert back.to_plan[0].gone_nights == 0


def test_a_list_that_has_lost_a_third_of_the_open_tickets_is_not_believed():
    """Three of nine, and three at least; what was planned may be done, new ones make up for it."""
    still_open = [kept(f"A{n}") for n in range(9)]
    done = [kept(f"B{n}", "planned") for n in range(9)]
    names = [one.ticket.id for one in still_open]
    bound = {"share": 1 / 3, "least": 3}
    assert shrunk(still_open, names[3:], **bound) == 3
    assert shrunk(still_open, names[2:], **bound) == 0
    assert shrunk(still_open[:3], names[:1], **bound) == 0  # two are too few to tell
    fresh = [f"C{n}" for n in range(9)]
    assert shrunk([*still_open, *done], [*names, *fresh], **bound) == 0
    assert shrunk([*still_open, *done], names, **bound) == 9
    assert shrunk([kept("A", "done"), kept("B", "cancelled")], [], **bound) == 0


def test_a_list_that_is_not_believed_leaves_open_tickets_as_they_were():
    """However many nights; what is done is done, and a believed list counts from where it was."""
    known = [kept("A"), kept("B", "planned")]
    for night in range(5):
        day = TUESDAY + timedelta(days=night)
        joined = merge_delivered(known, [], day, gone_nights=1, believed=False)
        assert states(joined.to_plan) == {"A": "open"}
        assert joined.to_plan[0].gone_nights == 0
        assert states(joined.others) == {"B": "done"}
        known = list(after_planning(joined, [], day))


def test_a_source_of_news_leaves_what_is_open_open_and_takes_what_was_planned_for_done():
    """A folder of files delivers each ticket once."""
    known = [kept("A"), kept("B", "planned")]
    joined = merge_delivered(known, [ticket("C")], TUESDAY, gone_nights=1, complete=False)
    assert [one.ticket.id for one in joined.to_plan] == ["C", "A"]
    assert states(joined.others) == {"B": "done"}


def test_what_could_not_be_read_is_neither_planned_nor_gone():
    """It is rejected until it is delivered in order, or gone for good."""
    joined = merge_delivered([kept("A")], [], TUESDAY, gone_nights=2, rejected=["A", "unknown"])
    assert states(joined.others) == {"A": "set_aside"}
    after = after_planning(joined, [], TUESDAY)
    mended = merge_delivered(after, [ticket("A")], WEDNESDAY, gone_nights=2)
    assert states(mended.to_plan) == {"A": "open"}
    assert mended.to_plan[0].age_days(WEDNESDAY) == 2
    gone = merge_delivered(after, [], WEDNESDAY, gone_nights=1)
    assert states(gone.others) == {"A": "cancelled"}
    still = merge_delivered(after, [], WEDNESDAY, gone_nights=2)
    assert states(still.others) == {"A": "set_aside"}


def test_nights_before_a_ticket_was_set_aside_do_not_count_as_gone():
    """Missing on Monday, unreadable on Tuesday, missing on Wednesday: one night in a row."""
    missing = kept("A", gone_nights=1)
    aside = merge_delivered([missing], [], TUESDAY, gone_nights=2, rejected=["A"])
    then = merge_delivered(after_planning(aside, [], TUESDAY), [], WEDNESDAY, gone_nights=2)
    assert states(then.others) == {"A": "set_aside"}
    assert then.others[0].gone_nights == 1


def test_what_is_planned_for_a_day_to_come_is_not_planned_twice():
    """On Saturday, Tuesday is planned while Monday's rounds are still to be driven."""
    known = [kept("A", "planned", since=MONDAY), kept("B", "planned", since=MONDAY)]
    saturday = MONDAY - timedelta(days=2)
    joined = merge_delivered(known, [ticket("A")], TUESDAY, gone_nights=2, today=saturday)
    assert joined.to_plan == ()
    assert [(one.ticket.id, one.state, one.since) for one in joined.others] == [
        ("A", "planned", MONDAY),
        ("B", "planned", MONDAY),
    ]
    # On Monday evening Monday is over.
    evening = merge_delivered(known, [ticket("A")], TUESDAY, gone_nights=2, today=MONDAY)
    assert states(evening.to_plan) == {"A": "open"}
    assert states(evening.others) == {"B": "done"}


def test_what_is_on_a_round_is_planned_and_the_rest_stays_open():
    """By id, closed ones included: all that the store has to keep."""
    known = [kept("B"), kept("Z", "planned")]
    joined = merge_delivered(known, [ticket("C"), ticket("A"), ticket("B")], TUESDAY, gone_nights=2)
    after = after_planning(joined, ["C", "B"], TUESDAY)
    assert [one.ticket.id for one in after] == ["A", "B", "C", "Z"]
    assert states(after) == {"A": "open", "B": "planned", "C": "planned", "Z": "done"}
    assert [one.since for one in after] == [TUESDAY] * 4


def test_open_since_the_first_night_it_was_left():
    """Left again and again, the state dates from the first time."""
    joined = merge_delivered([kept("A", since=MONDAY)], [ticket("A")], TUESDAY, gone_nights=2)
    assert after_planning(joined, [], TUESDAY)[0].since == MONDAY


def test_ids_that_come_twice_and_visits_that_nobody_asked_for_are_refused():
    """All of them at once."""
    with pytest.raises(InputError, match="twice") as found:
        merge_delivered((), [ticket(name) for name in "AABCC"], MONDAY, gone_nights=2)
    assert [fault.value for fault in found.value.faults] == ["A", "C"]
    with pytest.raises(InputError, match="twice"):
        merge_delivered([kept("A"), kept("A")], [], MONDAY, gone_nights=2)
    with pytest.raises(InputError, match="not to be planned") as found:
        after_planning(
            merge_delivered((), [ticket("A")], MONDAY, gone_nights=2), ["A", "X", "Y"], MONDAY
        )
    assert [fault.value for fault in found.value.faults] == ["X", "Y"]


NAMES = st.lists(st.sampled_from("ABCDEF"), unique=True)
STATE = st.sampled_from(["open", "planned", "done", "cancelled", "set_aside"])


@given(
    known=st.dictionaries(st.sampled_from("ABCDEF"), STATE),
    delivered=NAMES,
    rejected=NAMES,
    complete=st.booleans(),
    gone_nights=st.integers(1, 3),
    planned=st.sets(st.sampled_from("ABCDEF")),
)
def test_no_ticket_is_lost_or_doubled(known, delivered, rejected, complete, gone_nights, planned):
    """Each that is known or delivered comes out once; what is delivered is always planned."""
    backlog = [kept(name, state) for name, state in known.items()]
    joined = merge_delivered(
        backlog, [ticket(name) for name in delivered], TUESDAY, gone_nights=gone_nights,
        complete=complete, rejected=rejected,
    )  # fmt: skip
    to_plan = {one.ticket.id for one in joined.to_plan}
    assert set(delivered) <= to_plan
    after = after_planning(joined, planned & to_plan, TUESDAY)
    assert sorted(one.ticket.id for one in after) == sorted(set(known) | set(delivered))
    assert all(one.first_seen <= one.last_seen for one in after)


@pytest.mark.slow
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 400))
def test_nothing_waits_for_ever_as_its_cost_passes_that_of_anything_younger(
    mine: int, other: int, late: int
):
    """However low its priority, from so many days past due it outweighs what is `late` days so."""
    service = read_service()
    rules, today = service.unassigned, date(2026, 11, 23)
    forgotten = rules.forgotten_after_days
    assert forgotten is not None
    # c (m + s (d - g)) > c' (m + s max(0, d' - g)): docs/backlog.md.
    ratio = rules.cost_min[other - 1] / rules.cost_min[mine - 1]
    full = rules.late_factor_max / rules.late_share_per_day
    from_days = forgotten + max(0, ceil(ratio * (full + max(0, late - forgotten)) - full)) + 1
    older, younger = today - timedelta(days=from_days), today - timedelta(days=late)
    cost_s = service.unassigned_cost_s(mine, older, today)
    assert cost_s > service.unassigned_cost_s(other, younger, today)


def test_many_nights_over_capacity_leave_nobody_behind():
    """A made-up centre serves 10 of 12 a night, the dearest first: the oldest get their turn."""
    service = read_service()
    backlog = ()
    waits: dict[int, int] = {}
    for night in range(120):
        day = MONDAY + timedelta(days=night)
        # Six, four and two of priority 2, 3 and 4: the first two alone fill the day.
        fresh = [
            ticket(f"{night:03}-{number:02}", priority=2 if number < 6 else 3 if number < 10 else 4)
            for number in range(12)
        ]
        waiting = [one.ticket for one in backlog if one.state == "open"]
        joined = merge_delivered(backlog, [*waiting, *fresh], day, gone_nights=1)
        dear = sorted(
            joined.to_plan,
            key=lambda one: (
                -service.unassigned_cost_s(one.ticket.priority, None, day, one.ticket.asked),
                one.ticket.id,
            ),
        )
        for one in dear[:10]:
            waits[one.ticket.priority] = max(waits.get(one.ticket.priority, 0), one.age_days(day))
        backlog = tuple(
            one for one in after_planning(joined, [one.ticket.id for one in dear[:10]], day)
            if not one.closed
        )  # fmt: skip
    oldest = max(one.age_days(day) for one in backlog if one.state == "open")
    assert oldest < 70
    assert waits[2] <= waits[3] <= waits[4]


@pytest.mark.slow
def test_joined_is_empty_where_there_is_nothing():
    """A first night without tickets."""
    assert merge_delivered((), (), MONDAY, gone_nights=1) == MergedBacklog((), ())
    assert after_planning(MergedBacklog((), ()), [], MONDAY) == ()
