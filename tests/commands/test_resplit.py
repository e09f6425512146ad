"""`dispatch resplit` end to end: files, exit codes, the same bytes again; and what it foretells."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from unittest import mock

import networkx as nx
import numpy as np
import pytest

from dispatch import InputError, Split, read_communes, read_service, read_split, resplit
from dispatch.resplit import compact as compact_model
from dispatch.resplit.admissible import admissible_splits
from dispatch.resplit.compact import compact
from dispatch.resplit.criteria import candidates
from dispatch.resplit.estimate import figures
from dispatch.resplit.groups import membership
from dispatch.splits.borders import commune_neighbours
from tests.support.command import run, run_process
from tests.support.split_fixture import criteria_for, units_of

pytestmark = pytest.mark.slow


def command(*arguments):  # noqa: ANN002
    return run("resplit", *arguments)


@pytest.fixture(scope="module")
def listed():
    return admissible_splits()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("resplit")
    done = run_process("resplit", "--pareto", "--replay", "0", "--json", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def test_the_command_writes_what_it_says(written):
    """CSV of every split, the front, JSON, a page and its text; JSON on demand."""
    out, told = written
    assert json.loads((out / "resplit.json").read_text()) == told
    text = (out / "front.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["name"] for row in rows] == [point["name"] for point in told["front"]]
    service = read_service()
    for name in ("actuel", "meilleur", *(row["name"] for row in rows)):
        split = read_split(out / f"splits/{name}.csv", service)
        assert [f for f in split.check(service) if f.severity == "error"] == []
    page = (out / "rapport.html").read_text(encoding="utf-8")
    assert "c’est prouvé" in page
    assert "<script" not in page
    assert "meilleur" in (out / "rapport.md").read_text(encoding="utf-8")


def test_the_best_split_keeps_every_criterion_by_other_code(written):
    """Contiguity by networkx with the communes that take no part, sizes, balance, counts."""
    _, told = written
    communes, service = read_communes(), read_service()
    graph = nx.Graph()
    near = commune_neighbours(communes, service.borders)
    graph.add_edges_from((a, b) for a in near.of for b in near.of[a])
    best = told["best"]
    serving = {u for c in best["centres"].values() for u in c["collectivities"]} - {"metropole"}
    assert serving == {i for i, commune in communes.items() if commune.takes_part}
    workloads = []
    for centre in best["centres"].values():
        group = set(centre["collectivities"]) - {"metropole"}
        others = set(communes) - serving
        assert any(
            group <= part for part in nx.connected_components(graph.subgraph(group | others))
        )
        assert len(centre["collectivities"]) >= 2
        assert len(group) <= 4
        assert centre["premises"] in group
        assert centre["technicians"] >= 2
        workloads.append(centre["work_s"] / centre["technicians"])
    assert sum(c["technicians"] for c in best["centres"].values()) == 17
    assert max(workloads) == pytest.approx(best["workload_max_s"], abs=0.1)
    mean = sum(c["work_s"] for c in best["centres"].values()) / 17
    assert best["balance"] == pytest.approx(max(workloads) / mean, abs=1e-4)
    assert best["proven_optimal"]


def test_the_best_of_all_admissible_splits_is_the_one_found(written, listed):
    """Listing all 11,420 finds no less travel within the tolerance, and the same front."""
    _, told = written
    free = int(listed.travel_s.min())
    services_s = float(listed.units.services_s.sum())
    ceiling = 1.2 * (round(services_s) + free) / 17
    within = listed.travel_s[listed.workload_max_s <= ceiling]
    assert told["best"]["travel_s"] == int(within.min())
    for point in told["front"]:
        as_even = listed.workload_max_s <= point["workload_max_s"] + 0.06
        assert point["travel_s"] == int(listed.travel_s[as_even].min())


def test_there_are_11420_admissible_splits_and_92_strict_ones(listed):
    """As counted beforehand; each is a split of the 14 communes, all different."""
    assert len(listed) == 11_420
    assert len(admissible_splits(strict=True)) == 92
    whole = (1 << 14) - 1
    assert (listed.groups[listed.splits].sum(axis=1) == whole).all()
    assert len(np.unique(listed.splits, axis=0)) == 11_420
    assert listed.balance.min() >= 1
    assert (listed.technicians.sum(axis=1) == 17).all()


def test_the_council_s_split_stands_among_the_admissible_ones(listed):
    """It is one of them, with the figures that it is given by itself."""
    service = read_service()
    council = Split.of(service)
    travel_s, balance = listed.figures_of(council)
    same = [
        index
        for index in np.flatnonzero(listed.travel_s == travel_s).tolist()
        if listed.split(index).partition == council.partition
    ]
    assert len(same) == 1
    assert listed.balance[same[0]] == pytest.approx(balance)
    with pytest.raises(InputError, match="same communes"):
        listed.figures_of(Split("part", {"33063": "a", "metropole": "a"}))


def test_prices_and_fixed_premises_keep_the_council_s_split_together():
    """Where every move costs dear, what the council decided is best; and it is proven."""
    found = resplit(premises="fixed", keep_people_s=100_000.0)
    council = Split.of(read_service())
    assert found.best.split.centre_of == dict(council.centre_of)
    assert found.best.proven
    assert found.best.travel_s == found.present.travel_s


def test_fixing_and_forbidding_are_kept():
    """Talence with Ouest-Sud's Mérignac, Le Bouscat anywhere but there."""
    found = resplit(fixed=(("33522", "ouest-sud"),), forbidden=(("33069", "ouest-sud"),))
    for each in [found.best, *found.alternatives]:
        assert each.split.centre_of["33522"] == "ouest-sud"
        assert each.split.centre_of["33069"] != "ouest-sud"


