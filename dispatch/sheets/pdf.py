"""The printed sheets of a centre: one tagged PDF, an overview and a page or two a technician.

The page is HTML from escaped text, set by WeasyPrint, which may fetch nothing. The file
holds no time of creation, so that the same day gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import PackageLoader
from markupsafe import Markup

from dispatch.errors import InputError
from dispatch.sheets import gantt, ground
from dispatch.sheets.place import qr_path
from dispatch.sheets.texts import few_lines, one_line
from dispatch.views.escape import page_environment
from dispatch.wording.formats import long_date
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment
    from weasyprint import Document

    from dispatch.sheets.content import Content
    from dispatch.sheets.ground import Ground

# Liberation Sans, Arimo and Arial are as wide as each other: a sheet breaks alike on any system.
# DejaVu Sans has the letters that they lack.
FONTS = "Liberation Sans, Arimo, Arial, DejaVu Sans, sans-serif"
PDF_VARIANT = "pdf/ua-1"
# Tenths of a millimetre on paper. A map is as high as its sheet's pages leave room for.
MAP_WIDTH = 1900
MAP_LEAST, MAP_MOST, MAP_OF_TWO_PAGES = 470, 880, 740
# What a stop takes on a page, so that a larger map moves one to the next page, and not beyond.
STOP_ROOM = 450
PAGE_BOTTOM = 2840
TENTH_MM_PER_PX = 254 / 96
SOURCE = "PDF"
NO_PANGO = (
    "PDFs need the system library Pango; install it (Debian and Ubuntu: libpango-1.0-0 "
    "libpangoft2-1.0-0 libharfbuzz-subset0, and fonts-liberation fonts-dejavu-core; other systems: "
    "docs/install.md), then ask again"
)


def sheets_html(
    content: Content, land: Ground, heights: Sequence[int] = (), *, draw: bool = True
) -> str:
    """
    Return the page behind a centre's PDF.

    Parameters
    ----------
    content
        What the sheets say.
    land
        The land under the rounds.
    heights
        Of each round's map (tenths of a millimetre); none: the least.
    draw
        Whether figures are drawn, or only take their room.
    """
    rounds = content.rounds
    heights = heights or [MAP_LEAST] * len(rounds)
    words = content.words
    title = f"{words.sheets.plan_of} – {words.pages.centre} {content.day.centre.name}"
    return (
        _environment()
        .get_template("sheets.html")
        .render(
            c=content,
            draw=draw,
            w=words.pages,
            s=words.sheets,
            say=Speech(content.lang),
            title=one_line(f"{title} – {long_date(content.day.problem.date, content.lang)}", 160),
            css=Markup(_css()),
            font=FONTS,
            figures=content.day.plan.summary(),
            rounds=rounds,
            charts=[
                ground.round_map(content.day, itinerary, land, width=MAP_WIDTH, height=height)
                for itinerary, height in zip(rounds, heights, strict=True)
            ],
            gantts=gantt.gantts(rounds),
            idle=content.idle,
            undone=content.undone,
            line=one_line,
            lines=few_lines,
            codes=lambda ticket: qr_path(content.link(ticket)),
        )
    )


def sheets_pdf(content: Content, land: Ground) -> bytes:
    """
    Return a centre's sheets as a PDF: A4, tagged (PDF/UA-1), its language and title set.

    The pages are laid out twice: with the smallest maps, which shows how many pages each round
    needs at least, and with maps as high as these pages have room for.

    Parameters
    ----------
    content, land
        As in `sheets_html`.

    Raises
    ------
    InputError
        When the system library Pango is missing.
    """
    first = _laid_out(sheets_html(content, land, draw=False))
    heights = _map_heights(first, len(content.rounds))
    final = _laid_out(sheets_html(content, land, heights))
    written: bytes = final.write_pdf(pdf_variant=PDF_VARIANT)
    return written


def _laid_out(html: str) -> Document:
    try:
        import weasyprint
    except OSError as error:
        raise InputError.one(SOURCE, NO_PANGO) from error
    page = weasyprint.HTML(string=html, url_fetcher=fetch_nothing)
    return page.render(pdf_variant=PDF_VARIANT)


def _map_heights(document: Document, rounds: int) -> list[int]:
    """Return how high each round's map may be without a page more than with the least."""
    found = {
        name: (number, spot[1] * TENTH_MM_PER_PX)
        for number, page in enumerate(document.pages)
        for name, spot in page.anchors.items()
    }
    heights = []
    for rank in range(rounds):
        (first, _), (last, bottom) = found[f"round-{rank}"], found[f"end-{rank}"]
        room = int(PAGE_BOTTOM - bottom)
        if first == last:
            heights.append(max(MAP_LEAST, min(MAP_MOST, MAP_LEAST + room)))
        else:
            spare = room > MAP_OF_TWO_PAGES - MAP_LEAST + STOP_ROOM
            heights.append(MAP_OF_TWO_PAGES if spare else MAP_LEAST)
    return heights


def fetch_nothing(url: str, *_: Any, **__: Any) -> None:  # noqa: ANN401 - whatever is asked
    """Refuse to fetch anything, from the network or the disk."""
    msg = f"sheets fetch nothing, and were asked for {url[:80]!r}"
    raise ValueError(msg)


@cache
def _environment() -> Environment:
    return page_environment().overlay(loader=PackageLoader("dispatch.sheets", "assets"))


@cache
def _css() -> str:
    text = resources.files("dispatch.sheets").joinpath("assets/sheets.css")
    families = ", ".join(f'"{name}"' if " " in name else name for name in FONTS.split(", "))
    return text.read_text(encoding="utf-8").replace("FONTS", families)
