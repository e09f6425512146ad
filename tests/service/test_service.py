"""The service file: what it says, what it must say, and every fault with its place."""

from __future__ import annotations

import re
from datetime import date, time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Break, Shift
from dispatch.service.sections import TechnicianEntry
from dispatch.service.service import Service, parse_service, read_service, roster_entry
from dispatch.territory import METROPOLE, TO_METRIC, Commune, read_communes

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 25)
TEXT = data_path("service.toml").read_text(encoding="utf-8")


@cache
def _bundled() -> Service:
    return read_service()


@pytest.fixture
def service() -> Service:
    """Return the bundled service."""
    return _bundled()


@pytest.fixture(scope="module")
def communes() -> dict[str, Commune]:
    """Return the bundled communes."""
    return read_communes()


def _faults(old: str, new: str, count: int = 1) -> list[Fault]:
    """Return the faults of the bundled file with one passage changed."""
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse_service(TEXT.replace(old, new, count), "s.toml")
    return list(caught.value.faults)


def _line(passage: str) -> int:
    """Return the line on which a passage of the bundled file stands first."""
    return TEXT[: TEXT.index(passage)].count("\n") + 1


def test_the_five_centres_have_the_communes_of_the_deliberation(
    service: Service, communes: dict[str, Commune]
) -> None:
    """Names are looked up by code, so that a wrong code shows."""
    territory = service.territory(communes)
    charges = {
        centre.id: {communes[insee].name for insee in centre.communes}
        for centre in territory.centres.values()
    }
    assert charges == {
        "rive-droite": {"Floirac", "Ambarès-et-Lagrave", "Carbon-Blanc"},
        "sud": {"Pessac", "Talence", "Bègles"},
        "bordeaux-metropole": {"Bordeaux"},
        "ouest-sud": {"Mérignac", "Le Haillan", "Le Bouscat"},
        "ouest-nord": {"Blanquefort", "Saint-Aubin-de-Médoc", "Le Taillan-Médoc", "Bruges"},
    }
    assert territory.centre_in_charge(METROPOLE) is territory.centres["bordeaux-metropole"]
    assert sum(len(names) for names in charges.values()) == 14


def test_the_communes_of_the_centres_are_those_that_take_part(
    service: Service, communes: dict[str, Commune]
) -> None:
    """The service file and the communes' file tell the same of 2019."""
    named = {insee for centre in service.centres for insee in centre.communes}
    assert named == {insee for insee, commune in communes.items() if commune.takes_part}


def test_premises_are_at_the_town_hall_nearest_to_the_population_in_charge(
    service: Service, communes: dict[str, Commune]
) -> None:
    """The assumption of the file is what it says to be: the least weighted distance."""
    for entry in service.centres:
        members = [communes[insee] for insee in entry.communes]
        points = [TO_METRIC.transform(c.town_hall_lon, c.town_hall_lat) for c in members]
        burden = {
            here.insee: sum(
                there.population * ((x - u) ** 2 + (y - v) ** 2) ** 0.5
                for there, (u, v) in zip(members, points, strict=True)
            )
            for here, (x, y) in zip(members, points, strict=True)
        }
        assert entry.town_hall == min(burden, key=lambda insee: burden[insee])


def test_seventeen_technicians_of_whom_each_centre_has_at_least_two(service: Service) -> None:
    """Ids tell no names, and every entry belongs to a centre of the file."""
    ids = [entry.technician.id for entry in service.roster]
    assert ids == [f"T{number:02d}" for number in range(1, 18)]
    sizes = [len(service.technicians_of(centre.id)) for centre in service.centres]
    assert sizes == [2, 3, 8, 2, 2]


def test_each_centre_has_every_skill(service: Service) -> None:
    """No visit of the sample is out of a whole centre's reach by its skill alone."""
    for centre in service.centres:
        held = {skill for who in service.technicians_of(centre.id) for skill in who.skills}
        assert held == set(service.skills)


def test_a_technician_has_the_defaults_unless_the_entry_says_otherwise(service: Service) -> None:
    """T01 says nothing of its day; T07 starts later."""
    first = service.roster[0].technician
    assert first.start == first.end == "bordeaux-metropole"
    assert first.shift_s == Shift(8 * 3600, 17 * 3600)
    assert first.break_ == Break(duration_s=3600, earliest_s=41_400, latest_s=46_800)
    assert (first.max_overtime_s, first.max_working_s, first.capacity) == (1800, None, 12)
    seventh = service.roster[6].technician
    assert seventh.shift_s == Shift(30_600, 63_000)
    assert seventh.break_ == first.break_


