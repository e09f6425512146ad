"""The names that notebooks use."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import dispatch

pytestmark = pytest.mark.slow


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


def test_modules_of_a_callable_package_can_be_imported_under_another_name():
    """`dispatch.solve` is a package and a function at once, whatever was imported before."""
    code = (
        "from dispatch import *\n"
        "import dispatch.solve.search as search, dispatch.assess.run as run\n"
        "import dispatch.resplit.groups as groups\n"
        "print(callable(solve), callable(assess), callable(resplit), search.__name__)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stdout == "True True True dispatch.solve.search\n"


def test_a_callable_package_has_the_signature_of_its_function():
    """Notebooks and editors show it."""
    assert list(inspect.signature(dispatch.solve).parameters)[:2] == ["problem", "effort"]


def test_the_public_names_are_listed_before_they_are_asked_for():
    """Completion in a notebook shows them."""
    code = "import dispatch; print(sorted(set(dispatch.__all__) - set(dir(dispatch))))"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert ended.stdout == "[]\n"


def test_solve_is_the_function_whatever_is_imported_first():
    """The package of the same name never hides it."""
    for first in ("dispatch.solve.search", "dispatch.solve.side_by_side", "dispatch"):
        code = f"import {first}; import dispatch; print(callable(dispatch.solve))"
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
        )
        assert ended.stdout == "True\n"
