"""The store: plans, figures and the backlog of past nights, in SQLite or PostgreSQL.

>>> with Store.open("dispatch.db") as store:              # or "postgresql://host/database"
...     known = store.backlog(before=day, delivered=[ticket.id for ticket in delivery.tickets])
...     joined = merge_delivered(known, delivery.tickets, day, gone_nights=2)
...     ...                                               # plan `joined.tickets`
...     after = after_planning(joined, planned={stop.visit ...}, day=day)
...     store.record(Night(day=day, ..., centres={"sud": CentreNight(plan, ...)}, tickets=after))
...     store.purge(today, service.retention)

- `Store.open(url, create=True)`: a file (`dispatch.db`, `sqlite:///dispatch.db`), or a PostgreSQL
  URL. An older store is upgraded, in one transaction (a copy of an SQLite file stays beside it);
  a newer one is refused. `close()`, or `with`.
- `backlog(before, delivered=())`: the tickets that are not closed, as that night finds them, and
  the closed ones among the ids delivered.
- `record(night)`: everything of a night in one transaction; the same night again takes its place.
- `announce(night)`, `announced()`, `complete(day)`, `withdraw(day)`, `published()`: the journal of
  what is published (`dispatch.store.journal`).
- `nights(since, until)`, `history(since, until, centre)`, `plan(day, centre)`,
  `visits(day, centre)`, `undone(day, centre)`, `rejected(day)`: what was recorded.
- `purge(today, retention)`: removes by age, and counts.
- `check()`: raises when the store cannot be written to (for `dispatch doctor`).

Every error is an `InputError` that names the store (never its password) and the remedy.
"""

from __future__ import annotations

from dispatch.store.records import (
    CentreNight,
    CentreRow,
    Night,
    NightRow,
    PendingNight,
    PlannedVisit,
    Purged,
    RejectedRecord,
    UndoneVisit,
)
from dispatch.store.store import Store

__all__ = [
    "CentreNight",
    "CentreRow",
    "Night",
    "NightRow",
    "PendingNight",
    "PlannedVisit",
    "Purged",
    "RejectedRecord",
    "Store",
    "UndoneVisit",
]
