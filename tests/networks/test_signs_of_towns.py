"""A made-up town with many signs: none of its ways breaks one, judged from the file alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dispatch.streets.router import Router, Site
from dispatch.streets.traffic import Slot
from tests.support.tiny_streets import at, built, town

SIDE, STEP = 6, 100
KINDS = ("no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "only_straight_on",
         "only_right_turn", "only_left_turn")  # fmt: skip
Segment = frozenset[int]


def node(column: int, row: int) -> int:
    return 1 + column + SIDE * row


PLACES = {node(c, r): (c * STEP, r * STEP) for c in range(SIDE) for r in range(SIDE)}


def ways_of_town(random: np.random.Generator) -> dict[int, tuple[list[int], dict[str, str]]]:
    ways = {}
    for line in range(SIDE):
        for along in (True, False):
            nodes = [node(i, line) if along else node(line, i) for i in range(SIDE)]
            start = 0
            while start < SIDE - 1:
                end = min(SIDE - 1, start + int(random.integers(1, 5)))
                tags = {"oneway": "yes"} if random.random() < 0.15 else {}
                ways[len(ways) + 1] = (nodes[start : end + 1], tags)
                start = end
    return ways


def signs_of_town(random: np.random.Generator, ways, count: int):
    """Return signs at nodes where two ways meet, some over a way between."""
    signs, at_node = [], {}
    for number, (nodes, _) in ways.items():
        for one in nodes:
            at_node.setdefault(one, []).append(number)
    while len(signs) < count:
        via = int(random.choice(list(at_node)))
        start, end = random.choice(at_node[via], 2)
        kind = str(random.choice(KINDS))
        if kind == "no_u_turn":
            end = start
        elif start == end:
            continue
        members = [("w", int(start), "from"), ("n", via, "via"), ("w", int(end), "to")]
        signs.append(({"type": "restriction", "restriction": kind}, members))
    return signs


def broken(walk: list[int], ways, signs) -> list[object]:
    """Return the signs that a walk over nodes breaks: members and roles, nothing of the program."""
    of_segment: dict[Segment, int] = {
        frozenset(pair): number for number, (nodes, _) in ways.items() for pair in pairwise(nodes)
    }
    found = []
    for a, b, c in zip(walk, walk[1:], walk[2:], strict=False):
        one, other = of_segment[frozenset((a, b))], of_segment[frozenset((b, c))]
        for tags, ((_, start, _), (_, via, _), (_, end, _)) in signs:
            kind = tags["restriction"]
            if b != via or one != start:
                continue
            if kind == "no_u_turn":
                bad = a == c and other == end
            elif kind.startswith("no_"):
                bad = other == end
            else:
                bad = other != end
            if bad:
                found.append((kind, start, via, end, (a, b, c)))
    for a, b in pairwise(walk):
        number = of_segment[frozenset((a, b))]
        nodes, tags = ways[number]
        if tags and nodes.index(a) > nodes.index(b):
            found.append(("oneway", number))
    return found


def walk_of(line: list[tuple[float, float]], ends: tuple[Segment, Segment]) -> list[int]:
    """Return the nodes of a way drawn, with the far ends of its first and last segments."""
    of_place = {tuple(round(v, 5) for v in at(*place)): number for number, place in PLACES.items()}
    inner = [n for lon, lat in line if (n := of_place.get((round(lon, 5), round(lat, 5))))]
    inner = [n for i, n in enumerate(inner) if i == 0 or n != inner[i - 1]]
    if not inner:
        return []
    (first,) = ends[0] - {inner[0]}
    (last,) = ends[1] - {inner[-1]}
    return [first, *inner, last]


@pytest.mark.parametrize("seed", [1, 2, 3, pytest.param(4, marks=pytest.mark.slow)])
def test_no_way_of_a_town_breaks_a_sign(seed: int):
    """60 signs on 36 corners; all ways among 20 sites. Without the signs many of them would."""
    random = np.random.default_rng(seed)
    ways = ways_of_town(random)
    signs = signs_of_town(random, ways, 60)
    network, _ = built(town(ways, PLACES, signs=signs))
    plain, _ = built(town(ways, PLACES))
    segments = [frozenset(pair) for nodes, _ in ways.values() for pair in pairwise(nodes)]
    chosen = [segments[i] for i in random.permutation(len(segments))]
    used = set()
    for tail, head in zip(network.tails, network.heads, strict=True):
        used.add(frozenset(network.node_ids[[tail, head]].tolist()))
    # Sites stand in the middle of a block whose both ends are corners of the network.
    chosen = [segment for segment in chosen if segment in used][:20]
    sites = [
        Site(str(i), *at(*np.mean([PLACES[n] for n in segment], axis=0)))
        for i, segment in enumerate(chosen)
    ]
    pairs = [(a, b) for a in range(len(sites)) for b in range(len(sites)) if a != b]
    told, before = 0, 0
    for graph, count in ((network, True), (plain, False)):
        router = Router(graph, access_s=0)
        lines = router.paths([(sites[a], sites[b]) for a, b in pairs])
        for (a, b), line in zip(pairs, lines, strict=True):
            wrong = broken(walk_of(line, (chosen[a], chosen[b])), ways, signs)
            told, before = told + (bool(wrong) and count), before + (bool(wrong) and not count)
            if count:
                assert wrong == []
    assert told == 0
    assert before > len(pairs) / 20


def test_the_hierarchy_and_the_hours_keep_the_signs_too():
    """Same matrices of both engines, in each slot of traffic; metres too."""
    pytest.importorskip("pyroutingkit", reason="the extra `ch` is not installed")
    random = np.random.default_rng(7)
    ways = ways_of_town(random)
    network, _ = built(town(ways, PLACES, signs=signs_of_town(random, ways, 60)))
    corners = random.permutation(network.node_count)[:15]
    sites = [Site(str(n), network.lon[n], network.lat[n]) for n in corners]
    slots = [Slot(0, 0.0), Slot(28_800, 0.6), Slot(32_400, 0.2)]
    one = Router(network).measure(sites, slots)
    other = Router(network, engine="hierarchy").measure(sites, slots)
    assert (one.seconds == other.seconds).all()
    assert one.metres is not None
    assert other.metres is not None
    assert (one.metres == other.metres).all()