def test_a_visit_is_due_some_time_after_the_day_starts_unless_its_windows_open_later(
    service: Service,
) -> None:
    """Priority 1: 90 minutes after 8:00, or after the call; the other priorities wait."""
    assert service.due_s(1, (), 8 * 3600) == 34_200
    assert service.due_s(1, (), 33_600) == 39_000
    assert service.due_s(2, (), 8 * 3600) is None
    assert service.due_s(1, [(34_200, 36_000)], 8 * 3600) == 34_200
    assert service.due_s(1, [(50_000, 60_000), (28_800, 61_200)], 8 * 3600) == 34_200
    assert service.due_s(1, [(34_201, 36_000)], 8 * 3600) is None


def test_nobodys_half_day_ends_later_unless_their_entry_says_so(service: Service) -> None:
    """The half hour of the defaults is for those who work as long as the defaults, at any hours."""

    def overtime_s(**own: object) -> int:
        entry = TechnicianEntry.model_validate({"id": "N", "centre": "sud", **own})
        return roster_entry(entry, service.technician_defaults).technician.max_overtime_s

    assert overtime_s() == 1800
    assert overtime_s(shift=[time(9), time(18)]) == 1800
    assert overtime_s(shift=[time(8), time(12)]) == 0
    assert overtime_s(shift=[time(8), time(16, 59)]) == 0
    assert overtime_s(shift=[time(8), time(12)], max_overtime_min=15) == 900


def test_a_night_shift_in_the_service_file_ends_on_the_next_day(service: Service) -> None:
    """From six to two: the end is beyond 86,400 s."""
    entry = TechnicianEntry.model_validate(
        {"id": "N", "centre": "sud", "shift": [time(18), time(2)]}
    )
    technician = roster_entry(entry, service.technician_defaults).technician
    assert technician.shift_s == Shift(64_800, 93_600)


def test_agents_follow_population_by_largest_remainder(
    service: Service, communes: dict[str, Commune]
) -> None:
    """18,000 in all, 4,000 of them the Métropole's; the rest is what the comment says."""
    agents = dict(service.demand.agents)
    rest = service.volumes.agents - agents.pop(METROPOLE)
    people = sum(communes[insee].population for insee in agents)
    exact = {insee: rest * communes[insee].population / people for insee in agents}
    expected = {insee: int(share) for insee, share in exact.items()}
    by_remainder = sorted(exact, key=lambda insee: exact[insee] - expected[insee], reverse=True)
    for insee in by_remainder[: rest - sum(expected.values())]:
        expected[insee] += 1
    assert agents == expected


def test_the_volumes_lead_to_the_visits_a_day_that_the_comment_derives(service: Service) -> None:
    """27,000 visits on site over 252 working days are 107 a day."""
    assert service.visits_per_day == pytest.approx(27_000 / 252)


@pytest.mark.parametrize(
    ("priority", "due", "minutes"),
    [
        (1, None, 600),
        (2, date(2026, 11, 25), 240),
        (3, date(2026, 12, 1), 120),
        (4, date(2026, 11, 24), 75),
        (4, date(2026, 11, 21), 120),
        (1, date(2026, 11, 10), 1800),
        (1, date(2026, 11, 4), 1800),
    ],
)
def test_a_visit_past_its_due_date_costs_more_each_day(
    service: Service, priority: int, due: date | None, minutes: int
) -> None:
    """A quarter of the priority's cost a day, up to three times that cost."""
    assert service.unassigned_cost_s(priority, due, DAY) == minutes * 60


def test_a_forgotten_visit_outweighs_anything_in_the_end(service: Service) -> None:
    """Past three weeks the bound is lifted: 3 times and a quarter for each further day."""
    forgotten = date(2026, 10, 5)  # 51 days before: 30 more than 21
    assert service.unassigned_cost_s(4, forgotten, DAY) == 60 * 60 * (3 + 30 * 0.25)
    bounded = service.unassigned.model_copy(update={"forgotten_after_days": None})
    as_ever = service.model_copy(update={"unassigned": bounded})
    assert as_ever.unassigned_cost_s(4, forgotten, DAY) == 3 * 60 * 60
    assert service.unassigned_cost_s(1, date(1, 1, 1), date(9999, 12, 31)) == 10**8


