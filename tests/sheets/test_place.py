"""What opens a stop in a phone's map."""

from __future__ import annotations

import pytest
import segno
from pydantic import ValidationError

from dispatch.service.sections import SheetSettings
from dispatch.service.service import read_service
from dispatch.sheets.place import QUIET, place_link, position, qr_path


def test_the_link_is_the_services(tmp_path):
    """The bundled one opens on both kinds of phones; another may be named; five decimals."""
    bundled = read_service().sheets
    link = "https://www.google.com/maps/search/?api=1&query=44.80600,-0.63200"
    assert place_link(bundled, 44.806, -0.632) == link
    assert (
        place_link(SheetSettings(place_link="geo:{lat},{lon}"), 44.8, -0.6)
        == "geo:44.80000,-0.60000"
    )
    assert position(44.806, -0.6320004) == "44.80600, -0.63200"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert({lat},{lon})", "http://x/{lat},{lon}", "https://x/{lat}",
        "https://x/{lat},{lat},{lon}", "https://x/ {lat},{lon}", "https://é/{lat},{lon}", "",
    ],
)  # fmt: skip
def test_a_link_that_phones_should_not_open_is_refused(link):
    """Neither code nor an open connection; both coordinates, once each."""
    with pytest.raises(ValidationError):
        SheetSettings(place_link=link)


def test_a_code_is_drawn_as_it_is_encoded():
    """The path covers just the dark modules, within four modules of white."""
    text = "https://example.org/?q=44.80600,-0.63200"
    path, side = qr_path(text)
    drawn = set()
    for run in path.removeprefix("M").split("M"):
        start, _, rest = run.partition("h")
        x, y = map(int, start.split())
        drawn |= {(x + k, y) for k in range(int(rest.split("v")[0]))}
    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    dark = {(x + QUIET, y + QUIET) for y, row in enumerate(rows) for x, d in enumerate(row) if d}
    assert drawn == dark
    assert side == len(rows) + 2 * QUIET
