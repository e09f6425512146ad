"""A package that is called like the function it is named after.

`dispatch.solve` is a package, and people call it: `from dispatch import solve`. Python binds a
package's name in its parent on import, so a function of the same name would hide the package, or
the package the function. Both are one object here.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A module that, when called, calls the function that has its own name."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:  # noqa: ANN401 - as the function
        """Call the function."""
        return self.__wrapped__(*args, **keywords)

    @property
    def __wrapped__(self) -> Any:  # noqa: ANN401 - as the function
        """The function; `inspect.signature` follows it."""
        return vars(self)[self.__name__.rpartition(".")[2]]


def make_callable(package: str) -> None:
    """
    Make an imported package call its function of the same name.

    Parameters
    ----------
    package
        Dotted name, as in `__name__`; the package defines the function.
    """
    sys.modules[package].__class__ = CallablePackage
