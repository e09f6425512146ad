"""What the report says in sentences: verdicts, and what the figures rest on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dispatch.wording.catalogue import catalogue
from dispatch.wording.figures import Figures
from dispatch.wording.formats import NO_BREAK_SPACE
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.assess.result import Assessment
    from dispatch.wording.reports import AssessVerdicts


def verdicts(found: Assessment, lang: str = DEFAULT) -> list[dict[str, Any]]:
    """
    Return what may be said of each split against the reference: name, headline, sentences.

    The headline says whether the road time differs; a caution follows where it falls because
    visits are left undone.
    """
    told = []
    table = found.comparisons
    for scenario in found.scenarios[1:]:
        rows = {
            str(row["quantity"]): {str(key): value for key, value in row.items()}
            for row in table[table["split"] == scenario.name].to_dict(orient="records")
        }
        told.append(
            {
                "split": scenario.name,
                "sentences": _sentences(rows, found, lang),
                "css": rows["travel_h"]["verdict"],
            }
        )
    return told


def _sentences(rows: Mapping[str, Mapping[str, Any]], found: Assessment, lang: str) -> list[str]:
    words, write = catalogue(lang).assess.verdicts, Figures(lang)
    road, undone = rows["travel_h"], rows["undone"]
    if road["verdict"] == "other_demand":
        return [
            words.other_demand,
            words.other_demand_figures.format(
                road=write.number(road["mean"]), undone=write.number(undone["mean"])
            ),
        ]
    said = _Verdicts(words, write, found.judging.confidence, found.judging.margin)
    sentences = [
        said.sentence(road, words.road, digits=1, unit=words.road_unit),
        said.sentence(undone, words.undone, digits=1, unit=words.undone_unit),
        said.sentence(rows["workload_max_over_mean"], words.workload, digits=2),
    ]
    if road["verdict"] == "less" and undone["verdict"] == "more":
        sentences.append(words.no_gain)
    elif undone["verdict"] == "more":
        sentences.append(words.worse)
    return sentences


class _Verdicts:
    """Says of one quantity what may be said of it."""

    def __init__(
        self, words: AssessVerdicts, write: Figures, confidence: float, margin: float
    ) -> None:
        self.words, self.write = words, write
        self.sure = write.percent(confidence, 0)
        self.margin = write.percent(margin, 0)

    def sentence(self, row: Mapping[str, Any], subject: str, *, digits: int, unit: str = "") -> str:
        """Return the verdict on a quantity, with its figures."""
        words, write = self.words, self.write
        after = f"{NO_BREAK_SPACE}{unit}" if unit else ""
        before = write.number(row["reference_mean"], digits)
        change = f"{write.signed(row['difference'], digits)}{after}"
        relative = row["relative"]
        if relative is not None and math.isfinite(relative):
            change = words.relative.format(change=change, relative=write.signed_percent(relative))
        interval = words.no_interval
        if math.isfinite(row["low"]):
            low, high = (write.signed(row[end], digits + 1) for end in ("low", "high"))
            interval = words.interval.format(low=low, high=high)
        verdict = row["verdict"]
        if verdict == "equal" and not row["difference"]:
            verdict = "identical"
        word = {
            "less": words.less,
            "more": words.more,
            "equal": words.equal,
            "identical": words.identical,
            "too_few_days": words.too_few_days,
        }.get(verdict, words.not_shown)
        return word.format(
            subject=subject,
            sure=self.sure,
            margin=self.margin,
            change=change,
            interval=interval,
            means=f"{before} → {write.number(row['mean'], digits)}{after}",
        )


def basis(found: Assessment, lang: str = DEFAULT) -> list[str]:
    """Return what the figures rest on, in sentences: demand, rounds, roads, intervals."""
    words, count = catalogue(lang).assess.grounds, len(found.days)
    days = words.days.format(count=count) if count > 1 else words.day
    first, last = (f"{day:%d/%m/%Y}" for day in (found.days[0], found.days[-1]))
    roads = (
        words.bundled
        if found.network.approximate
        else words.given.format(network=found.network.name)
    )
    sentences = [
        words.demand.format(days=days, first=first, last=last, seed=found.seed),
        words.rounds.format(effort=found.effort),
        roads,
        words.intervals.format(sure=Figures(lang).percent(found.judging.confidence, 0)),
        words.assumptions,
    ]
    if found.clocked:
        sentences.append(words.clocked.format(count=found.clocked))
    return sentences


def definitions(lang: str = DEFAULT) -> list[tuple[str, str]]:
    """Return the terms of the report, each with its meaning."""
    words = catalogue(lang).assess.definitions
    return [
        (words.load, words.load_meaning),
        (words.road_share, words.road_share_meaning),
        (words.from_centre, words.from_centre_meaning),
        (words.inequality, words.inequality_meaning),
        (words.equipment, words.equipment_meaning),
    ]
