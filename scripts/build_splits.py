"""Make data/splits/: the named splits, computed from the bundled service, communes and roads.

Run it again after a change of `data/service.toml` or of the roads; the same data give the
same bytes. data/README.md says what each split is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dispatch.demand import DemandModel
from dispatch.folder.write import write_file
from dispatch.service.service import read_service
from dispatch.splits.borders import commune_neighbours
from dispatch.splits.split import Split
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, Site
from dispatch.territory import METROPOLE, TO_METRIC, read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.service.service import Service
    from dispatch.territory import Commune

OUT = Path(__file__).parent.parent / "data" / "splits"
OTHERS = "autres"


def shared_technicians(
    split: Split, service: Service, communes: Mapping[str, Commune], total: int
) -> dict[str, int]:
    """Return technicians by centre: the least each, then one by one where visits press most."""
    staffed = replace(split, technicians=dict.fromkeys(split.centres, 1))
    model = DemandModel(staffed.apply(service, communes), communes)
    visits = dict(zip(model.collectivities, model.mean_visits.tolist(), strict=True))
    load = {c: sum(visits[u] for u in members) for c, members in split.groups.items()}
    counts = dict.fromkeys(split.centres, service.split.technicians_least)
    while sum(counts.values()) < total:
        counts[max(counts, key=lambda c: (load[c] / counts[c], c))] += 1
    return counts


def middle(members: tuple[str, ...], communes: Mapping[str, Commune]) -> str:
    """Return the member nearest to the people of all as the crow flies, as service.toml does."""
    halls = {
        m: np.array(TO_METRIC.transform(communes[m].town_hall_lon, communes[m].town_hall_lat))
        for m in members
    }

    def away(candidate: str) -> float:
        return sum(
            communes[m].population * float(np.hypot(*(halls[m] - halls[candidate])))
            for m in members
        )

    return min(members, key=away)


def main() -> None:
    """Write the four files."""
    service, communes = read_service(), read_communes()
    council = Split.of(service, "2019")
    router = Router(load_network("bundled"))
    centres = service.territory(communes).centres
    places = service.demand.places
    sites = [Site(f"centre/{c.id}", c.lon, c.lat) for c in centres.values()]
    sites += [Site(c.insee, c.town_hall_lon, c.town_hall_lat) for c in communes.values()]
    sites.append(Site(METROPOLE, places.metropole_lon, places.metropole_lat))
    travel = router.measure(sites)
    column = {name: number for number, name in enumerate(travel.places)}

    def seconds(centre: str, collectivity: str) -> int:
        return int(travel.seconds[0, column[f"centre/{centre}"], column[collectivity]])

    def nearest(collectivity: str, among: list[str]) -> str:
        return min(among, key=lambda centre: (seconds(centre, collectivity), centre))

    ids = sorted(centres)
    total = len(service.technicians)
    big = council.centre_of[METROPOLE]
    rest = tuple(u for u, c in council.centre_of.items() if c != big)
    two = Split(
        "two-centres",
        {u: big if c == big else OTHERS for u, c in council.centre_of.items()},
        {big: council.premises[big], OTHERS: middle(rest, communes)},
    )
    near = Split("nearest", {u: nearest(u, ids) for u in council.centre_of}, council.premises)

    pole_of = {c: {communes[u].pole for u in council.groups[c] if u != METROPOLE} for c in ids}
    joined = {
        insee: nearest(insee, [c for c in ids if commune.pole in pole_of[c]])
        for insee, commune in communes.items()
        if insee not in council.centre_of
    }
    near_of = commune_neighbours(communes, service.borders)

    def pieces(owner: dict[str, str]) -> int:
        return sum(len(near_of.parts([u for u in owner if owner[u] == c])) for c in ids)

    # Each centre in one piece: the change of a commune that joins which costs the least time.
    served = {u: c for u, c in council.centre_of.items() if u != METROPOLE}
    while pieces(served | joined) > len(ids):
        joined = min(
            (
                joined | {u: c}
                for u in sorted(joined)
                for c in ids
                if communes[u].pole in pole_of[c]
                and pieces(served | joined | {u: c}) < pieces(served | joined)
            ),
            key=lambda owner: sum(seconds(c, u) for u, c in owner.items()),
        )
    all_28 = Split("28-communes", {**council.centre_of, **joined}, council.premises)

    once = replace(all_28, technicians=dict.fromkeys(ids, 1)).apply(service, communes)
    # As many visits a technician as now.
    grown = round(total * once.visits_per_day / service.visits_per_day)
    for split, count in ((two, total), (near, total), (all_28, grown)):
        counts = shared_technicians(split, service, communes, count)
        made = replace(split, technicians=counts)
        write_file(OUT / f"{split.name}.csv", made.to_csv(communes))
    write_file(OUT / "2019.csv", council.to_csv(communes))


if __name__ == "__main__":
    main()
