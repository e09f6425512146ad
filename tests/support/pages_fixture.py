"""A small day to draw: three square communes, two rounds, one visit left out; any texts in it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.fieldwork import Break, Shift, Technician, Ticket, TimeWindow, Visit
from dispatch.model.day import CentreDay
from dispatch.model.plan import BreakTaken, CostParts, Plan, Round, Stop, Unassigned
from dispatch.model.problem import DayProblem
from dispatch.streets.router import Travel
from dispatch.territory import TO_METRIC, Centre, Commune, Territory

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = date(2026, 11, 25)

# Everything that Jinja, JavaScript, HTML, CSV and bidirectional text give a meaning to.
HOSTILE = (
    "{{7*191}}{% raise %}{# ${alert(1)} `${alert(2)}` <script>alert(3)</script>"
    "<img src=x onerror=alert(4)>\"' onmouseover='alert(5)' </textarea></title></style>"
    "<!-- ]]> \\u003cb\\u003e \\\n--> &amp;&#60; javascript:alert(6) %0a # \u2028\u2029 "
    "\u202eRTL\u2066 \u05e9\u05dc\u05d5\u05dd \U0001f600"
)
LONG = "é" * 5000

# A square of 4 km beside another, west to east, south-west of Bordeaux (EPSG:2154, metres).
CORNER = TO_METRIC.transform(-0.66, 44.79)
SIDE_M = 4000

# Visit: (longitude, latitude) and address.
SITES = {
    "V1": (-0.632, 44.806, "Mairie, place de la Ve-République"),
    "V2": (-0.645, 44.797, "Médiathèque, 21 rue de Camponac"),
    "V3": (-0.612, 44.812, "École élémentaire, 4 avenue Pasteur"),
    "V4": (-0.590, 44.802, "Hôtel de ville, rue du Professeur-Arnozan"),
    "V5": (-0.590, 44.802, "Service urbanisme, rue du Professeur-Arnozan"),
    "V6": (-0.548, 44.808, "Mairie annexe, 77 rue Calixte-Camelle"),
    "V7": (-0.655, 44.822, "Gymnase, allée des Sports"),
}
SECONDS_BETWEEN, METRES_BETWEEN = 600, 4200


def squares(names: Mapping[str, str]) -> dict[str, Commune]:
    """Return square communes side by side, by INSEE code."""
    x, y = CORNER
    return {
        insee: Commune(
            insee=insee,
            name=name,
            population=1000,
            pole="Sud",
            takes_part=True,
            town_hall_address="",
            town_hall_lon=-0.6,
            town_hall_lat=44.8,
            outline=shapely.box(x + k * SIDE_M, y, x + (k + 1) * SIDE_M, y + SIDE_M),
        )
        for k, (insee, name) in enumerate(names.items())
    }


def small_day(text: str | None = None) -> tuple[CentreDay, Territory]:
    """
    Return a hand-made day and its territory; with a text, it stands in every field that holds one.

    T1 does V1, V2, V3 with a break after V2; T2 does V4, V5 (same place), V6. Each leg takes
    10 minutes and 4.2 km, each service 30 minutes; V7 finds no room. T3 has nothing to do.
    """

    def words(usual: str) -> str:
        # Ids stay different from each other, and within what an id may be.
        return usual if text is None else f"{text}{usual}"

    def ident(usual: str) -> str:
        return usual if text is None else f"{text[: 190 - len(usual)]}{usual}"

    sites = {ident(name): site for name, site in SITES.items()}
    places = (ident("c"), *sites)
    size = len(places)
    legs = np.full((1, size, size), SECONDS_BETWEEN, dtype=np.int64)
    metres = np.full((size, size), METRES_BETWEEN, dtype=np.int64)
    # V4 and V5 are at one place.
    four, five = places.index(ident("V4")), places.index(ident("V5"))
    for matrix in (legs[0], metres):
        np.fill_diagonal(matrix, 0)
        matrix[four, five] = matrix[five, four] = 0
    skill = ident("reseau")
    technicians = tuple(
        Technician(
            id=ident(name),
            start=places[0],
            end=places[0],
            shift_s=Shift(28_800, 61_200),
            skills=frozenset({skill}),
            break_=Break(duration_s=3600, earliest_s=34_200, latest_s=46_800),
        )
        for name in ("T1", "T2", "T3")
    )
    visits = tuple(
        Visit(
            id=name,
            place=name,
            duration_s=1800,
            windows_s=(TimeWindow(28_800, 43_200),),
            skills=frozenset({skill}),
            priority=2,
        )
        for name in sites
    )
    problem = DayProblem(DAY, Travel(places, legs, metres), technicians, visits)
    tickets = {
        name: Ticket(
            id=name,
            insee="33318" if lon < -0.61 else "33522",
            collectivity="33318",
            lon=lon,
            lat=lat,
            address=words(address),
            description=words("Poste qui ne démarre plus"),
            duration_s=1800,
            windows_s=(TimeWindow(28_800, 43_200),),
            skills=frozenset({skill}),
            priority=2,
            due=DAY,
        )
        for name, (lon, lat, address) in sites.items()
    }
    first = Round(
        technician=ident("T1"),
        departure_s=28_800,
        return_s=40_200,
        travel_s=2400,
        distance_m=16_800,
        break_=BreakTaken(start_s=34_200, end_s=37_800),
        stops=(
            stop(ident("V1"), 29_400),
            stop(ident("V2"), 31_800),
            Stop(
                visit=ident("V3"), place=ident("V3"), arrival_s=37_800, start_s=37_800, end_s=39_600
            ),
        ),
    )
    second = Round(
        technician=ident("T2"),
        departure_s=30_000,
        return_s=37_200,
        travel_s=1800,
        distance_m=12_600,
        stops=(stop(ident("V4"), 30_600), stop(ident("V5"), 32_400), stop(ident("V6"), 34_800)),
    )
    plan = Plan(
        status="partial",
        cost_s=CostParts(total=18_600, travel=4200, unassigned=14_400),
        bound_s=18_540,
        gap=60 / 18_600,
        rounds=(first, second),
        unassigned=(Unassigned(visit=ident("V7"), reason="crowded_out"),),
    )
    centre = Centre(
        id="sud" if text is None else text[:150],
        name=words("Sud"),
        address=words("Hôtel de ville, Talence"),
        lon=-0.600,
        lat=44.805,
        communes=("33318", "33522"),
    )
    home = (centre.lon, centre.lat)
    lines = {
        round_.technician: (
            home,
            *((tickets[s.visit].lon, tickets[s.visit].lat) for s in round_.stops),
            home,
        )
        for round_ in plan.rounds
    }
    communes = squares(
        {"33318": words("Pessac"), "33522": words("Talence"), "33039": words("Bègles")}
    )
    day = CentreDay(centre, problem, plan, tickets, lines, sample=True)
    return day, Territory(communes, {centre.id: centre})


def stop(name: str, start_s: int) -> Stop:
    """Return a stop of 30 minutes that starts on arrival."""
    return Stop(visit=name, place=name, arrival_s=start_s, start_s=start_s, end_s=start_s + 1800)
