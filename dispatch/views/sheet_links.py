"""Links from the pages to the sheets. The sheets are made later, so links enter a written page.

A page has a place for the links of each centre, between two comments. No text can hold
such a comment, as every `<` of a text is an entity.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from dispatch.views.escape import page_environment
from dispatch.wording.catalogue import catalogue
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping


# The key is the file name of a centre's page: letters, digits, `-`, `_` and `.`.
_ROOM = re.compile(r"<!--sheets (?P<key>[A-Za-z0-9_.-]+)-->.*?<!--/sheets-->", re.DOTALL)
_LANG = re.compile(r'<html lang="([a-z]{2})">')


def sheet_links(key: str, sheets: Mapping[str, str], lang: str) -> Markup:
    """
    Return the place for a centre's links, with the links.

    Parameters
    ----------
    key
        The file name of the centre's page.
    sheets
        Addresses relative to the page, by the words of the link; none: the place is empty.
    lang
        The language.
    """
    module = page_environment().get_template("sheet_links.html").module
    links = Markup(module.links(sheets, catalogue(lang)))  # type: ignore[attr-defined] # noqa: S704, RUF100
    return Markup(f"<!--sheets {key}-->{links}<!--/sheets-->")


def with_sheets(page: str, sheets: Mapping[str, Mapping[str, str]]) -> str:
    """
    Return a page, an index or a centre's, with links to sheets; all else stays as it is.

    Parameters
    ----------
    page
        A page as it was written.
    sheets
        As in `sheet_links`, by key; places of other keys stay as they are.

    Raises
    ------
    ValueError
        When the page is in a language without words.
    """
    found = _LANG.search(page)
    lang = found[1] if found else DEFAULT

    def linked(room: re.Match[str]) -> str:
        key = room["key"]
        return sheet_links(key, sheets[key], lang) if key in sheets else room[0]

    return _ROOM.sub(linked, page)
