"""The key figures of centres and of the whole day, as the index shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatch.checker.fairness import workloads
from dispatch.checker.lateness import late_s
from dispatch.views.itinerary import itineraries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.model.day import CentreDay
    from dispatch.model.plan import Plan


def row(day: CentreDay, href: str, css: str) -> dict[str, Any]:
    """Return a centre's figures for the index: where its page is, its colour, counts and sums."""
    figures = day.plan.summary()
    return {
        "css": css,
        "spread_s": spread_s(day),
        "href": href,
        "name": day.centre.name,
        "gap": day.plan.gap,
        "proven": day.plan.proven_optimal,
        "spare_s": spare_s([day.plan]),
        "windows": windows_kept([day]),
        "rounds": len(itineraries(day)),
        "served": figures["visits_served"],
        "undone": figures["visits_unassigned"],
        "distance_m": figures["distance_m"],
        "travel_s": figures["travel_s"],
        "service_s": figures["service_s"],
    }


def spread_s(day: CentreDay) -> tuple[int, int] | None:
    """Return the least and the most time on site of a technician (seconds); None: there is one."""
    times = workloads(day.problem, day.plan).values()
    return (min(times), max(times)) if len(times) > 1 else None


def late_visits(day: CentreDay) -> int:
    """Return how many visits start after their wished latest start, where that has a price."""
    if not day.problem.weights.lateness:
        return 0
    stops = (stop for round_ in day.plan.rounds for stop in round_.stops)
    return sum(late_s(day.problem, stop) > 0 for stop in stops)


def total(rows: Sequence[dict[str, Any]]) -> dict[str, int | None]:
    """Return the sums of the centres' figures; a distance that one centre lacks is unknown."""
    counts = ("rounds", "served", "undone", "travel_s", "service_s")
    sums: dict[str, int | None] = {key: sum(row[key] for row in rows) for key in counts}
    metres = [row["distance_m"] for row in rows]
    sums["distance_m"] = None if None in metres else sum(metres)
    return sums


def windows_kept(days: Sequence[CentreDay]) -> dict[str, float]:
    """Return how many windows have a chance that is told, and how many are kept on average."""
    chances = [chance for day in days if day.chances is not None for chance in day.chances.kept]
    return {"count": len(chances), "kept": sum(chances)}


def gap(plans: Sequence[Plan]) -> float | None:
    """Return how far all plans together may be from the best; None where one has no bound."""
    cost = sum(plan.cost_s.total for plan in plans)
    bounds = [plan.bound_s for plan in plans]
    known = [bound for bound in bounds if bound is not None]
    return (cost - sum(known)) / cost if cost and len(known) == len(bounds) else None


def spare_s(plans: Sequence[Plan]) -> int | None:
    """Return what the best plans could save (seconds); None unless that is driving alone."""
    saved = 0
    for plan in plans:
        if plan.bound_s is None or plan.cost_s.total != plan.cost_s.travel:
            return None
        saved += plan.cost_s.total - plan.bound_s
    return saved
