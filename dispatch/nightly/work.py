"""The inputs of a night: service, roster and absences; the source's tickets and the backlog.

Something must be planned, so a night does without a missing input and reports it:

- the source does not answer: the backlog alone is planned;
- the store does not open: the source's tickets alone are planned;
- a line of the absences is faulty: the other lines count;
- a ticket would make its centre's day impossible: that ticket is rejected.

A plan that was made with all inputs is never replaced by one that was made without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.data import data_path
from dispatch.errors import DispatchError, InputError, TravelError
from dispatch.files.textfile import read_text
from dispatch.inputs.read import read_technicians
from dispatch.model.day import problem_of, share_out
from dispatch.nightly.absences import Absences, read_absences
from dispatch.planday.inputs import Inputs
from dispatch.service.service import SERVICE_MAX_MB, parse_service
from dispatch.store.backlog import MergedBacklog, merge_delivered, shrunk
from dispatch.supervision.deadline import LateError, in_time
from dispatch.territory import read_communes
from dispatch.tickets.delivery import Delivery, RejectedTicket
from dispatch.tickets.sources import open_source
from dispatch.wording.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from dispatch.fieldwork import Ticket
    from dispatch.folder.familiarity import History
    from dispatch.model.day import Work
    from dispatch.nightly.config import NightConfig
    from dispatch.planday.inputs import Roads
    from dispatch.service.service import RosterEntry, Service
    from dispatch.store import Store
    from dispatch.store.backlog import BacklogTicket
    from dispatch.territory import Commune, Territory

HERE = "dispatch"
# Where no budget is given (seconds).
SOURCE_S = 1800.0


@dataclass(frozen=True)
class Setting:
    """What is known before any ticket is read: service, territory, and who works that day."""

    service: Service
    service_text: str
    communes: Mapping[str, Commune]
    territory: Territory
    roster: tuple[RosterEntry, ...]
    absences: Absences

    @property
    def present(self) -> tuple[RosterEntry, ...]:
        """Return who works that day."""
        return self.absences.present(self.roster)

    @property
    def shift_ends_s(self) -> tuple[int, ...]:
        """Return when each shift of the roster ends (seconds since midnight)."""
        return tuple(entry.technician.shift_s.end_s for entry in self.roster)

    def inputs(
        self, day: date, tickets: Iterable[Ticket], roads: Roads, history: History
    ) -> Inputs:
        """Return the inputs of `plan_of`."""
        return Inputs(
            date=day,
            service=self.service,
            service_text=self.service_text,
            communes=self.communes,
            territory=self.territory,
            roster=self.present,
            tickets=tuple(tickets),
            sample=False,
            roads=roads,
            history=history,
        )


@dataclass(frozen=True)
class Gathered:
    """
    The tickets of a night.

    Parameters
    ----------
    joined
        The tickets to plan, and every other known ticket.
    delivery
        The delivery of the source; None: it could not be read.
    trouble
        Why it could not be read.
    missing
        Tickets that are missing from a list too short to be believed; 0: it is believed.
    store_trouble
        Why the store could not be read; None: it could, or there is none.
    """

    joined: MergedBacklog
    delivery: Delivery | None
    trouble: DispatchError | None = None
    store_trouble: DispatchError | None = None
    missing: int = 0

    def cancelled(self, day: date) -> tuple[str, ...]:
        """Return the ids of the tickets that this night cancels."""
        return tuple(
            entry.ticket.id
            for entry in self.joined.others
            if entry.state == "cancelled" and entry.since == day
        )

    def without(self, ahead: Mapping[str, date]) -> Gathered:
        """
        Return them without those that another day's folder has on its rounds.

        Parameters
        ----------
        ahead
            The day of each such ticket. A store that is up to date knows them already.
        """
        to_plan, others = self.joined
        moved = [
            replace(entry, state="planned", since=ahead[entry.ticket.id])
            for entry in to_plan
            if entry.ticket.id in ahead
        ]
        if not moved:
            return self
        left = tuple(entry for entry in to_plan if entry.ticket.id not in ahead)
        beside = tuple(sorted((*others, *moved), key=lambda entry: entry.ticket.id))
        return replace(self, joined=MergedBacklog(left, beside))


def read_setting(config: NightConfig, day: date) -> Setting:
    """
    Read service file, roster and absences.

    Raises
    ------
    InputError
        When the service file or the roster is faulty; faults of the absences are in the result.
    """
    path = config.plan.service or data_path("service.toml")
    text = read_text(path, max_mb=SERVICE_MAX_MB)
    service = parse_service(text, path.name)
    communes = read_communes()
    territory = service.territory(communes)
    roster = service.roster
    if config.plan.roster is not None:
        roster = tuple(read_technicians(config.plan.roster, service, communes))
    absences = Absences()
    if config.plan.absences is not None:
        known = {entry.technician.id for entry in roster}
        absences = read_absences(config.plan.absences, day, known, service.limits)
    return Setting(service, text, communes, territory, roster, absences)


def gather(
    config: NightConfig,
    setting: Setting,
    store: Store | None,
    day: date,
    today: date,
    *,
    stands: bool,
    source_s: float = SOURCE_S,
) -> Gathered:
    """
    Return the tickets to plan: the source's, joined with the backlog.

    Parameters
    ----------
    config
        Which source, and how its deliveries are understood.
    setting
        Service, territory and technicians, which tickets must fit.
    store
        The store of the backlog; None: it cannot be read.
    day
        The planned day.
    today
        The last day whose rounds are over; tickets planned for a later day stay planned.
    stands
        Whether the day was planned before; the backlog alone must not replace that plan.
    source_s
        How long reading the source may take; then it counts as away.

    Raises
    ------
    InputError
        When the source cannot be read and the backlog may not take its place.
    """
    try:
        delivery = _delivered(config, setting, day, source_s)
    except InputError as error:
        if store is None or stands or not config.backlog.without_source:
            raise
        # Which tickets are closed meanwhile is not known: the backlog is planned as last seen.
        all_known = store.backlog(before=day)
        still_open = tuple(entry for entry in all_known if entry.state == "open")
        if not still_open:
            raise
        others = tuple(entry for entry in all_known if entry.state != "open")
        return Gathered(MergedBacklog(still_open, others), None, error)
    ids = [ticket.id for ticket in delivery.tickets]
    known: tuple[BacklogTicket, ...] = ()
    lost: DispatchError | None = None
    try:
        known = () if store is None else store.backlog(before=day, delivered=ids)
    except InputError as error:
        # As where it cannot be opened: see `run.py`.
        if stands or not config.backlog.complete:
            raise
        lost = error
    tickets = delivery.tickets
    if not config.backlog.complete:
        # A source of new tickets may deliver one again that was planned or closed: it is ignored.
        settled = {entry.ticket.id for entry in known if entry.closed or entry.state == "planned"}
        tickets = tuple(ticket for ticket in tickets if ticket.id not in settled)
    rejected = [each.id for each in delivery.rejected if each.id]
    complete = config.backlog.complete and delivery.complete
    missing = 0
    if complete and config.backlog.shrinks_at is not None:
        missing = shrunk(
            known,
            {*ids, *rejected},
            share=config.backlog.shrinks_at,
            least=config.backlog.shrinks_from,
        )
    joined = merge_delivered(
        known,
        tickets,
        day,
        gone_nights=setting.service.backlog.gone_nights,
        complete=complete,
        believed=not missing,
        rejected=rejected,
        today=today,
    )
    return Gathered(joined, delivery, store_trouble=lost, missing=missing)


def _delivered(config: NightConfig, setting: Setting, day: date, source_s: float) -> Delivery:
    """Return the source's delivery, within its time: a disk or a server may keep silent."""

    def fetched() -> Delivery:
        source = open_source(config.tickets, setting.service, setting.communes, setting.roster)
        return source.fetch(day)

    try:
        return in_time(fetched, source_s)
    except LateError as error:
        message = f"was not read within {source_s:g} s; see that the source answers"
        raise InputError.one(config.tickets.source, message, where="tickets.source") from error


