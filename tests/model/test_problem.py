"""The problem door: what it reads, what it refuses and how it says so; round trips; the schema."""

from __future__ import annotations

import copy
import json
import pickle
import runpy
from datetime import date
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.fieldwork import Break, Shift, Technician, TimeWindow, Visit
from dispatch.model.problem import MAX_LEG_S, DayProblem, Weights, problem_schema
from dispatch.streets.router import Travel
from tests.support.paths import ROOT
from tests.support.small_day import SOUND_ROUND, VISIT_B, day, plan
from tests.support.small_problems import small_problem

# As printed in the description of the door, to the byte.
EXAMPLE = """{"format": "dispatch-problem/1", "date": "2026-11-25",
 "places": ["c", "a", "b"],
 "travel": {"seconds": [[0, 300, 420], [310, 0, 200], [400, 210, 0]],
            "metres":  [[0, 2500, 3600], [2600, 0, 1500], [3400, 1600, 0]]},
 "technicians": [{"id": "T1", "start": "c", "end": "c", "shift_s": [28800, 61200], "skills": ["network"],
                  "break": {"duration_s": 2700, "earliest_s": 41400, "latest_s": 48600},
                  "max_overtime_s": 0, "max_working_s": null, "capacity": null}],
 "visits": [{"id": "V1", "place": "a", "duration_s": 1800, "windows_s": [[28800, 43200], [46800, 57600]],
             "skills": ["network"], "priority": 2, "unassigned_cost_s": 14400, "technician": null, "load": 0}],
 "weights": {"overtime": 0, "lateness": null, "unfamiliarity": 0, "imbalance": 0}}
"""  # noqa: E501 - to the byte

Document = dict[str, Any]
KeyPath = tuple[str | int, ...]


def example() -> Document:
    """Return the example as data."""
    return json.loads(EXAMPLE)


def put(document: Document, path: KeyPath, value: object) -> Document:
    """Return a copy of a document with another value at a path."""
    made = copy.deepcopy(document)
    at: Any = made
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return made


def without(document: Document, path: KeyPath) -> Document:
    """Return a copy of a document without the key at a path."""
    made = copy.deepcopy(document)
    at: Any = made
    for part in path[:-1]:
        at = at[part]
    del at[path[-1]]
    return made


