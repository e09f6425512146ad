"""Records of the store: a night, its centres, and their rows over time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from dispatch.model.plan import Plan
    from dispatch.store.backlog import BacklogTicket


@dataclass(frozen=True)
class CentreNight:
    """
    The result of a night for one centre.

    Parameters
    ----------
    plan
        The centre's plan; None when it could not be planned.
    failure
        Why it could not be planned; empty when it could.
    problem_sha256
        Digest of the problem that was planned; empty when there was none.
    technicians
        How many technicians work.
    """

    plan: Plan | None
    failure: str = ""
    problem_sha256: str = ""
    technicians: int = 0


@dataclass(frozen=True)
class RejectedRecord:
    """A ticket that could not be read: its place in the source, and why; nothing personal."""

    source: str
    where: str
    id: str
    reason: str


@dataclass(frozen=True)
class Night:
    """
    One run of the nightly job, which `Store.record` writes in one transaction.

    Parameters
    ----------
    day
        The planned day, which names the night.
    started, finished
        Instants, with their time zone.
    exit_code
        Of the run.
    version
        Of dispatch.
    network
        Name of the roads planned on.
    effort, seed
        As in `dispatch.solve.solve`.
    centres
        By id.
    tickets
        Every known ticket as it is after the night: what `backlog.after_planning` returns.
    rejected
        Tickets that could not be read.
    digest
        Of the `plan.json` that the night publishes; None: it publishes nothing.
    """

    day: date
    started: datetime
    finished: datetime
    exit_code: int
    version: str
    network: str
    effort: str
    seed: int
    centres: Mapping[str, CentreNight]
    tickets: tuple[BacklogTicket, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    digest: str | None = None


@dataclass(frozen=True)
class PendingNight:
    """A night that was about to be published: its day, and the digest of its `plan.json`."""

    day: date
    digest: str


@dataclass(frozen=True)
class NightRow:
    """A night as it was recorded, without its centres; instants in UTC."""

    day: date
    started: datetime
    finished: datetime
    exit_code: int
    version: str
    network: str
    effort: str
    seed: int

    @property
    def duration_s(self) -> float:
        """Return how long the night's run took (seconds)."""
        return (self.finished - self.started).total_seconds()


@dataclass(frozen=True)
class CentreRow:
    """The figures of a centre on a night; None: not planned, or not known."""

    day: date
    centre: str
    failure: str
    problem_sha256: str
    technicians: int
    status: str | None
    rounds: int | None
    visits_served: int | None
    visits_unassigned: int | None
    travel_s: int | None
    distance_m: int | None
    service_s: int | None
    cost_s: int | None
    bound_s: int | None
    gap: float | None
    proven_optimal: bool | None
    elapsed_s: float | None


@dataclass(frozen=True)
class PlannedVisit:
    """A visit on a round: who, where and when (seconds since local midnight)."""

    day: date
    centre: str
    technician: str
    number: int
    visit: str
    insee: str
    lon: float | None
    lat: float | None
    arrival_s: int
    start_s: int
    end_s: int


@dataclass(frozen=True)
class UndoneVisit:
    """An unassigned visit of a day, and why (`dispatch.model.plan.Reason`)."""

    day: date
    centre: str
    visit: str
    reason: str


@dataclass(frozen=True)
class Purged:
    """How much a purge removed."""

    plans: int = 0
    visits: int = 0
    undone: int = 0
    ticket_texts: int = 0
    tickets: int = 0
    rejected: int = 0
    backups: int = 0

    @property
    def total(self) -> int:
        """Return how many things were removed in all."""
        return sum(getattr(self, field.name) for field in fields(self))
