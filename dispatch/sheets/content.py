"""What a centre's sheets say, whatever their format: rounds, stops, places, what to load."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.fieldwork import FREE_TEXTS
from dispatch.sheets.place import place_link, position
from dispatch.sheets.streets import in_words
from dispatch.sheets.texts import contact_free, printable
from dispatch.views.details import details
from dispatch.views.itinerary import idle, itineraries, undone
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import unit_count, window_hours
from dispatch.wording.phrases import response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.fieldwork import Technician, Ticket, Visit
    from dispatch.model.chances import StopChances
    from dispatch.model.day import CentreDay
    from dispatch.service.sections import SheetSettings
    from dispatch.territory import Territory
    from dispatch.views.details import Detail
    from dispatch.views.itinerary import Itinerary, Step, Undone
    from dispatch.wording.shape import Catalogue


@dataclass(frozen=True)
class Content:
    """
    A centre's day as its sheets present it.

    Parameters
    ----------
    day
        The day, its tickets' texts without contacts.
    lang
        The language.
    settings
        What a service says of its sheets.
    territory
        For the communes' names.
    labels
        Labels of skills by identifier.
    network_note
        What the travel times rest on.
    attribution
        Licence line of roads and communes.
    """

    day: CentreDay
    lang: str
    settings: SheetSettings
    territory: Territory
    labels: Mapping[str, str]
    network_note: str
    attribution: str

    @property
    def rounds(self) -> tuple[Itinerary, ...]:
        """Return the rounds that have a stop."""
        return itineraries(self.day)

    @property
    def idle(self) -> tuple[Technician, ...]:
        """Return the technicians without any stop."""
        return idle(self.day)

    @property
    def undone(self) -> tuple[Undone, ...]:
        """Return the visits that stay unassigned, most urgent first."""
        return undone(self.day)

    def town(self, ticket: Ticket) -> str:
        """Return the name of a ticket's commune, or its INSEE code where it is not ours."""
        commune = self.territory.communes.get(ticket.insee)
        return ticket.insee if commune is None else commune.name

    def place(self, ticket: Ticket) -> str:
        """Return where to go, in words: the address and commune, or the commune alone."""
        address = " ".join(ticket.address.split())
        town = self.town(ticket)
        return f"{address}, {town}" if address else town

    def position(self, ticket: Ticket) -> str:
        """Return where to go, in degrees."""
        return position(ticket.lat, ticket.lon)

    def details(self, ticket: Ticket) -> list[Detail]:
        """Return the further fields of a ticket that a route sheet shows."""
        return details(ticket, "sheet", self.lang)

    def link(self, ticket: Ticket) -> str:
        """Return what opens the place in the phone's map."""
        return place_link(self.settings, ticket.lat, ticket.lon)

    def windows(self, visit: Visit, ticket: Ticket) -> str:
        """
        Return when a visit may start, in hours, when somebody is there, and by when it should.

        Nothing where it may be done at any time.

        A replan binds what is done to one instant. For such a visit these are the windows that
        were asked for; its hour is shown beside them.
        """
        bound = all(start == end for start, end in visit.windows_s)
        words = catalogue(self.lang)
        said = [window_hours(ticket.windows_s if bound else visit.windows_s)]
        if present := window_hours(ticket.within_s if bound else visit.within_s):
            said.append(f"{words.details['within_s']} {present}")
        if visit.due_s is not None:
            heading = words.pages.response.lower()
            said.append(f"{heading} {response(visit.due_s, lang=self.lang)}")
        return ", ".join(filter(None, said))

    def skills(self, visit: Visit) -> list[str]:
        """Return the labels of the skills that a visit needs."""
        return [printable(self.labels.get(skill, skill)) for skill in sorted(visit.skills)]

    def skills_of(self, itinerary: Itinerary) -> list[tuple[str, list[str]]]:
        """Return each skill that a round needs, and the codes of the stops that need it."""
        needed: dict[str, list[str]] = {}
        for step in itinerary.steps:
            for skill in sorted(step.visit.skills):
                needed.setdefault(skill, []).append(step.code)
        return [
            (printable(self.labels.get(skill, skill)), needed[skill]) for skill in sorted(needed)
        ]

    def equipment(self, itinerary: Itinerary) -> str:
        """Return what to load before a round."""
        loads = [(step.code, step.visit.load) for step in itinerary.steps if step.visit.load]
        return load_line(loads, itinerary.technician, self.lang)

    def surety(self, itinerary: Itinerary, step: Step) -> StopChances | None:
        """Return how sure a stop's hours are; None where that is not told."""
        chances = self.day.chances
        return None if chances is None else chances.stop(itinerary.technician.id, step.visit.id)

    def streets_to(self, itinerary: Itinerary, leg: int) -> str:
        """Return in words the main streets of a leg, counted from 0, or of the last one (-1)."""
        return in_words(self.day.streets_to(itinerary.technician.id, leg))

    def break_before(self, itinerary: Itinerary, step: Step) -> bool:
        """Return whether the break is between the previous stop, or the departure, and a stop."""
        pause = itinerary.round.break_
        if pause is None or pause.start_s >= step.stop.start_s:
            return False
        earlier = [other for other in itinerary.steps if other.number < step.number]
        return not earlier or pause.start_s >= earlier[-1].stop.start_s

    def break_after(self, itinerary: Itinerary) -> bool:
        """Return whether the break comes after the last stop."""
        pause = itinerary.round.break_
        return pause is not None and pause.start_s >= itinerary.steps[-1].stop.start_s

    @property
    def words(self) -> Catalogue:
        """Return the words of the language."""
        return catalogue(self.lang)


def load_line(loads: Sequence[tuple[str, int]], technician: Technician, lang: str) -> str:
    """
    Return what to load before leaving: "4 unités sur 12 : A2 (2), A5 (2)".

    Parameters
    ----------
    loads
        Code and load of each stop that needs any.
    technician
        Whose van it is; says how much fits in.
    lang
        The language.
    """
    words = catalogue(lang)
    if not loads:
        return words.sheets.no_equipment
    total = unit_count(sum(load for _, load in loads), lang)
    if technician.capacity is not None:
        total += f" {words.sheets.of_capacity} {technician.capacity}"
    return f"{total}{words.lists.wide_colon} " + ", ".join(
        f"{code} ({load})" for code, load in loads
    )


def without_contacts(day: CentreDay) -> CentreDay:
    """
    Return a day whose texts fit any format and hold no contacts.

    Free texts of tickets, and the centre's name and address, become `contact_free`. The output
    directory still has what they were.
    """
    tickets = {
        name: ticket.model_copy(
            update={each: contact_free(getattr(ticket, each)) for each in FREE_TEXTS}
        )
        for name, ticket in day.tickets.items()
    }
    centre = replace(
        day.centre, name=printable(day.centre.name), address=printable(day.centre.address)
    )
    return replace(day, tickets=tickets, centre=centre)
