"""The one way from data to page: any text becomes characters that nothing can run.

What folium renders is compiled again as a Jinja template, and lands in script, in
HTML and in attributes. So every character that means something to any of them is
written as a numeric entity, once, here; no other function turns data into page.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

ELLIPSIS = "…"
REPLACEMENT = "\ufffd"

# HTML: & < > " '   JavaScript: ' " ` $ \ and line ends   Jinja: { } % #
_MEANINGFUL = "&<>\"'`${}\\%#\n\u2028\u2029"
# HTML reads a lone carriage return as a line feed, and a tab as a space.
_KEPT = "\r\t"
# No page can hold these: HTML has no way to write them, UTF-8 has none for half a pair.
_UNWRITABLE = (*range(0x00, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_TABLE = dict.fromkeys(_UNWRITABLE, REPLACEMENT) | {
    ord(character): f"&#{ord(character)};" for character in _MEANINGFUL + _KEPT
}


def cut(text: str, limit: int) -> str:
    """
    Return a text of at most `limit` characters, its end replaced by "…" where it is longer.

    Parameters
    ----------
    text
        Any text.
    limit
        Most characters, the ellipsis included; at least 1.
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def page_text(value: object, limit: int | None = None) -> Markup:
    """
    Return a value as text for a page: shown as it is, run by nothing.

    It may stand between tags, in a quoted attribute, in a JavaScript string of any quotes,
    and may be compiled as a Jinja template. What is `Markup` already passes unchanged, so
    that no text is escaped twice.

    Parameters
    ----------
    value
        What to show; anything but text is shown as `str` writes it.
    limit
        Most characters shown; longer text ends in "…". None: all of it.
    """
    if isinstance(value, Markup):
        return value
    text = str(value)
    return Markup((text if limit is None else cut(text, limit)).translate(_TABLE))


@cache
def page_environment() -> Environment:
    """
    Return the Jinja environment of the pages, where every value passes through `page_text`.

    Its templates are the package's own (`dispatch/views/assets`). `value|short(n)` cuts a text
    to n characters; a name that is missing raises.
    """
    environment = Environment(
        loader=PackageLoader("dispatch.views", "assets"),
        # `finalize` escapes every value; `autoescape` makes what macros return pass it unchanged.
        autoescape=True,
        finalize=page_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = page_text
    return environment
