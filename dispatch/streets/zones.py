"""Figures of the real street network by zone, with which the bundled roads are made.

`data/roads/zones.csv` has one row a square: how many junctions a square kilometre there are around
it, and how many one passes on a kilometre of street. `scripts/measure_zones.py` measures them on
the Métropole's own road sections; the sections themselves are not in it. A metre of local street
takes

    3.6 / min(short_kmh, speed(junctions_km2)) + junction_s x junctions_km / 1000     (seconds)

with the speed and the delay of `[roads.density]`: what a metre of those sections takes on average,
at the limit of built-up areas at most, as the main roads are not part of the mesh.
Between the middles of the squares the figures are interpolated; beyond them the nearest count.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from dispatch.data import data_path
from dispatch.streets.density import M_PER_KM, S_PER_H, speed_kmh

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.streets.density import DensitySettings

ZONES_FILE = "roads/zones.csv"
COLUMNS = ("x_km", "y_km", "junctions_km2", "junctions_km")


@dataclass(frozen=True, eq=False)
class Zones:
    """
    The figures of zones.

    Parameters
    ----------
    xy
        Middle of each square (m, EPSG:2154), shape (zones, 2).
    junctions_km2
        Junctions a square kilometre within the radius of `[roads.density]`.
    junctions_km
        Junctions passed on a kilometre of street around.
    """

    xy: NDArray[np.float64]
    junctions_km2: NDArray[np.float64]
    junctions_km: NDArray[np.float64]

    @classmethod
    def read(cls, path: Path | None = None) -> Zones:
        """Return the zones of a file; None: the bundled one."""
        with (path or data_path(ZONES_FILE)).open(encoding="utf-8", newline="") as file:
            rows = [[float(row[name]) for name in COLUMNS] for row in csv.DictReader(file)]
        table = np.array(rows, dtype=np.float64)
        return cls(table[:, :2] * M_PER_KM, table[:, 2], table[:, 3])

    def seconds_per_metre(
        self, xy: NDArray[np.float64], settings: DensitySettings
    ) -> NDArray[np.float64]:
        """
        Return the time (s) of a metre of local street at positions, shape (positions,).

        Parameters
        ----------
        xy
            Positions (m, EPSG:2154), shape (positions, 2).
        settings
            Speed by density, and delay at a junction.
        """
        density, rate = self._at(xy, self.junctions_km2), self._at(xy, self.junctions_km)
        rolling = S_PER_H / (
            M_PER_KM * np.minimum(speed_kmh(density, settings), settings.short_kmh)
        )
        found: NDArray[np.float64] = rolling + settings.junction_s * rate / M_PER_KM
        return found

    def _at(self, xy: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values at positions: linear between the middles of four squares."""
        side = self._side
        low = np.floor(xy / side - 0.5)
        share = xy / side - 0.5 - low
        total = np.zeros(len(xy))
        for right, up in ((0, 0), (0, 1), (1, 0), (1, 1)):
            corner = (low + (right, up) + 0.5) * side
            _, nearest = self._tree.query(corner)
            weight = np.where(right, share[:, 0], 1 - share[:, 0])
            weight = weight * np.where(up, share[:, 1], 1 - share[:, 1])
            total += weight * values[nearest]
        return total

    @cached_property
    def _tree(self) -> cKDTree:
        """Return an index of the middles."""
        return cKDTree(self.xy)

    @cached_property
    def _side(self) -> float:
        """Return the side of a square (m): the least distance of two middles."""
        distances, _ = self._tree.query(self.xy, k=2)
        return float(distances[:, 1].min())
