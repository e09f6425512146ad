"""Every language has every word, with the same `{names}`, and every word is used."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

import dispatch
from dispatch.errors import InputError
from dispatch.wording import languages as known
from dispatch.wording.catalogue import catalogue, placeholders
from dispatch.wording.languages import DEFAULT, languages
from dispatch.wording.shape import Catalogue

pytestmark = pytest.mark.slow

PACKAGE = Path(dispatch.__file__).parent


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return a copy of the languages' folder, which the program then reads."""
    copy = tmp_path / "wording"
    copy.mkdir()
    for path in known.FOLDER.glob("*.toml"):
        shutil.copy(path, copy)
    monkeypatch.setattr(known, "FOLDER", copy)
    return copy


def words_of(section: type[BaseModel], prefix: str = "") -> list[tuple[str, str]]:
    """Return every word of a section: its path and its own name."""
    found = []
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += words_of(kind, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", name))
    return found


@pytest.mark.parametrize("lang", languages())
def test_a_language_has_every_word_and_none_is_empty(lang):
    """Reading it is what checks that; French and English are there."""
    assert set(languages()) >= {"fr", "en"}
    words = catalogue(lang)
    assert placeholders(words) == placeholders(catalogue(DEFAULT))
    texts = [text for text in re.findall(r"='(.*?)'", repr(words))]
    assert texts
    assert all(text.strip() for text in texts)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('skip = "Skip to the tables"\n', "", r"en\.toml: pages\.skip: Field required"),
        ("[player]\n", '[player]\nhello = "x"\n', r"player\.hello: Extra inputs"),
        ("{n} visits found", "{m} visits found", r"player\.found_many: has \{m\}, not \{n\}"),
        ("[player]\n", "[player\n", r"en\.toml"),
    ],
)
def test_a_spoilt_language_is_refused_by_the_word(folder, old, new, fault):
    """A word that misses, one too many, another name in a word, and what is no TOML."""
    path = folder / "en.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        catalogue("en")


def test_an_unknown_language_is_refused_with_those_that_there_are():
    """The error names the culprit and the choice."""
    with pytest.raises(ValueError, match=r"'de'.*fr, en"):
        catalogue("de")


def test_no_path_is_taken_for_a_language():
    """A language is a code, never a way out of the folder."""
    with pytest.raises(ValueError, match="no words in language"):
        catalogue("../wording/fr")


# How code and pages name the words of a section, beside by its own name ("pages.skip"); data names
# those of the last ones: the code of a reason, the key of a column.
NAMED = {
    "pages": "w|text|words", "player": "p|words", "sheets": "s", "assess": "a|words",
    "resplit": "r|words", "split_maps": "m|words", "chances": "h|words",
}  # fmt: skip
NAMED_BY_DATA = {
    "reasons", "details", "workbook", "pages.download", "changes", "explanations.obstacles",
    "explanations.attempts", "assess.quantities", "assess.balanced", "assess.kinds",
}  # fmt: skip


def test_every_word_is_used():
    """A word that no code and no page names is dead."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".html", ".js"}
        # The other modules of the folder only say which words there are.
        if path.parent.name != "wording" or path.stem in {"formats", "phrases"}
    )
    # "a.b" and "b.c" of "a.b.c": each once, for some thousand words to be looked up.
    named = set(re.findall(r"\b(?=(\w+\.\w+)\b)", code))
    assert [path for path, _ in words_of(Catalogue) if not is_used(path, code, named)] == []


def is_used(path: str, code: str, named: set[str]) -> bool:
    """Return whether code names a word, by its section or one of the section's other names."""
    section, _, word = path.rpartition(".")
    if path.startswith(tuple(NAMED_BY_DATA)):
        return f'"{word.removesuffix("_")}"' in code or f".changes.{word}" in code
    if section in {"nights_plot", "roads_plot"} and f'"{word.replace("_", " ")}"' in code:
        return True
    names = [section.rpartition(".")[2], *NAMED.get(section, "words").split("|")]
    if section == "player" and word.startswith("state_"):
        return f'"{word.removeprefix("state_")}"' in code
    return any(f"{name}.{word}" in named for name in names if name)


def test_every_word_that_a_template_names_exists():
    """A template that names a missing word would fail on the night it is first shown."""
    sections = {
        "w": "pages", "p": "player", "s": "sheets",
        "a": "assess", "r": "resplit", "m": "split_maps", "h": "chances",
    }  # fmt: skip
    there = {path for path, _ in words_of(Catalogue)}
    named = {
        f"{sections[section]}.{word}"
        for template in PACKAGE.rglob("*.html")
        for section, word in re.findall(
            r"(?<![\w.])([wpsarmh])\.([a-z_]+)(?=[ |)])", template.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 50
    assert named <= there
