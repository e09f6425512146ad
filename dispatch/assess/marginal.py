"""What one change at one centre is worth: a technician, a skill, a commune for its neighbour.

Each change is a scenario of its own, planned on the same days as the split itself. Only the centres
that it touches are planned again. Its value is the mean daily difference, changed minus unchanged,
in kilometres, minutes on the road and visits left undone.

    technician   a copy of the centre's technician with the most skills (of several, the first id)
    skill        learnt by the centre's technician who lacks it and has the fewest skills (likewise)
    commune      given, with its visits, to the centre of a neighbouring commune; the centre that
                 loses it keeps its technicians and must keep a collectivity
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from dispatch.assess.figures import KM_M, MINUTE_S
from dispatch.assess.intervals import mean_difference
from dispatch.assess.scenarios import Scenario
from dispatch.splits.borders import commune_neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.assess.replayed import Replayed
    from dispatch.service.sections import Assess, CentreEntry, TechnicianEntry
    from dispatch.service.service import Service
    from dispatch.territory import Commune

Kind = Literal["technician", "skill", "commune"]


@dataclass(frozen=True)
class SingleChange:
    """
    One change at one centre.

    Parameters
    ----------
    kind
        "technician", "skill" or "commune".
    centre
        Id of the centre that gains the technician or the skill, or loses the commune.
    what
        The technician copied, the skill, or the INSEE code of the commune.
    to
        Who learns the skill, or the centre that gains the commune; "" for a technician.
    scenario
        The split with the change.
    """

    kind: Kind
    centre: str
    what: str
    to: str
    scenario: Scenario


def single_changes(scenario: Scenario, communes: Mapping[str, Commune]) -> list[SingleChange]:
    """
    Return every change of one step, in the order of centres, technicians, skills and communes.

    Parameters
    ----------
    scenario
        The split to change.
    communes
        By INSEE code; they say which communes are neighbours.
    """
    service = scenario.service
    found: list[SingleChange] = []
    for entry in service.centres:
        people = sorted(
            (each for each in service.technicians if each.centre == entry.id), key=lambda t: t.id
        )
        if people:
            found.append(_technician(scenario, entry, people))
            found += _skills(scenario, entry, people)
    return found + _communes(scenario, communes)


def _technician(
    scenario: Scenario, entry: CentreEntry, people: Sequence[TechnicianEntry]
) -> SingleChange:
    model = max(people, key=lambda each: len(each.skills))
    taken = {each.id for each in scenario.service.technicians}
    name = f"{model.id}+"
    while name in taken:
        name += "+"
    more = model.model_copy(update={"id": name})
    staff = (*scenario.service.technicians, more)
    changed = _with(scenario, f"{entry.id}: technician", technicians=staff)
    return SingleChange("technician", entry.id, model.id, "", changed)


def _skills(
    scenario: Scenario, entry: CentreEntry, people: Sequence[TechnicianEntry]
) -> list[SingleChange]:
    found = []
    for skill in scenario.service.skills:
        lacking = [each for each in people if skill not in each.skills]
        if not lacking:
            continue
        learner = min(lacking, key=lambda each: len(each.skills))
        taught = learner.model_copy(update={"skills": (*learner.skills, skill)})
        staff = tuple(
            taught if each.id == learner.id else each for each in scenario.service.technicians
        )
        changed = _with(scenario, f"{entry.id}: {skill}", technicians=staff)
        found.append(SingleChange("skill", entry.id, skill, learner.id, changed))
    return found


def _communes(scenario: Scenario, communes: Mapping[str, Commune]) -> list[SingleChange]:
    service = scenario.service
    near = commune_neighbours(communes, service.borders)
    home = {insee: entry.id for entry in service.centres for insee in entry.communes}
    order = [entry.id for entry in service.centres]
    found = []
    for entry in service.centres:
        if len(entry.communes) + entry.serves_metropole < 2:
            continue
        for insee in entry.communes:
            beside = {home[other] for other in near.of[insee] if other in home} - {entry.id}
            for target in sorted(beside, key=order.index):
                centres = tuple(_moved(each, insee, entry.id, target) for each in service.centres)
                changed = _with(scenario, f"{insee}: {target}", centres=centres)
                found.append(SingleChange("commune", entry.id, insee, target, changed))
    return found


def _moved(entry: CentreEntry, insee: str, home: str, target: str) -> CentreEntry:
    if entry.id == home:
        kept = tuple(code for code in entry.communes if code != insee)
        return entry.model_copy(update={"communes": kept})
    if entry.id == target:
        return entry.model_copy(update={"communes": (*entry.communes, insee)})
    return entry


def _with(scenario: Scenario, name: str, **changed: object) -> Scenario:
    """Return the scenario with a changed service, without the values cached for the old one."""
    service: Service = scenario.service.model_copy(update=changed)
    for cached in ("roster", "judging"):
        service.__dict__.pop(cached, None)
    return Scenario(f"{scenario.name}, {name}", service)


def marginal_values(
    unchanged: Sequence[Replayed],
    changed: Sequence[tuple[SingleChange, Sequence[Replayed]]],
    judging: Assess,
) -> pd.DataFrame:
    """
    Return what each change is worth: one row each.

    Parameters
    ----------
    unchanged
        The centre days of the split as it is.
    changed
        Each change with its centre days, on the same days.
    judging
        Confidence and number of bootstrap samples.

    Returns
    -------
    frame
        kind, centre, what, to; days; and for km, minutes and undone the mean daily difference
        with its BCa interval (`_low`, `_high`). Each interval has the settings' confidence on its
        own, so that of many changes some intervals miss the true value.
    """
    before = _daily_sums(unchanged)
    rows = []
    for change, replays in changed:
        after = _daily_sums(replays)
        row = {
            "kind": change.kind,
            "centre": change.centre,
            "what": change.what,
            "to": change.to,
            "days": len(before),
        }
        for name in ("km", "minutes", "undone"):
            found = mean_difference(
                after[name].to_numpy(float),
                before[name].to_numpy(float),
                judging,
                judging.confidence,
            )
            row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _daily_sums(replays: Sequence[Replayed]) -> pd.DataFrame:
    """Return kilometres, minutes on the road and visits undone, one row a day in order."""
    days = sorted({day.date for day in replays})
    sums = {day: np.zeros(3) for day in days}
    for each in replays:
        sums[each.date] += (
            sum(share.distance_m for share in each.shares) / KM_M,
            sum(share.travel_s for share in each.shares) / MINUTE_S,
            sum(each.undone),
        )
    return pd.DataFrame([sums[day] for day in days], columns=["km", "minutes", "undone"])
