"""What the tests of sheets stand on: the small day's content, and a round of many stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch.fieldwork import Break, Shift, Technician, Ticket, Visit
from dispatch.model.day import CentreDay
from dispatch.model.plan import BreakTaken, CostParts, Plan, Round, Stop
from dispatch.model.problem import DayProblem
from dispatch.service.service import read_service
from dispatch.sheets import ground
from dispatch.sheets.content import Content, without_contacts
from dispatch.streets.router import Travel
from dispatch.views.cartography import Backdrop
from dispatch.wording.phrases import attribution, network_note
from tests.support.pages_fixture import DAY, small_day

LABELS = {"reseau": "Réseau et câblage"}
# A river and a road through the small day's communes (longitude, latitude).
BACKDROP = Backdrop(
    water=(((-0.60, 44.78), (-0.60, 44.83)),), roads=(((-0.68, 44.80), (-0.54, 44.81)),)
)


def content_of(day, territory, lang="fr"):
    """Return what the sheets of a day say."""
    return Content(
        day=without_contacts(day),
        lang=lang,
        settings=read_service().sheets,
        territory=territory,
        labels=LABELS,
        network_note=network_note(None, lang=lang),
        attribution=attribution(lang),
    )


def small_content(text=None, lang="fr"):
    """Return what the sheets of the small day say; with a text, it stands in every field."""
    day, territory = small_day(text)
    return content_of(day, territory, lang)


def land_of(content):
    """Return what lies under its rounds."""
    return ground.ground(content.territory, BACKDROP)


def long_round(stops, *, description="Poste qui ne démarre plus", load=0):
    """
    Return a day of one technician who does some stops of 25 minutes, 5 apart, from 8:00 on.

    The break of an hour follows the fifth stop. All stops lie in Pessac, each with an address.
    """
    _, territory = small_day()
    names = [f"V{number}" for number in range(1, stops + 1)]
    places = ("c", *names)
    legs = np.full((1, len(places), len(places)), 300, dtype=np.int64)
    np.fill_diagonal(legs[0], 0)
    technician = Technician(
        id="T1",
        start="c",
        end="c",
        shift_s=Shift(28_800, 64_800),
        break_=Break(duration_s=3600, earliest_s=0, latest_s=61_200),
        capacity=40,
    )
    visits = tuple(Visit(id=name, place=name, duration_s=1500, load=load) for name in names)
    tickets = {
        name: Ticket(
            id=name,
            insee="33318",
            collectivity="33318",
            lon=-0.65 + 0.003 * rank,
            lat=44.80 + 0.001 * (rank % 4),
            address=f"{rank + 1} avenue de la Libération",
            description=description,
            duration_s=1500,
            load=load,
        )
        for rank, name in enumerate(names)
    }
    starts = [29_100 + 1800 * rank + (3600 if rank >= 5 else 0) for rank in range(stops)]
    done = tuple(
        Stop(visit=name, place=name, arrival_s=start, start_s=start, end_s=start + 1500)
        for name, start in zip(names, starts, strict=True)
    )
    # From the end of the fifth service on.
    pause = BreakTaken(start_s=starts[4] + 1500, end_s=starts[4] + 5100) if stops > 5 else None
    travel_s = 300 * (stops + 1)
    round_ = Round(
        technician="T1",
        departure_s=28_800,
        return_s=starts[-1] + 1800,
        travel_s=travel_s,
        break_=pause,
        stops=done,
    )
    plan = Plan(
        status="complete", cost_s=CostParts(total=travel_s, travel=travel_s), rounds=(round_,)
    )
    problem = DayProblem(DAY, Travel(places, legs), (technician,), visits)
    centre = next(iter(territory.centres.values()))
    home = (centre.lon, centre.lat)
    line = (home, *((ticket.lon, ticket.lat) for ticket in tickets.values()), home)
    return content_of(CentreDay(centre, problem, plan, tickets, {"T1": line}), territory)


def on(day, when):
    """Return a centre's day on another date."""
    return replace(day, problem=replace(day.problem, date=when))


def needs_pango():
    """Skip a test, saying why, where WeasyPrint finds no Pango."""
    try:
        import weasyprint  # noqa: F401
    except OSError as error:  # pragma: no cover - depends on the machine
        pytest.skip(f"no PDF on this machine: {error}")
