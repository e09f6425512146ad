"""Sections `[roads]` and `[roads.build]` of the service file, each key with its unit and bounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.streets.density import DensitySettings  # noqa: TC001 - pydantic needs it
from dispatch.streets.times import DrivingSettings  # noqa: TC001 - pydantic needs it
from dispatch.streets.vehicle import VehicleSettings  # noqa: TC001 - pydantic needs it

# The road class whose speed holds for classes that are not listed.
OTHER = "other"

# Sections of [roads] that a service file may leave out; the bundled ones then hold.
LATER = (
    "mesh_time_share", "implicit_speed_kmh", "most_speed_kmh", "vehicle",
    "density", "driving", "layers", "build",
)  # fmt: skip


# Keys of [roads.build] that a service file may leave out.
BOUNDS = ("file_mb", "unpacked_mb", "extract_mb", "positions", "answer_mb", "answer_s")
# Likewise of [roads.driving].
LATER_DRIVING = ("signal_reach_m",)


_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


_Step = Annotated[tuple[_NotNegative, _Positive], Strict(False)]


Model = TypeVar("Model", bound=BaseModel)


class BuildSettings(BaseModel):
    """Section `[roads.build]` of the service file: where real streets come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    overpass_url: str
    nominatim_url: str
    referer: str
    """Web address of the asker, for the operators of the services."""
    margin_m: _NotNegative
    """Streets up to this distance outside the communes are taken too."""
    outline_tolerance_m: _NotNegative
    """Tolerance by which the outline in a query may be simplified."""
    timeout_s: _Positive
    """Time limit of the server for a query."""
    attempts: Annotated[int, Field(ge=1, le=100)]
    wait_s: _NotNegative
    """Wait before the second attempt; it doubles before each further one."""
    wait_max_s: _NotNegative
    poor_street_m: _NotNegative
    """A commune with fewer metres of street an inhabitant counts as poorly covered."""
    file_mb: _Positive
    """Largest file of a network or graph (megabytes)."""
    unpacked_mb: _Positive
    """Likewise, unpacked."""
    extract_mb: _Positive
    """Largest OpenStreetMap extract (megabytes)."""
    positions: Annotated[int, Field(ge=1)]
    """Most positions of streets from an extract."""
    answer_mb: _Positive
    """Largest answer of a service (megabytes)."""
    answer_s: _Positive
    """Time that a service has for one answer, from the connection to its last byte (seconds)."""
    compare_reach_m: _Positive
    """Largest distance from streets of both networks, for places of a comparison."""


class LayerSettings(BaseModel):
    """Section `[roads.layers]` of the service file: how sections of a reference layer join."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    join_m: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)]
    """Ends so near to each other are one place."""
    same_number_m: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
    """A number whose ends lie farther than that from their middle is not believed."""
    apart_deg: Annotated[float, Field(gt=0, lt=180, allow_inf_nan=False)]
    """Two ends of a level that lead apart by that angle are one road, which goes on."""


class RoadSettings(BaseModel):
    """
    Section `[roads]` of the service file, which gives each figure its reason.

    All keys but `default_speed_kmh` and those of `LATER` describe how scripts/build_roads.py made
    the bundled graph; a change of them has no effect until it is made again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mesh_spacing_m: _Positive
    mesh_margin_m: _NotNegative
    quay_offset_m: _Positive
    winding_left: Annotated[float, Field(ge=1)]
    winding_right: Annotated[float, Field(ge=1)]
    mesh_speed_left_kmh: Annotated[tuple[_Step, ...], Strict(False)] | None = None
    """Of older service files; not used since the mesh has its speed from figures by zone."""
    mesh_speed_right_kmh: Annotated[tuple[_Step, ...], Strict(False)] | None = None
    """Likewise."""
    mesh_time_share: _Positive
    """Time on the mesh, over that of as many metres of real streets of the zone."""
    inner_radius_m: _Positive
    inner_trunk_kmh: _Positive
    outer_trunk_kmh: _Positive
    motorway_kmh: _Positive
    interchange_spacing_m: _Positive
    link_kmh: _Positive
    link_reach_m: _Positive
    default_speed_kmh: dict[str, _Positive]
    implicit_speed_kmh: dict[str, _Positive]
    """Speed of a limit that is tagged by a word, such as "FR:urban"."""
    most_speed_kmh: dict[str, _Positive]
    """The highest limit that a road class can have; a higher one is not believed."""
    vehicle: VehicleSettings
    driving: DrivingSettings
    density: DensitySettings
    layers: LayerSettings
    build: BuildSettings

    @classmethod
    def from_toml(cls, section: Mapping[str, Any], source: str = "service.toml") -> Self:
        """
        Return the settings of a TOML section.

        Raises
        ------
        InputError
            When a key is missing, unknown or of a wrong value; all faults at once.
        """
        # Older service files lack these keys.
        bundled = bundled_section("roads")
        whole = {**{name: bundled[name] for name in LATER}, **section}
        if isinstance(whole["build"], Mapping):
            whole["build"] = {**{name: bundled["build"][name] for name in BOUNDS}, **whole["build"]}
        if isinstance(whole["driving"], Mapping):
            later = {name: bundled["driving"][name] for name in LATER_DRIVING}
            whole["driving"] = {**later, **whole["driving"]}
        made = validated(cls, whole, source, "roads")
        for table in ("default_speed_kmh", "most_speed_kmh"):
            if OTHER not in getattr(made, table):
                message = "is missing; add the speed (km/h) of road classes that are not listed"
                raise InputError.one(source, message, where=f"roads.{table}.{OTHER}")
        return made


def validated(model: type[Model], section: Mapping[str, Any], source: str, where: str) -> Model:
    """Return a section as its model; InputError with all faults when it does not fit."""
    try:
        return model.model_validate(dict(section))
    except ValidationError as exc:
        raise InputError(
            Fault(
                source,
                ".".join([where, *(str(part) for part in error["loc"])]),
                None if error["type"] == "missing" else str(error["input"]),
                f"{error['msg']}; see the bundled service.toml for what is expected",
            )
            for error in exc.errors()
        ) from exc


def bundled_section(name: str) -> dict[str, Any]:
    """Return a section of the bundled service.toml."""
    section: dict[str, Any] = tomllib.loads(data_path("service.toml").read_text(encoding="utf-8"))[
        name
    ]
    return section
