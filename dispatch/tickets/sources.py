"""The sources of tickets, and which one a configuration means."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from dispatch.errors import InputError
from dispatch.tickets.delivery import Delivery, RejectedTicket, TicketSource
from dispatch.tickets.geocache import AnswerCache
from dispatch.tickets.geocode import Geocoder
from dispatch.tickets.glpi import Glpi
from dispatch.tickets.importing import Importer
from dispatch.tickets.mapping import GLPI_MAPPING, chosen_mapping, own_format, read_mapping
from dispatch.tickets.reading import Reading
from dispatch.tickets.section import AUTO
from dispatch.tickets.sites import KnownPlaces, read_known_places
from dispatch.tickets.table import headings_of, read_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from dispatch.fieldwork import Ticket
    from dispatch.service.service import RosterEntry, Service
    from dispatch.territory import Commune
    from dispatch.tickets.ask import HttpClient
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.section import TicketsSection

SUFFIXES = (".csv", ".xlsx")
# Spreadsheet programs write such a file beside each open one.
LOCK_FILE = "~$"
LISTED = 5


class FileSource:
    """
    One file of tickets.

    Parameters
    ----------
    path
        CSV or XLSX.
    service
        Bounds.
    mapping
        How it is read.
    importer
        Makes tickets of its rows.
    number_rows
        Whether rows of a file without ids are named by their lines.
    """

    def __init__(
        self,
        path: Path,
        service: Service,
        mapping: TicketMapping,
        importer: Importer,
        *,
        number_rows: bool = False,
    ) -> None:
        self._path, self._service = path, service
        self._mapping, self._importer = mapping, importer
        self._number_rows = number_rows

    def read(self, day: date) -> Reading:
        """Return tickets, rejected rows and faults; faults show values of cells."""
        raw = read_raw(
            self._path, self._mapping, self._service.limits, self._service.ticket_limits,
            number_rows=self._number_rows,
        )  # fmt: skip
        return self._importer.read(raw, day)

    def fetch(self, day: date) -> Delivery:
        """Return the open tickets; see `TicketSource`."""
        return _delivery(self.read(day))


class FolderSource:
    """
    A folder of files; they are not moved.

    When a ticket is in several files, the file with the last name counts (exports are named by
    their date): a ticket that is closed there is closed.

    Parameters
    ----------
    path
        The folder. Its sub-folders, links and hidden files are not followed.
    service
        Bounds.
    opened
        Returns the source of each file.
    """

    def __init__(self, path: Path, service: Service, opened: Callable[[Path], FileSource]) -> None:
        self._path, self._service, self._opened = path, service, opened

    def read(self, day: date) -> Reading:
        """Return tickets and rejected rows of all files; an unreadable file is rejected whole."""
        readings, broken = [], []
        for path in self._files():
            try:
                readings.append(self._opened(path).read(day))
            except InputError as error:
                broken.append((path.name, error))
        joined = _joined(readings, self._service.ticket_limits.tickets, self._path.name)
        whole = tuple(
            RejectedTicket(name, "", "", "; ".join(dict.fromkeys(_whole_reason(error))))
            for name, error in broken
        )
        faults = tuple(fault for _, error in broken for fault in error.faults)
        return replace(joined, rejected=whole + joined.rejected, faults=faults + joined.faults)

    def fetch(self, day: date) -> Delivery:
        """Return the open tickets; see `TicketSource`."""
        return _delivery(self.read(day))

    def _files(self) -> list[Path]:
        try:
            found = sorted(self._path.iterdir(), key=lambda path: path.name)
        except FileNotFoundError:
            message = "there is no such folder; check the path"
            raise InputError.one(str(self._path), message) from None
        except OSError as exc:
            message = f"cannot be read as a folder ({exc.strerror}); check the path and its rights"
            raise InputError.one(str(self._path), message) from exc
        files = [
            path
            for path in found
            if path.suffix.casefold() in SUFFIXES
            and not path.name.startswith((".", LOCK_FILE))
            and not path.is_symlink()
            and path.is_file()
        ]
        most = self._service.ticket_limits.files
        if len(files) > most:
            message = f"has more than {most} files ({len(files)}); move those of former days away"
            raise InputError.one(str(self._path), message)
        return files


class GlpiSource:
    """
    GLPI's REST API.

    Parameters
    ----------
    client
        Its client.
    service, mapping, importer
        As for `FileSource`.
    """

    def __init__(
        self, client: Glpi, service: Service, mapping: TicketMapping, importer: Importer
    ) -> None:
        self._client, self._service = client, service
        self._mapping, self._importer = mapping, importer

    def read(self, day: date) -> Reading:
        """Return GLPI's open tickets, read or rejected."""
        raw, sites = self._client.read(self._mapping, self._service.limits.text_chars)
        return self._importer.read(raw, day, sites=KnownPlaces(sites))

    def fetch(self, day: date) -> Delivery:
        """Return the open tickets; see `TicketSource`."""
        return _delivery(self.read(day))


