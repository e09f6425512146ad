"""How much longer or shorter than planned drives and services are, on each of a thousand days.

A factor is log-normal with mean 1: with a coefficient of variation v, s = sqrt(ln(1 + v^2)) and a
standard normal z, it is exp(s z - s^2 / 2). Services are independent of each other. Drives of one
round have a part in common, the traffic of the day: z = sqrt(c) z_day + sqrt(1 - c) z_drive.

Each z takes the same thousand values once each, the middles of a thousand equally likely parts of
the normal distribution, in an order of its own (Latin hypercube sampling: McKay, Beckman and
Conover, 1979, doi:10.1080/00401706.1979.10489755). Shares of days come out nearer to chances than
with a thousand free draws. The orders come from raw 64-bit numbers of PCG64, whose stream numpy
keeps, seeded by the problem and the technician. Factors are rounded to 1/65,536, so that the last
bit of a machine's exponential function does not matter; from there on all is integer.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

DAYS = 1000
"""Drawn days a round."""
UNIT_BITS = 16
ONE = 1 << UNIT_BITS
"""A factor of 1."""
WORDS = "dispatch chances 1"
"""What seeds begin with; another way of drawing begins otherwise."""


class Factors(NamedTuple):
    """
    Factors of each drawn day, in 1/65,536.

    Parameters
    ----------
    services
        Of each service, int64, shape (days, services).
    drives
        Of each drive at each variation, int64, shape (days, drives, variations).
    """

    services: Ints
    drives: Ints


def seed_of(problem_sha256: str, technician: str) -> int:
    """Return the seed of a round's days."""
    text = "\0".join((WORDS, problem_sha256, technician))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:16], "big")


def factors_of(
    seed: int,
    service_variations: Sequence[float],
    drives: int,
    drive_variations: Sequence[float],
    shared_share: float,
) -> Factors:
    """
    Return the factors of a round's services and drives.

    Parameters
    ----------
    seed
        Of the orders.
    service_variations
        Coefficient of variation of each service, in the order of the round.
    drives
        How many drives there are.
    drive_variations
        Coefficients of variation that drives may have; which one it is depends on the hour.
    shared_share
        Part of a drive's variance (of its logarithm) that all drives have in common.
    """
    services = len(service_variations)
    # In this order: services, the day's traffic, drives.
    raw = np.random.PCG64(seed).random_raw((services + 1 + drives) * DAYS)
    orders = np.argsort(raw.reshape(-1, DAYS), axis=1, kind="stable")
    z = _scores()[orders].T
    own = z[:, services + 1 :]
    common = z[:, services : services + 1]
    traffic = math.sqrt(shared_share) * common + math.sqrt(1 - shared_share) * own
    return Factors(
        _lognormal(z[:, :services], np.array(service_variations, dtype=np.float64)),
        _lognormal(traffic[:, :, None], np.array(drive_variations, dtype=np.float64)),
    )


@cache
def _scores() -> Floats:
    """Return the middles of equally likely parts of the normal distribution, rising."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((rank + 0.5) / DAYS) for rank in range(DAYS)])


def _lognormal(z: Floats, variations: Floats) -> Ints:
    """Return factors (1/65,536) from standard normals; the last axis is that of the variations."""
    s = np.sqrt(np.log1p(variations**2))
    found: Ints = np.rint(np.exp(s * z - s**2 / 2) * ONE).astype(np.int64)
    return found