def refusal(document: object) -> list[str]:
    """Return the lines of the refusal of a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(InputError) as caught:
        DayProblem.from_json(text, "P.json")
    return str(caught.value).splitlines()


# --- what it reads ---


def test_the_example_of_the_door_is_read_as_it_says():
    """Each value where it belongs."""
    problem = DayProblem.from_json(EXAMPLE)
    assert problem.date == date(2026, 11, 25)
    assert problem.travel.places == ("c", "a", "b")
    assert problem.travel.seconds.tolist() == [[[0, 300, 420], [310, 0, 200], [400, 210, 0]]]
    assert problem.travel.metres.tolist() == [[0, 2500, 3600], [2600, 0, 1500], [3400, 1600, 0]]
    assert problem.technicians == (
        Technician(
            id="T1",
            start="c",
            end="c",
            shift_s=Shift(28800, 61200),
            skills=frozenset({"network"}),
            break_=Break(duration_s=2700, earliest_s=41400, latest_s=48600),
        ),
    )
    assert problem.visits == (
        Visit(
            id="V1",
            place="a",
            duration_s=1800,
            windows_s=(TimeWindow(28800, 43200), TimeWindow(46800, 57600)),
            skills=frozenset({"network"}),
            priority=2,
            unassigned_cost_s=14400,
        ),
    )
    assert problem.weights == Weights()


def test_what_is_written_is_the_example_itself():
    """Every key of the door, no other, with the same values."""
    assert DayProblem.from_json(EXAMPLE).to_dict() == example()


OPTIONAL = {
    ("technicians", 0, "break"): None,
    ("technicians", 0, "skills"): [],
    ("technicians", 0, "max_overtime_s"): 0,
    ("technicians", 0, "max_working_s"): None,
    ("technicians", 0, "capacity"): None,
    ("visits", 0, "windows_s"): [],
    ("visits", 0, "skills"): [],
    ("visits", 0, "priority"): 3,
    ("visits", 0, "unassigned_cost_s"): 14400,
    ("visits", 0, "technician"): None,
    ("visits", 0, "load"): 0,
    ("weights",): {"overtime": 0, "lateness": None, "unfamiliarity": 0, "imbalance": 0},
    ("weights", "overtime"): 0,
    ("weights", "lateness"): None,
    ("weights", "unfamiliarity"): 0,
    ("weights", "imbalance"): 0,
    ("travel", "metres"): ...,
}
REQUIRED = [
    ("format",), ("date",), ("places",), ("travel",), ("technicians",), ("visits",),
    ("technicians", 0, "id"), ("technicians", 0, "start"), ("technicians", 0, "end"),
    ("technicians", 0, "shift_s"),
    ("technicians", 0, "break", "duration_s"), ("technicians", 0, "break", "earliest_s"),
    ("technicians", 0, "break", "latest_s"),
    ("visits", 0, "id"), ("visits", 0, "place"), ("visits", 0, "duration_s"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "default"), OPTIONAL.items())
def test_each_optional_key_may_be_left_out(path, default):
    """Its default is then written out; distances stay away."""
    written = DayProblem.from_json(json.dumps(without(example(), path))).to_dict()
    expected = without(example(), path) if default is ... else put(example(), path, default)
    assert written == expected


@pytest.mark.parametrize("path", REQUIRED)
def test_each_needed_key_is_asked_for_by_name(path):
    """The fault says which one is missing."""
    [line] = refusal(without(example(), path))
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    assert line.startswith("P.json:1:")
    assert line.endswith(f" {where}: is missing; add it")


def test_keys_that_may_be_left_out_and_those_that_may_not_are_all_the_keys():
    """The two lists above forget none."""

    def paths(value: object, at: KeyPath = ()) -> set[KeyPath]:
        found = set()
        if isinstance(value, dict):
            for key, inner in value.items():
                found |= {(*at, key)} | paths(inner, (*at, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found |= paths(value[0], (*at, 0))
        return found

    # `seconds` may be left out where there are slots: see below.
    assert paths(example()) == {*OPTIONAL, *REQUIRED, ("travel", "seconds")}


@pytest.mark.parametrize(
    ("priority", "cost"), [(1, 36_000), (2, 14_400), (3, 7_200), (4, 3_600), (None, 7_200)]
)
def test_the_cost_of_leaving_a_visit_follows_its_priority_where_none_is_given(priority, cost):
    """600, 240, 120 and 60 minutes; priority 3 where none is given; null is mandatory."""
    document = without(example(), ("visits", 0, "unassigned_cost_s"))
    if priority is None:
        document = without(document, ("visits", 0, "priority"))
    else:
        document = put(document, ("visits", 0, "priority"), priority)
    [visit] = DayProblem.from_json(json.dumps(document)).visits
    assert (visit.unassigned_cost_s, visit.mandatory) == (cost, False)
    forced = put(example(), ("visits", 0, "unassigned_cost_s"), None)
    assert DayProblem.from_json(json.dumps(forced)).visits[0].mandatory


def test_nobody_nothing_and_nowhere_are_a_problem_too():
    """A centre may have no technician, no visit, or neither."""
    document = put(put(example(), ("technicians",), []), ("visits",), [])
    assert DayProblem.from_json(json.dumps(document)).visits == ()
    nowhere = put(put(document, ("places",), []), ("travel",), {"seconds": []})
    assert DayProblem.from_json(json.dumps(nowhere)).travel.seconds.shape == (1, 0, 0)


# --- travel by time of day ---

MORNING = [[0, 400, 420], [310, 0, 250], [400, 210, 0]]
SLOTS = [
    {"start_s": 0, "seconds": example()["travel"]["seconds"]},
    {"start_s": 25_200, "seconds": MORNING},
]


def by_slot() -> Document:
    """Return the example with the peak of the design's own example: from 25200 on, 7 o'clock."""
    return put(without(example(), ("travel", "seconds")), ("travel", "slots"), SLOTS)


def test_travel_by_slot_is_read_and_written_as_it_stands():
    """One matrix a slot, with its start; the distances are those of any slot."""
    problem = DayProblem.from_json(json.dumps(by_slot()))
    assert problem.travel.slot_starts_s == (0, 25_200)
    assert problem.travel.seconds.tolist() == [example()["travel"]["seconds"], MORNING]
    assert problem.travel.metres.tolist() == example()["travel"]["metres"]
    assert problem.to_dict() == by_slot()
    assert DayProblem.from_json(problem.to_json()).sha256 == problem.sha256
    for key in ("seconds", "slots"):
        jsonschema.validate(
            put(by_slot() if key == "seconds" else example(), ("travel", key), None),
            problem_schema(),
        )


def test_one_slot_is_the_same_as_none():
    """It is written without, so the digest is that of the plain problem."""
    document = put(by_slot(), ("travel", "slots"), SLOTS[:1])
    problem = DayProblem.from_json(json.dumps(document))
    assert problem.to_dict() == example()
    assert problem.sha256 == DayProblem.from_json(EXAMPLE).sha256


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("travel", "seconds"), [[0]], "travel: has times twice; give either `seconds`"),
        (("travel", "slots"), None, "travel: has no times; give either `seconds`"),
        (("travel", "slots"), [], "travel.slots: must have at least 1 element"),
        (("travel", "slots", 0, "start_s"), 60, "travel.slots[0].start_s: the first slot starts"),
        (("travel", "slots", 1, "start_s"), 0, "slots[1].start_s: slots rise; this one must start"),
        (("travel", "slots", 1, "start_s"), 604_801, "travel.slots[1].start_s: must be at most"),
        (("travel", "slots", 1, "start_s"), "07:00", "start_s: must be a whole number"),
        (("travel", "slots", 1, "speed"), 2, "travel.slots[1].speed: unknown key"),
        (("travel", "slots", 1, "seconds"), [[0]], "travel.slots[1].seconds: 3 places need 3 rows"),
        (
            ("travel", "slots", 1, "seconds", 2),
            [400, 210],
            "travel.slots[1].seconds[2]: 3 places need 3 columns",
        ),
        (("travel", "slots", 1, "seconds", 0, 1), -1, "seconds[0][1]: must be at least 0"),
        (("travel", "slots", 1, "metres"), [[0]], "travel.slots[1].metres: unknown key"),
    ],
)
def test_slots_that_make_no_sense_are_refused_where_they_stand(path, value, line):
    """In the words of the other refusals."""
    assert any(line in found for found in refusal(put(by_slot(), path, value)))


def test_every_fault_of_the_slots_is_told_at_once():
    """A start, a row and a number."""
    document = put(by_slot(), ("travel", "slots", 0, "start_s"), 1)
    document = put(document, ("travel", "slots", 1, "start_s"), 1)
    document = put(document, ("travel", "slots", 1, "seconds", 0), [0])
    assert len(refusal(document)) == 3


# --- what it refuses ---


@pytest.mark.parametrize(
    "path",
    [(), ("travel",), ("technicians", 0), ("technicians", 0, "break"), ("visits", 0), ("weights",)],
)
def test_an_unknown_key_is_refused_by_name_at_every_level(path):
    """The line and column are those of the key."""
    text = json.dumps(put(example(), (*path, "colour"), "blue"), indent=1)
    [line] = refusal(text)
    at = next(n for n, row in enumerate(text.split("\n"), 1) if '"colour"' in row)
    column = text.split("\n")[at - 1].index('"colour"') + 1
    assert line.startswith(f"P.json:{at}:{column}: ")
    assert line.endswith("colour: unknown key; correct its spelling or remove it (found 'blue')")


@pytest.mark.parametrize("value", [None, {"duration_s": 1, "earliest_s": 2, "latest_s": 3}])
def test_the_name_that_python_gives_the_break_is_not_a_key(value):
    """`break_` is unknown, beside `break` and in its place."""
    document = put(example(), ("technicians", 0, "break_"), value)
    for given_document in (document, without(document, ("technicians", 0, "break"))):
        [line] = refusal(given_document)
        assert "technicians[0].break_: unknown key" in line


def test_a_wished_latest_start_is_written_where_there_is_one():
    """Plans name their problem by its text: without the key it is what it was."""
    wished = put(put(example(), ("visits", 0, "due_s"), 36_000), ("weights", "lateness"), 10)
    problem = DayProblem.from_json(json.dumps(wished))
    assert (problem.visits[0].due_s, problem.weights.lateness) == (36_000, 10)
    assert DayProblem.from_json(problem.to_json()).to_json() == problem.to_json()
    assert '"due_s":36000' in problem.to_json()
    none = put(example(), ("visits", 0, "due_s"), None)
    plain = DayProblem.from_json(json.dumps(example()))
    assert DayProblem.from_json(json.dumps(none)).sha256 == plain.sha256
    assert "due_s" not in plain.to_json()


INTEGERS = [
    ("travel", "seconds", 0, 1), ("travel", "metres", 0, 1),
    ("technicians", 0, "shift_s", 0), ("technicians", 0, "break", "duration_s"),
    ("technicians", 0, "break", "earliest_s"), ("technicians", 0, "max_overtime_s"),
    ("technicians", 0, "max_working_s"), ("technicians", 0, "capacity"),
    ("visits", 0, "duration_s"), ("visits", 0, "windows_s", 0, 0), ("visits", 0, "priority"),
    ("visits", 0, "unassigned_cost_s"), ("visits", 0, "load"), ("weights", "overtime"),
    ("weights", "unfamiliarity"), ("weights", "imbalance"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", INTEGERS)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("12", "must be a whole number, without quotes (found '12')"),
        (True, "must be a whole number, without quotes (found 'true')"),
        (12.0, "must be a whole number, without quotes (found '12.0')"),
        (12.5, "must be a whole number, without quotes (found '12.5')"),
        (-1, "must be at least "),
        (10**30, "must be at most "),
        ([], "must be a whole number, without quotes (found '[]')"),
    ],
)
def test_a_number_is_a_whole_number_within_bounds_and_nothing_else(path, value, words):
    """No text, no boolean, no decimals, nothing negative, nothing beyond 64 bits."""
    [line] = refusal(put(example(), path, value))
    assert words in line
    assert "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") in line


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ((), [], "must be a group of keys {...} (found '[]')"),
        ((), None, "must be a group of keys {...} (found 'null')"),
        (("travel",), [[0]], "travel: must be a group of keys {...} (found '[[0]]')"),
        (("technicians",), {}, "technicians: must be a list [...] (found '{}')"),
        (("technicians", 0), "T1", "technicians[0]: must be a group of keys {...} (found 'T1')"),
        (("technicians", 0, "break"), 45, "break: must be a group of keys {...} (found '45')"),
        (("weights",), 3, "weights: must be a group of keys {...} (found '3')"),
        (("visits", 0, "id"), 7, "visits[0].id: must be text, in quotes (found '7')"),
        (("visits", 0, "id"), "", "visits[0].id: must not be empty"),
        (("visits", 0, "id"), "x" * 201, "must have at most 200 characters; shorten it"),
        (("visits", 0, "skills"), "a", "visits[0].skills: must be a list [...]"),
        (("visits", 0, "skills"), [1], "visits[0].skills[0]: must be text, in quotes"),
        # Before 2.14, pydantic speaks of the pair and not of its element.
        (
            ("visits", 0, "windows_s"),
            [[1]],
            "windows_s[0][1]: is missing; add it|windows_s[0]: an element is missing; add it",
        ),
        (
            ("visits", 0, "windows_s"),
            [[1, 2, 3]],
            "windows_s[0]: must have at most 2 elements|windows_s[0][2]: one element too many",
        ),
        (("visits", 0, "windows_s"), [1, 2], "windows_s[0]: must be a list of two times"),
        (
            ("visits", 0, "windows_s"),
            [{"start_s": 1, "end_s": 2}],
            "windows_s[0]: must be a list of two times, [start, end]",
        ),
        (
            ("technicians", 0, "shift_s"),
            {"start_s": 1, "end_s": 2},
            "technicians[0].shift_s: must be a list of two times, [start, end]",
        ),
        (("format",), "dispatch-problem/2", "format: must be 'dispatch-problem/1'"),
        (("date",), "25/11/2026", "date: must be a date such as 2026-11-25"),
        (("date",), "2026-02-30", "date: must be a date such as 2026-11-25"),
        (("date",), "2026-11-25T00:00:00", "date: must be a date such as 2026-11-25"),
        (("date",), 20261125, "date: must be a date such as 2026-11-25"),
        (("visits", 0, "priority"), 5, "visits[0].priority: must be at most 4 (found '5')"),
        (("visits", 0, "priority"), 0, "visits[0].priority: must be at least 1 (found '0')"),
    ],
)
def test_a_wrong_value_is_refused_in_words_that_say_what_to_write(path, value, words):
    """Where it stands, what was found, what to write; either of the words between bars."""
    lines = refusal(put(example(), path, value) if path else json.dumps(value))
    assert any(word in line for line in lines for word in words.split("|")), lines


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("places",), ["c", "a", "b", "a"], "places[3]: this place stands twice"),
        (("travel", "seconds"), [[0, 1, 2], [3, 0, 4]], "travel.seconds: 3 places need 3 rows"),
        (("travel", "metres", 2), [3], "travel.metres[2]: 3 places need 3 columns"),
        (("technicians", 0, "start"), "z", "technicians[0].start: unknown place"),
        (("technicians", 0, "end"), "z", "technicians[0].end: unknown place"),
        (("technicians", 0, "shift_s"), [5, 3], "shift_s: the shift ends before it starts"),
        (
            ("technicians", 0, "break", "latest_s"),
            41399,
            "break: the latest start of the break is before the earliest (found '41400 to 41399')",
        ),
        (("visits", 0, "place"), "z", "visits[0].place: unknown place; add it to `places`"),
        (("visits", 0, "windows_s", 1), [9, 8], "windows_s[1]: the window ends before it starts"),
        (("visits", 0, "technician"), "T9", "technician: pinned to an unknown technician"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_where_they_stand(path, value, words):
    """Names, shapes and spans, with a line and column of their own."""
    lines = refusal(json.dumps(put(example(), path, value), indent=1))
    assert any(words in line for line in lines), lines
    assert all(line.split(":")[1].isdigit() for line in lines)


def test_double_ids_are_refused_and_the_first_is_named():
    """Of technicians and of visits."""
    document = example()
    document["technicians"] *= 2
    document["visits"] *= 3
    assert [line.split(": ", 1)[1] for line in refusal(document)] == [
        "technicians[1].id: this id stands twice; technicians[0] has it already (found 'T1')",
        "visits[1].id: this id stands twice; visits[0] has it already (found 'V1')",
        "visits[2].id: this id stands twice; visits[0] has it already (found 'V1')",
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    """Five wrong types in one go; six misfits in one go, shapes among them."""
    document = example()
    for path in INTEGERS[:5]:
        document = put(document, path, "x")
    assert len(refusal(document)) == 5
    document = example()
    document["places"].append("c")
    document["technicians"][0] |= {"start": "z", "shift_s": [5, 3]}
    document["visits"][0] |= {"place": "y", "technician": "T9", "windows_s": [[2, 1]]}
    lines = refusal(json.dumps(document, indent=1))
    rows = [int(line.split(":")[1]) for line in lines]
    assert rows == sorted(rows)
    for words in (
        "stands twice",
        "need 4 rows",
        "`places` (found 'z')",
        "shift ends",
        "`places` (found 'y')",
        "'T9'",
        "window ends",
    ):
        assert any(words in line for line in lines), words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "P.json:1:1: not valid JSON: Expecting value; correct it here"),
        (EXAMPLE + "x", "P.json:11:1: not valid JSON: Extra data; correct it here"),
        (
            EXAMPLE.replace("1800", "NaN"),
            "P.json:8:54: NaN is not a number in JSON; write a finite one",
        ),
        (
            EXAMPLE.replace('"date"', '"date": "2026-11-24", "date"'),
            "P.json:1:56: date: this key stands twice in one object; keep one",
        ),
        (
            EXAMPLE.replace('"V1"', '"\\ud800"'),
            "P.json:8:27: not valid JSON: unexpected end of hex escape; correct it here",
        ),
        ("[" * 100_000, "P.json: nested too deeply to be a file of this format; flatten it"),
    ],
)
def test_what_is_not_json_is_refused_where_it_breaks(text, line):
    """As the first and only fault."""
    assert refusal(text) == [line]


# --- made in Python ---


def test_a_problem_made_in_python_is_held_to_the_same_rules():
    """All contradictions at once, and travel that the door would refuse."""
    good = day()
    with pytest.raises(InputError) as caught:
        DayProblem(
            good.date,
            Travel(("c",), np.array([[[MAX_LEG_S + 1]]])),
            good.technicians,
            (*good.visits, VISIT_B),
        )
    assert [fault.where for fault in caught.value.faults] == [
        "travel.seconds", "visits[2].id", "visits[0].place", "visits[1].place", "visits[2].place",
    ]  # fmt: skip
    late = Travel(good.travel.places, np.repeat(good.travel.seconds, 2, axis=0), None, (0, 604_801))
    with pytest.raises(InputError, match="a slot must start at 604800 or before"):
        DayProblem(good.date, late, good.technicians, good.visits)


def test_a_problem_cannot_be_changed():
    """Neither its parts nor its matrices."""
    problem = day()
    with pytest.raises(AttributeError):
        problem.date = date(2027, 1, 1)  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        problem.travel.seconds[0, 0, 0] = 1


# --- round trips ---


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), visits=st.integers(0, 5), technicians=st.integers(0, 3))
def test_a_problem_written_and_read_again_is_the_same(seed, visits, technicians):
    """Text, digest and parts; the text is one that the published schema accepts."""
    problem = small_problem(seed, visits, technicians)
    text = problem.to_json()
    again = DayProblem.from_json(text)
    assert again.to_json() == text
    assert again.sha256 == problem.sha256
    assert (again.technicians, again.visits, again.weights) == (
        problem.technicians,
        problem.visits,
        problem.weights,
    )
    jsonschema.validate(json.loads(text), problem_schema())


def test_the_digest_is_of_the_content_and_not_of_the_way_it_is_written():
    """Order of keys, of skills and blanks do not matter; a second of travel does."""
    shuffled = {key: example()[key] for key in reversed(example())}
    shuffled = put(shuffled, ("visits", 0, "skills"), ["b", "network", "a"])
    sorted_one = put(example(), ("visits", 0, "skills"), ["a", "b", "network"])
    digests = [
        DayProblem.from_json(json.dumps(document, indent=2)).sha256
        for document in (shuffled, sorted_one, put(sorted_one, ("travel", "seconds", 0, 1), 301))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_the_digest_of_the_example_never_changes():
    """Plans of earlier versions name their input by it."""
    digest = DayProblem.from_json(EXAMPLE).sha256
    assert digest == "d06c3dd0b4d9225cf0ff1d4c3ed5d85a74db03b612965eb1ddf371e5a7b96aa8"


def test_a_problem_crosses_to_another_process():
    """Pickled and back it writes the same text."""
    problem = day()
    assert pickle.loads(pickle.dumps(problem)).to_json() == problem.to_json()


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    """And a missing file is named."""
    path = tmp_path / "P.json"
    path.write_text("\ufeff" + EXAMPLE, encoding="utf-8")
    assert DayProblem.read(path).to_dict() == example()
    with pytest.raises(InputError, match=r"Q\.json: there is no such file"):
        DayProblem.read(tmp_path / "Q.json")


# --- the published schemas ---

build = runpy.run_path(str(ROOT / "scripts" / "build_schemas.py"))
SCHEMAS = build["schemas"]()


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schemas_are_those_of_the_models(name):
    """Run scripts/build_schemas.py after a change of a format."""
    published = (ROOT / "docs" / "schemas" / name).read_text(encoding="utf-8")
    assert published == build["text_of"](SCHEMAS[name])
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


def test_no_other_schema_is_published():
    """A schema of a format that is gone would mislead."""
    assert {path.name for path in (ROOT / "docs" / "schemas").iterdir()} == set(SCHEMAS)


def test_the_example_and_a_plan_are_as_the_schemas_say():
    """The door's own example, and a plan drawn by hand."""
    jsonschema.validate(example(), SCHEMAS["dispatch-problem-1.json"])
    jsonschema.validate(plan(SOUND_ROUND).to_dict(), SCHEMAS["dispatch-plan-1.json"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"format": "dispatch-plan/1"}, SCHEMAS["dispatch-plan-1.json"])


