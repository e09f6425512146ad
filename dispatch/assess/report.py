"""The report for a council: one printable page, in a single file.

Every value goes through `escape.page_text`, which the templates' environment applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dispatch.assess import charts, pictures
from dispatch.assess.balance import lorenz
from dispatch.assess.figures import ALL, HOUR_S
from dispatch.assess.words import basis, definitions, verdicts
from dispatch.views import palette
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment
from dispatch.wording import phrases
from dispatch.wording.catalogue import catalogue
from dispatch.wording.figures import Figures
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dispatch.assess.result import Assessment

LOAD = "workload_h_a_technician"


def assessment_page(found: Assessment, lang: str = DEFAULT) -> str:
    """Return the whole page: verdicts, maps, figures, diagrams, assumptions."""
    words = catalogue(lang)
    classes = pictures.split_centre_classes(found.scenarios)
    split_css = {each.name: palette.colour_class(rank) for rank, each in enumerate(found.scenarios)}
    body = Markup(  # noqa: S704, RUF100 - made by a template of ours
        page_environment()
        .get_template("assess.html")
        .render(
            title=words.assess.title,
            a=words.assess,
            m=words.split_maps,
            w=words.pages,
            found=found,
            say=Figures(lang),
            verdicts=verdicts(found, lang),
            atlas=pictures.atlas(found.scenarios, found.communes, words.split_maps.metropole),
            splits=overview(found),
            centres=_centres(found),
            classes=classes,
            split_css=split_css,
            names=_names(found),
            intervals=_intervals(found, lang),
            boxes=_boxes(found, classes),
            lorenz=_lorenz(found),
            cloud=None if found.field is None else charts.cloud(found.field, split_css),
            ranks=records(found.ranks),
            pilot=records(found.pilot),
            marginal=_marginal(found, lang),
            reach=found.judging.reach_min,
            basis=basis(found, lang),
            definitions=definitions(lang),
            attribution=phrases.attribution(lang)
            if found.network.approximate
            else found.network.attribution,
        )
    )
    return document(
        body,
        title=words.assess.title,
        lang=lang,
        kind="assess",
        styles=(palette.palette_css(), asset("page.css"), asset("assess.css")),
    )


def records(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the rows of a table; an empty list for None."""
    return (
        []
        if table is None
        else [
            {str(key): value for key, value in row.items()}
            for row in table.to_dict(orient="records")
        ]
    )


def _names(found: Assessment) -> dict[str, dict[str, str]]:
    """Return the names of each split's centres, by split and id."""
    return {
        each.name: {entry.id: entry.name for entry in each.service.centres}
        for each in found.scenarios
    }


def overview(found: Assessment) -> list[dict[str, Any]]:
    """Return one row a split: its mean day, and how evenly the load is spread."""
    whole = found.centres[found.centres["centre"] == ALL].set_index("split")
    even = found.balance[found.balance["quantity"] == LOAD].set_index("split")
    return [
        {
            "name": each.name,
            "centres": len(each.service.centres),
            **{str(key): value for key, value in whole.loc[each.name].items()},
            **{str(key): value for key, value in even.loc[each.name].drop("quantity").items()},
        }
        for each in found.scenarios
    ]


def _centres(found: Assessment) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each split's centres."""
    rows = records(found.centres)
    return {
        each.name: [row for row in rows if row["split"] == each.name] for each in found.scenarios
    }


def _intervals(found: Assessment, lang: str) -> dict[str, charts.RowChart]:
    """Return a diagram for each quantity with intervals: relative, but for visits undone."""
    words, drawn = catalogue(lang).assess, {}
    for quantity, name in words.quantities:
        rows = [row for row in records(found.comparisons) if row["quantity"] == quantity]
        rows = [row for row in rows if row["verdict"] != "other_demand"]
        relative = quantity != "undone"
        value, low, high = (
            ("relative", "relative_low", "relative_high")
            if relative
            else ("difference", "low", "high")
        )
        factor = 100 if relative else 1
        entries = [
            charts.LabelledInterval(
                label=row["split"],
                value=factor * row[value],
                low=factor * row[low],
                high=factor * row[high],
                css=row["verdict"],
            )
            for row in rows
        ]
        chart = charts.intervals(entries)
        if chart is not None:
            title = words.difference_percent if relative else words.difference_a_day
            drawn[title.format(quantity=name)] = chart
    return drawn


def _boxes(
    found: Assessment, classes: Mapping[str, Mapping[str, str]]
) -> dict[str, charts.RowChart]:
    """Return the box plots of each split: daily load of a technician, one row a centre."""
    frame = found.centre_days
    frame = frame[frame["technicians"] > 0]
    hours = (frame["travel_s"] + frame["service_s"]) / frame["technicians"] / HOUR_S
    span = (float(hours.min()), float(hours.max()))
    drawn = {}
    for each in found.scenarios:
        entries = []
        for entry in each.service.centres:
            mine = hours[(frame["split"] == each.name) & (frame["centre"] == entry.id)]
            if len(mine):
                css = classes[each.name][entry.id]
                entries.append(charts.LabelledValues(entry.name, mine.tolist(), css))
        drawn[each.name] = charts.boxes(entries, span)
    return drawn


def _lorenz(found: Assessment) -> charts.Curves:
    entries = []
    for rank, each in enumerate(found.scenarios):
        mine = found.centres[
            (found.centres["split"] == each.name)
            & (found.centres["centre"] != ALL)
            & (found.centres["technicians"] > 0)
        ]
        points = lorenz(mine[LOAD].tolist(), mine["technicians"].round().astype(int).tolist())
        css = palette.colour_class(rank)
        dash = palette.dash(rank)
        entries.append(charts.LabelledCurve(each.name, points.tolist(), css, dash))
    return charts.curves(entries)


def _marginal(found: Assessment, lang: str) -> list[dict[str, Any]]:
    """Return the rows of the marginal values with the names of centres, skills and communes."""
    words, service = catalogue(lang).assess, found.scenarios[0].service
    labels = service.labels_of_skills(lang)
    centres = {entry.id: entry.name for entry in service.centres}
    rows = records(found.marginal)
    for row in rows:
        kind = row["kind"]
        row["centre_name"] = centres[row["centre"]]
        row["kind_name"] = words.kinds[kind]
        if kind == "commune":
            row["detail"] = f"{found.communes[row['what']].name} → {centres[row['to']]}"
        elif kind == "skill":
            row["detail"] = words.trained.format(skill=labels[row["what"]], technician=row["to"])
        else:
            row["detail"] = words.like.format(technician=row["what"])
    return rows
