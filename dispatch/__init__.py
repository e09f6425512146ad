"""Daily rounds of field technicians: planned, bounded, checked, drawn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dispatch.version import __version__

if TYPE_CHECKING:
    from dispatch.assess import assess
    from dispatch.assess.choice import bundled_splits
    from dispatch.assess.words import verdicts
    from dispatch.checker.rules import Violation, check, cost
    from dispatch.demand import sample_day
    from dispatch.errors import DispatchError, InputError, SolverError, TravelError
    from dispatch.fieldwork import Break, Shift, Technician, Ticket, TimeWindow, Visit
    from dispatch.inputs.read import read_technicians, read_visits
    from dispatch.model.day import problem_of, share_out
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.notebook import Page, show_assessment, show_day, show_splits
    from dispatch.planday.inputs import PlanOptions, read_inputs
    from dispatch.planday.plan import plan_of
    from dispatch.resplit import resplit
    from dispatch.service.service import Service, read_service
    from dispatch.solve import solve
    from dispatch.splits.reading import read_split
    from dispatch.splits.split import Split
    from dispatch.streets.roads import load_network
    from dispatch.streets.router import Router, Site, Travel
    from dispatch.territory import Centre, Commune, Territory, read_communes

_HOME = {
    "Break": "fieldwork",
    "Centre": "territory",
    "Commune": "territory",
    "DayProblem": "model.problem",
    "DispatchError": "errors",
    "InputError": "errors",
    "Page": "notebook",
    "Plan": "model.plan",
    "PlanOptions": "planday.inputs",
    "Router": "streets.router",
    "Service": "service.service",
    "Shift": "fieldwork",
    "Site": "streets.router",
    "SolverError": "errors",
    "Split": "splits.split",
    "Technician": "fieldwork",
    "Territory": "territory",
    "Ticket": "fieldwork",
    "TimeWindow": "fieldwork",
    "Travel": "streets.router",
    "TravelError": "errors",
    "Violation": "checker.rules",
    "Visit": "fieldwork",
    "bundled_splits": "assess.choice",
    "check": "checker.rules",
    "cost": "checker.rules",
    "load_network": "streets.roads",
    "plan_of": "planday.plan",
    "problem_of": "model.day",
    "read_communes": "territory",
    "read_inputs": "planday.inputs",
    "read_service": "service.service",
    "read_split": "splits.reading",
    "read_technicians": "inputs.read",
    "read_visits": "inputs.read",
    "sample_day": "demand",
    "share_out": "model.day",
    "show_assessment": "notebook",
    "show_day": "notebook",
    "show_splits": "notebook",
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
    "PlanOptions",
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
    "plan_of",
    "problem_of",
    "read_communes",
    "read_inputs",
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


# Packages that are functions too: whoever imports the package has the function.
_CALLABLE = ("assess", "resplit", "solve")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a public name may be anything
    """Import a public name when it is first asked for: `dispatch --help` waits for none."""
    if name in _CALLABLE:
        return import_module(f"dispatch.{name}")
    if name not in _HOME:
        msg = f"module 'dispatch' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"dispatch.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
