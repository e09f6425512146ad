"""`sheets.json`: which files of a folder are sheets, of which day and plan.

Programs read there what was written, and the next run what to remove: a run touches only files
that it names and that have the name of a sheet.
"""

from __future__ import annotations

import json
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dispatch.errors import InputError
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.sheets.names import is_ours
from dispatch.wording.catalogue import Language  # noqa: TC001 - likewise

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "sheets.json"
MAX_MB = 5


def _ours(value: object) -> object:
    if isinstance(value, str) and not is_ours(value):
        msg = "is not the name of a sheet"
        raise ValueError(msg)
    return value


class _SheetsModel(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class CentreSheets(_SheetsModel):
    """The sheets of one centre."""

    plan_sha256: str
    """Hash of the rounds that they show, and of the visits left out."""
    lang: Language
    files: tuple[Annotated[str, BeforeValidator(_ours)], ...]
    """Names relative to the folder."""


class Manifest(_SheetsModel):
    """The sheets of a folder: `sheets.json`."""

    format: Literal["dispatch-sheets/1"] = "dispatch-sheets/1"
    date: date
    centres: dict[str, CentreSheets]

    def to_json(self) -> str:
        """Return it as JSON text."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest | None:
    """
    Return what an earlier run wrote into a folder; None: nothing.

    Raises
    ------
    InputError
        When `sheets.json` is there and is not as it was written.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    text = read_text(path, max_mb=MAX_MB)
    parse_json(text, MANIFEST)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise InputError(faults_of(error, MANIFEST, text, "json")) from error
