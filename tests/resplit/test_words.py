"""The sentences of the report on other splits, in both languages."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dispatch.resplit.words import resplit_basis, resplit_verdict


def proposal(hours: float, **values: object):
    """Return what the sentences need of a proposal: its travel (hours a day), and more."""
    plain = {
        "travel_s": 3600 * hours, "cost": 3600 * hours, "workload_max_s": 3600 * 6,
        "balance": 1.1, "proven": True, "gap": None, "moved": (),
    }  # fmt: skip
    return SimpleNamespace(**{**plain, **values})


def answer(best, **values: object):
    """Return an answer with a present split of 20 hours, not replayed unless said."""
    plain = {"best": best, "present": proposal(20), "replayed": None, "compact_gap": None}
    return SimpleNamespace(**{**plain, **values})


def test_a_proven_gain_is_told_in_both_languages():
    """Hours, the load, the proof, the gain, and one commune or two."""
    found = answer(proposal(18, moved=("33281",)))
    french = resplit_verdict(found)
    assert french[0].startswith("Le meilleur découpage demande 18,00 h de trajet par jour")
    assert french[1].endswith("c’est prouvé.")
    assert french[2].endswith("en épargne 10,0\u202f% et change 1 commune de centre.")
    english = resplit_verdict(found, "en")
    assert english[0].startswith("The best split needs 18.00 h of travel a day")
    assert english[1].endswith("this is proven.")
    assert english[2].endswith("saves 10.0% and moves 1 commune to another centre.")
    two = answer(proposal(18, moved=("33281", "33039")))
    assert resplit_verdict(two)[2].endswith("change 2 communes de centre.")


def test_what_is_not_proven_says_how_far_it_may_be():
    """The gap to the bound, or that of the compact model; and what the cost holds besides."""
    bounded = answer(proposal(21, proven=False, gap=0.034, cost=1))
    said = resplit_verdict(bounded, "en")
    assert said[1] == (
        "The optimum is not proven; gap to the bound: 3.4% (travel, plus the price of broken "
        "pôles and of visits that change centre)."
    )
    assert said[2].endswith("than the present one, which needs 20.00 h.")
    compact = answer(proposal(21, proven=False, gap=0.034), compact_gap=0.2)
    assert "compact model, by its own sum: 20.0%." in resplit_verdict(compact, "en")[1]


@pytest.mark.parametrize(
    ("correlation", "end"),
    [(None, "too few different splits for a rank correlation."), (0.9, "0.90 (1: same order).")],
)
def test_a_replay_is_told_with_its_correlation(correlation, end):
    """Where there is one."""
    replayed = SimpleNamespace(days=7, rank_correlation=correlation)
    assert resplit_verdict(answer(proposal(18), replayed=replayed), "en")[-1].endswith(end)


def test_what_the_figures_rest_on_names_roads_and_method():
    """The approximation is called one."""
    rough, streets = SimpleNamespace(approximate=True), SimpleNamespace(approximate=False)
    listed = resplit_basis(SimpleNamespace(groups=1234), rough, "en")
    assert "an approximation" in listed[1]
    assert listed[2] == "Method: partition into groups of communes, 1,234 connected groups."
    compact = resplit_basis(SimpleNamespace(groups=0), streets)
    assert compact[1] == "Temps de trajet : réseau routier détaillé."
    assert compact[2].startswith("Méthode : modèle compact")
