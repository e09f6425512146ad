"""What the report says, in French: verdicts in plain sentences, names, definitions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dispatch.wording.formats import NARROW_SPACE, NO_BREAK_SPACE, decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.assess.result import Assessment

DASH = "–"
METROPOLE_NAME = "les services propres de Bordeaux Métropole"

QUANTITIES = {
    "travel_h": "Temps de route (h par jour)",
    "travel_km": "Distance (km par jour)",
    "undone": "Visites non faites (par jour)",
    "cost_h": "Coût des plans (h par jour)",
    "workload_max_over_mean": "Charge : centre le plus chargé / moyenne",
}
BALANCED = {
    "workload_h_a_technician": "Charge (h par technicien)",
    "travel_min_a_technician": "Route (min par technicien)",
    "travel_km_a_technician": "Distance (km par technicien)",
    "visits_a_technician": "Visites par technicien",
}
VERDICTS = {
    "less": "moins",
    "more": "plus",
    "equal": "équivalent",
    "not_shown": "aucune différence démontrée",
    "too_few_days": "trop peu de jours",
    "other_demand": "autre demande",
}
KINDS = {"technician": "Un technicien de plus", "skill": "Une compétence", "commune": "Une commune"}


def number(value: float | None, digits: int = 1) -> str:
    """Return a number as French writes it; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return DASH
    text = decimal(value, digits)
    # A rounded -0,0 says no more than 0,0.
    return text.removeprefix("-") if not text.strip("-0,") else text.replace("-", "−")