def open_source(
    config: TicketsSection,
    service: Service,
    communes: Mapping[str, Commune],
    roster: Sequence[RosterEntry] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    glpi_client: HttpClient | None = None,
    geocoding_client: HttpClient | None = None,
) -> FileSource | FolderSource | GlpiSource:
    """
    Return the source that a configuration means.

    Parameters
    ----------
    config
        The section `[tickets]`; relative paths are relative to the working directory (see
        `TicketsSection.beside`).
    service
        Skills, centres, limits.
    communes
        The communes by INSEE code.
    roster
        Who works; None: the service's technicians.
    environment
        Variables with the tokens; None: this process's environment.
    glpi_client, geocoding_client
        HTTP clients; None: with the patience of the service file.

    Raises
    ------
    InputError
        When the mapping or the sites file is wrong, or a token is missing; all faults of a file.
    """
    skills = set(service.skills)
    sites = KnownPlaces(
        read_known_places(config.sites, service.limits, communes) if config.sites else ()
    )
    geocoder = None
    if config.geocode:
        days = cache_days(service)
        settings = service.geocoding.model_copy(
            update={
                "cache_days": days,
                "cache_unfound_days": min(days, service.geocoding.cache_unfound_days),
            }
        )
        cache = address_cache(config, service)
        geocoder = Geocoder(
            settings,
            communes,
            margin_m=service.limits.commune_margin_m,
            client=geocoding_client,
            cache=cache,
        )

    def importer(mapping: TicketMapping) -> Importer:
        return Importer(service, communes, roster, mapping, sites, geocoder)

    if config.source == "glpi":
        mapping = read_mapping(config.mapping or GLPI_MAPPING, skills)
        if config.glpi is None:
            msg = "a configuration of GLPI without its section"
            raise ValueError(msg)
        client = Glpi(
            config.glpi, service.ticket_limits, environment=environment, client=glpi_client
        )
        return GlpiSource(client, service, mapping, importer(mapping))
    if config.path is None:
        msg = "a configuration of files without a path"
        raise ValueError(msg)
    chosen = config.mapping
    named = None if chosen in (None, AUTO) else read_mapping(str(chosen), skills)
    own = own_format()

    def opened(path: Path) -> FileSource:
        mapping = named or own
        if chosen == AUTO:
            found = headings_of(path, service.limits, service.ticket_limits)
            mapping = chosen_mapping(found, own, skills)
        return FileSource(path, service, mapping, importer(mapping), number_rows=config.number_rows)

    if config.source == "file":
        return opened(config.path)
    return FolderSource(config.path, service, opened)


def address_cache(config: TicketsSection, service: Service) -> AnswerCache:
    """Return the cache of looked-up addresses, whether there is one yet or not."""
    return AnswerCache(cache_folder(config), service.geocoding.cache_entries)


def cache_folder(config: TicketsSection) -> Path:
    """Return the folder of the looked-up addresses."""
    return config.cache or Path(platformdirs.user_cache_dir("dispatch"))


def cache_days(service: Service) -> int:
    """Return how long (days) looked-up addresses are kept: no longer than the texts of tickets."""
    return min(service.geocoding.cache_days, service.retention.ticket_text_days)


def _delivery(reading: Reading) -> Delivery:
    notes = reading.notes
    rejected = reading.rejected
    if count := reading.to_geocode:
        reason = f"{count} have no position and geocoding is off; turn it on, or give lon and lat"
        rejected = (*rejected, RejectedTicket("addresses", "", "", reason))
    # What is rejected without an id may be any ticket.
    complete = reading.whole and all(one.id for one in rejected)
    return Delivery(reading.tickets, rejected, notes, complete, reading.warnings)


def _joined(readings: Sequence[Reading], most: int, source: str) -> Reading:
    """Return the readings of several files as one; of each ticket, the last file counts."""
    last: dict[str, int] = {}
    for index, reading in enumerate(readings):
        last.update(dict.fromkeys(sorted(reading.seen), index))
    tickets: list[Ticket] = []
    rejected: list[RejectedTicket] = []
    superseded: Counter[int] = Counter()
    for index, reading in enumerate(readings):
        for ticket in reading.tickets:
            if last[ticket.id] == index:
                tickets.append(ticket)
            else:
                superseded[last[ticket.id]] += 1
        rejected += [each for each in reading.rejected if last.get(each.id, index) == index]
    if len(tickets) > most:
        reason = f"more than {most} tickets; {len(tickets) - most} are not read; move files away"
        rejected.append(RejectedTicket(source, "", "", reason))
        tickets = tickets[:most]
    notes = [note for reading in readings for note in reading.notes]
    if superseded:
        count = sum(superseded.values())
        notes.append(f"{source}: {count} tickets stand in a later file again, which counts")
    return Reading(
        tickets=tuple(tickets),
        rejected=tuple(rejected),
        faults=tuple(fault for reading in readings for fault in reading.faults),
        left_out=tuple(fault for reading in readings for fault in reading.left_out),
        notes=tuple(notes),
        warnings=tuple(warning for reading in readings for warning in reading.warnings),
        unread=tuple(fault for reading in readings for fault in reading.unread),
        seen=frozenset(last),
        to_geocode=sum(reading.to_geocode for reading in readings),
        waiting=tuple(each for reading in readings for each in reading.waiting),
        lacking=tuple(fault for reading in readings for fault in reading.lacking),
    )


def _whole_reason(error: InputError) -> list[str]:
    """Return why a file cannot be read, in a few sentences that show nothing of its content."""
    return [
        f"{fault.where}: {fault.message}" if fault.where else fault.message
        for fault in error.faults[:LISTED]
    ]


# mypy checks that each has the interface.
_SOURCES: tuple[type[TicketSource], ...] = (FileSource, FolderSource, GlpiSource)