@pytest.mark.parametrize(
    ("priority", "asked", "minutes"),
    [
        (1, DAY, 600),  # due the day it was asked for
        (4, date(2026, 11, 11), 60),  # due a fortnight after: today
        (4, date(2026, 11, 10), 75),  # yesterday
        (3, date(2026, 11, 14), 120 + 4 * 30),
    ],
)
def test_a_visit_without_a_due_date_ages_from_the_day_it_was_asked_for(
    service: Service, priority: int, asked: date, minutes: int
) -> None:
    """Its target is the due date; a due date that is given stands above it."""
    assert service.unassigned_cost_s(priority, None, DAY, asked) == minutes * 60
    assert (
        service.unassigned_cost_s(priority, DAY, DAY, asked)
        == 60 * [600, 240, 120, 60][priority - 1]
    )
    untold = service.unassigned.model_copy(update={"target_days": None})
    as_ever = service.model_copy(update={"unassigned": untold})
    assert (
        as_ever.unassigned_cost_s(priority, None, DAY, asked)
        == 60 * [600, 240, 120, 60][priority - 1]
    )


@given(st.integers(1, 4), st.integers(-10, 400))
def test_waiting_never_makes_a_visit_cheaper(priority: int, late_days: int) -> None:
    """The cost of leaving a visit undone never falls from one day to the next."""
    service = _bundled()
    due = date.fromordinal(DAY.toordinal() - late_days)
    tomorrow = date.fromordinal(DAY.toordinal() + 1)
    today_s = service.unassigned_cost_s(priority, due, DAY)
    assert today_s <= service.unassigned_cost_s(priority, due, tomorrow)


def test_every_assumption_is_given_with_its_reason() -> None:
    """Each section of assumptions has a comment that calls it one."""
    sections = re.split(r"(?m)^(?=\[)", TEXT)
    for name in (
        "technician_defaults",
        "unassigned",
        "weights",
        "demand",
        "demand.places",
        "limits",
    ):
        [body] = [part for part in sections if part.startswith(f"[{name}]")]
        assert "[assumption]" in body, name


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('id = "sud"', 'id = "sud"\ncolour = "red"', "centres[1].colour", "unknown key"),
        ("year = 2018", 'year = "2018"', "volumes.year", "whole number"),
        ("copiers = 3_500", "", "volumes.copiers", "is missing"),
        ("core_share = 0.5", "core_share = 1.5", "demand.places.core_share", "at most 1"),
        (
            "shift = [08:30:00, 17:30:00]",
            "shift = [17:30:00, 08:30:00]",
            "technicians[6]",
            "end must be after",
        ),
        (
            "shift = [08:30:00, 17:30:00]",
            'shift = ["08:30", 17:30:00]',
            "technicians[6].shift[0]",
            "such as 08:30:00",
        ),
        ("latest = 13:00:00", "latest = 11:00:00", "technician_defaults.break", "before the"),
        ('format = "dispatch-service/1"', 'format = "x"', "format", "dispatch-service/1"),
        ("lateness = 10", "lateness = 1001", "weights.lateness", "at most 1000"),
        ("within_min = { 1 = 90 }", "within_min = { 5 = 90 }", "response.within_min.5", "'1', '2'"),
        (
            "within_min = { 1 = 90 }",
            "within_min = { 1 = 0 }",
            "response.within_min.1",
            "more than 0",
        ),
        ("imbalance = 10", "imbalance = -3", "weights.imbalance", "at least 0"),
        ("imbalance = 10", "imbalance = 0.2", "weights.imbalance", "whole number"),
        ("site_radius_m = 60", "site_radius_m = -1", "familiarity.site_radius_m", "at least 0"),
        ("share = 0.22", "share = 0.21", "demand", "sum to 1"),
        ("minutes = [15, 20, 40]", "minutes = [15, 22, 40]", "demand.kinds[11]", "multiples of 5"),
    ],
)
def test_each_fault_of_a_key_is_told_with_its_place(
    old: str, new: str, where: str, words: str
) -> None:
    """Unknown, missing, mistyped, out of bounds or contradictory: named, with line and column."""
    [fault] = _faults(old, new)
    assert fault.where == where
    assert words in fault.message
    assert fault.line is not None
    assert fault.column is not None


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('id = "T02"', 'id = "T01"', "technicians[1].id", "technicians[0] has it already"),
        (
            '["33318", "33522", "33039"]',
            '["33318", "33522", "33096"]',
            "centres[1].communes[2]",
            "already in the charge of centres[0]",
        ),
        (
            'town_hall = "33096"',
            'town_hall = "33096"\nserves_metropole = true',
            "centres[2].serves_metropole",
            "centres[0] serves the Métropole already",
        ),
        ('centre = "sud"', 'centre = "nord"', "technicians[8].centre", "no such centre"),
        ('centre = "sud"', 'centre = "sud"\nend = "home"', "technicians[8].end", "no such place"),
        (
            'skills = ["poste", "copieurs", "vip"]',
            'skills = ["poste", "vipp"]',
            "technicians[0].skills[1]",
            "not declared",
        ),
        ('vip = "VIP assistance"', 'vipp = "VIP"', "skill_labels.en.vipp", "not declared"),
        ("[skill_labels.en]", "[skill_labels.xx]", "skill_labels.xx", "give one of fr, en"),
        ("windows = { any = 0.05", "windows = { anny = 0.05", "demand.kinds[9].windows.anny", "no"),
        ("33519 = 241", "33520 = 241", "demand.agents.33520", "no centre is in charge"),
        ("metropole = 4_000", "metropole = 4_001", "demand.agents", "sum to 18001"),
    ],
)
def test_each_contradiction_is_told_with_its_place(
    old: str, new: str, where: str, words: str
) -> None:
    """What two parts of the file say differently is found at the later of them."""
    assert words in {fault.where: fault for fault in _faults(old, new)}[where].message


