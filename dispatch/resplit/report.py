"""The files of `dispatch resplit`: splits and front as CSV, JSON, a page in French, Markdown.

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
from dispatch.assess.words import METROPOLE_NAME, number, percent
from dispatch.folder.write import write_file
from dispatch.resplit.front_chart import front_chart
from dispatch.splits.checks import check_split, seat_of
from dispatch.views import palette
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment
from dispatch.wording import phrases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.resplit.proposal import Proposal
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

TITLE = "D’autres découpages en centres de proximité"
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
    files["rapport.md"] = resplit_markdown(found, communes)
    files["rapport.html"] = resplit_page(found, service, communes, network)
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
    found: ResplitAnswer, service: Service, communes: Mapping[str, Commune], network: Network
) -> str:
    """Return the page: the answer, maps, the front, alternatives, the method."""
    shown = _shown(found)
    scenarios = [Scenario(each.split.name, each.split.apply(service, communes)) for each in shown]
    body = Markup(  # noqa: S704, RUF100 - made by a template of ours
        page_environment()
        .get_template("resplit.html")
        .render(
            title=TITLE,
            found=found,
            asked=found.criteria,
            verdict=resplit_verdict(found),
            number=number,
            percent=percent,
            hour=HOUR_S,
            atlas=pictures.atlas(scenarios, communes, METROPOLE_NAME),
            rows=_rows(found, communes),
            alternatives=[_row(each, found, communes) for each in found.alternatives],
            findings=findings(found.best, service, communes),
            chart=front_chart(found),
            basis=resplit_basis(found, network),
            attribution=phrases.attribution("fr") if network.approximate else network.attribution,
        )
    )
    return document(
        body,
        title=TITLE,
        lang="fr",
        kind="assess",
        styles=(palette.palette_css(), asset("page.css"), asset("assess.css")),
    )


def findings(each: Proposal, service: Service, communes: Mapping[str, Commune]) -> list[str]:
    """Return what a split does not keep, in French, a sentence each."""
    names = {entry.id: entry.name for entry in service.centres}
    told = []
    for finding in check_split(each.split, service, communes):
        centre = "" if finding.centre is None else names.get(finding.centre, finding.centre)
        if finding.rule == "poles":
            poles = {communes[seat_of(name, service)].pole for name in finding.collectivities}
            told.append(f"{centre} est à cheval sur {len(poles)} pôles territoriaux.")
        elif finding.rule == "strict":
            told.append(
                f"{centre} n’est d’un seul tenant qu’en traversant des communes qui ne "
                "participent pas."
            )
        elif finding.rule == "sizes":
            count = len(finding.collectivities)
            told.append(
                f"{centre} compte {count} collectivités ; la délibération en prévoit "
                f"{service.split.least} à {service.split.most}."
            )
        else:
            told.append(f"{centre} : {finding.message}.")
    return told


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


def _row(each: Proposal, found: ResplitAnswer, communes: Mapping[str, Commune]) -> dict[str, Any]:
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
        "proof": "optimum prouvé" if each.proven else _gap(each),
        "technicians": " + ".join(str(count) for count in each.split.technicians.values()),
    }


def _gap(each: Proposal) -> str:
    return "" if each.gap is None else f"écart {percent(each.gap)}"


def _rows(found: ResplitAnswer, communes: Mapping[str, Commune]) -> list[dict[str, Any]]:
    present = [found.present] if found.present else []
    return [_row(each, found, communes) for each in [*present, found.best, *found.front]]


def resplit_verdict(found: ResplitAnswer) -> list[str]:
    """Return in plain French what was found, a sentence each."""
    best, present = found.best, found.present
    proof = (
        "Aucun découpage répondant aux critères n’a moins de trajet estimé : c’est prouvé"
        if best.proven
        else f"L’optimum n’est pas prouvé ; écart à la borne : {percent(best.gap)}"
        if found.compact_gap is None
        else "L’optimum n’est pas prouvé ; écart du modèle compact, selon sa propre somme : "
        f"{percent(found.compact_gap)}"
    )
    if best.cost != best.travel_s:
        proof += " (trajet, plus le prix des pôles rompus et des visites qui changent de centre)"
    told = [
        f"Le meilleur découpage demande {number(best.travel_s / HOUR_S, 2)} h de trajet par jour, "
        f"tous centres réunis ; un technicien du centre le plus chargé travaille "
        f"{number(best.workload_max_s / HOUR_S, 2)} h par jour, "
        f"{percent(best.balance - 1)} de plus que la moyenne.",
        f"{proof}.",
    ]
    if present is not None:
        gain = 1 - best.travel_s / present.travel_s
        moved = len(best.moved)
        told.append(
            f"Le découpage actuel, tel qu’il est, en demande "
            f"{number(present.travel_s / HOUR_S, 2)} h (charge : "
            f"{percent(present.balance - 1)} de plus que la moyenne) ; le meilleur en épargne "
            f"{percent(gain)} et change {moved} commune{'s' if moved > 1 else ''} de centre."
            if gain > 0
            else "Aucun découpage répondant aux critères n’a moins de trajet estimé que l’actuel, "
            f"qui en demande {number(present.travel_s / HOUR_S, 2)} h."
        )
    replayed = found.replayed
    if replayed is not None:
        correlation = replayed.rank_correlation
        told.append(
            f"Rejoué par de vraies tournées sur {replayed.days} jours tirés au sort : "
            + (
                "trop peu de découpages différents pour une corrélation des rangs."
                if correlation is None
                else f"corrélation des rangs entre estimation et tournées {number(correlation, 2)}"
                " (1 : même ordre)."
            )
        )
    return told


def resplit_basis(found: ResplitAnswer, network: Network) -> list[str]:
    """Return what the figures rest on, in French."""
    roads = (
        "Temps de trajet : réseau routier fourni, une approximation."
        if network.approximate
        else "Temps de trajet : réseau routier détaillé."
    )
    return [
        "Trajet et charge sont estimés (approximation continue calée sur de vraies tournées, "
        "docs/resplit.md), non mesurés ; la demande est tirée des volumes de 2018 et des "
        "hypothèses de data/service.toml. L’optimum est prouvé pour l’estimation : un écart "
        "de quelques pour cent ne se démontre qu’en rejouant de vraies tournées (dispatch assess).",
        roads,
        f"Méthode : partition en groupes de communes, {number(found.groups, 0)} groupes connexes."
        if found.groups
        else "Méthode : modèle compact, les groupes étant trop nombreux pour être tous listés.",
        "Contiguïté : on peut traverser les communes qui ne participent pas ; la Garonne ne se "
        "franchit que par ses ponts.",
    ]


def resplit_markdown(found: ResplitAnswer, communes: Mapping[str, Commune]) -> str:
    """Return the report as Markdown, in French."""
    heads = (
        "| découpage | trajet (h/j) | écart | charge max (h/j) | max/moyenne | pôles rompus | "
        "communes qui changent | preuve |"
    )
    lines = [f"# {TITLE}", "", *(f"- {sentence}" for sentence in resplit_verdict(found)), "", heads]
    lines.append("| --- | --: | --: | --: | --: | --: | --- | --- |")
    listed = _rows(found, communes) + [_row(e, found, communes) for e in found.alternatives]
    for row in listed:
        change = "" if row["change"] is None else percent(row["change"])
        cells = (
            row["name"], number(row["travel_h"], 2), change, number(row["workload_h"], 2),
            number(row["balance"], 3), str(row["poles"]), row["moved"], row["proof"],
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    if found.replayed is not None:
        lines += [
            "",
            "| découpage | trajet estimé (h/j) | tournées réelles (h/j) | visites non faites |",
        ]
        lines.append("| --- | --: | --: | --: |")
        for name, real in found.replayed.travel_s.items():
            told = found.replayed.estimate_s[name] / HOUR_S
            undone = number(found.replayed.undone[name], 2)
            lines.append(f"| {name} | {number(told, 2)} | {number(real / HOUR_S, 2)} | {undone} |")
    return "\n".join(lines) + "\n"
