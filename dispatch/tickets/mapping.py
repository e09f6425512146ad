"""Mapping files: which column is which field, and what its values mean.

A mapping (TOML) describes the export of another tool, so that its tickets are read without new
code. Bundled mappings are chosen by name; docs/tickets.md explains each key.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict, ValidationError

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Identifier
from dispatch.files.cells import normalised
from dispatch.files.csvfile import PERSONAL_WORDS
from dispatch.files.positions import faults_of, locate, path_text
from dispatch.files.textfile import parse_toml, read_text
from dispatch.inputs.rows import VISIT_COLUMNS
from dispatch.service.sections import TomlSection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

FOLDER = "mappings"
# The bundled mapping of GLPI's exports; files of visits share its words for priorities and states.
GLPI_MAPPING = "glpi"
# The bundled mapping of tables that people write, and of exports of any tool, chosen by itself.
OFFICE_MAPPING = "office"
STATUS_HEADINGS = ("statut", "status", "état", "state")
# The source of a fault where there is no file.
SOURCE = "mapping"
# A mapping is written by hand.
MAX_MB = 1
# Fits every category, and tickets without one.
ANY = "*"
# Further fields that a mapping may read, and what they are for.
FURTHER_FIELDS = {
    "status": "which tickets are passed over",
    "entity": "who asks, as a path of entities",
    "location": "where, as a path of places, looked up in the sites file",
    "category": "what for, as a path of categories",
    "postcode": "of the address",
}
FIELDS = frozenset(VISIT_COLUMNS.names) | frozenset(FURTHER_FIELDS)
_BUNDLED_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")

_Text = Annotated[str, Field(max_length=200)]
_Names = Annotated[tuple[Identifier, ...], Field(min_length=1), Strict(False)]
_Minutes = Annotated[int, Field(gt=0, le=7 * 1440)]


class Category(TomlSection):
    """What tickets of a category need; the first entry that fits is taken."""

    words: _Names
    """The entry fits where one of them stands in the category's path; "*" fits always."""
    visit: bool = True
    """Whether somebody must go there; false: such tickets are passed over, and counted."""
    skills: Annotated[tuple[Identifier, ...], Strict(False)] | None = None
    duration_min: _Minutes | None = None
    load: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    """At least that urgent: 1 (VIP or service down) to 4."""


class TicketMapping(TomlSection):
    """How tickets of another tool become visits."""

    format: Literal["dispatch-mapping/1"]
    like: str = ""
    """Name of a bundled mapping whose sections hold where this one says nothing; empty: none."""
    title: Identifier
    id_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,20}$")] = ""
    """Before each id, where several tools number their tickets from 1."""
    markup: bool = False
    """Whether texts are HTML."""
    as_written: bool = False
    """Whether ids stay as they are, and values that `values` does not list as well: for files that
    people write by hand. Columns may then be missing without a warning."""
    date_order: Literal["day", "month"] | None = None
    """Which is first in 05/11/2026; none: what the dates of a file show."""
    columns: dict[str, _Names]
    """Headings of each field; of several in a file, the first that is not empty counts."""
    api: dict[str, Identifier] = Field(default_factory=dict)
    """"table.field" of GLPI's search options that means each field."""
    constants: dict[str, _Text] = Field(default_factory=dict)
    """The value of a cell that is empty or missing."""
    values: dict[str, dict[str, _Text]] = Field(default_factory=dict)
    """What the values of a field mean; a value that is not listed is a fault."""
    passed_over: dict[str, _Names] = Field(default_factory=dict)
    """Values with which a ticket is not read at all, such as a status "closed"."""
    entities: dict[str, _Text] = Field(default_factory=dict)
    """INSEE code, or "metropole", of an entity; communes are known by their names."""
    categories: Annotated[tuple[Category, ...], Strict(False)] = ()

    @property
    def rested_on(self) -> frozenset[str]:
        """Return the fields that rules of the mapping rest on."""
        ruled = {*self.values, *self.passed_over}
        ruled |= {"entity"} if self.entities else set()
        return frozenset(ruled | ({"category"} if self.categories else set()))

    def category_of(self, path: str) -> Category | None:
        """Return the first entry that fits a category, or None."""
        within = f"_{normalised(path)}_"
        for entry, words in self._words:
            if any(word in within for word in words):
                return entry
        return None

    @cached_property
    def _words(self) -> list[tuple[Category, tuple[str, ...]]]:
        """Return the words of each entry as they stand in a path: `_wi_fi_`; of "*", `_`."""
        return [
            (entry, tuple("_" if word == ANY else f"_{normalised(word)}_" for word in entry.words))
            for entry in self.categories
        ]


def own_format() -> TicketMapping:
    """Return the mapping of files of visits as docs/formats.md describes them."""
    columns = {name: (name, *others) for name, others in VISIT_COLUMNS.names.items()}
    columns |= {"status": STATUS_HEADINGS}
    glpi = read_mapping(GLPI_MAPPING)
    priorities = glpi.values["priority"].items()
    return TicketMapping(
        format="dispatch-mapping/1",
        title="visits",
        as_written=True,
        columns=columns,
        # Numbers are GLPI's own; here they mean themselves.
        values={"priority": {word: ours for word, ours in priorities if not word.isdigit()}},
        passed_over={
            "status": tuple(word for word in glpi.passed_over["status"] if not word.isdigit())
        },
    )


