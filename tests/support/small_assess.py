"""Centre days made by hand, and a service so small that a day is planned in a moment."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from dispatch.assess.replayed import Replayed, Share
from dispatch.assess.scenarios import Context, Scenario
from dispatch.service.service import Service, read_service
from dispatch.streets.roads import load_network
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = date(2026, 9, 1)
Figures = tuple[int, int, int, int, int]


def made(
    centre: str,
    day: int,
    people: Sequence[Figures],
    *,
    undone: tuple[int, ...] = (0, 0, 0, 0),
    away: Sequence[int] = (),
    cost_s: int = 0,
) -> Replayed:
    """
    Return a centre's day: for each technician visits, travel, metres, service, working (s).

    All visits have priority 3, those left undone as given.
    """
    served = sum(person[0] for person in people)
    asked = tuple(left + (served if rank == 2 else 0) for rank, left in enumerate(undone))
    shares = [
        Share(
            technician=f"{centre}-{number}",
            visits=visits,
            travel_s=travel,
            distance_m=metres,
            service_s=service,
            working_s=working,
        )
        for number, (visits, travel, metres, service, working) in enumerate(people)
    ]
    return Replayed(
        centre=centre,
        date=FIRST + timedelta(days=day),
        asked=asked,
        undone=undone,
        cost_s=cost_s,
        shares=tuple(shares),
        from_centre_s=tuple(sorted(away)),
        stopped="effort",
        input_sha256="0",
    )


@cache
def small_service() -> Service:
    """Return the bundled service with some five visits a day on the whole territory."""
    service = read_service()
    volumes = service.volumes.model_copy(update={"incidents": 2_000, "requests": 700})
    return service.model_copy(update={"volumes": volumes})


def moved(service: Service, insee: str, target: str) -> Service:
    """Return the service with a commune in another centre's charge."""
    centres = tuple(
        entry.model_copy(
            update={
                "communes": tuple(code for code in entry.communes if code != insee)
                + ((insee,) if entry.id == target else ())
            }
        )
        for entry in service.centres
    )
    return service.model_copy(update={"centres": centres})


def two_scenarios() -> list[Scenario]:
    """Return the small service, and the same with Bègles in the charge of Rive droite."""
    service = small_service()
    return [
        Scenario("2019", service),
        Scenario("Bègles moved", moved(service, "33039", "rive-droite")),
    ]


def context_of_jobs() -> Context:
    """Return what the jobs of the two scenarios share."""
    return Context(
        bases={each.base: each.service for each in two_scenarios()},
        communes=read_communes(),
        network=load_network("bundled"),
        effort="quick",
        seed=1,
    )