def test_all_faults_come_at_once_with_line_and_column() -> None:
    """A mistyped key, an unknown one and a contradiction are told together, in order."""
    text = TEXT.replace('id = "T02"', 'id = "T01"').replace("year = 2018", "year = 2018.5")
    text = text.replace("imbalance = 10", "imbalance = 10\nspeed = 1")
    with pytest.raises(InputError) as caught:
        parse_service(text, "s.toml")
    places = [(fault.where, fault.line, fault.column) for fault in caught.value.faults]
    assert places == [
        ("technicians[1].id", _line('id = "T02"'), 6),
        ("weights.speed", _line("imbalance = 10") + 1, 1),
        ("volumes.year", _line("year = 2018") + 1, 8),
    ]


def test_premises_are_a_town_hall_or_an_address_not_both(communes: dict[str, Commune]) -> None:
    """An address with its position replaces the town hall; half of it does not."""
    address = 'address = "1 rue du Port"\nlon = -0.5\nlat = 44.9'
    service = parse_service(TEXT.replace('town_hall = "33096"', address))
    centre = service.territory(communes).centres["rive-droite"]
    assert (centre.address, centre.lon, centre.lat) == ("1 rue du Port", -0.5, 44.9)
    assert service.position("rive-droite", communes) == (-0.5, 44.9)
    for wrong in ("", "lon = -0.5\nlat = 44.9", 'town_hall = "33096"\nlat = 44.9'):
        [fault] = _faults('town_hall = "33096"', wrong)
        assert "either as `town_hall`" in fault.message


def test_a_commune_that_does_not_exist_is_told_for_every_place_that_names_it(
    service: Service, communes: dict[str, Commune]
) -> None:
    """Without Bordeaux, its centre, its charge and the Métropole's seat have no ground."""
    fewer = {insee: commune for insee, commune in communes.items() if insee != "33063"}
    with pytest.raises(InputError) as caught:
        service.territory(fewer)
    assert {fault.where for fault in caught.value.faults} == {
        "centres[2].town_hall",
        "centres[2].communes",
        "demand.places.metropole_commune",
        "demand.water.both_banks",
    }


def test_a_round_may_start_at_a_centre_or_a_town_hall(
    service: Service, communes: dict[str, Commune]
) -> None:
    """Any other name is refused."""
    bordeaux = communes["33063"]
    hall = (bordeaux.town_hall_lon, bordeaux.town_hall_lat)
    assert service.position("bordeaux-metropole", communes) == hall
    assert service.position("33063", communes) == hall
    with pytest.raises(InputError, match="no such place"):
        service.position("elsewhere", communes)


def test_a_file_given_by_name_is_read(tmp_path: Path) -> None:
    """The same text in another place is the same service."""
    path = tmp_path / "other.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_service(path) == read_service()


_LINES = TEXT.splitlines(keepends=True)


@pytest.mark.slow
@given(st.integers(0, len(_LINES) - 1), st.sampled_from(["", "x", "a = 1\n", "[[technicians]]\n"]))
def test_a_changed_line_gives_a_service_or_faults_never_another_error(at: int, new: str) -> None:
    """Whatever line is lost or spoilt, only an input error is raised."""
    text = "".join([*_LINES[:at], new, *_LINES[at + 1 :]])
    try:
        assert isinstance(parse_service(text), Service)
    except InputError as error:
        assert str(error).startswith("service.toml")  # noqa: PT017 - either outcome is right


def test_a_skill_without_a_label_in_a_language_keeps_its_french_one() -> None:
    """And a file without labels in other languages is as valid as ever."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    service = parse_service(text.replace('vip = "VIP assistance"\n', "", 1))
    assert service.labels_of_skills() == service.skills
    assert service.labels_of_skills("en")["poste"] == "Workstation"
    assert service.labels_of_skills("en")["vip"] == "Assistance VIP"
    head, _, tail = text.partition("[skill_labels.en]")
    french = parse_service(head + tail[tail.index("\n#") :])
    assert french.labels_of_skills("en") == french.skills
