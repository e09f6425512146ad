"""The store itself: one object for both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from dispatch.backlog import Kept
    from dispatch.night_settings import Retention
    from dispatch.plan import Plan
    from dispatch.store.records import (
        Aside,
        CentreRow,
        Night,
        NightRow,
        PlannedVisit,
        Purged,
        UndoneVisit,
    )


class Store:
    """What is kept between nights; see `dispatch.store`."""

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Store:
        """Open a store: a file, or a PostgreSQL URL."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the database."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def backlog(self, before: date, delivered: Collection[str] = ()) -> tuple[Kept, ...]:
        """Return the tickets that were not closed before a night, by id."""
        raise NotImplementedError

    def record(self, night: Night) -> None:
        """Keep a night, in place of what was kept of it before."""
        raise NotImplementedError

    def nights(self, since: date | None = None, until: date | None = None) -> tuple[NightRow, ...]:
        """Return the nights, by day."""
        raise NotImplementedError

    def history(
        self, since: date | None = None, until: date | None = None, centre: str | None = None
    ) -> tuple[CentreRow, ...]:
        """Return the figures of centres, by day and centre."""
        raise NotImplementedError

    def plan(self, day: date, centre: str) -> Plan | None:
        """Return a plan; None when there is none, or none any more."""
        raise NotImplementedError

    def visits(self, day: date, centre: str | None = None) -> tuple[PlannedVisit, ...]:
        """Return who was to be where and when."""
        raise NotImplementedError

    def undone(self, day: date, centre: str | None = None) -> tuple[UndoneVisit, ...]:
        """Return what stayed undone."""
        raise NotImplementedError

    def aside(self, day: date) -> tuple[Aside, ...]:
        """Return what the source could not read."""
        raise NotImplementedError

    def purge(self, today: date, retention: Retention) -> Purged:
        """Remove by age, and count."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise when the store cannot be written to."""
        raise NotImplementedError
