"""Make data/samples/visits.csv, the bundled sample day: drawn from the service's volumes, seeded.

The visits are invented; only their numbers follow the service's volumes and the
assumptions of data/service.toml. Run it again after changing either:

    python scripts/build_sample.py [FILE]
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from dispatch.demand import sample_day
from dispatch.inputs.rows import visits_text
from dispatch.service.service import read_service
from dispatch.territory import read_communes

# A Wednesday outside school holidays. Of the seeds 1 to 20, this one draws the day nearest to the
# mean of every centre (least sum of squared differences over means): 105 visits, 60 for
# Bordeaux-Métropole, 20 Sud, 12 Ouest-Sud, 7 Rive droite and 6 Ouest-Nord.
DAY = date(2026, 11, 25)
SEED = 18
TARGET = Path(__file__).parents[1] / "data" / "samples" / "visits.csv"


def sample_text() -> str:
    """Return the text of the sample's file."""
    return visits_text(sample_day(read_service(), read_communes(), DAY, SEED))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(sample_text(), encoding="utf-8", newline="\n")