def chosen_mapping(
    headings: Iterable[str], own: TicketMapping, skills: Collection[str] = ()
) -> TicketMapping:
    """
    Return the mapping that a file's headings ask for, where nobody named one.

    Parameters
    ----------
    headings
        Of the file.
    own
        The format of files of visits, which a file has that says how long each visit takes.
    skills
        Those that exist.

    Returns
    -------
    mapping
        The format of files of visits; GLPI's, where every column is there that its rules rest on;
        or that of tables of offices and other exports.
    """
    found = {normalised(heading) for heading in headings}

    def holds(mapping: TicketMapping, name: str) -> bool:
        return not found.isdisjoint(map(normalised, mapping.columns.get(name, ())))

    if holds(own, "duration_min"):
        return own
    glpi = read_mapping(GLPI_MAPPING, skills)
    if all(holds(glpi, name) for name in ("id", *glpi.rested_on)):
        return glpi
    return read_mapping(OFFICE_MAPPING, skills)


def read_mapping(name: str | Path, skills: Collection[str] = ()) -> TicketMapping:
    """
    Read a mapping.

    Parameters
    ----------
    name
        Name of a bundled mapping ("glpi"), or the path of a file.
    skills
        Those that exist.

    Raises
    ------
    InputError
        When it cannot be read or contradicts itself; every fault, with line and column.
    """
    path = located(str(name))
    text = read_text(path, max_mb=MAX_MB)
    document = parse_toml(text, path.name)
    faults = []
    for where, value, message in _contradictions(document, set(skills)):
        line, column = locate(text, where, "toml") or (None, None)
        faults.append(Fault(path.name, path_text(where), value, message, line, column))
    try:
        mapping = TicketMapping.model_validate(_joined(document, path.name))
    except ValidationError as error:
        faults += faults_of(error, path.name, text, "toml")
        raise InputError(_sorted(faults)) from error
    if faults:
        raise InputError(_sorted(faults))
    return mapping


def _joined(document: Mapping[str, Any], source: str) -> dict[str, Any]:
    """
    Return a mapping's document with what it takes over from the one that it is like.

    Headings of a field are added to those of the other; words of values, constants and entities
    likewise, its own coming first. Its categories take the place of the other's.
    """
    like = document.get("like", "")
    if not isinstance(like, str) or not like:
        return dict(document)
    if not _BUNDLED_NAME.fullmatch(like):
        raise InputError.one(source, "names no bundled mapping; choose one", value=like)
    path = located(like)
    base = parse_toml(read_text(path, max_mb=MAX_MB), path.name)
    if base.get("like"):
        raise InputError.one(
            source, f"is like {like}, which is like another; name that", value=like
        )
    joined = {**base, **document}
    for section in ("columns", "passed_over"):
        own, other = _group(document, section), _group(base, section)
        joined[section] = {
            name: list(dict.fromkeys([*_list(own.get(name)), *_list(other.get(name))]))
            if isinstance(value, list)
            else value
            for name, value in {**other, **own}.items()
        }
    for section in ("constants", "entities", "api"):
        joined[section] = {**_group(base, section), **_group(document, section)}
    values = {**_group(base, "values"), **_group(document, "values")}
    joined["values"] = {
        name: {**_group(_group(base, "values"), name), **found}
        if isinstance(found, dict)
        else found
        for name, found in values.items()
    }
    return joined


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _sorted(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))


def located(name: str) -> Path:
    """
    Return the path of a mapping by the name of a bundled one, or by its own path.

    Raises
    ------
    InputError
        When the name is not that of a bundled one.
    """
    if not _BUNDLED_NAME.fullmatch(name) or Path(name).exists():
        return Path(name)
    folder = data_path(FOLDER)
    if (folder / f"{name}.toml").exists():
        return folder / f"{name}.toml"
    known = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
    message = f"there is neither such a file nor a bundled mapping; bundled: {known}"
    raise InputError.one(SOURCE, message, value=name)


_Contradiction = tuple[tuple[str | int, ...], str | None, str]


def _contradictions(document: Mapping[str, Any], skills: set[str]) -> Iterator[_Contradiction]:
    """Yield faults that pydantic does not find: path, value, message."""
    for section in ("columns", "api", "constants", "values", "passed_over"):
        for field in _group(document, section):
            if field not in FIELDS:
                message = f"no such field; choose among {', '.join(sorted(FIELDS))}"
                yield (section, field), None, message
    for field, headings in _group(document, "columns").items():
        for index, heading in enumerate(headings if isinstance(headings, list) else []):
            if isinstance(heading, str) and announces_person(heading):
                message = "this column holds personal data, which is never read; remove it"
                yield ("columns", field, index), heading, message
    for field, column in _group(document, "api").items():
        if isinstance(column, str) and column.startswith("glpi_users."):
            message = "this column holds personal data, which is never read; remove it"
            yield ("api", field), column, message
    for section in ("columns", "api"):
        taken_over = bool(document.get("like"))
        if _group(document, section) and "id" not in _group(document, section) and not taken_over:
            yield (section,), None, "says nothing of `id`, by which tickets are told apart; add it"
    found = document.get("categories")
    for index, entry in enumerate(found if isinstance(found, list) else []):
        words = entry.get("words") if isinstance(entry, dict) else None
        for number, word in enumerate(words if isinstance(words, list) else []):
            if isinstance(word, str) and word != ANY and not normalised(word):
                message = "holds neither letter nor digit, so it would fit anything; write a word"
                yield ("categories", index, "words", number), word, message
        named = entry.get("skills") if isinstance(entry, dict) else None
        for number, skill in enumerate(named if isinstance(named, list) else []):
            if skills and isinstance(skill, str) and skill not in skills:
                message = f"no such skill; choose among {', '.join(sorted(skills))}"
                yield ("categories", index, "skills", number), skill, message


def announces_person(heading: str) -> bool:
    """Return whether a heading has a word for personal data."""
    return not PERSONAL_WORDS.isdisjoint(normalised(heading).split("_"))


def _group(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}
