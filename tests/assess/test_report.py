"""The report and the files: whole, French, safe, and showing the figures that were found."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch.assess.choice import bundled_splits, chosen_splits
from dispatch.assess.files import (
    RESULT_FILE,
    assessment_markdown,
    table_csv,
    write_assessment,
)
from dispatch.assess.rank import Field
from dispatch.assess.report import assessment_page
from dispatch.assess.result import Assessment
from dispatch.assess.scenarios import Scenario
from dispatch.assess.words import verdicts
from dispatch.errors import InputError
from dispatch.folder.write import NetworkUsed
from dispatch.splits.split import Split
from dispatch.territory import read_communes
from tests.support.browser_tools import DESK, PHONE, chromium, visit
from tests.support.pages_fixture import HOSTILE
from tests.support.small_assess import made, small_service, two_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

HOUR = 3600
RNG = np.random.default_rng(3)
COMMUNES = read_communes()


def found_by_hand(names: tuple[str, str] = ("2019", "autre"), days: int = 12) -> Assessment:
    """Return an assessment of made-up days: the second split drives a tenth less, and shows it."""
    scenarios = [
        Scenario(name, each.service) for name, each in zip(names, two_scenarios(), strict=True)
    ]
    replays: dict[str, tuple] = {name: () for name in names}
    for day in range(days):
        hard = RNG.integers(3000, 5000, 5).tolist()
        for name, factor in zip(names, (10, 9), strict=True):
            replays[name] += tuple(
                made(
                    entry.id,
                    day,
                    [(3, travel * factor // 10, travel * 8, 3 * HOUR, 5 * HOUR)] * 2,
                    away=[300, 900, 1500],
                    undone=(0, 0, 0, day % 2),
                    cost_s=travel,
                )
                for entry, travel in zip(small_service().centres, hard, strict=True)
            )
    field = Field(
        RNG.uniform(8, 14, 300), RNG.uniform(1, 2, 300), {names[0]: (10.0, 1.5), names[1]: (9, 1.4)}
    )
    return Assessment(
        scenarios=tuple(scenarios),
        days=tuple(made("x", day, []).date for day in range(days)),
        replays=replays,
        communes=COMMUNES,
        judging=small_service().judging,
        network=NetworkUsed(name="bundled", approximate=True, sha256="0", attribution="© OSM"),
        seed=1,
        effort="quick",
        field=field,
    )


@pytest.fixture(scope="module")
def found() -> Assessment:
    """Return one assessment for the whole file."""
    return found_by_hand()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return one browser for the whole file."""
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", ["autre", HOSTILE], ids=["usual", "hostile"])
def test_the_report_opens_without_a_network_runs_nothing_and_fits(browser, tmp_path, name, size):
    """No dialog, no error, no request but the file itself; names letter by letter."""
    page = tmp_path / "rapport.html"
    page.write_text(assessment_page(found_by_hand(("2019", name))), encoding="utf-8")
    with visit(browser, page, size) as visitor:
        assert visitor.events == []
        assert visitor.requests == [page.as_uri()]
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert visitor.page.evaluate("document.documentElement.lang") == "fr"
        told = visitor.page.locator(".verdict h3 bdi").first.text_content()
        assert told is not None
        assert name.startswith(told.rstrip("…")[:50])


def test_the_report_shows_what_moved_and_says_what_it_rests_on(browser, tmp_path, found):
    """One commune hatched; a map a split; the approximation and the sampled demand named."""
    page = tmp_path / "rapport.html"
    page.write_text(assessment_page(found), encoding="utf-8")
    with visit(browser, page) as visitor:
        assert visitor.page.locator(".maps figure").count() == 2
        assert visitor.page.locator(".maps .moved").count() == 1
        changes = visitor.page.locator(".changes").all_text_contents()
        assert "Bègles (Sud → Rive droite)" in changes[1]
        text = visitor.page.locator("body").inner_text()
    for told in (
        "baisse démontrée à 95",
        "approximation",
        "Demande simulée",
        "Bonferroni",
        "estimation",
        "délibération 2019-782",
        "Courbe de Lorenz",
    ):
        assert told in text


