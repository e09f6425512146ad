"""Sections of the service file about the split: borders, criteria, and how travel is foretold.

As in `settings.py`, no figure of the service stands here; each is in `data/service.toml`
with its reason.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic resolves it at run time
from dispatch.settings import Insee, Positive, Section

Pair = Annotated[tuple[Insee, Insee], Strict(False)]
Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Bridge(Section):
    """A crossing of the water that cars may use."""

    name: Identifier
    between: Pair
    """INSEE codes of the communes at its two ends."""


class Borders(Section):
    """Which communes one may drive between directly."""

    min_length_m: Positive
    """Communes that share less than this touch in a point or by a sliver, not by a border."""
    water: Annotated[tuple[Pair, ...], Strict(False)] = ()
    """Borders that lie wholly in the water: closed unless a bridge is listed."""
    bridges: Annotated[tuple[Bridge, ...], Strict(False)] = ()


class SplitCriteria(Section):
    """What the deliberation asks of a split."""

    least: Annotated[int, Field(ge=1, le=100)]
    """Collectivities of a centre, at least."""
    most: Annotated[int, Field(ge=1, le=100)]
    """Collectivities of a centre, at most."""
    technicians_least: Annotated[int, Field(ge=1, le=100)]
    """Technicians of a centre, at least."""
    joining_agents_per_1000: Positive
    """Agents served for 1,000 people, in a commune that joins the service."""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.least > self.most:
            msg = "split: the least number of collectivities must not exceed the most"
            raise ValueError(msg)
        return self
