"""A service under another split: centres, premises, technicians and demand moved as it says.

What stays: the costs, the kinds of visit, the technicians' hours, and, where the
collectivities are the same, the demand to the last draw, so that the same sample days can be
planned under every split.

- *Technicians.* Each stays with a centre of the same id as far as that centre's number allows;
  the others go where they are needed, first who brings a trade that is missing there. Beyond
  the roster its technicians are repeated in turn ("T01+1"). The service file assumes that
  every centre has every trade at least once: who then lacks one is trained, the technicians
  with the fewest trades first.
- *Demand.* A commune that joins has agents in proportion to its people
  (`[split] joining_agents_per_1000`), and the volumes grow with the agents.
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
        Of the split, for messages.
    groups
        Collectivities of each centre.
    premises, technicians
        Town hall and number of technicians of centres; left out: as in the service.

    Raises
    ------
    InputError
        When a collectivity that is served is left out, or a centre has no premises or no
        technician; every fault.
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
    # Not `model_copy`, which would keep the roster that was worked out for the present split.
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
    """Return the technicians, each with a centre, as many a centre as is asked for."""
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
            # The first of those who bring most of what is missing.
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
    """Return a centre's technicians as its own, so that each trade is held at least once."""
    held = {skill for entry in here for skill in entry.skills}
    learned: dict[str, list[str]] = {entry.id: list(entry.skills) for entry in here}
    for skill in sorted(skills - held):
        learner = min(here, key=lambda entry: len(learned[entry.id]))
        learned[learner.id].append(skill)
    moved = []
    for entry in here:
        update: dict[str, object] = {"centre": centre, "skills": tuple(learned[entry.id])}
        for end in ("start", "end"):
            # Who sets out from the centre sets out from the new one; a home stays a home.
            if getattr(entry, end) in {entry.centre, *closed}:
                update[end] = centre
        moved.append(entry.model_copy(update=update))
    return moved


def _grown(
    service: Service, communes: Mapping[str, Commune], members: set[str]
) -> tuple[Demand, Volumes]:
    """Return demand and volumes with the collectivities that join; the same where none does."""
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