def signed(value: float | None, digits: int = 1) -> str:
    """Return a number with its sign."""
    text = number(value, digits)
    return text if text == DASH or text.startswith("−") or not text.strip("0,") else f"+{text}"


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage."""
    text = number(None if share is None else 100 * share, digits)
    return text if text == DASH else f"{text}{NARROW_SPACE}%"


def signed_percent(share: float | None, digits: int = 1) -> str:
    """Return a relative difference as a percentage with its sign."""
    text = signed(None if share is None else 100 * share, digits)
    return text if text == DASH else f"{text}{NARROW_SPACE}%"


def verdicts(found: Assessment) -> list[dict[str, Any]]:
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
                "sentences": _sentences(rows, found),
                "css": rows["travel_h"]["verdict"],
            }
        )
    return told


def _sentences(rows: Mapping[str, Mapping[str, Any]], found: Assessment) -> list[str]:
    road, undone = rows["travel_h"], rows["undone"]
    if road["verdict"] == "other_demand":
        return [
            "D’autres collectivités sont desservies, donc d’autres visites sont demandées : aucune "
            "comparaison jour par jour n’est possible avec le découpage de référence.",
            f"Route : {number(road['mean'])}{NO_BREAK_SPACE}h par jour ; visites non faites : "
            f"{number(undone['mean'])} par jour.",
        ]
    sure = f"{number(100 * found.judging.confidence, 0)}{NARROW_SPACE}%"
    sentences = [
        _sentence(road, "Temps de route", sure, found.judging.margin, digits=1, unit="h par jour"),
        _sentence(
            undone,
            "Visites non faites",
            sure,
            found.judging.margin,
            digits=1,
            unit="par jour",
        ),
        _sentence(
            rows["workload_max_over_mean"],
            "Charge du centre le plus chargé, rapportée à la moyenne",
            sure,
            found.judging.margin,
            digits=2,
            unit="",
        ),
    ]
    if road["verdict"] == "less" and undone["verdict"] == "more":
        sentences.append(
            "Attention : la route diminue au moins en partie parce que des visites ne sont pas "
            "faites ; ce n’est pas un gain."
        )
    elif undone["verdict"] == "more":
        sentences.append(
            "Ce découpage rend un moins bon service : plus de visites restent à faire."
        )
    return sentences


def _sentence(
    row: Mapping[str, Any], subject: str, sure: str, margin: float, *, digits: int, unit: str
) -> str:
    after = f"{NO_BREAK_SPACE}{unit}" if unit else ""
    means = f"{number(row['reference_mean'], digits)} → {number(row['mean'], digits)}{after}"
    change = f"{signed(row['difference'], digits)}{after}"
    relative = row["relative"]
    if relative is not None and math.isfinite(relative):
        change += f", soit {signed_percent(relative)}"
    span = (
        f"intervalle {signed(row['low'], digits + 1)} à {signed(row['high'], digits + 1)}"
        if math.isfinite(row["low"])
        else "sans intervalle"
    )
    verdict = row["verdict"]
    if verdict in ("less", "more"):
        word = "baisse démontrée" if verdict == "less" else "hausse démontrée"
        return f"{subject} : {word} à {sure} ({change} ; {span} ; {means})."
    if verdict == "equal":
        if not row["difference"]:
            return f"{subject} : identique chaque jour ({means})."
        return f"{subject} : équivalent, à moins de {percent(margin, 0)} près ({change} ; {span})."
    if verdict == "too_few_days":
        return f"{subject} : trop peu de jours pour conclure ({change} ; {means})."
    return f"{subject} : aucune différence démontrée à {sure} ({change} ; {span} ; {means})."


def basis(found: Assessment) -> list[str]:
    """Return what the figures rest on, in sentences: demand, rounds, roads, intervals."""
    first, last = found.days[0], found.days[-1]
    days = f"{len(found.days)} jours ouvrés simulés" if len(found.days) > 1 else "1 jour simulé"
    roads = (
        "Temps de trajet : réseau routier livré avec le logiciel, une approximation, sans "
        "circulation ; un écart de l’ordre de son erreur (16 à 18 % sur un trajet) entre deux "
        "centres ne prouve rien, mais tous les découpages sont comparés sur les mêmes routes."
        if found.network.approximate
        else f"Temps de trajet : réseau routier « {found.network.name} », sans circulation."
    )
    rounds = f"Tournées réelles, calculées à l’effort « {found.effort} » et vérifiées une par une"
    sentences = [
        f"Demande simulée : {days} ({first:%d/%m/%Y} au {last:%d/%m/%Y}), tirés au sort d’après "
        f"les volumes du service (graine {found.seed}), les mêmes pour tous les découpages. Ces "
        "visites ne sont pas réelles.",
        f"{rounds} ; ce sont de bonnes tournées, pas toujours les meilleures.",
        roads,
        f"Intervalles : bootstrap BCa sur les différences jour par jour, à "
        f"{number(100 * found.judging.confidence, 0)}{NARROW_SPACE}% pour toutes les comparaisons "
        "ensemble (Bonferroni). Une différence n’est dite démontrée que si l’intervalle de "
        "Student l’exclut aussi de zéro.",
        "Hypothèses (lieux des centres, effectifs, agents par commune, part des interventions sur "
        "place) : fichier service.toml, chacune avec sa raison.",
    ]
    if found.clocked:
        sentences.append(
            f"{found.clocked} calculs de tournées ont été arrêtés par l’horloge : leurs chiffres "
            "peuvent changer d’une machine à l’autre."
        )
    return sentences


DEFINITIONS = (
    ("Charge", "temps de route plus temps sur place, par technicien et par jour."),
    ("Part de la route", "temps de route / temps de travail (du départ au retour, sans la pause)."),
    (
        "Temps depuis le centre",
        "trajet du centre à chaque visite demandée ; médiane et 9ᵉ décile (P90).",
    ),
    (
        "Mesures d’inégalité",
        "sur les techniciens, chacun portant la journée moyenne de son centre : un centre de huit "
        "compte huit fois. Max / moyenne : 1 si tous sont égaux. Gini : 0 si tous sont égaux. "
        "Jain : 1 si tous sont égaux. Theil : part entre les centres et part à l’intérieur.",
    ),
    (
        "Équipement",
        "postes de travail (un par agent) et copieurs, répartis en proportion des agents.",
    ),
)
