"""Pages and maps as a notebook shows them: in a frame of their own, without a network.

A page's styles and scripts stay inside its frame, where its own security policy holds; the
notebook around it is neither styled nor reached. Nothing is written to a disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from dispatch.assess.pictures import atlas
from dispatch.assess.report import assessment_page
from dispatch.assess.run import scenarios_of
from dispatch.model.day import CentreDay, streets_of, ways_of
from dispatch.service.service import read_service
from dispatch.streets.roads import BUNDLED
from dispatch.territory import read_communes
from dispatch.views import cartography, palette
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment, page_text
from dispatch.views.pages import map_page
from dispatch.wording import phrases
from dispatch.wording.catalogue import catalogue
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.assess.result import Assessment
    from dispatch.assess.scenarios import Scenario
    from dispatch.model.day import Work
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.service.service import Service
    from dispatch.splits.split import Split
    from dispatch.streets.router import Router
    from dispatch.territory import Commune

# Heights of frames (pixels): a whole page to scroll in; a row of maps, a line of text under one.
PAGE, ROW, LINE = 760, 540, 24
# As many maps side by side, each as wide (pixels).
MAPS_A_ROW, MAP = 3, 390


@dataclass(frozen=True)
class Page:
    """
    A whole HTML page, which a notebook shows in a frame.

    Parameters
    ----------
    html
        The page; it needs no network.
    height_px
        Height of the frame (pixels); the page scrolls in it.
    width_px
        Greatest width of the frame (pixels); None: that of the notebook.
    """

    html: str
    height_px: int = PAGE
    width_px: int | None = None

    def _repr_html_(self) -> str:
        """Return the frame; the page in it may run its own script, and reach nothing outside."""
        widest = "100%" if self.width_px is None else f"{self.width_px:d}px"
        return (
            f'<iframe srcdoc="{page_text(self.html)}" sandbox="allow-scripts allow-popups" '
            f'style="width:100%;max-width:{widest};height:{self.height_px:d}px;border:0"></iframe>'
        )


def show_splits(
    splits: Sequence[Split | Scenario],
    *,
    service: Service | None = None,
    communes: Mapping[str, Commune] | None = None,
) -> Page:
    """
    Return maps of splits side by side; what differs from the first is hatched.

    Parameters
    ----------
    splits
        At least one; no two have the same name.
    service, communes
        The service before a split is applied, the communes by INSEE code; None: the bundled ones.

    Raises
    ------
    InputError
        When there is no split, two have one name, or one cannot be applied to the service.
    """
    communes = read_communes() if communes is None else communes
    scenarios = scenarios_of(splits, read_service() if service is None else service, communes)
    template = page_environment().get_template("split_maps.html")
    words = catalogue(DEFAULT).split_maps
    drawn = atlas(scenarios, communes, words.metropole)
    html = document(
        # Made by a macro of ours, which escapes every value.
        Markup("<main>{}</main>").format(Markup(template.module.side_by_side(drawn, words))),  # type: ignore[attr-defined] # noqa: S704, RUF100
        title=words.title,
        lang=DEFAULT,
        kind="assess",
        styles=(palette.palette_css(), asset("page.css"), asset("assess.css")),
    )
    lines = [len(each.sentences) for each in drawn.maps]
    rows = [lines[first : first + MAPS_A_ROW] for first in range(0, len(lines), MAPS_A_ROW)]
    height = sum(ROW + LINE * max(row) for row in rows)
    return Page(html, height, MAP * min(len(scenarios), MAPS_A_ROW))


def show_assessment(found: Assessment) -> Page:
    """Return the report on splits: the page for a council that `dispatch assess` writes."""
    return Page(assessment_page(found))


def show_day(
    work: Work,
    problem: DayProblem,
    plan: Plan,
    *,
    service: Service,
    communes: Mapping[str, Commune],
    router: Router,
    sample: bool = True,
) -> Page:
    """
    Return a centre's day as its head opens it: map, rounds hour by hour, tables.

    Parameters
    ----------
    work, problem, plan
        The centre's technicians and visits, its problem (`problem_of`) and a plan for it.
    service, communes, router
        As in `problem_of`.
    sample
        Whether the visits are drawn from volumes rather than real ones; the page says so.
    """
    tickets = {ticket.id: ticket for ticket in work.tickets}
    day = CentreDay(
        centre=work.centre,
        problem=problem,
        plan=plan,
        tickets=tickets,
        lines=ways_of(work, problem, plan, service, communes, router),
        sample=sample,
        streets=streets_of(tickets, problem, plan, service, communes, router),
    )
    network, water = router.network, service.demand.water
    bundled = network.name == BUNDLED
    html = map_page(
        day,
        service.territory(communes),
        network_note=phrases.network_note(
            None if bundled else network,
            traffic=problem.date if len(problem.travel.slot_starts_s) > 1 else None,
        ),
        attribution=phrases.attribution() if bundled else network.attribution,
        backdrop=cartography.backdrop(network, [] if water is None else [tuple(water.line)]),
        skill_labels=service.skills,
        indexed=False,
    )
    return Page(html)
