"""Bounds of input files: section `[limits]` of the service file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Bounds of the files that are read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )

    file_mb: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    rows: Annotated[int, Field(gt=0)]
    text_chars: Annotated[int, Field(gt=0)]
    duration_max_min: Annotated[int, Field(gt=0, le=7 * 1440)]
    commune_margin_m: Annotated[int, Field(ge=0)]
