"""A whole HTML page in one file, with its styles and scripts inside; nothing else may load.

The Content-Security-Policy lists the digest of each style and script, so that even a
text that escaped the escaping runs nothing and fetches nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from dispatch.views.escape import page_environment

if TYPE_CHECKING:
    from collections.abc import Sequence


@cache
def asset(name: str) -> str:
    """Return the text of a file of ours under `dispatch/views/assets`."""
    return resources.files("dispatch.views").joinpath(f"assets/{name}").read_text(encoding="utf-8")


def document(
    body: Markup,
    *,
    title: str,
    lang: str,
    kind: str,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    image_sources: Sequence[str] = (),
) -> str:
    """
    Return a complete page.

    Parameters
    ----------
    body
        The content of the body, already escaped.
    title
        Title of the window; any text.
    lang
        Language of the page.
    kind
        CSS class of the body.
    styles, scripts
        Texts of ours or of a library's, put in as they are.
    image_sources
        Origins of map tiles, if any; nothing else may be fetched.

    Raises
    ------
    ValueError
        When a style or script holds its own closing tag, and so would end early.
    """
    for tag, texts in (("</style", styles), ("</script", scripts)):
        if any(tag in text.lower() for text in texts):
            msg = f"a text to inline holds {tag!r}; it would end there"
            raise ValueError(msg)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digests(scripts)}",
            f"style-src {_digests(styles)}",
            " ".join(["img-src data:", *image_sources]),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return (
        page_environment()
        .get_template("frame.html")
        .render(
            lang=lang,
            # The digests' own characters mean nothing in a quoted attribute.
            policy=Markup(policy),
            title=title,
            kind=kind,
            styles=[Markup(text) for text in styles],
            scripts=[Markup(text) for text in scripts],
            body=body,
        )
    )


def _digests(texts: Sequence[str]) -> str:
    """Return the sources of a security policy that allow these texts and no others."""
    if not texts:
        return "'none'"
    return " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in texts
    )
