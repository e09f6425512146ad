"""Checks that the parts of a service file agree, beyond the type of each key.

The checks run on the parsed file before its types are checked, so that all faults are reported
together. Values of a wrong type are passed over here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatch.service.sections import APPOINTMENT
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Contradiction = tuple[tuple[str | int, ...], str | None, str]


def contradictions(document: Mapping[str, Any]) -> Iterator[Contradiction]:
    """
    Yield where the parts of a service file do not fit together: path, value, message.

    Parameters
    ----------
    document
        The parsed TOML, of any shape.
    """
    centres = {centre["id"] for _, centre in _entries(document, "centres") if _named(centre)}
    yield from _double_ids(document, "centres")
    yield from _double_ids(document, "technicians")
    yield from _double_ids(document, "demand", "kinds")
    yield from _shared_charges(document)
    yield from _technicians(document, centres)
    yield from _skills(document)
    yield from _windows(document)
    yield from _agents(document)


def _group(document: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    inner: Any = document
    for name in path:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def _entries(document: Mapping[str, Any], *path: str) -> list[tuple[int, dict[str, Any]]]:
    found = _group(document, *path[:-1]).get(path[-1])
    if not isinstance(found, list):
        return []
    return [(index, entry) for index, entry in enumerate(found) if isinstance(entry, dict)]


def _texts(entry: Mapping[str, Any], key: str) -> list[tuple[int, str]]:
    found = entry.get(key)
    if not isinstance(found, list):
        return []
    return [(index, text) for index, text in enumerate(found) if isinstance(text, str)]


def _named(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("id"), str)


def _double_ids(document: Mapping[str, Any], *path: str) -> Iterator[Contradiction]:
    first: dict[str, int] = {}
    for index, entry in _entries(document, *path):
        if not _named(entry):
            continue
        name = entry["id"]
        if name in first:
            message = f"this id stands twice; {path[-1]}[{first[name]}] has it already"
            yield (*path, index, "id"), name, message
        first.setdefault(name, index)


def _shared_charges(document: Mapping[str, Any]) -> Iterator[Contradiction]:
    seen: dict[str, int] = {}
    for index, centre in _entries(document, "centres"):
        path = ("centres", index)
        for number, insee in _texts(centre, "communes"):
            if insee in seen:
                message = f"already in the charge of centres[{seen[insee]}]; keep it in one centre"
                yield (*path, "communes", number), insee, message
            seen.setdefault(insee, index)
        if centre.get("serves_metropole") is True:
            if METROPOLE in seen:
                message = f"centres[{seen[METROPOLE]}] serves the Métropole already; keep one"
                yield (*path, "serves_metropole"), "true", message
            seen.setdefault(METROPOLE, index)


def _technicians(document: Mapping[str, Any], centres: set[str]) -> Iterator[Contradiction]:
    for index, technician in _entries(document, "technicians"):
        path = ("technicians", index)
        centre = technician.get("centre")
        if isinstance(centre, str) and centre not in centres:
            yield (*path, "centre"), centre, f"no such centre; {_choices(centres)}"
        for end in ("start", "end"):
            place = technician.get(end)
            if isinstance(place, str) and place not in centres and not place.isdigit():
                message = f"no such place; {_choices(centres)}, or give a commune's INSEE code"
                yield (*path, end), place, message


def _skills(document: Mapping[str, Any]) -> Iterator[Contradiction]:
    declared = set(_group(document, "skills"))
    for path in (("technicians",), ("demand", "kinds")):
        for index, entry in _entries(document, *path):
            for number, skill in _texts(entry, "skills"):
                if skill not in declared:
                    message = "this skill is not declared; correct it, or add it to [skills]"
                    yield (*path, index, "skills", number), skill, message
    for lang in _group(document, "skill_labels"):
        for skill in _group(document, "skill_labels", lang):
            if skill not in declared:
                message = "this skill is not declared; correct it, or add it to [skills]"
                yield ("skill_labels", lang, skill), None, message
    for skill in _group(document, "uncertainty", "service_by_skill"):
        if skill not in declared:
            message = "this skill is not declared; correct it, or add it to [skills]"
            yield ("uncertainty", "service_by_skill", skill), None, message


def _windows(document: Mapping[str, Any]) -> Iterator[Contradiction]:
    declared = set(_group(document, "demand", "windows")) | {APPOINTMENT}
    for index, kind in _entries(document, "demand", "kinds"):
        for name in _group(kind, "windows"):
            if name not in declared:
                message = "no such windows; correct the name, or add it to [demand.windows]"
                yield ("demand", "kinds", index, "windows", name), None, message


def _agents(document: Mapping[str, Any]) -> Iterator[Contradiction]:
    served = {
        insee
        for _, centre in _entries(document, "centres")
        for _, insee in _texts(centre, "communes")
    }
    if any(entry.get("serves_metropole") is True for _, entry in _entries(document, "centres")):
        served.add(METROPOLE)
    agents = _group(document, "demand", "agents")
    for collectivity in agents:
        if collectivity not in served:
            message = "no centre is in charge of it; add it to a centre, or remove it here"
            yield ("demand", "agents", collectivity), None, message
    counts = [count for count in agents.values() if isinstance(count, int)]
    total = _group(document, "volumes").get("agents")
    if isinstance(total, int) and agents and len(counts) == len(agents) and sum(counts) != total:
        message = f"these sum to {sum(counts)}, but volumes.agents is {total}; make them agree"
        yield ("demand", "agents"), None, message


def _choices(names: set[str]) -> str:
    return f"choose among {', '.join(sorted(names))}" if names else "no centre is given"
