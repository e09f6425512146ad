"""Daily rounds of field technicians: planned, bounded, checked, drawn."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

# Functions of the same name as their packages: they must be here before the package is
# imported by anybody else, and are light; the rest is loaded when first asked for.
from dispatch.assess import assess
from dispatch.resplit import resplit
from dispatch.solve import solve

if TYPE_CHECKING:
    from dispatch.assess.choice import bundled_splits
    from dispatch.assess.words import verdicts
    from dispatch.config import Service, read_service
    from dispatch.day import problem_of, share_out
    from dispatch.demand import sample_day
    from dispatch.errors import DispatchError, InputError, SolverError, TravelError
    from dispatch.fieldwork import Break, Shift, Technician, Ticket, TimeWindow, Visit
    from dispatch.plan import Plan
    from dispatch.problem import DayProblem
    from dispatch.read import read_technicians, read_visits
    from dispatch.roads import load_network
    from dispatch.rules import Violation, check, cost
    from dispatch.showing import Page, show_assessment, show_day, show_splits
    from dispatch.split import Split, read_split
    from dispatch.territory import Centre, Commune, Territory, read_communes
    from dispatch.travel import Router, Site, Travel

__version__ = version("dispatch")

_HOME = {
    "Break": "fieldwork",
    "Centre": "territory",
    "Commune": "territory",
    "DayProblem": "problem",
    "DispatchError": "errors",
    "InputError": "errors",
    "Page": "showing",
    "Plan": "plan",
    "Router": "travel",
    "Service": "config",
    "Shift": "fieldwork",
    "Site": "travel",
    "SolverError": "errors",
    "Split": "split",
    "Technician": "fieldwork",
    "Territory": "territory",
    "Ticket": "fieldwork",
    "TimeWindow": "fieldwork",
    "Travel": "travel",
    "TravelError": "errors",
    "Violation": "rules",
    "Visit": "fieldwork",
    "bundled_splits": "assess.choice",
    "check": "rules",
    "cost": "rules",
    "load_network": "roads",
    "problem_of": "day",
    "read_communes": "territory",
    "read_service": "config",
    "read_split": "split",
    "read_technicians": "read",
    "read_visits": "read",
    "sample_day": "demand",
    "share_out": "day",
    "show_assessment": "showing",
    "show_day": "showing",
    "show_splits": "showing",
    "verdicts": "assess.words",
}

__all__ = [
    "Break",
    "Centre",
    "Commune",
    "DayProblem",
    "DispatchError",
    "InputError",
    "Page",
    "Plan",
    "Router",
    "Service",
    "Shift",
    "Site",
    "SolverError",
    "Split",
    "Technician",
    "Territory",
    "Ticket",
    "TimeWindow",
    "Travel",
    "TravelError",
    "Violation",
    "Visit",
    "__version__",
    "assess",
    "bundled_splits",
    "check",
    "cost",
    "load_network",
    "problem_of",
    "read_communes",
    "read_service",
    "read_split",
    "read_technicians",
    "read_visits",
    "resplit",
    "sample_day",
    "share_out",
    "show_assessment",
    "show_day",
    "show_splits",
    "solve",
    "verdicts",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a public name may be anything
    if name not in _HOME:
        msg = f"module 'dispatch' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"dispatch.{_HOME[name]}"), name)
