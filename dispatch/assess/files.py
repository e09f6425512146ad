"""The files of an assessment: tables as CSV, all of it as JSON, a summary in Markdown, the report.

A French spreadsheet opens the CSV correctly (`;`, decimal commas, byte order mark, CRLF). Its
headings are the names that docs/assess.md defines. `assess.json` is written last.
"""

from __future__ import annotations

import csv
import io
import json
import math
import numbers
from typing import TYPE_CHECKING, Any

from dispatch.assess import words
from dispatch.assess.report import assessment_page, overview, records
from dispatch.folder.write import write_file
from dispatch.views.tables import BOM, cell

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from dispatch.assess.result import Assessment

RESULT_FILE = "assess.json"
DIGITS = 6


def write_assessment(found: Assessment, folder: Path) -> list[str]:
    """
    Write every file of an assessment; return their names.

    Parameters
    ----------
    found
        The assessment.
    folder
        Made where it is missing; other files in it stay.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    files = {
        "centres.csv": table_csv(found.centres),
        "jours.csv": table_csv(found.centre_days),
        "techniciens.csv": table_csv(found.technician_days),
        "equilibre.csv": table_csv(found.balance),
        "comparaisons.csv": table_csv(found.comparisons),
        "pilote.csv": table_csv(found.pilot),
        "rapport.md": assessment_markdown(found),
        "rapport.html": assessment_page(found),
        RESULT_FILE: json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n",
    }
    if found.ranks is not None:
        files = {"rangs.csv": table_csv(found.ranks), **files}
    if found.marginal is not None:
        files = {"valeurs-marginales.csv": table_csv(found.marginal), **files}
    for name, text in files.items():
        write_file(folder / name, text)
    return list(files)


def table_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(name) for name in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return BOM + text.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - any cell of a table
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        plain = float(value)
        return f"{plain:.{DIGITS}g}".replace(".", ",") if math.isfinite(plain) else ""
    return "" if value is None else cell(str(value))


def assessment_markdown(found: Assessment) -> str:
    """Return the summary as Markdown, in French."""
    lines = [
        "# Le découpage en centres de proximité, à l’épreuve des tournées",
        "",
        f"Référence : {_plain(found.reference)}. {len(found.days)} jours simulés, graine "
        f"{found.seed}.",
        "",
        "## Ce qu’il en est",
        "",
    ]
    for told in words.verdicts(found):
        lines.append(f"**{_plain(told['split'])}**")
        lines += ["", *(f"- {sentence}" for sentence in told["sentences"]), ""]
    lines += [
        "## Les découpages",
        "",
        "| découpage | km / jour | h de route / jour | non faites / jour | part de la route "
        "| charge max / moyenne | Gini | Theil entre centres |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in overview(found):
        cells = [
            _plain(row["name"]),
            words.number(row["travel_km_a_day"]),
            words.number(row["travel_min_a_day"] / 60),
            words.number(row["undone_a_day"], 2),
            words.percent(row["road_share"]),
            words.number(row["max_over_mean"], 2),
            words.number(row["gini"], 3),
            words.number(row["theil_between"], 4),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(found.pilot):
        lines += [
            "",
            "## Combien de jours suffisent",
            "",
            "| découpage | écart | jours (demi-intervalle) | sans apparier | jours (démontrer) |",
            "| --- | ---: | ---: | ---: | ---: |",
        ]
        for row in records(found.pilot):
            counts = [row[key] for key in ("days_width", "days_width_unpaired", "days_shown")]
            cells = [_plain(row["split"]), words.percent(row["precision"], 0), *map(str, counts)]
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## Ce sur quoi ces chiffres reposent", ""]
    lines += [f"- {sentence}" for sentence in words.basis(found)]
    return "\n".join(lines) + "\n"


_MARKED = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#+-!|&~$"})


def _plain(text: str) -> str:
    """Return a text with its Markdown characters escaped, in one line."""
    return " ".join(text.split()).translate(_MARKED)
