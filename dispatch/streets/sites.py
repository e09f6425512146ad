"""Sites: named places between which people travel, and how they are joined to the streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from dispatch.errors import InputError
from dispatch.streets.profiles import Profile  # noqa: TC001 - pydantic needs it
from dispatch.streets.settings import bundled_section, validated
from dispatch.streets.traffic import Traffic  # noqa: TC001 - pydantic needs it

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "service.toml"
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TravelSettings(BaseModel):
    """Section `[travel]` of the service file, which gives each figure its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    access_s: _NotNegative
    attach_limit_m: _Positive
    off_road_kmh: _Positive
    off_road_winding: Annotated[float, Field(ge=1, allow_inf_nan=False)]
    cache_mb: _NotNegative = 0
    """Most megabytes of matrices in the user's cache folder; 0: none are stored."""
    traffic: Traffic | None = None
    """Left out: travel takes the same time all day."""
    profiles: dict[str, Profile] = Field(default_factory=dict)
    """Modes of travel by name; left out: those of the bundled service.toml."""

    @classmethod
    def from_toml(cls, section: Mapping[str, Any], source: str = "service.toml") -> Self:
        """
        Return the settings of a TOML section.

        Raises
        ------
        InputError
            When a key is missing, unknown or of a wrong value; all faults at once.
        """
        # Older service files have no profiles.
        whole = {"profiles": bundled_section("travel")["profiles"], **section}
        made = validated(cls, whole, source, "travel")
        for name, profile in made.profiles.items():
            if profile.park_once_m and profile.walk_kmh is None:
                message = "needs walk_kmh beside it: the speed of the walk (km/h)"
                where = f"travel.profiles.{name}.park_once_m"
                raise InputError.one(source, message, where=where)
        return made

    def of_profile(self, name: str) -> Profile:
        """
        Return a profile by its name.

        Raises
        ------
        InputError
            When there is none.
        """
        found = self.profiles.get(name)
        if found is None:
            message = f"is no profile of [travel.profiles]; there are {', '.join(self.profiles)}"
            raise InputError.one(SOURCE, message, where="travel.profiles", value=name)
        return found


@dataclass(frozen=True, slots=True)
class Site:
    """A named place where somebody starts, stops or works (degrees, WGS84)."""

    id: str
    lon: float
    lat: float
