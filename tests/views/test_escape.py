"""Tests of the one way from data to page."""

from __future__ import annotations

import html

import pytest
from folium.template import Template
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from dispatch.views.escape import cut, page_environment, page_text

# Any text that a page can hold: no control characters, no halves of pairs.
texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")))


def test_every_meaningful_character_becomes_its_number() -> None:
    """Each character that HTML, JavaScript or Jinja gives a meaning is an entity, once."""
    for character in "&<>\"'`${}\\%#\n\u2028\u2029":
        assert page_text(character) == f"&#{ord(character)};"


@given(texts)
def test_what_is_shown_is_what_was_given(text: str) -> None:
    """Reading the entities back gives the text, whatever it holds."""
    assert html.unescape(page_text(text)) == text


@given(texts)
def test_a_template_compiled_from_escaped_text_prints_it_unchanged(text: str) -> None:
    """What folium renders is compiled as Jinja once more; nothing in the text is run by it."""
    escaped = str(page_text(text))
    assert Template(escaped).render() == escaped


@given(st.text())
def test_no_character_with_a_meaning_is_left(text: str) -> None:
    """Beyond the entities' own & # and ;, nothing that HTML, script or Jinja reads is left."""
    assert not set("<>\"'`${}\\%\n\r\u2028\u2029") & set(page_text(text))


@given(st.text())
def test_escaped_text_can_be_written_as_utf8(text: str) -> None:
    """Control characters and halves of pairs, which no page can hold, are replaced."""
    page_text(text).encode("utf-8")


def test_half_a_pair_and_a_null_become_replacement_characters() -> None:
    """What cannot be written is shown as such, not dropped."""
    assert page_text("a\ud800b\x00c") == "a\ufffdb\ufffdc"


def test_text_that_is_escaped_already_is_not_escaped_twice() -> None:
    """Markup of ours passes unchanged."""
    assert page_text(page_text("<")) == "&#60;"


def test_long_text_ends_in_an_ellipsis_within_its_limit() -> None:
    """A text is cut before it is escaped, so that no entity is cut in two."""
    assert page_text("<<<<", 3) == "&#60;&#60;…"
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abc…"


@pytest.mark.slow
def test_every_value_of_a_template_is_escaped_without_being_asked() -> None:
    """A template of ours cannot forget: its environment escapes each value."""
    template = page_environment().from_string('<p title="{{ a }}">{{ a }}</p>{{ b }}')
    shown = template.render(a='{{7*7}}"', b=Markup("<br>"))
    once = "&#123;&#123;7*7&#125;&#125;&#34;"
    assert shown == f'<p title="{once}">{once}</p><br>'
