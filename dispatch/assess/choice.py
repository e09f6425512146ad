"""Which splits to assess: CSV files, or bundled splits by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.splits.reading import read_split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.service.service import Service
    from dispatch.splits.split import Split
    from dispatch.territory import Commune

FOLDER = "splits"
OPTION = "--split"
# The council's own split comes first, so that the others are compared with it.
COUNCIL = "2019"


def bundled_splits() -> dict[str, Path]:
    """Return the files of the bundled splits by name, the council's first."""
    found = {path.stem: path for path in sorted(data_path(FOLDER).glob("*.csv"))}
    return dict(sorted(found.items(), key=lambda item: (item[0] != COUNCIL, item[0])))


def chosen_splits(
    named: Sequence[str], service: Service, communes: Mapping[str, Commune]
) -> list[Split]:
    """
    Return the named splits, in the order given.

    Parameters
    ----------
    named
        Paths of CSV files or names of bundled splits; where both exist, the file counts. Empty:
        the bundled splits of the collectivities that the service serves.
    service, communes
        The service whose collectivities are split, and the communes by INSEE code.

    Raises
    ------
    InputError
        When a file is missing or faulty; the faults of all files at once.
    """
    bundled = bundled_splits()
    if not named:
        read = [read_split(path, service, communes) for path in bundled.values()]
        return [split for split in read if set(split.centre_of) == set(service.demand.agents)]
    splits: list[Split] = []
    faults: list[Fault] = []
    for name in dict.fromkeys(named):
        path = Path(name)
        if not path.exists() and name in bundled:
            path = bundled[name]
        elif not path.exists():
            known = ", ".join(bundled)
            message = f"no such file and no such bundled split; the bundled ones are {known}"
            faults.append(Fault(OPTION, "", name, message))
            continue
        try:
            splits.append(read_split(path, service, communes))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return splits
