"""The day as tables and as geography: stops.csv, unassigned.csv, rounds.geojson.

The CSV opens right in a French spreadsheet: `;` between fields, decimal commas, CRLF,
and a byte order mark, without which accents break. No cell can become a formula. The
text already begins with the mark: write it as UTF-8, with `newline=""`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from dispatch.views.escape import REPLACEMENT
from dispatch.views.itinerary import itineraries, undone
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import clock_time, minutes, window_hours
from dispatch.wording.phrases import reason_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.fieldwork import Ticket, Visit
    from dispatch.model.day import CentreDay, Line
    from dispatch.territory import Territory
    from dispatch.views.itinerary import Itinerary

BOM = "\ufeff"
FORMULA_STARTS = "=+-@\u2212"
DECIMALS = 6

STOP_COLUMNS = (
    "Date", "Centre", "Technicien", "N°", "Étape", "Visite", "Commune", "INSEE", "Adresse",
    "Description", "Arrivée", "Début", "Fin", "Durée (min)", "Trajet (km)", "Trajet (min)",
    "Priorité", "Compétences", "Échéance",
)  # fmt: skip
UNASSIGNED_COLUMNS = (
    "Date", "Centre", "Visite", "Commune", "INSEE", "Adresse", "Description", "Durée (min)",
    "Créneaux", "Priorité", "Compétences", "Échéance", "Motif", "Code du motif", "Explication",
)  # fmt: skip

# Line ends of any kind; a spreadsheet knows one inside a cell.
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# Of the control characters only tab and line feed mean anything; half a pair cannot be written.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def stops_csv(days: Iterable[CentreDay], territory: Territory | None = None) -> str:
    """
    Return one row a stop, in the order of the rounds.

    Parameters
    ----------
    days
        The planned centres.
    territory
        For the communes' names; None: the column is empty.
    """
    rows = [
        (
            *_head(day, itinerary.technician.id, str(step.number), step.code),
            *_ticket(step.visit, step.ticket, territory),
            clock_time(step.stop.arrival_s),
            clock_time(step.stop.start_s),
            clock_time(step.stop.end_s),
            str(minutes(step.visit.duration_s)),
            _kilometres(step.leg.distance_m),
            str(minutes(step.leg.travel_s)),
            *_needs(step.visit, step.ticket),
        )
        for day in days
        for itinerary in itineraries(day)
        for step in itinerary.steps
    ]
    return _csv(STOP_COLUMNS, rows)


def unassigned_csv(
    days: Iterable[CentreDay],
    territory: Territory | None = None,
    *,
    explanations: Mapping[str, str] | None = None,
    dropped: Mapping[str, Sequence[Ticket]] | None = None,
    later: Mapping[str, Sequence[Ticket]] | None = None,
) -> str:
    """
    Return one row a visit not planned: the reason in words, its code, and what would serve it.

    Parameters
    ----------
    days, territory
        As in `stops_csv`.
    explanations
        What would serve each visit, in words, by its id.
    dropped
        Tickets that were dropped by hand, by centre: they follow those that the plan leaves.
    later
        Tickets that may not be planned on that day yet, by centre: they come last.
    """
    rows = []
    told = explanations or {}
    for day in days:
        rows += [
            (
                *_head(day),
                *_ticket(entry.visit, entry.ticket, territory),
                str(minutes(entry.visit.duration_s)),
                window_hours(entry.visit.windows_s),
                *_needs(entry.visit, entry.ticket),
                reason_words(entry.reason),
                entry.reason,
                told.get(entry.visit.id, ""),
            )
            for entry in undone(day)
        ]
        words = catalogue().rejections
        unplanned = [
            (ticket, words.dropped_by_hand, "dropped_by_hand")
            for ticket in (dropped or {}).get(day.centre.id, ())
        ]
        for ticket in (later or {}).get(day.centre.id, ()):
            assert ticket.earliest_day is not None
            first = ticket.earliest_day.strftime("%d/%m/%Y")
            unplanned.append((ticket, words.not_yet.format(day=first), "not_yet"))
        rows += [
            (
                *_head(day),
                *_ticket(ticket, ticket, territory),
                str(minutes(ticket.duration_s)),
                window_hours(ticket.windows_s),
                *_needs(ticket, ticket),
                reason,
                code,
                "",
            )
            for ticket, reason, code in unplanned
        ]
    return _csv(UNASSIGNED_COLUMNS, rows)


def rounds_geojson(days: Iterable[CentreDay], attribution: str) -> str:
    """
    Return the day as GeoJSON (RFC 7946; longitude, latitude, WGS84).

    One line a round, one point a stop, an unassigned visit and a centre; the property `kind` says
    which. Times are seconds since midnight, distances metres, as their names say.

    Parameters
    ----------
    days
        The planned centres.
    attribution
        Licence line; a member of the collection.
    """
    return _collection((feature for day in days for feature in _features(day)), attribution)


def round_geojson(day: CentreDay, itinerary: Itinerary, attribution: str) -> str:
    """
    Return one round as GeoJSON, with the centre it belongs to: as in `rounds_geojson`.

    Parameters
    ----------
    day
        The planned centre.
    itinerary
        One of its rounds.
    attribution
        Licence line.
    """
    features = (_centre_feature(day), *_round_features(day, itinerary))
    return _collection(features, attribution)


def cell(text: str) -> str:
    """
    Return a text as a CSV cell that no spreadsheet takes for a formula.

    A cell that begins, after blanks and invisible characters, with `=`, `+`, `-` or `@`, full-width
    ones included, or with a tab or line end, gains a leading apostrophe.
    """
    text = _writable(_LINE_ENDS.sub("\n", text))
    seen = next((character for character in text if not _invisible(character)), "")
    formula = unicodedata.normalize("NFKC", seen)[:1] in FORMULA_STARTS if seen else False
    return f"'{text}" if formula or text[:1] in ("\t", "\n") else text


def _invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc", "Mn"}


def _writable(text: str) -> str:
    return _UNWRITABLE.sub(REPLACEMENT, text)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return BOM + text.getvalue()


def _head(day: CentreDay, *more: str) -> tuple[str, ...]:
    return day.problem.date.isoformat(), day.centre.name, *more


def _ticket(visit: Visit | Ticket, ticket: Ticket, territory: Territory | None) -> tuple[str, ...]:
    commune = None if territory is None else territory.communes.get(ticket.insee)
    name = "" if commune is None else commune.name
    return visit.id, name, ticket.insee, ticket.address, ticket.description


def _needs(visit: Visit | Ticket, ticket: Ticket) -> tuple[str, ...]:
    due = "" if ticket.due is None else ticket.due.isoformat()
    return str(visit.priority), ", ".join(sorted(visit.skills)), due


def _kilometres(metres: int | None) -> str:
    return "" if metres is None else f"{metres / 1000:.1f}".replace(".", ",")


def _collection(features: Iterable[dict[str, Any]], attribution: str) -> str:
    collection = {
        "type": "FeatureCollection",
        "attribution": attribution,
        "features": list(features),
    }
    return _writable(json.dumps(collection, ensure_ascii=False, indent=1)) + "\n"


def _features(day: CentreDay) -> Iterable[dict[str, Any]]:
    yield _centre_feature(day)
    for itinerary in itineraries(day):
        yield from _round_features(day, itinerary)
    for entry in undone(day):
        properties = {"kind": "unassigned", **_common(day), "reason": entry.reason}
        yield _visit_feature(entry.visit, entry.ticket, properties)


def _common(day: CentreDay) -> dict[str, str]:
    return {"date": day.problem.date.isoformat(), "centre": day.centre.id}


def _centre_feature(day: CentreDay) -> dict[str, Any]:
    about = {"name": day.centre.name, "address": day.centre.address}
    point = _point(day.centre.lon, day.centre.lat)
    return _feature(point, {"kind": "centre", **_common(day), **about})


def _round_features(day: CentreDay, itinerary: Itinerary) -> Iterable[dict[str, Any]]:
    common, round_ = _common(day), itinerary.round
    pause = round_.break_
    technician = {"technician": itinerary.technician.id, "letter": itinerary.letter}
    yield _feature(
        _line(day.lines.get(itinerary.technician.id, ())),
        {
            "kind": "round",
            **common,
            **technician,
            "departure_s": round_.departure_s,
            "return_s": round_.return_s,
            "break_s": None if pause is None else [pause.start_s, pause.end_s],
            "travel_s": round_.travel_s,
            "service_s": round_.service_s,
            "distance_m": round_.distance_m,
            "stops": len(itinerary.steps),
        },
    )
    for step in itinerary.steps:
        times = {
            "number": step.number,
            "arrival_s": step.stop.arrival_s,
            "start_s": step.stop.start_s,
            "end_s": step.stop.end_s,
            "leg_travel_s": step.leg.travel_s,
            "leg_distance_m": step.leg.distance_m,
        }
        properties = {"kind": "stop", **common, **technician, **times}
        yield _visit_feature(step.visit, step.ticket, properties)


def _visit_feature(visit: Visit, ticket: Ticket, properties: dict[str, Any]) -> dict[str, Any]:
    more = {
        "visit": visit.id,
        "insee": ticket.insee,
        "address": ticket.address,
        "description": ticket.description,
        "duration_s": visit.duration_s,
        "priority": visit.priority,
        "skills": sorted(visit.skills),
    }
    return _feature(_point(ticket.lon, ticket.lat), properties | more)


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]}


def _line(line: Line) -> dict[str, Any] | None:
    """Return a GeoJSON line; None, an unlocated feature, where there are not two positions."""
    if len(line) < 2:
        return None
    points = [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in line]
    return {"type": "LineString", "coordinates": points}
