"""Checks that a visit fits the service, its technicians and the territory."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import shapely

from dispatch.fieldwork import WINDOW_FIELDS, TimeWindow, time_on_the_night
from dispatch.files import cells
from dispatch.inputs.rows import column_of
from dispatch.territory import METROPOLE, TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dispatch.files.csvfile import Table
    from dispatch.inputs.rows import VisitRow
    from dispatch.service.service import RosterEntry, Service
    from dispatch.territory import Territory


class VisitChecks:
    """
    The checks of one file's rows.

    Parameters
    ----------
    table
        The table that gathers the faults.
    service
        Skills and limits.
    territory
        Communes and the centres in charge of them.
    roster
        Technicians: their skills, ids and shifts.
    """

    def __init__(
        self, table: Table, service: Service, territory: Territory, roster: Sequence[RosterEntry]
    ) -> None:
        self._table = table
        self._territory = territory
        self._limits = service.limits
        self._technicians = {entry.technician.id for entry in roster}
        held = frozenset[str]().union(*(entry.technician.skills for entry in roster))
        self._skills = held | set(service.skills)
        shifts = [entry.technician for entry in roster]
        self._shifts = shifts
        self._earliest_s = min((who.shift_s.start_s for who in shifts), default=0)
        self._latest_s = max(
            (who.shift_s.end_s + who.max_overtime_s for who in shifts), default=cells.DAY_S
        )
        self._outlines = {insee: commune.outline for insee, commune in territory.communes.items()}
        shapely.prepare(list(self._outlines.values()))

    def on_the_night(self, row: VisitRow) -> VisitRow:
        """Return a row whose spans after midnight are those of the shifts that go on past it."""
        moved = {}
        for name in WINDOW_FIELDS:
            spans = getattr(row, name)
            later = [time_on_the_night(end, self._shifts) - end for _, end in spans]
            if any(later):
                moved[name] = tuple(
                    TimeWindow(start + later_s, end + later_s)
                    for (start, end), later_s in zip(spans, later, strict=True)
                )
        return row.model_copy(update=moved) if moved else row

    def note(self, line: int, row: VisitRow, faulty: Collection[str]) -> None:
        """Note the faults of a row; fields in `faulty` have one already and are passed over."""
        if "insee" not in faulty:
            self._commune(line, row)
        if not {"insee", "collectivity"} & set(faulty):
            self._charge(line, row)
        if not {"lon", "lat"} & set(faulty):
            self._position(line, row)
        self._time(line, row)
        for skill in sorted(row.skills - self._skills):
            self._table.fault(line, "skills", skill, unknown_skill(skill, self._skills))
        if row.technician is not None and row.technician not in self._technicians:
            message = "no such technician; correct the id, or leave the cell empty"
            self._table.fault(line, "technician", row.technician, message)
        for name in sorted(row.not_with - self._technicians):
            message = "no such technician; correct the id, or remove it"
            self._table.fault(line, "not_with", name, message)

    def _commune(self, line: int, row: VisitRow) -> None:
        commune = self._territory.communes.get(row.insee)
        if commune is None:
            message = "no such commune in the territory; correct the INSEE code"
            self._table.fault(line, "insee", row.insee, message)
        elif row.commune and cells.normalised(row.commune) != cells.normalised(commune.name):
            message = f"{row.insee} is {commune.name}; correct the name or the INSEE code"
            self._table.fault(line, "commune", row.commune, message)

    def _charge(self, line: int, row: VisitRow) -> None:
        communes = self._territory.communes
        if row.asking != METROPOLE and row.asking not in communes:
            if row.collectivity:
                message = f"must be the INSEE code of a commune, or {METROPOLE}"
                self._table.fault(line, "collectivity", row.collectivity, message)
        elif self._territory.centre_in_charge(row.asking) is None:
            name = communes[row.asking].name if row.asking in communes else METROPOLE
            message = (
                f"no centre is in charge of {name}; correct the code, add it to a centre, or say"
                f" `{METROPOLE}` in the column collectivity if the Métropole's own services ask"
            )
            field = "collectivity" if row.collectivity else "insee"
            self._table.fault(line, field, row.asking, message)

    def _position(self, line: int, row: VisitRow) -> None:
        commune = self._territory.communes.get(row.insee)
        value = f"{row.lon:g} {row.lat:g}"
        if not self._near_any(row.lon, row.lat):
            if self._near_any(row.lat, row.lon):
                message = "longitude and latitude are swapped; exchange the two cells"
            else:
                message = "this position is outside the Métropole; correct lon and lat (WGS84)"
            self._table.fault(line, "lon", value, message)
        elif commune is not None and not self._near(commune.insee, row.lon, row.lat):
            there = self._territory.commune_at(row.lon, row.lat)
            where = f"in {there.name} ({there.insee})" if there is not None else "elsewhere"
            message = (
                f"this position is over {self._limits.commune_margin_m} m outside"
                f" {commune.name}, {where}; correct the position or the INSEE code"
            )
            self._table.fault(line, "lon", value, message)

    def _near(self, insee: str, lon: float, lat: float) -> bool:
        point = shapely.Point(*TO_METRIC.transform(lon, lat))
        return bool(shapely.dwithin(self._outlines[insee], point, self._limits.commune_margin_m))

    def _near_any(self, lon: float, lat: float) -> bool:
        x, y = TO_METRIC.transform(lon, lat)
        if not (abs(x) < 1e9 and abs(y) < 1e9):  # far from France the projection is infinite
            return False
        margin = self._limits.commune_margin_m
        return bool(
            shapely.dwithin(list(self._outlines.values()), shapely.Point(x, y), margin).any()
        )

    def _time(self, line: int, row: VisitRow) -> None:
        minutes = row.duration_s // cells.MINUTE_S
        if minutes > self._limits.duration_max_min:
            message = f"must be at most {self._limits.duration_max_min} minutes; split the visit"
            self._table.fault(line, "duration_min", str(minutes), message)
        for name in WINDOW_FIELDS:
            for window in getattr(row, name):
                self._on_shift(line, column_of(name), window)

    def _on_shift(self, line: int, column: str, window: TimeWindow) -> None:
        span = cells.span_text(window)
        if window.end_s < self._earliest_s:
            start = cells.clock_text(self._earliest_s)
            message = f"this window ends before any shift starts ({start}); correct it"
            self._table.fault(line, column, span, message)
        elif window.start_s > self._latest_s:
            end = cells.clock_text(self._latest_s)
            message = f"this window starts after every shift has ended ({end}); correct it"
            self._table.fault(line, column, span, message)


def unknown_skill(skill: str, known: Collection[str]) -> str:
    """Return the message for an unknown skill, with the nearest known one."""
    close = get_close_matches(cells.normalised(skill), sorted(known), n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose among {', '.join(sorted(known))}"
    return f"nobody has this skill and the service does not declare it; {hint}"
