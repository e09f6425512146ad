"""A round as GPX 1.1: the way as a track, the stops as waypoints; for the phone's map or a GPS."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from dispatch.sheets.instants import instant
from dispatch.sheets.texts import few_lines, one_line
from dispatch.wording.formats import clock_time, long_date

if TYPE_CHECKING:
    from dispatch.sheets.content import Content
    from dispatch.views.itinerary import Itinerary, Step

GPX = "http://www.topografix.com/GPX/1/1"
DECIMALS = 6
TEXT_CHARS, TEXT_LINES = 2000, 40


def round_gpx(content: Content, itinerary: Itinerary) -> str:
    """
    Return a round as GPX (longitude and latitude in degrees, WGS84; times in UTC).

    Parameters
    ----------
    content
        What the sheets say.
    itinerary
        One of the centre's rounds.
    """
    day = content.day.problem.date
    root = ElementTree.Element("gpx", {"version": "1.1", "creator": "dispatch", "xmlns": GPX})
    name = f"{content.words.sheets.round_of} {itinerary.technician.id}"
    about = ElementTree.SubElement(root, "metadata")
    _add(about, "name", one_line(f"{name} – {long_date(day, content.lang)}", 160))
    _add(about, "desc", content.attribution)
    centre = content.day.centre
    home = _point(root, "wpt", centre.lon, centre.lat)
    _add(home, "name", one_line(f"{content.words.pages.centre} {centre.name}", 80))
    _add(home, "desc", one_line(centre.address, 200))
    for step in itinerary.steps:
        _stop(root, content, step)
    line = content.day.lines.get(itinerary.technician.id, ())
    if len(line) > 1:
        track = ElementTree.SubElement(root, "trk")
        _add(track, "name", one_line(f"{itinerary.letter} {itinerary.technician.id}", 80))
        segment = ElementTree.SubElement(track, "trkseg")
        for lon, lat in line:
            _point(segment, "trkpt", lon, lat)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _stop(root: ElementTree.Element, content: Content, step: Step) -> None:
    ticket, stop = step.ticket, step.stop
    point = _point(root, "wpt", ticket.lon, ticket.lat)
    # The order is that of the schema: time, name, description, link.
    arrival = instant(content.day.problem.date, stop.arrival_s).astimezone(UTC)
    _add(point, "time", arrival.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(point, "name", one_line(f"{step.code} {content.place(ticket)}", 120))
    hours = f"{clock_time(stop.start_s)}–{clock_time(stop.end_s)}"
    text = few_lines(ticket.description, TEXT_CHARS, TEXT_LINES)
    _add(point, "desc", f"{hours} {one_line(step.visit.id, 200)}\n{text}".strip())
    link = ElementTree.SubElement(point, "link", {"href": content.link(ticket)})
    _add(link, "text", content.words.sheets.open_map)


def _point(parent: ElementTree.Element, tag: str, lon: float, lat: float) -> ElementTree.Element:
    where = {"lat": f"{lat:.{DECIMALS}f}", "lon": f"{lon:.{DECIMALS}f}"}
    return ElementTree.SubElement(parent, tag, where)


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    if text:
        ElementTree.SubElement(parent, tag).text = text
