"""Sample days of visits, drawn from the service's volumes and assumptions; seeded.

V visits are expected on a working day (`Service.visits_per_day`), and a_c of the A agents are in
collectivity c. The number of visits of c on a day is a Poisson variable of mean V a_c / A,
independent of other collectivities and days. Each visit then draws its kind; by kind, its service,
windows, priority and text; by priority, its due date; by collectivity, its position. All figures
are in the service file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dispatch.errors import InputError
from dispatch.fieldwork import Ticket, TimeWindow
from dispatch.service.sections import APPOINTMENT
from dispatch.territory import METROPOLE, TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.service.sections import VisitKind
    from dispatch.service.service import Service
    from dispatch.territory import Commune

STEP_MIN = 5
MINUTE_S = 60
# Draws outside the outline or in the water are repeated. Even on a river bank half of them succeed,
# so that only a commune with hardly any ground needs so many rounds.
ROUNDS = 200
# Positions are rounded to 1e-5 degrees, about a metre, and must stay inside the outline.
INSET_M = 2.0
DECIMALS = 5
SOURCE = "service"


@dataclass(frozen=True, eq=False)
class DrawnDay:
    """
    A day of visits as arrays, one element a visit; indices refer to the model's tuples.

    Parameters
    ----------
    collectivity, commune, kind
        Indices into `DemandModel.collectivities`, `.insee` and `.kinds`.
    minutes
        Service (minutes).
    priority
        1 to 4.
    window
        Index into `DemandModel.window_names`.
    appointment
        Index into the appointments' starts; it counts only when `window` is an appointment.
    days_left
        Working days to the due date.
    text, word
        In [0, 1): they choose the description, and the word in it.
    lon, lat
        Degrees, WGS84.
    """

    collectivity: NDArray[np.int64]
    commune: NDArray[np.int64]
    kind: NDArray[np.int64]
    minutes: NDArray[np.int64]
    priority: NDArray[np.int64]
    window: NDArray[np.int64]
    appointment: NDArray[np.int64]
    days_left: NDArray[np.int64]
    text: NDArray[np.float64]
    word: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self.kind)


class DemandModel:
    """
    The demand of a service on a territory, prepared for drawing many days.

    Parameters
    ----------
    service
        Volumes and assumptions.
    communes
        The communes by INSEE code (outlines in EPSG:2154).

    Raises
    ------
    InputError
        When the service names a commune that is not among `communes`.
    """

    def __init__(self, service: Service, communes: Mapping[str, Commune]) -> None:
        service.territory(communes)  # raises when a named commune is unknown
        demand, volumes = service.demand, service.volumes
        self._demand = demand
        self.collectivities = tuple(sorted(demand.agents))
        self.insee = tuple(sorted(communes))
        self.kinds: tuple[VisitKind, ...] = demand.kinds
        self.window_names = (*sorted(demand.windows), APPOINTMENT)

        agents = np.array([demand.agents[name] for name in self.collectivities], dtype=float)
        self.mean_visits: NDArray[np.float64] = service.visits_per_day * agents / agents.sum()
        """Expected visits of a working day, one element a collectivity."""
        onsite = {
            "incident": volumes.incidents * demand.onsite_share_incidents,
            "request": volumes.requests * demand.onsite_share_requests,
        }
        weights = np.array([onsite[kind.of] * kind.share for kind in self.kinds])
        self.kind_shares: NDArray[np.float64] = weights / max(weights.sum(), 1e-12)
        """Share of each kind among all visits."""

        self._minutes = np.array([kind.minutes for kind in self.kinds], dtype=float)
        self._priority_steps = _steps([kind.priority for kind in self.kinds])
        self._window_steps = _steps(
            [[kind.windows.get(name, 0.0) for name in self.window_names] for kind in self.kinds]
        )
        self._days_left = np.array(demand.due.days_left)
        self._prepare_places(communes)

    def _prepare_places(self, communes: Mapping[str, Commune]) -> None:
        places, water = self._demand.places, self._demand.water
        listed = [communes[insee] for insee in self.insee]
        self._halls = np.array(
            [TO_METRIC.transform(each.town_hall_lon, each.town_hall_lat) for each in listed]
        )
        ground: list[Any] = [commune.outline.buffer(-INSET_M) for commune in listed]
        if water is not None:
            line = [TO_METRIC.transform(lon, lat) for lon, lat in water.line]
            river = shapely.LineString(line).buffer(water.half_width_m)
            for index, insee in enumerate(self.insee):
                parts = list(shapely.get_parts(ground[index].difference(river)))
                if insee not in water.both_banks and parts:
                    away = shapely.distance(parts, shapely.Point(self._halls[index]))
                    parts = [parts[int(np.argmin(away))]]
                ground[index] = shapely.union_all(parts)
        self._ground = np.array(ground)
        dry = ~shapely.is_empty(self._ground)
        if not dry.all():
            drowned = self.insee[int(np.argmin(dry))]
            message = "leaves no ground in a commune; make it narrower or move its line"
            where = "demand.water"
            raise InputError.one(SOURCE, message, where=where, value=drowned)
        shapely.prepare(self._ground)
        self._spread_m = places.spread_of_size * np.sqrt(
            [commune.outline.area for commune in listed]
        )
        self._refuge = shapely.get_coordinates(shapely.point_on_surface(self._ground))
        people = np.array([commune.population for commune in listed], dtype=float)
        self._people = people / people.sum()
        self._home = np.array(
            [self.insee.index(name) if name != METROPOLE else -1 for name in self.collectivities]
        )
        self._seat = np.array(TO_METRIC.transform(places.metropole_lon, places.metropole_lat))
        self._seat_commune = self.insee.index(places.metropole_commune)

    def draw(self, rng: np.random.Generator, volume: float = 1.0) -> DrawnDay:
        """
        Draw one working day of visits, as arrays.

        Parameters
        ----------
        rng
            Random generator.
        volume
            Factor on the expected number of visits, at least 0.
        """
        counts = rng.poisson(self.mean_visits * volume)
        # Shuffled, so that a ticket's number does not show its place.
        collectivity = rng.permutation(np.repeat(np.arange(len(counts)), counts))
        size = len(collectivity)
        kind = rng.choice(len(self.kinds), size=size, p=self.kind_shares)
        least, usual, most = self._minutes[kind].T
        minutes = STEP_MIN * np.rint(rng.triangular(least, usual, most) / STEP_MIN)
        priority = 1 + _pick(self._priority_steps[kind], rng)
        window = _pick(self._window_steps[kind], rng)
        appointment = rng.integers(len(self._demand.appointments.starts), size=size)
        first, last = self._days_left[priority - 1].T
        days_left = rng.integers(first, last, endpoint=True)
        commune, x, y = self._positions(collectivity, rng)
        lon, lat = TO_METRIC.transform(x, y, direction="INVERSE")
        return DrawnDay(
            collectivity=collectivity,
            commune=commune,
            kind=kind,
            minutes=minutes.astype(np.int64),
            priority=priority,
            window=window,
            appointment=appointment,
            days_left=days_left,
            text=rng.random(size),
            word=rng.random(size),
            lon=np.round(lon, DECIMALS),
            lat=np.round(lat, DECIMALS),
        )

    def _positions(
        self, collectivity: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the commune and the position (EPSG:2154, metres) of each visit."""
        places = self._demand.places
        size = len(collectivity)
        own = self._home[collectivity]
        anywhere = rng.choice(len(self.insee), size=size, p=self._people)
        at_seat = (own < 0) & (rng.random(size) < places.metropole_share)
        commune = np.where(at_seat, self._seat_commune, np.where(own < 0, anywhere, own))
        in_core = rng.random(size) < places.core_share
        sigma = np.where(in_core, places.core_sigma_m, self._spread_m[commune])
        sigma = np.where(at_seat, places.metropole_sigma_m, sigma)[:, None]
        anchor = np.where(at_seat[:, None], self._seat, self._halls[commune])

        point = self._refuge[commune]
        pending = np.arange(size)
        for _ in range(ROUNDS):
            if not len(pending):
                break
            tried = anchor[pending] + sigma[pending] * rng.standard_normal((len(pending), 2))
            inside = shapely.contains_xy(self._ground[commune[pending]], tried[:, 0], tried[:, 1])
            point[pending[inside]] = tried[inside]
            pending = pending[~inside]
        return commune, point[:, 0], point[:, 1]

    def tickets(self, drawn: DrawnDay, day: date) -> list[Ticket]:
        """
        Return drawn visits as tickets; their ids begin with the day (yymmdd).

        Parameters
        ----------
        drawn
            The result of `draw`.
        day
            The working day on which the visits must be done.
        """
        due = np.busday_offset(np.datetime64(day), drawn.days_left, roll="backward")
        dues: list[date] = due.astype(object).tolist()
        words = self._demand.words
        tickets = []
        for i in range(len(drawn)):
            kind = self.kinds[drawn.kind[i]]
            collectivity = self.collectivities[drawn.collectivity[i]]
            vocabulary = words.lieu_metropole if collectivity == METROPOLE else words.lieu
            text = _at(kind.descriptions, drawn.text[i])
            tickets.append(
                Ticket(
                    id=f"{day:%y%m%d}-{i + 1:03d}",
                    insee=self.insee[drawn.commune[i]],
                    collectivity=collectivity,
                    lon=float(drawn.lon[i]),
                    lat=float(drawn.lat[i]),
                    description=text.replace("{lieu}", _at(vocabulary, drawn.word[i])),
                    duration_s=int(drawn.minutes[i]) * MINUTE_S,
                    windows_s=self._windows(drawn.window[i], drawn.appointment[i]),
                    skills=frozenset(kind.skills),
                    priority=int(drawn.priority[i]),
                    due=dues[i],
                    load=kind.load,
                )
            )
        return tickets

    def _windows(self, window: int, appointment: int) -> tuple[TimeWindow, ...]:
        name = self.window_names[window]
        if name != APPOINTMENT:
            return tuple(TimeWindow(*span) for span in self._demand.windows[name])
        start_s = self._demand.appointments.starts[appointment]
        return (TimeWindow(start_s, start_s + self._demand.appointments.length_min * MINUTE_S),)

    def day(self, day: date, seed: int, volume: float = 1.0) -> list[Ticket]:
        """
        Return the sample visits of one day; the same day, seed and volume give the same visits.

        Parameters
        ----------
        day
            The day, which counts as a working day.
        seed
            At least 0. Days of one seed are independent of each other.
        volume
            Factor on the expected number of visits, at least 0.
        """
        rng = np.random.default_rng([seed, day.toordinal()])
        return self.tickets(self.draw(rng, volume), day)


def sample_day(
    service: Service,
    communes: Mapping[str, Commune],
    day: date,
    seed: int,
    *,
    volume: float = 1.0,
) -> list[Ticket]:
    """
    Return a sample day of visits for all centres; for many days, make one `DemandModel`.

    Parameters
    ----------
    service
        Volumes and assumptions.
    communes
        The communes by INSEE code.
    day
        The day, which counts as a working day.
    seed
        At least 0; the same seed and day give the same visits.
    volume
        Factor on the expected number of visits, at least 0.

    Raises
    ------
    InputError
        When the service names a commune that is not among `communes`.
    """
    return DemandModel(service, communes).day(day, seed, volume)


def _steps(shares: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the cumulative shares of each row without the last, which is 1."""
    return np.cumsum(np.array(shares, dtype=float), axis=1)[:, :-1]


def _pick(steps: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one column for each row of cumulative shares."""
    drawn = rng.random((len(steps), 1))
    passed: NDArray[np.int64] = np.sum(drawn >= steps, axis=1, dtype=np.int64)
    return passed


def _at(items: Sequence[str], drawn: float) -> str:
    return items[int(drawn * len(items))]