def test_an_impossible_request_names_what_conflicts_and_the_least_relaxation(tmp_path):
    """Exit 2; two distant communes cannot be with one centre of two."""
    done = command(
        "--fix", "Floirac=sud", "--fix", "Saint-Aubin-de-Médoc=sud", "--max", "3", "--out", tmp_path
    )
    assert done.returncode == 2
    assert "--fix" in done.stderr
    assert "33167=sud" in done.stderr
    assert not any(tmp_path.iterdir())


def test_what_does_not_exist_is_told_at_once(tmp_path):
    """Unknown commune, unknown centre, a pair that is none: exit 2."""
    done = command("--fix", "Paris=sud", "--forbid", "Bruges=nord", "--out", tmp_path)
    assert done.returncode == 2
    assert "Paris=sud" in done.stderr
    assert "33075=nord" in done.stderr
    assert command("--fix", "Bruges", "--out", tmp_path).returncode == 2
    assert command("--min", "5", "--max", "2", "--out", tmp_path).returncode == 2


def test_too_many_communes_are_split_by_the_compact_model_with_its_gap():
    """On a grid of 4 by 4 the compact model's split is contiguous, and its gap holds."""
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 4))
    units = units_of(grid, 3)
    # Road times as on a grid of 2 km, at some 8 m/s with 250 s of access.
    spots = np.array([divmod(unit, 4) for unit in range(16)]) * 2000.0
    apart = np.hypot(*(spots[:, None] - spots[None, :]).transpose(2, 0, 1)) / 8 + 250
    units = replace(units, between_s=apart, from_s=apart)
    criteria = criteria_for(centres=3, least=3, most=8, technicians=20)
    settings = read_service().resplit
    found = compact(units, criteria, settings, None)
    assert 0 <= found.gap <= settings.compact_gap + 1e-9
    assert found.members.sum(axis=0).tolist() == [1] * 16
    for group in found.members:
        assert 3 <= group.sum() <= 8
        assert nx.is_connected(grid.subgraph(np.flatnonzero(group).tolist()))
    # Its split is no better than the proven one by the estimate that both are judged by.
    centres = candidates(units, criteria, settings.travel, 10**6)
    value = int(figures(units, found.members, settings.travel).travel_s.sum())
    best = _best(units, criteria, centres)
    assert best <= value <= 1.25 * best


def test_where_groups_cannot_be_listed_the_answer_says_how_it_was_found():
    """With room for 100 groups only: the compact model, its gap, and no claim of proof."""
    service = read_service()
    few = service.resplit.model_copy(update={"groups_max": 100})
    narrow = service.model_copy(update={"resplit": few})
    found = resplit(service=narrow)
    assert found.method == "compact"
    assert found.compact_gap <= few.compact_gap + 1e-9
    assert not found.best.proven
    proven = resplit().best
    assert proven.travel_s <= found.best.travel_s <= 1.1 * proven.travel_s
    with pytest.raises(InputError, match="knows no"):
        resplit(service=narrow, premises="fixed")


def test_three_large_centres_for_23_communes_have_an_answer(monkeypatch):
    """By the compact model, whose first solutions have islands; the answer is in three pieces."""
    communes, service = read_communes(), read_service()
    few = service.resplit.model_copy(update={"groups_max": 100})
    # Without five at the edges: with them it takes ten times as long.
    rare = {"33312", "33434", "33449", "33487", "33550"}
    solved = mock.Mock(side_effect=compact_model.milp)
    monkeypatch.setattr(compact_model, "milp", solved)
    found = resplit(
        collectivities=(*sorted(set(communes) - rare), "metropole"),
        centres=3,
        service=service.model_copy(update={"resplit": few}),
    )
    assert solved.call_count > 2, "once without a largest workload, once with it: no islands"
    assert found.method == "compact"
    graph = nx.Graph()
    graph.add_nodes_from(communes)
    near = commune_neighbours(communes, service.borders)
    graph.add_edges_from((a, b) for a in near.of for b in near.of[a])
    groups = found.best.split.groups
    assert len(groups) == 3
    for members in groups.values():
        inside = [one for one in members if one in communes]
        assert nx.is_connected(graph.subgraph(inside))


def _best(units, criteria, centres):
    from dispatch.resplit.search import best

    return best(centres, criteria, None, effort=10).cost


def test_membership_and_figures_agree_with_masks(listed):
    """A mask's bits are its communes."""
    inside = membership(listed.groups[:5], 14)
    for mask, row in zip(listed.groups[:5], inside, strict=True):
        assert int(mask) == sum(1 << int(unit) for unit in np.flatnonzero(row))


def test_the_same_request_writes_the_same_bytes(written, tmp_path):
    """Whatever ran before."""
    out, _ = written
    assert command("--pareto", "--replay", "0", "--out", tmp_path).returncode == 0
    names = sorted(p.relative_to(out) for p in out.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert all((out / n).read_bytes() == (tmp_path / n).read_bytes() for n in names)
