"""The sections of the catalogue: every language has these and no others."""

from dispatch.wording.common import Counts, Dates, Lists, Notes, Numbers, Quality, Reasons
from dispatch.wording.explanations import Changes, Explanations
from dispatch.wording.pages import Details, Pages, Player, Sheets, Workbook
from dispatch.wording.plots import NightsPlot, RoadsPlot
from dispatch.wording.reports import AssessReport, ResplitReport, SplitMaps
from dispatch.wording.section import Section


class Catalogue(Section):
    """All words of one language."""

    numbers: Numbers
    dates: Dates
    lists: Lists
    counts: Counts
    notes: Notes
    reasons: Reasons
    quality: Quality
    pages: Pages
    player: Player
    sheets: Sheets
    details: Details
    workbook: Workbook
    explanations: Explanations
    changes: Changes
    nights_plot: NightsPlot
    roads_plot: RoadsPlot
    split_maps: SplitMaps
    assess: AssessReport
    resplit: ResplitReport
