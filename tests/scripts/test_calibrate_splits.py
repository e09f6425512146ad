"""The constants of foretold travel are those that fit the rounds kept, on the roads of now."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from dispatch.service.service import read_service

SCRIPTS = Path(__file__).parents[2] / "scripts"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SCRIPTS.exists(), reason="scripts/ is not here"),
]


@pytest.fixture(scope="module")
def script():
    """Return the script that fits them."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        import calibrate_splits
    finally:
        sys.path.remove(str(SCRIPTS))
    return calibrate_splits


def test_the_constants_of_the_service_file_fit_the_rounds_kept(script):
    """Whoever changes roads, rounds or constants alone is told; splits are foretold to 3 %."""
    terms, travel, rows = script.features()
    stated = read_service().resplit.travel
    constants = [stated.haul, stated.detour, stated.stop_s]
    haul, detour, stop_s = script.fitted(terms, travel)
    assert [round(haul, 3), round(detour, 3), round(stop_s, 1)] == pytest.approx(constants)
    told, names = terms @ np.array(constants), np.array([row["split"] for row in rows])
    errors = [abs(told[names == n].sum() / travel[names == n].sum() - 1) for n in set(names)]
    assert len(errors) == 16
    assert np.mean(errors) < 0.03
