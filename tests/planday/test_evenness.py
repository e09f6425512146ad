"""Two weights of even work side by side: what each shares out, and what it drives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dispatch import PlanOptions, plan_of, read_inputs
from dispatch.planday.evenness import compared, with_even
from dispatch.solve.side_by_side import Settings
from tests.support.in_process import in_this_process

# Four visits of an hour at one address; anybody may do them, and each round costs the way there.
VISITS = "id,insee,lon,lat,duration_min\n" + "".join(
    f"V{number},33519,-0.670,44.905,60\n" for number in range(4)
)
SERVICE_LINE = "imbalance = 10"


@pytest.fixture
def inputs(tmp_path):
    """Return the visits and the technicians of a centre, read from a file."""
    visits = tmp_path / "visits.csv"
    visits.write_text(VISITS, encoding="utf-8")
    return read_inputs(PlanOptions(date(2026, 11, 25), visits=visits, centres=("ouest-nord",)))


def planned(inputs, percent):
    """Return a day planned here with a weight of even work."""
    search = Settings("quick", 1)
    return plan_of(with_even(inputs, percent), search=search, planner=in_this_process)


def test_work_that_is_worth_nothing_is_done_by_one_and_shared_where_it_is(inputs):
    """At 0 % one drives there; at 50 % the two hours above a share are worth more than the way."""
    evenness = compared(planned(inputs, 50), planner=in_this_process)
    assert (evenness.percent, evenness.other_percent) == (50, 0)
    even, alone = evenness.centres["ouest-nord"]
    assert sorted(even.on_site_s.values()) == [7200, 7200]
    assert sorted(alone.on_site_s.values()) == [0, 14_400]
    assert even.travel_s == 2 * alone.travel_s
    assert even.served == alone.served == 4


def test_no_weight_is_compared_with_that_of_the_service(inputs):
    """10 in the bundled file; a file that has none itself is compared with the bundled one too."""
    for text in (inputs.service_text, inputs.service_text.replace(SERVICE_LINE, "imbalance = 0")):
        day = planned(replace(inputs, service_text=text), 0)
        assert compared(day, planner=in_this_process).other_percent == 10


def test_the_option_takes_the_place_of_the_service_files_weight(inputs):
    """Nothing else of the service changes, and the file's text stays."""
    changed = with_even(inputs, 35)
    assert changed.service.weights.imbalance == 35
    assert inputs.service.weights.imbalance == 10
    assert changed.service_text == inputs.service_text
    [day] = planned(inputs, 35).centres.values()
    assert day.problem.weights.imbalance == 35
