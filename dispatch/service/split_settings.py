"""Sections of the service file about splits: borders, criteria, and the estimate of travel.

No figure of the service is here: `data/service.toml` has each figure with its reason.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic resolves it at run time
from dispatch.service.sections import Insee, Positive, TomlSection

Pair = Annotated[tuple[Insee, Insee], Strict(False)]
Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Bridge(TomlSection):
    """A crossing of the water that cars may use."""

    name: Identifier
    between: Pair
    """INSEE codes of the communes at its two ends."""


class Borders(TomlSection):
    """Which communes one may drive between directly."""

    min_length_m: Positive
    """A shared border shorter than this is a point or a sliver, and does not count."""
    water: Annotated[tuple[Pair, ...], Strict(False)] = ()
    """Borders wholly in the water: closed unless a bridge is listed."""
    bridges: Annotated[tuple[Bridge, ...], Strict(False)] = ()


class SplitCriteria(TomlSection):
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


class TravelEstimate(TomlSection):
    """The estimate of the travel of a group of communes: (1) of `resplit/estimate.py`."""

    haul: Positive
    """Part of a trip from the premises that falls on each visit."""
    detour: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Trips between two visits of the group, for each square root of a visit."""
    stop_s: Annotated[float, Field(ge=-3600, le=3600, allow_inf_nan=False)]
    """Further seconds for each visit."""


class ResplitSettings(TomlSection):
    """How other splits are sought."""

    tolerance: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    """How much the largest workload of a technician may exceed an even share, as a part of it."""
    keep_people_s: Weight
    """Seconds of travel a day that one would accept to spare a daily visit a change of centre."""
    keep_poles_s: Weight
    """Seconds of travel a day that one would accept for each further pôle of a centre."""
    points: Annotated[int, Field(ge=1, le=1000)]
    """Points of demand for each collectivity, between which road times are measured."""
    points_days: Positive
    """They are drawn from at most this many days' visits."""
    points_seed: Annotated[int, Field(ge=0, le=2**31 - 1)]
    groups_max: Annotated[int, Field(ge=1, le=10_000_000)]
    """Connected groups that are listed at most; beyond, the compact model takes over."""
    splits_max: Annotated[int, Field(ge=1, le=100_000_000)]
    """Splits that are listed at most."""
    effort: Positive
    """Limit of the search of one split, in CP-SAT's deterministic seconds."""
    compact_gap: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """Relative gap at which the compact model stops."""
    compact_nodes: Annotated[int, Field(ge=1, le=10_000_000)]
    """Nodes after which it stops."""
    front_step_s: Annotated[int, Field(ge=0, le=36_000)]
    """Points of the front whose largest workloads are nearer than this are passed over."""
    alternatives: Annotated[int, Field(ge=0, le=1000)]
    """Nearest alternatives shown."""
    replayed: Annotated[int, Field(ge=0, le=100)]
    """Splits of the front that are replayed with real rounds, besides the present one."""
    replay_days: Annotated[int, Field(ge=1, le=1000)]
    travel: TravelEstimate
