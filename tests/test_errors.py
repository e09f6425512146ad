"""Errors: exit codes, wording, and the way from one process to another."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import DispatchError, Fault, InputError, SolverError, TravelError

FAULTS = st.builds(
    Fault,
    source=st.text(),
    where=st.text(),
    value=st.none() | st.text(),
    message=st.text(),
    line=st.none() | st.integers(1),
    column=st.none() | st.integers(1),
)


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError.one("a", "b"), 2), (TravelError("b"), 3), (SolverError("b"), 4)],
)
def test_each_error_has_its_exit_code(error, code):
    """2 bad input, 3 no travel times, 4 solver failure; one class catches them all."""
    assert error.exit_code == code
    assert isinstance(error, DispatchError)


def test_a_fault_reads_file_line_column_key_remedy_and_value():
    """As a compiler writes it; what is not known is left out."""
    fault = Fault("v.csv", "duration", "0", "must be more than 0", 4, 6)
    assert str(fault) == "v.csv:4:6: duration: must be more than 0 (found '0')"
    assert str(Fault("v.csv", "", None, "is empty")) == "v.csv: is empty"
    assert str(Fault("v.csv", "", None, "is empty", 3)) == "v.csv:3: is empty"


def test_a_long_value_is_cut():
    """After 60 characters."""
    assert str(Fault("f", "k", "x" * 61, "m")) == f"f: k: m (found '{'x' * 60}…')"


def test_a_value_cannot_break_the_line_it_is_shown_on():
    """A newline in it is written as one."""
    assert "\n" not in str(Fault("f", "k", "a\nb", "m"))


def test_fifty_faults_are_shown_and_the_rest_counted():
    """All are carried; the text stays short."""
    error = InputError(Fault("f", str(n), None, "m") for n in range(53))
    assert len(error.faults) == 53
    assert len(str(error).splitlines()) == 51
    assert str(error).endswith("… and 3 more faults")


@given(st.lists(FAULTS, min_size=1, max_size=60))
def test_an_input_error_crosses_from_a_worker_with_all_its_faults(faults):
    """Pickled and back it has the same faults and the same text."""
    error = InputError(faults)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert again.faults == tuple(faults)
    assert str(again) == str(error)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [TravelError, SolverError, DispatchError])
def test_the_other_errors_cross_too(kind):
    """With their text."""
    again = pickle.loads(pickle.dumps(kind("no way from a to b")))
    assert (type(again), str(again)) == (kind, "no way from a to b")
