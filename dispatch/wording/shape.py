"""The sections of the catalogue: every language has these and no others."""

from dispatch.wording.common import (
    Counts,
    Dates,
    Lists,
    Notes,
    Numbers,
    Quality,
    Reasons,
    Rejections,
)
from dispatch.wording.explanations import Changes, Explanations
from dispatch.wording.pages import Chances, Details, Pages, Player, SheetWords, Workbook
from dispatch.wording.plots import NightsPlot, RoadsPlot
from dispatch.wording.reports import AssessReport, ResplitReport, SplitMaps
from dispatch.wording.vocabulary import Vocabulary


class Catalogue(Vocabulary):
    """All words of one language."""

    numbers: Numbers
    dates: Dates
    lists: Lists
    counts: Counts
    notes: Notes
    reasons: Reasons
    rejections: Rejections
    quality: Quality
    pages: Pages
    player: Player
    chances: Chances
    sheets: SheetWords
    details: Details
    workbook: Workbook
    explanations: Explanations
    changes: Changes
    nights_plot: NightsPlot
    roads_plot: RoadsPlot
    split_maps: SplitMaps
    assess: AssessReport
    resplit: ResplitReport
