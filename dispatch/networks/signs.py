"""Signs of turning: relations of OpenStreetMap become sequences of edges that nobody drives.

`no_left_turn` from A by B to C forbids the sequence of edges A, B, C, whatever comes before or
after. `only_straight_on` from A by B to C obliges whoever drives A up to B: each edge that leaves
A, B, C before its end is forbidden after what was driven until there. What is between may be a
node, or ways with their own junctions.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from dispatch.networks.conditions import clauses, working_minutes
from dispatch.networks.osmdata import RESTRICTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dispatch.networks.judged import Account
    from dispatch.networks.osmdata import Sign
    from dispatch.streets.vehicle import VehicleSettings

# Vehicles that a sign may except, of which a van is one.
_EXCEPT: Final = frozenset({"motorcar", "motor_vehicle", "vehicle", "goods"})
APPLIED, PART, UNCLEAR, BROKEN = (
    "turn signs kept",
    "turn signs of some hours, kept all day",
    "turn signs with a condition that is not plain, left out",
    "turn signs whose members are missing or do not meet, left out",
)
# A way between two turns is a few streets long; a longer one is a slip of a finger.
_MOST_BETWEEN = 40
_MOST_PATHS = 64
_MOST_STEPS = 10_000


class Edge(NamedTuple):
    """A directed street: its nodes, its key in the graph, and the ways at its ends and along it."""

    u: int
    v: int
    key: int
    first: int
    last: int
    ways: frozenset[int]
    street: int


class Rule(NamedTuple):
    """A sign as it reads: obliging or forbidding, U-turn or not, and its members."""

    only: bool
    u_turn: bool
    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


def rules_of(signs: Iterable[Sign], vehicle: VehicleSettings, account: Account) -> list[Rule]:
    """Return the rules that a vehicle must keep; what is left out is told in the account."""
    found = []
    for sign in signs:
        values = _values(sign, vehicle, account)
        if not values or _EXCEPT & {v.strip() for v in sign.tags.get("except", "").split(";")}:
            continue
        roles: dict[tuple[str, str], list[int]] = defaultdict(list)
        for kind, ref, role in sign.members:
            roles[kind, role.strip().casefold()].append(ref)
        nodes, ways = roles["n", "via"], tuple(roles["w", "via"])
        starts, ends = tuple(roles["w", "from"]), tuple(roles["w", "to"])
        if not (starts and ends) or bool(nodes) == bool(ways) or len(nodes) > 1:
            account.told[BROKEN] += 1
            continue
        found += [
            Rule(value.startswith("only_"), value == "no_u_turn", starts,
                 nodes[0] if nodes else None, ways, ends)
            for value in values
        ]  # fmt: skip
    return found


def _values(sign: Sign, vehicle: VehicleSettings, account: Account) -> list[str]:
    """Return what a sign says to a vehicle in the hours of rounds."""
    said: list[str] = []
    for key in RESTRICTIONS:  # from the least specific to the most
        text = sign.tags.get(key)
        if text is None:
            continue
        if not key.endswith(":conditional"):
            said = [part.strip() for part in text.split(";")]
            continue
        working = working_minutes(vehicle)
        known = clauses(text, vehicle)
        if not known or any(clause.holds is None for clause in known):
            account.told[UNCLEAR] += 1
        for clause in known:
            holds = None if clause.holds is None else clause.holds[working]
            if holds is None or not holds.any():
                continue
            if not holds.all():
                account.told[PART] += 1
            # "none @ (...)" lifts the sign at some hours only; the others keep it.
            if clause.value not in {"none", "no"}:
                said.append(clause.value)
            elif holds.all():
                said = []
    return [value for value in dict.fromkeys(said) if value.startswith(("no_", "only_"))]


def forced_nodes(rules: Iterable[Rule], nodes_of: dict[int, list[tuple[int, ...]]]) -> set[int]:
    """Return the nodes at which streets must end, so that a rule can be told in whole streets."""
    found = set()
    for rule in rules:
        if rule.via_node is not None:
            found.add(rule.via_node)
            continue
        groups = [rule.from_ways, *((way,) for way in rule.via_ways), rule.to_ways]
        sets = [{n for way in group for run in nodes_of.get(way, []) for n in run}
                for group in groups]  # fmt: skip
        for i, one in enumerate(sets):
            for other in sets[i + 1 :]:
                found |= one & other
    return found


def _meet(rule: Rule, read: Mapping[int, Collection[int]]) -> bool:
    """Return whether all members of a rule were read, and its ways meet what is between them."""
    ways = (*rule.from_ways, *rule.via_ways, *rule.to_ways)
    if any(way not in read for way in ways):
        return False
    between = (
        {rule.via_node}
        if rule.via_node is not None
        else {node for way in rule.via_ways for node in read[way]}
    )
    return all(between & set(read[way]) for way in (*rule.from_ways, *rule.to_ways))


class Turns:
    """The edges of a graph, by the ways at their ends, and the sequences that rules forbid."""

    def __init__(self, edges: Sequence[Edge]) -> None:
        self.edges = edges
        self.out: dict[int, list[int]] = defaultdict(list)
        self.into: dict[int, list[int]] = defaultdict(list)
        self.nodes_of: dict[int, set[int]] = defaultdict(set)
        for number, edge in enumerate(edges):
            self.out[edge.u].append(number)
            self.into[edge.v].append(number)
            for way in (edge.first, edge.last):
                self.nodes_of[way] |= {edge.u, edge.v}

    def forbidden(
        self, rules: Iterable[Rule], read: Mapping[int, Collection[int]], account: Account
    ) -> list[tuple[int, ...]]:
        """
        Return the forbidden sequences of edges, each once, in order.

        Parameters
        ----------
        rules
            The rules.
        read
            Nodes of each way that was read, also of those that no van drives.
        account
            Where the rules are counted.
        """
        found: set[tuple[int, ...]] = set()
        for rule in rules:
            if not _meet(rule, read):
                account.told[BROKEN] += 1
                continue
            account.told[APPLIED] += 1
            whole = self._sequences(rule)
            if rule.only:
                found |= self._leaving(whole) if whole else self._leaving_all(rule, read)
            else:
                found |= whole
        return sorted(found)

    def _leaving_all(self, rule: Rule, read: Mapping[int, Collection[int]]) -> set[tuple[int, ...]]:
        """Return every turn out of the first ways of a rule that obliges to what is closed."""
        onto = {rule.via_node} if rule.via_node is not None else {
            node for way in rule.via_ways for node in read[way]
        }  # fmt: skip
        return {
            (start, out)
            for node in onto
            if node is not None
            for start in self.into[node]
            if self.edges[start].last in rule.from_ways
            for out in self.out[node]
        }

    def _sequences(self, rule: Rule) -> set[tuple[int, ...]]:
        """Return the sequences from a rule's first ways by what is between to its last ways."""
        starts, ends = set(rule.from_ways), set(rule.to_ways)
        if rule.via_node is not None:
            paths: list[tuple[int, ...]] = [()]
            places = [(rule.via_node, rule.via_node)]
        else:
            paths = []
            begins = {n for way in starts for n in self.nodes_of[way]}
            stops = {n for way in ends for n in self.nodes_of[way]}
            between = set(rule.via_ways)
            inner = {n for way in between for n in self.nodes_of[way]}
            for node in sorted(begins & inner):
                paths += self._paths(node, stops, between)
            places = [(self.edges[path[0]].u, self.edges[path[-1]].v) for path in paths]
        return {
            (start, *path, end)
            for path, (first, last) in zip(paths, places, strict=True)
            for start in self.into[first]
            if self.edges[start].last in starts
            for end in self.out[last]
            if self.edges[end].first in ends and self._is_meant(rule, start, end, path)
        }

    def _is_meant(self, rule: Rule, start: int, end: int, path: tuple[int, ...]) -> bool:
        """Return whether a turn within one way is the one meant: round, or straight on."""
        if path:
            return True
        one, other = self.edges[start], self.edges[end]
        turns_round = one.street == other.street and one.u == other.v
        if one.last != other.first or rule.only:
            return True
        return turns_round == rule.u_turn

    def _paths(self, start: int, stops: set[int], between: set[int]) -> list[tuple[int, ...]]:
        """Return the ways over some ways from a node to where the last ways begin."""
        found: list[tuple[int, ...]] = []
        stack: list[tuple[int, tuple[int, ...], frozenset[int]]] = [(start, (), frozenset({start}))]
        for _ in range(_MOST_STEPS):
            if not stack or len(found) == _MOST_PATHS:
                break
            node, path, seen = stack.pop()
            if (
                path
                and node in stops
                and between <= {way for edge in path for way in self.edges[edge].ways}
            ):
                found.append(path)
                continue
            if len(path) == _MOST_BETWEEN:
                continue
            for number in self.out[node]:
                edge = self.edges[number]
                if edge.ways <= between and edge.v not in seen:
                    stack.append((edge.v, (*path, number), seen | {edge.v}))
        return found

    def _leaving(self, obliged: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
        """Return the sequences that leave what an `only_` rule obliges to."""
        allowed: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for whole in obliged:
            for size in range(1, len(whole)):
                allowed[whole[:size]].add(whole[size])
        return {
            (*prefix, out)
            for prefix, following in allowed.items()
            for out in self.out[self.edges[prefix[-1]].v]
            if out not in following
        }
