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

from dispatch.assess.report import assessment_page, overview, records
from dispatch.assess.words import basis, verdicts
from dispatch.folder.write import write_file
from dispatch.views.tables import BOM, cell
from dispatch.wording.catalogue import catalogue
from dispatch.wording.figures import Figures
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from dispatch.assess.result import Assessment

RESULT_FILE = "assess.json"
DIGITS = 6


def write_assessment(found: Assessment, folder: Path, lang: str = DEFAULT) -> list[str]:
    """
    Write every file of an assessment; return their names.

    Parameters
    ----------
    found
        The assessment.
    folder
        Made where it is missing; other files in it stay.
    lang
        Language of the report; the tables do not depend on it.

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
        "rapport.md": assessment_markdown(found, lang),
        "rapport.html": assessment_page(found, lang),
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


def assessment_markdown(found: Assessment, lang: str = DEFAULT) -> str:
    """Return the summary as Markdown."""
    words, write = catalogue(lang).assess, Figures(lang)
    about = words.summary_reference.format(
        split=_plain(found.reference), days=len(found.days), seed=found.seed
    )
    lines = [f"# {words.title}", "", about, "", f"## {words.findings}", ""]
    for told in verdicts(found, lang):
        lines.append(f"**{_plain(told['split'])}**")
        lines += ["", *(f"- {sentence}" for sentence in told["sentences"]), ""]
    lines += [f"## {words.the_splits}", "", *_heading(words.summary_columns)]
    for row in overview(found):
        cells = [
            _plain(row["name"]),
            write.number(row["travel_km_a_day"]),
            write.number(row["travel_min_a_day"] / 60),
            write.number(row["undone_a_day"], 2),
            write.percent(row["road_share"]),
            write.number(row["max_over_mean"], 2),
            write.number(row["gini"], 3),
            write.number(row["theil_between"], 4),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(found.pilot):
        lines += ["", f"## {words.days_needed}", "", *_heading(words.summary_days)]
        for row in records(found.pilot):
            counts = [row[key] for key in ("days_width", "days_width_unpaired", "days_shown")]
            cells = [_plain(row["split"]), write.percent(row["precision"], 0), *map(str, counts)]
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"## {words.basis}", ""]
    lines += [f"- {sentence}" for sentence in basis(found, lang)]
    return "\n".join(lines) + "\n"


def _heading(columns: str) -> list[str]:
    """Return the head of a Markdown table: names on the left, figures on the right."""
    return [f"| {columns} |", "| --- |" + " ---: |" * columns.count("|")]


_MARKED = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#+-!|&~$"})


def _plain(text: str) -> str:
    """Return a text with its Markdown characters escaped, in one line."""
    return " ".join(text.split()).translate(_MARKED)
