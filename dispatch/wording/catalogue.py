"""The words of a language, read from its file and checked."""

from __future__ import annotations

import tomllib
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ValidationError

from dispatch.errors import Fault, InputError
from dispatch.wording import languages
from dispatch.wording.languages import DEFAULT, known_language
from dispatch.wording.shape import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

Language = Annotated[str, AfterValidator(known_language)]
"""The code of a language that there is: "fr", "en"."""


def catalogue(lang: str = DEFAULT) -> Catalogue:
    """
    Return the words of a language.

    Raises
    ------
    ValueError
        When there is no such language.
    InputError
        When its file misses a word, has one too many, or has other `{names}` than the default
        language.
    """
    return _read(languages.FOLDER / f"{known_language(lang)}.toml")


@cache
def _read(path: Path) -> Catalogue:
    try:
        found = Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError) as error:
        raise InputError(_faults(path, error)) from error
    if path.stem != DEFAULT:
        default = placeholders(catalogue())
        own = placeholders(found)
        faults = [
            Fault(path.name, word, None, f"has {_named(own[word])}, not {_named(names)}")
            for word, names in default.items()
            if own[word] != names
        ]
        if faults:
            raise InputError(faults)
    return found


def _faults(path: Path, error: ValueError) -> list[Fault]:
    if not isinstance(error, ValidationError):
        return [Fault(path.name, "", None, str(error))]
    return [
        Fault(path.name, ".".join(map(str, each["loc"])), None, each["msg"])
        for each in error.errors()
    ]


def placeholders(section: BaseModel) -> dict[str, frozenset[str]]:
    """Return the `{names}` of each word of a section, by the word's path: "pages.skip"."""
    found: dict[str, frozenset[str]] = {}
    for key, value in section:
        if isinstance(value, BaseModel):
            inner = placeholders(value)
            found |= {f"{key}.{name}": names for name, names in inner.items()}
        elif isinstance(value, str):
            found[key] = frozenset(name for _, name, _, _ in Formatter().parse(value) if name)
    return found


def _named(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "no {name}"
