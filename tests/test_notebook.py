"""What a notebook shows: whole pages in frames, which reach nothing around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from dispatch.assess.choice import bundled_splits
from dispatch.demand import sample_day
from dispatch.errors import InputError
from dispatch.model.day import problem_of, share_out
from dispatch.notebook import LINE, MAP, MAPS_A_ROW, ROW, Page, show_day, show_splits
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.splits.reading import read_split
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router
from dispatch.territory import read_communes
from tests.support.pages_fixture import HOSTILE

pytestmark = pytest.mark.slow


class Frames(HTMLParser):
    """The tags of a text, with their attributes as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def council():
    """Return the split of 2019."""
    return read_split(bundled_splits()["2019"], read_service(), name="2019")


def test_a_page_arrives_in_its_frame_letter_by_letter():
    """Whatever it holds; nothing of it becomes part of the notebook."""
    html = f'<!DOCTYPE html><p title="a\'b">{HOSTILE}</p>\n<script>1 < 2 && `${{x}}`</script>'
    frames = Frames(Page(html)._repr_html_())
    [(tag, attributes)] = frames.tags
    assert tag == "iframe"
    assert attributes["srcdoc"] == html


def test_a_page_in_a_frame_cannot_act_as_the_notebook():
    """It may run its own script, without the notebook's origin."""
    [(_, attributes)] = Frames(Page("<p>", height_px=300, width_px=400)._repr_html_()).tags
    allowed = attributes["sandbox"].split()
    assert "allow-scripts" in allowed
    assert "allow-same-origin" not in allowed
    assert "height:300px" in attributes["style"]
    assert "max-width:400px" in attributes["style"]


def test_a_commune_that_moves_is_hatched_named_and_told(council):
    """Le Bouscat, from Ouest-Sud to Ouest-Nord."""
    moved = replace(council, name="mine", centre_of=council.centre_of | {"33069": "ouest-nord"})
    page = show_splits([council, moved])
    hatched = [
        attributes["href"]
        for tag, attributes in Frames(page.html).tags
        if tag == "use" and attributes["class"] == "moved"
    ]
    assert hatched == ["#land-33069"]
    assert "<bdi>Le Bouscat</bdi> (<bdi>Ouest-Sud</bdi> → <bdi>Ouest-Nord</bdi>)" in page.html
    assert page.width_px == 2 * MAP
    assert page.height_px == ROW + LINE


def test_more_maps_than_fit_in_a_row_begin_another(council):
    """The frame is as high as its rows."""
    page = show_splits([replace(council, name=str(n)) for n in range(MAPS_A_ROW + 1)])
    assert page.height_px == 2 * ROW
    assert page.width_px == MAPS_A_ROW * MAP


def test_a_hostile_name_of_a_split_is_only_text(council):
    """It is shown, and opens no tag."""
    plain = {tag for tag, _ in Frames(show_splits([council]).html).tags}
    page = show_splits([replace(council, name=HOSTILE)])
    assert {tag for tag, _ in Frames(page.html).tags} <= plain
    assert "1337" not in page.html


def test_no_split_is_told():
    """There is nothing to draw."""
    with pytest.raises(InputError, match="name at least one"):
        show_splits([])


def test_a_day_is_shown_with_its_rounds_and_leads_to_no_index():
    """The centre's own page; the index of all centres is not beside a notebook."""
    service, communes = read_service(), read_communes()
    day, router = date(2026, 11, 25), Router(load_network("bundled"))
    tickets = sample_day(service, communes, day, seed=1)
    work = share_out(service.territory(communes), tickets, service.roster)["rive-droite"]
    problem = problem_of(work, day, service, communes, router)
    plan = solve(problem, "quick")
    html = show_day(work, problem, plan, service=service, communes=communes, router=router).html
    assert "Centre Rive droite" in html
    assert all(round_.technician in html for round_ in plan.rounds)
    assert plan.rounds
    assert "Échantillon" in html
    assert "index.html" not in html
