"""How much drives and services vary, as the service file states it."""

from __future__ import annotations

import math

import pytest

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.service.service import parse_service, read_service

TEXT = data_path("service.toml").read_text(encoding="utf-8")
BEGIN, END = TEXT.index("[uncertainty]"), TEXT.index("# --- Volumes ---")


def faults(old: str, new: str) -> list[str]:
    """Return the faults of the bundled file with one passage of the section changed."""
    section = TEXT[BEGIN:END]
    assert old in section
    with pytest.raises(InputError) as caught:
        parse_service(TEXT[:BEGIN] + section.replace(old, new, 1) + TEXT[END:], "s.toml")
    return [str(fault) for fault in caught.value.faults]


def test_the_bundled_variation_of_a_skill_is_the_spread_of_its_incidents_lengths():
    """As the comment says: a triangular distribution of least, usual and most, over its mean."""
    service = read_service()
    assert service.uncertainty is not None
    stated = service.uncertainty.service_by_skill
    assert set(stated) == set(service.skills)
    for kind in service.demand.kinds:
        if kind.of != "incident":
            continue
        a, b, c = kind.minutes
        spread = math.sqrt((a * a + b * b + c * c - a * b - b * c - a * c) / 18)
        skill = "vip" if "vip" in kind.skills else kind.skills[0]
        assert stated[skill] == pytest.approx(spread / ((a + b + c) / 3), abs=0.006)
    assert service.uncertainty.service == stated["poste"]


def test_a_visit_varies_as_the_least_sure_of_its_skills():
    """One without any of them as the section says first."""
    found = read_service().uncertainty
    assert found is not None
    assert found.of_service({"copieurs", "telephonie"}) == 0.29
    assert found.of_service({"copieurs"}) == 0.27
    assert found.of_service(()) == found.of_service({"other"}) == found.service


def test_a_drive_varies_as_the_hour_in_which_it_leaves():
    """From a start until before the next one; peaks more than the rest of the day."""
    found = read_service().uncertainty
    assert found is not None
    hours = found.by_hour
    assert len(hours) == 24
    assert [hours[hour] for hour in (0, 6, 7, 8, 9, 15, 16, 18, 19, 23)] == [
        0.15, 0.15, 0.30, 0.30, 0.20, 0.20, 0.30, 0.30, 0.15, 0.15,
    ]  # fmt: skip


def test_a_service_file_without_the_section_states_nothing():
    """Nothing of the bundled file stands in for it: an assumption of ours is not theirs."""
    assert parse_service(TEXT[:BEGIN] + TEXT[END:]).uncertainty is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("service = 0.32", "service = -0.1", "must be at least 0"),
        ("service = 0.32", "service = 3.0", "must be at most 2"),
        ("service = 0.32", "services = 0.32", "uncertainty.services"),
        ("shared_share = 0.5", "shared_share = 1.5", "uncertainty.shared_share"),
        ("mark_below = 0.90", "", "uncertainty.mark_below"),
        ("start = 00:00:00", "start = 01:00:00", "the first must start at 00:00:00"),
        ("start = 09:00:00", "start = 06:00:00", "each later than the one before"),
        ("start = 09:00:00", "start = 09:30:00", "each must start at a full hour"),
        ("visio = 0.27", "video = 0.27", "this skill is not declared"),
    ],
)
def test_a_faulty_key_is_named_with_its_line(old, new, fault):
    """Bounds, unknown and missing keys, hours, skills."""
    found = faults(old, new)
    assert any(fault in each for each in found), found
    assert all(each.startswith("s.toml:") for each in found)


def test_all_faults_of_the_section_are_told_at_once():
    """A skill that nobody declared and a figure beyond bounds."""
    old = "visio = 0.27                 # 15, 30, 60\nvip = 0.27"
    assert len(faults(old, "video = 0.27\nvip = 9.0")) == 2