def reject_unplannable(
    setting: Setting, tickets: Sequence[Ticket], roads: Roads, day: date
) -> tuple[tuple[Ticket, ...], tuple[RejectedTicket, ...]]:
    """
    Reject the tickets that would make a centre's whole day fail.

    Returns
    -------
    sound, rejected
        In the order given; a rejected ticket has a reason in French, for centre heads.
    """
    present = {entry.technician.id for entry in setting.present}
    words = catalogue().rejections
    why: dict[str, str] = {}
    sound = []
    for ticket in tickets:
        if ticket.technician is not None and ticket.technician not in present:
            why[ticket.id] = words.pinned_away
        elif (
            ticket.technician is None
            and setting.territory.centre_in_charge(ticket.collectivity) is None
        ):
            why[ticket.id] = words.nobody_in_charge
        else:
            sound.append(ticket)
    for work in share_out(setting.territory, sound, setting.present).values():
        # The whole day is tried first: nearly always it is sound, and its travel times are cached
        # for the planning. Where the day fails without tickets too, no ticket is to blame.
        failed = _error(work, setting, roads, day)
        if failed is None or _error(_with(work, ()), setting, roads, day):
            continue
        for name, error in _to_blame(work, failed, setting, roads, day).items():
            off = isinstance(error, TravelError)
            why[name] = words.off_the_roads if off else words.contradictory
    unplannable = tuple(
        RejectedTicket(HERE, "", ticket.id, why[ticket.id])
        for ticket in tickets
        if ticket.id in why
    )
    return tuple(ticket for ticket in sound if ticket.id not in why), unplannable


def _with(work: Work, tickets: tuple[Ticket, ...]) -> Work:
    return replace(work, tickets=tickets)


def _to_blame(
    work: Work, failed: DispatchError, setting: Setting, roads: Roads, day: date
) -> dict[str, DispatchError]:
    """
    Return the tickets of a failed day that fail alone, with their errors.

    The day is halved, and each half that fails again: for one ticket in n some 2 log2(n) problems
    are built, each half as large as the one before, in place of n.
    """
    tickets = work.tickets
    if len(tickets) == 1:
        return {tickets[0].id: failed}
    found: dict[str, DispatchError] = {}
    half = len(tickets) // 2
    for part in (tickets[:half], tickets[half:]):
        smaller = _with(work, part)
        error = _error(smaller, setting, roads, day)
        if error is not None:
            found |= _to_blame(smaller, error, setting, roads, day)
    return found


def _error(work: Work, setting: Setting, roads: Roads, day: date) -> DispatchError | None:
    """Return the error of a centre's day; None: it can be planned."""
    try:
        problem_of(
            work, day, setting.service, setting.communes, roads.router, traffic=roads.traffic
        )
    except DispatchError as error:
        return error
    return None