# 12.0 and dates are left out: for JSON Schema 12.0 is an integer, and a format a remark.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value"),
    [
        *((path, value) for path in INTEGERS for value in (0, "1", True, 0.5, -1, 10**30, None)),
        (("travel", "slots"), None),
        (("travel", "slots"), []),
        (("visits", 0, "skills"), ["a", "a"]),
        (("visits", 0, "skills"), [""]),
        (("visits", 0, "windows_s"), []),
        (("visits", 0, "windows_s"), None),
        (("visits", 0, "windows_s"), [[1]]),
        (("visits", 0, "windows_s"), [[1, 2, 3]]),
        (("visits", 0, "windows_s"), [{"start_s": 1, "end_s": 2}]),
        (("visits", 0, "technician"), "T1"),
        (("visits", 0, "id"), ""),
        (("visits", 0, "colour"), "blue"),
        (("technicians", 0, "break"), None),
        (("technicians", 0, "break"), []),
        (("technicians", 0, "break_"), None),
        (("technicians", 0, "shift_s"), {"start_s": 1, "end_s": 2}),
        (("weights",), {}),
        (("weights",), None),
        (("weights", "lateness"), 0),
        (("weights", "lateness"), 1001),
        (("weights", "lateness"), False),
        (("visits", 0, "due_s"), 0),
        (("visits", 0, "due_s"), -1),
        (("weights", "imbalance"), False),
        (("format",), "dispatch-problem/2"),
        (("comment",), "none"),
    ],
)
def test_the_schema_and_the_reader_agree(path, value):
    """What one accepts, the other does."""
    document = put(example(), path, value)
    try:
        jsonschema.validate(document, SCHEMAS["dispatch-problem-1.json"])
        accepted = True
    except jsonschema.ValidationError:
        accepted = False
    if accepted:
        DayProblem.from_json(json.dumps(document))
    else:
        assert refusal(document)
