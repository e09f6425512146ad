"""The names that notebooks use."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import dispatch


@pytest.mark.parametrize("name", dispatch.__all__)
def test_each_public_name_is_there_and_explains_itself(name):
    """It can be imported from the package, and has a docstring."""
    found = getattr(dispatch, name)
    if name != "__version__":
        assert inspect.getdoc(found)


def test_the_doors_of_the_design_are_among_them():
    """What other programs call stays."""
    assert {"DayProblem", "solve", "check", "Territory"} <= set(dispatch.__all__)
    assert dispatch.__all__ == sorted(dispatch.__all__, key=str)


def test_an_unknown_name_is_an_attribute_error():
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'plan_the_world'"):
        _ = dispatch.plan_the_world


def test_solve_is_the_function_whatever_is_imported_first():
    """The package of the same name never hides it."""
    for first in ("dispatch.solve.search", "dispatch.planning", "dispatch"):
        code = f"import {first}; import dispatch; print(callable(dispatch.solve))"
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
        )
        assert ended.stdout == "True\n"
