"""A service under another split: centres, premises, technicians and demand are reassigned.

The costs, the kinds of visit and the technicians' hours stay. With the same collectivities the
demand stays too, so that every split is planned on the same sampled days.

- *Technicians.* Each stays with the centre of the same id as far as that centre's number allows.
  The others go to centres that need technicians; those who bring a missing skill go first. When
  more technicians are needed than the roster has, they are repeated in turn ("T01+1"). The service
  file assumes that every centre has every skill: a missing skill is taught to the technician of the
  centre with the fewest skills.
- *Demand.* A commune that joins has agents in proportion to its inhabitants
  (`[split] joining_agents_per_1000`). The volumes grow with the agents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.errors import Fault, InputError
from dispatch.service.sections import CentreEntry, TechnicianEntry
from dispatch.service.service import Service
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.service.sections import Demand, Volumes
    from dispatch.territory import Commune

PER = 1000


def reorganised(
    service: Service,
    communes: Mapping[str, Commune],
    *,
    name: str,
    groups: Mapping[str, Sequence[str]],
    premises: Mapping[str, str],
    technicians: Mapping[str, int],
) -> Service:
    """
    Return a service under another split.

    Parameters
    ----------
    service
        The present one.
    communes
        By INSEE code.
    name
        Name of the split, for messages.
    groups
        Collectivities of each centre.
    premises, technicians
        Town hall and number of technicians of centres; when left out, as in the service.

    Raises
    ------
    InputError
        When a collectivity that is served is left out, or a centre has no premises or no
        technician; all faults at once.
    """
    source = f"split {name}"
    present = {entry.id: entry for entry in service.centres}
    members = {collectivity for group in groups.values() for collectivity in group}
    faults = [
        Fault(source, "", collectivity, "is served but has no centre; give it one")
        for collectivity in sorted(set(service.demand.agents) - members)
    ]
    faults += [
        Fault(source, "", insee, "no such commune in the territory; correct its INSEE code")
        for insee in sorted(({*members, *premises.values()} - {METROPOLE}) - set(communes))
    ]
    faults += [
        Fault(source, "premises", centre, "this centre is new; say where its premises are")
        for centre in groups
        if centre not in premises and centre not in present
    ]
    counts = dict(technicians)
    if not counts:
        counts = _counted(service.technicians)
        adrift = sorted(set(counts) - set(groups))
        if adrift:
            message = "this centre has technicians but no collectivity; give the split's numbers"
            faults += [Fault(source, "technicians", centre, message) for centre in adrift]
    faults += [
        Fault(source, "technicians", centre, "this centre has no technician; give their number")
        for centre in groups
        if counts.get(centre, 0) < 1
    ]
    if faults:
        raise InputError(faults)
    demand, volumes = _grown(service, communes, members)
    changed = {
        "centres": tuple(
            _centre(centre, groups[centre], premises.get(centre), present.get(centre))
            for centre in _in_order(groups, present)
        ),
        "technicians": _staff(service, {centre: counts[centre] for centre in sorted(groups)}),
        "demand": demand,
        "volumes": volumes,
    }
    kept = {field: getattr(service, field) for field in Service.model_fields}
    # Not `model_copy`, which would copy the cached roster of the present split.
    return Service.model_construct(**(kept | changed))


def _in_order(groups: Mapping[str, Sequence[str]], present: Mapping[str, CentreEntry]) -> list[str]:
    """Return the centres: those of the service in its order, then the new ones."""
    return [*(c for c in present if c in groups), *sorted(set(groups) - set(present))]


def _centre(
    centre: str, members: Sequence[str], town_hall: str | None, present: CentreEntry | None
) -> CentreEntry:
    own = tuple(member for member in members if member != METROPOLE)
    if present and set(present.communes) == set(own):
        own = present.communes  # in the order of the file
    given = {
        "id": centre,
        "name": present.name if present else centre,
        "communes": own,
        "serves_metropole": METROPOLE in members,
    }
    if town_hall is not None or present is None:
        return CentreEntry.model_validate({**given, "town_hall": town_hall})
    place = {key: getattr(present, key) for key in ("town_hall", "address", "lon", "lat")}
    return CentreEntry.model_validate({**given, **place})


def _staff(service: Service, counts: Mapping[str, int]) -> tuple[TechnicianEntry, ...]:
    """Return the technicians with their centres, so many a centre as `counts` says."""
    roster = service.technicians
    if counts == _counted(roster):
        return roster
    pool = list(roster)
    for number in range(len(roster), sum(counts.values())):
        again = roster[number % len(roster)]
        times = number // len(roster)
        pool.append(again.model_copy(update={"id": f"{again.id}+{times}"}))
    staff: dict[str, list[TechnicianEntry]] = {centre: [] for centre in counts}
    spare = []
    for entry in pool:
        home = staff.get(entry.centre)
        if home is not None and len(home) < counts[entry.centre]:
            home.append(entry)
        else:
            spare.append(entry)
    skills = set(service.skills)
    for centre, here in staff.items():
        while len(here) < counts[centre]:
            held = {skill for entry in here for skill in entry.skills}
            missing = skills - held
            # The technician who brings the most missing skills; of several, the first.
            best = max(spare, key=lambda entry: len(missing & set(entry.skills)))
            spare.remove(best)
            here.append(best)
    closed = {entry.id for entry in service.centres} - set(counts)
    trained = {
        entry.id: entry
        for centre, here in staff.items()
        for entry in _trained(here, skills, centre, closed)
    }
    return tuple(trained[entry.id] for entry in pool if entry.id in trained)


def _counted(roster: Sequence[TechnicianEntry]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in roster:
        counts[entry.centre] = counts.get(entry.centre, 0) + 1
    return dict(sorted(counts.items()))


def _trained(
    here: Sequence[TechnicianEntry], skills: set[str], centre: str, closed: set[str]
) -> list[TechnicianEntry]:
    """Return a centre's technicians with that centre, each skill held by at least one of them."""
    held = {skill for entry in here for skill in entry.skills}
    learned: dict[str, list[str]] = {entry.id: list(entry.skills) for entry in here}
    for skill in sorted(skills - held):
        learner = min(here, key=lambda entry: len(learned[entry.id]))
        learned[learner.id].append(skill)
    moved = []
    for entry in here:
        update: dict[str, object] = {"centre": centre, "skills": tuple(learned[entry.id])}
        for end in ("start", "end"):
            # A start or end at the former centre becomes the new centre; other places stay.
            if getattr(entry, end) in {entry.centre, *closed}:
                update[end] = centre
        moved.append(entry.model_copy(update=update))
    return moved


def _grown(
    service: Service, communes: Mapping[str, Commune], members: set[str]
) -> tuple[Demand, Volumes]:
    """Return demand and volumes with the collectivities that join; unchanged when none does."""
    demand, volumes = service.demand, service.volumes
    joining = sorted(members - set(demand.agents) - {METROPOLE})
    if not joining:
        return demand, volumes
    rate = service.split.joining_agents_per_1000
    agents = dict(demand.agents)
    for insee in joining:
        agents[insee] = round(communes[insee].population * rate / PER)
    factor = sum(agents.values()) / sum(demand.agents.values())
    grown = {
        key: round(getattr(volumes, key) * factor)
        for key in ("calls", "incidents", "requests", "copiers")
    }
    return (
        demand.model_copy(update={"agents": agents}),
        volumes.model_copy(update={**grown, "agents": sum(agents.values())}),
    )
