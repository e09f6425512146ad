"""What is planned: a split as a scenario, its centre days as jobs, and what all jobs share.

Every scenario has the same days. The visits of a day depend on the demand, the date and the seed,
never on who is in charge (common random numbers: Law, *Simulation Modeling and Analysis*, 5th ed.
2015, section 11.2). A job's key is the digest of all that its figures depend on, so that two
scenarios with the same job have it planned once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dispatch.assess.replayed import REPLAY_FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date as Date

    from dispatch.service.sections import CentreEntry
    from dispatch.service.service import RosterEntry, Service
    from dispatch.solve.efforts import EffortName
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

# Parts of the service that a scenario changes; scenarios share the other parts, the base.
OF_SCENARIO = {"centres", "technicians"}
# Parts of the service that no round depends on: judging, criteria of splits, limits of files.
OF_JUDGING = {"assess", "borders", "limits", "resplit", "split"}
# Fields that say where a centre is.
PLACE = ("town_hall", "lon", "lat")


@dataclass(frozen=True)
class Scenario:
    """
    A division of the work: its name, and the service with that division.

    Parameters
    ----------
    name
        Name in tables; unique among the scenarios of an assessment.
    service
        The service with the scenario's centres and technicians.
    """

    name: str
    service: Service

    @cached_property
    def base(self) -> str:
        """Return the digest of the parts that scenarios share: demand, costs, travel."""
        return json_digest(self.service.model_dump(exclude=OF_SCENARIO | OF_JUDGING))

    @cached_property
    def demand(self) -> str:
        """Return the digest of the demand; scenarios of one digest have the same sampled days."""
        return json_digest(self.service.model_dump(include={"demand", "volumes"}))

    def jobs(self, days: tuple[Date, ...]) -> list[Job]:
        """Return the job of each day and centre, by day, then in the order of the service file."""
        return [
            Job(
                base=self.base,
                date=day,
                centre=entry.id,
                centres=self.service.centres,
                roster=tuple(each for each in self.service.roster if each.centre == entry.id),
            )
            for day in days
            for entry in self.service.centres
        ]


@dataclass(frozen=True)
class Job:
    """
    One centre's day to plan.

    Parameters
    ----------
    base
        `Scenario.base`.
    date, centre
        Which day of which centre.
    centres
        All centres of the scenario, with their communes and premises.
    roster
        The centre's technicians.
    """

    base: str
    date: Date
    centre: str
    centres: tuple[CentreEntry, ...]
    roster: tuple[RosterEntry, ...]

    @cached_property
    def key(self) -> str:
        """
        Return the digest of all that the centre's day depends on.

        Two scenarios in which a centre has the same communes, premises and technicians have the
        same job there, which is planned once.
        """
        own = [entry for entry in self.centres if entry.id == self.centre]
        people = [entry.technician for entry in self.roster]
        ends = {place for person in people for place in (person.start, person.end)}
        return json_digest(
            {
                "base": self.base,
                "date": self.date.isoformat(),
                "centre": [
                    {
                        "id": entry.id,
                        "communes": sorted(entry.communes),
                        "serves_metropole": entry.serves_metropole,
                        **{key: getattr(entry, key) for key in PLACE},
                    }
                    for entry in own
                ],
                # Rounds may start or end at another centre, whose position then counts.
                "ends": [
                    {key: getattr(entry, key) for key in ("id", *PLACE)}
                    for entry in self.centres
                    if entry.id in ends - {self.centre}
                ],
                "technicians": [person.model_dump() for person in people],
            }
        )


@dataclass(frozen=True)
class Context:
    """
    What all jobs of an assessment share; each process is sent it once.

    Parameters
    ----------
    bases
        A service for each `Scenario.base`; its centres and technicians are ignored.
    communes
        The communes by INSEE code.
    network
        The roads.
    effort, seed
        Effort and seed of the search; the sampled days have the same seed.
    """

    bases: Mapping[str, Service]
    communes: Mapping[str, Commune]
    network: Network
    effort: EffortName
    seed: int

    @cached_property
    def key(self) -> str:
        """Return the digest of `stated`."""
        return json_digest(self.stated)

    @cached_property
    def stated(self) -> dict[str, str | int]:
        """Return what every figure rests on besides the scenarios, by name."""
        communes = {
            insee: [each.population, each.town_hall_lon, each.town_hall_lat, each.outline.wkt]
            for insee, each in self.communes.items()
        }
        return {
            "format": REPLAY_FORMAT,
            "network": self.network.sha256,
            "communes": json_digest(communes),
            "effort": self.effort,
            "seed": self.seed,
        }


def json_digest(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a digest of a value, the same for equal values; the order of lists counts."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    # Sets are sorted, as they have no order; dates and times are written as ISO 8601.
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
