"""Nights and tickets as rows of the tables, and back."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import TICKET_FIELDS, TICKET_TYPES, Ticket, TimeWindow
from dispatch.model.plan import Plan
from dispatch.store.backlog import BacklogTicket
from dispatch.store.schema import emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Row

    from dispatch.store.records import CentreNight, Night

Values = dict[str, Any]
# The night's log has the full text of a failure; here a part suffices.
FAILURE_CHARS = 2_000
# Columns of a centre's night that are figures of its plan, as `Plan.summary` names them.
FIGURES = (
    "status", "rounds", "visits_served", "visits_unassigned", "travel_s", "distance_m",
    "service_s", "cost_s", "bound_s", "gap", "proven_optimal",
)  # fmt: skip
NO_FIGURES: Values = dict.fromkeys((*FIGURES, "elapsed_s", "plan"))
# Fields that may tell of a person or a home, with their values once they are emptied by age.
WIPED: Values = {name: emptied(name) for name, about in TICKET_FIELDS.items() if about.personal}


def night_values(night: Night) -> Values:
    """Return the row of a night."""
    return {
        "day": night.day,
        "started": night.started,
        "finished": night.finished,
        "exit_code": night.exit_code,
        "version": _text(night.version),
        "network": _text(night.network),
        "effort": _text(night.effort),
        "seed": night.seed,
        "digest": night.digest,
    }


def centre_values(night: Night, name: str, made: CentreNight) -> Values:
    """Return the row of a centre's night."""
    values: Values = {
        "day": night.day,
        "centre": name,
        "failure": _text(made.failure[:FAILURE_CHARS]),
        "problem_sha256": made.problem_sha256,
        "technicians": made.technicians,
    }
    if made.plan is None:
        return values | NO_FIGURES
    figures = made.plan.summary()
    return (
        values
        | {name: figures[name] for name in FIGURES}
        | {"elapsed_s": made.plan.elapsed_s, "plan": packed(made.plan)}
    )


def packed(plan: Plan) -> bytes:
    """Return a plan's JSON, compressed."""
    return zlib.compress(plan.to_json().encode())


def unpacked(content: bytes, source: str) -> Plan:
    """
    Return a plan from the bytes that `packed` made.

    Raises
    ------
    InputError
        When it is damaged.
    """
    try:
        text = zlib.decompress(content).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        message = "is damaged; put back a copy of the store (docs/store.md)"
        raise InputError.one(source, message, where="plan") from error
    return Plan.from_json(text, source)


def visit_values(night: Night) -> Iterator[Values]:
    """
    Yield a row for each visit on a round.

    Raises
    ------
    InputError
        When there is no ticket of that visit; every such visit.
    """
    tickets = {entry.ticket.id: entry.ticket for entry in night.tickets}
    faults = []
    for name, made in sorted(night.centres.items()):
        for round_ in made.plan.rounds if made.plan is not None else ():
            for number, stop in enumerate(round_.stops, start=1):
                ticket = tickets.get(stop.visit)
                if ticket is None:
                    message = (
                        "is on a round, but has no ticket; hand over the result of after_planning"
                    )
                    faults.append(Fault("night", f"centre {name}", stop.visit, message))
                    continue
                yield {
                    "day": night.day,
                    "centre": name,
                    "visit": _text(stop.visit),
                    "technician": _text(round_.technician),
                    "number": number,
                    "insee": ticket.insee,
                    "lon": ticket.lon,
                    "lat": ticket.lat,
                    "arrival_s": stop.arrival_s,
                    "start_s": stop.start_s,
                    "end_s": stop.end_s,
                }
    if faults:
        raise InputError(faults)


def undone_values(night: Night) -> Iterator[Values]:
    """Yield a row for each unassigned visit."""
    for name, made in sorted(night.centres.items()):
        for left in made.plan.unassigned if made.plan is not None else ():
            yield {
                "day": night.day,
                "centre": name,
                "visit": _text(left.visit),
                "reason": left.reason,
            }


def rejected_values(night: Night) -> Iterator[Values]:
    """Yield a row for each ticket that could not be read."""
    for number, found in enumerate(night.rejected, start=1):
        yield {
            "day": night.day,
            "number": number,
            "source": _text(found.source),
            "place": _text(found.where),
            "ticket": _text(found.id),
            "reason": _text(found.reason),
        }


def ticket_values(entry: BacklogTicket) -> Values:
    """Return the row of a ticket."""
    values: Values = {name: _stored(getattr(entry.ticket, name)) for name in TICKET_FIELDS}
    return values | {"first_seen": entry.first_seen}


def _stored(value: object) -> object:
    """Return a value of a ticket as its column holds it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    if isinstance(value, tuple):
        return json.dumps([list(window) for window in value])
    return value


def sighting_values(night: Night, entry: BacklogTicket) -> Values:
    """Return the row of a ticket's state after a night."""
    return {
        "ticket": _text(entry.ticket.id),
        "day": night.day,
        "state": entry.state,
        "since": entry.since,
        "last_seen": entry.last_seen,
        "gone_nights": entry.gone_nights,
    }


def backlog_ticket_of(row: Row[Any]) -> BacklogTicket:
    """Return a ticket of the backlog from its row, joined with its latest sighting."""
    found = row._mapping
    ticket = Ticket(**{name: _restored(name, found[name]) for name in TICKET_FIELDS})
    return BacklogTicket(
        ticket=ticket,
        state=found["state"],
        since=found["since"],
        first_seen=found["first_seen"],
        last_seen=found["last_seen"],
        gone_nights=found["gone_nights"],
    )


def _restored(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    """Return a field's value from what its column holds."""
    if TICKET_TYPES[name] is tuple:
        return tuple(TimeWindow(*window) for window in json.loads(value))
    return frozenset(json.loads(value)) if TICKET_TYPES[name] is frozenset else value


def _text(value: str) -> str:
    """Return a text that both databases accept: without NUL and half surrogate pairs."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