def test_the_folder_holds_every_table_once_more(tmp_path, found):
    """CSV that a French spreadsheet opens, JSON without nan, Markdown; JSON last."""
    names = write_assessment(found, tmp_path)
    assert names[-1] == RESULT_FILE
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert {"rapport.html", "rapport.md", "centres.csv", "rangs.csv"} <= set(names)
    result = json.loads((tmp_path / RESULT_FILE).read_text(encoding="utf-8"))
    assert result["format"] == "dispatch-assess/1"
    text = (tmp_path / "comparaisons.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    told = {row["quantity"]: row for row in result["comparisons"]}
    for row in rows:
        expected = told[row["quantity"]]["difference"]
        assert float(row["difference"].replace(",", ".")) == pytest.approx(expected, rel=1e-5)
        assert row["verdict"] == told[row["quantity"]]["verdict"]
    assert "baisse démontrée à 95" in (tmp_path / "rapport.md").read_text(encoding="utf-8")


def test_the_same_figures_give_the_same_files(tmp_path, found):
    """Byte for byte."""
    for folder in ("a", "b"):
        write_assessment(replace(found), tmp_path / folder)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_no_name_becomes_a_formula_and_no_figure_a_text(found):
    """Negative numbers stay numbers."""
    table = found.comparisons.copy()
    table["split"] = "=1+1"
    text = table_csv(table)
    assert ";'=1+1" not in text
    assert "'=1+1;" in text
    assert ";-0," in text


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("less", "baisse démontrée"),
        ("more", "hausse démontrée"),
        ("equal", "équivalent, à moins de 1"),
        ("not_shown", "aucune différence démontrée à 95"),
        ("too_few_days", "trop peu de jours pour conclure"),
    ],
)
def test_each_verdict_has_its_plain_sentence(found, verdict, told):
    """What may be said, and no more."""
    table = found.comparisons.copy()
    table["verdict"] = verdict
    other = replace(found)
    other.__dict__["comparisons"] = table
    (said,) = verdicts(other)
    assert all(told in sentence for sentence in said["sentences"][:1])


def test_less_driving_for_more_visits_undone_is_no_gain(found):
    """The report warns of it."""
    table = found.comparisons.copy()
    table.loc[table["quantity"] == "undone", "verdict"] = "more"
    other = replace(found)
    other.__dict__["comparisons"] = table
    (said,) = verdicts(other)
    assert "ce n’est pas un gain" in said["sentences"][-1]


def test_a_split_of_other_collectivities_is_told_not_compared(found):
    """In a sentence of its own."""
    table = found.comparisons.copy()
    table["verdict"] = "other_demand"
    other = replace(found)
    other.__dict__["comparisons"] = table
    (said,) = verdicts(other)
    assert "aucune comparaison jour par jour" in said["sentences"][0]


# --- which splits ---


def test_without_a_name_the_bundled_splits_of_the_same_collectivities_are_taken():
    """The council's first; the one of 28 communes asks for other visits."""
    service = small_service()
    names = [split.name for split in chosen_splits((), service, COMMUNES)]
    assert names[0] == "2019"
    assert "28-communes" not in names
    assert "28-communes" in bundled_splits()


def test_a_split_is_named_by_path_or_by_bundled_name(tmp_path):
    """In the order given, each once."""
    path = tmp_path / "mien.csv"
    path.write_text(Split.of(small_service()).to_csv(COMMUNES), encoding="utf-8")
    found = chosen_splits([str(path), "nearest", "nearest"], small_service(), COMMUNES)
    assert [split.name for split in found] == ["mien", "nearest"]


def test_the_faults_of_all_splits_are_told_at_once(tmp_path):
    """A name that is neither file nor bundled, and a file without its communes."""
    path = tmp_path / "peu.csv"
    path.write_text("insee;centre\n33063;sud\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        chosen_splits(["nowhere", str(path)], small_service(), COMMUNES)
    text = str(caught.value)
    assert "no such bundled split" in text
    assert "33039" in text


def test_the_report_may_be_in_english(found):
    """The page and the summary; names of places and centres stay as they are."""
    page = assessment_page(found, "en")
    assert '<html lang="en">' in page
    assert "<h2>The load of the centres, day by day</h2>" in page
    for french in ("Découpage", "Visites", "Route", "techniciens", " par jour", "Temps de"):
        assert french not in page
    (said,) = verdicts(found, "en")
    assert said["sentences"][0].startswith("Driving time: decrease shown at 95% (")
    assert "## How many days are enough" in assessment_markdown(found, "en")
