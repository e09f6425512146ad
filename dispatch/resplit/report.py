"""The files of `dispatch resplit`: splits and front as CSV, JSON, a page, Markdown.

The page is a single printable file; every value goes through `escape.page_text`,
which the templates' environment applies.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dispatch.assess import pictures
from dispatch.assess.scenarios import Scenario
from dispatch.folder.write import write_file
from dispatch.resplit.front_chart import front_chart
from dispatch.resplit.words import findings, resplit_basis, resplit_verdict
from dispatch.views import palette
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment
from dispatch.wording import phrases
from dispatch.wording.catalogue import catalogue
from dispatch.wording.figures import Figures
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.resplit.proposal import Proposal
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

HOUR_S = 3600
# Most splits that are drawn as maps.
MAPS = 8
FRONT_COLUMNS = (
    "name", "cost_s", "bound_s", "proven_optimal", "travel_s", "workload_max_s", "balance",
    "poles_broken", "moved", "moved_visits_a_day",
)  # fmt: skip


def write_resplit(
    found: ResplitAnswer,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    folder: Path,
    lang: str = DEFAULT,
) -> list[str]:
    """
    Write every file of an answer; return their names.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    files = {
        f"splits/{each.split.name}.csv": each.split.to_csv(communes) for each in found.proposals
    }
    if found.front:
        files["front.csv"] = front_csv(found)
    files["resplit.json"] = json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n"
    files["rapport.md"] = resplit_markdown(found, communes, lang)
    files["rapport.html"] = resplit_page(found, service, communes, network, lang)
    for name, text in files.items():
        write_file(folder / name, text)
    # Delete the splits of an earlier answer, which would seem to belong to this one.
    for path in sorted((folder / "splits").glob("*.csv")):
        if f"splits/{path.name}" not in files and path.stem.split("-")[0] in ("front", "proche"):
            path.unlink()
    if not found.front:
        (folder / "front.csv").unlink(missing_ok=True)
    return list(files)


def front_csv(found: ResplitAnswer) -> str:
    """Return the front as CSV, one row a point, by rising cost."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FRONT_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for each in found.front:
        writer.writerow(each.to_dict() | {"moved": " ".join(each.moved)})
    return text.getvalue()


def resplit_page(
    found: ResplitAnswer,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    lang: str = DEFAULT,
) -> str:
    """Return the page: the answer, maps, the front, alternatives, the method."""
    words, write = catalogue(lang), Figures(lang)
    shown = _shown(found)
    scenarios = [Scenario(each.split.name, each.split.apply(service, communes)) for each in shown]
    body = Markup(  # noqa: S704, RUF100 - made by a template of ours
        page_environment()
        .get_template("resplit.html")
        .render(
            title=words.resplit.title,
            r=words.resplit,
            m=words.split_maps,
            w=words.pages,
            found=found,
            asked=found.criteria,
            verdict=resplit_verdict(found, lang),
            number=write.number,
            percent=write.percent,
            hour=HOUR_S,
            atlas=pictures.atlas(scenarios, communes, words.split_maps.metropole),
            rows=_rows(found, communes, lang),
            alternatives=[_row(each, found, communes, lang) for each in found.alternatives],
            findings=findings(found.best, service, communes, lang),
            chart=front_chart(found),
            basis=resplit_basis(found, network, lang),
            attribution=phrases.attribution(lang) if network.approximate else network.attribution,
        )
    )
    return document(
        body,
        title=words.resplit.title,
        lang=lang,
        kind="assess",
        styles=(palette.palette_css(), asset("page.css"), asset("assess.css")),
    )


def _shown(found: ResplitAnswer) -> list[Proposal]:
    """Return the splits that are drawn, each division once; the first is the reference."""
    chosen: list[Proposal] = []
    met = set()
    present = [found.present] if found.present else []
    for each in [*present, found.best, *found.front, *found.alternatives]:
        if each.split.partition not in met and len(chosen) < MAPS:
            met.add(each.split.partition)
            chosen.append(each)
    return chosen


def _row(
    each: Proposal, found: ResplitAnswer, communes: Mapping[str, Commune], lang: str
) -> dict[str, Any]:
    words = catalogue(lang).resplit
    reference = found.present or found.best
    return {
        "name": each.split.name,
        "travel_h": each.travel_s / HOUR_S,
        "change": each.travel_s / reference.travel_s - 1 if each is not reference else None,
        "workload_h": each.workload_max_s / HOUR_S,
        "balance": each.balance,
        "poles": each.poles,
        "moved": ", ".join(communes[insee].name for insee in each.moved),
        "moved_visits": each.moved_visits,
        "proof": words.proven if each.proven else _gap(each, lang),
        "technicians": " + ".join(str(count) for count in each.split.technicians.values()),
    }


def _gap(each: Proposal, lang: str) -> str:
    if each.gap is None:
        return ""
    return catalogue(lang).resplit.gap.format(gap=Figures(lang).percent(each.gap))


def _rows(found: ResplitAnswer, communes: Mapping[str, Commune], lang: str) -> list[dict[str, Any]]:
    present = [found.present] if found.present else []
    return [_row(each, found, communes, lang) for each in [*present, found.best, *found.front]]


def resplit_markdown(
    found: ResplitAnswer, communes: Mapping[str, Commune], lang: str = DEFAULT
) -> str:
    """Return the report as Markdown."""
    words, write = catalogue(lang).resplit, Figures(lang)
    lines = [f"# {words.title}", "", *(f"- {told}" for told in resplit_verdict(found, lang)), ""]
    lines += [f"| {words.summary_columns} |", "| --- | --: | --: | --: | --: | --: | --- | --- |"]
    listed = _rows(found, communes, lang)
    listed += [_row(each, found, communes, lang) for each in found.alternatives]
    for row in listed:
        change = "" if row["change"] is None else write.percent(row["change"])
        figures = [write.number(row[key], 2) for key in ("travel_h", "workload_h")]
        balance = write.number(row["balance"], 3)
        cells = (
            row["name"], figures[0], change, figures[1], balance, str(row["poles"]), row["moved"],
            row["proof"],
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if found.replayed is not None:
        lines += ["", f"| {words.summary_replayed} |", "| --- | --: | --: | --: |"]
        for name, real in found.replayed.travel_s.items():
            hours = (found.replayed.estimate_s[name] / HOUR_S, real / HOUR_S)
            shown = [write.number(each, 2) for each in (*hours, found.replayed.undone[name])]
            lines.append(f"| {' | '.join((name, *shown))} |")
    return "\n".join(lines) + "\n"
