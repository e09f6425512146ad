"""The words of the reports on splits."""

from __future__ import annotations

from dispatch.wording.vocabulary import Vocabulary


class SplitMaps(Vocabulary):
    """Maps of splits side by side."""

    reference: str
    map: str
    changes_centre: str
    joined: str
    nothing_moves: str
    premises: str
    moved: str
    metropole: str
    title: str


class AssessedQuantities(Vocabulary):
    """What is compared, without its unit."""

    travel_h: str
    travel_km: str
    undone: str
    cost_h: str
    workload_max_over_mean: str


class BalancedQuantities(Vocabulary):
    """Whose evenness is measured."""

    workload_h_a_technician: str
    travel_min_a_technician: str
    travel_km_a_technician: str
    visits_a_technician: str


class MarginalKinds(Vocabulary):
    """Single changes of a split, before their detail."""

    technician: str
    skill: str
    commune: str


class AssessVerdicts(Vocabulary):
    """What may be said of a split against the reference."""

    other_demand: str
    other_demand_figures: str
    road: str
    road_unit: str
    undone: str
    undone_unit: str
    workload: str
    relative: str
    interval: str
    no_interval: str
    less: str
    more: str
    identical: str
    equal: str
    too_few_days: str
    not_shown: str
    no_gain: str
    worse: str


class AssessGrounds(Vocabulary):
    """What the figures rest on."""

    day: str
    days: str
    demand: str
    rounds: str
    bundled: str
    given: str
    intervals: str
    assumptions: str
    clocked: str


class AssessDefinitions(Vocabulary):
    """Terms of the report, and what they mean."""

    load: str
    load_meaning: str
    road_share: str
    road_share_meaning: str
    from_centre: str
    from_centre_meaning: str
    inequality: str
    inequality_meaning: str
    equipment: str
    equipment_meaning: str


class AssessReport(Vocabulary):
    """The report on splits that `dispatch assess` writes."""

    title: str
    simulated_days: str
    reference: str
    splits: str
    visits_a_day: str
    technicians: str
    findings: str
    compared_with: str
    the_splits: str
    average_day: str
    split: str
    centres: str
    road_h: str
    road_share: str
    undone: str
    load_max: str
    largest_deviation: str
    variation: str
    theil_both: str
    differences: str
    differences_help: str
    difference_percent: str
    difference_a_day: str
    load_by_day: str
    load_help: str
    load_of_centres: str
    equality: str
    lorenz_caption: str
    lorenz: str
    lorenz_axes: str
    measures: str
    quantity: str
    max_over_mean: str
    theil_between: str
    theil_within: str
    by_centre: str
    on_average: str
    centre: str
    technicians_short: str
    visits: str
    road_min: str
    km_a_technician: str
    min_a_technician: str
    min_a_visit: str
    median: str
    load_h: str
    undone_short: str
    equipment: str
    a_technician: str
    whole: str
    rank: str
    rank_before: str
    rank_estimate: str
    rank_after: str
    cloud: str
    cloud_caption: str
    rank_travel: str
    rank_balance: str
    dominated_by: str
    front_distance: str
    days_needed: str
    days_help: str
    few_days: str
    aimed: str
    days_width: str
    days_unpaired: str
    days_shown: str
    pairing_gain: str
    marginal: str
    marginal_before: str
    marginal_after: str
    change: str
    to: str
    basis: str
    source: str
    trained: str
    like: str
    summary_reference: str
    summary_columns: str
    summary_days: str
    quantities: AssessedQuantities
    balanced: BalancedQuantities
    kinds: MarginalKinds
    verdicts: AssessVerdicts
    grounds: AssessGrounds
    definitions: AssessDefinitions


class ResplitFindings(Vocabulary):
    """What a split does not keep, by the rule."""

    poles: str
    strict: str
    sizes: str
    other: str


class ResplitVerdicts(Vocabulary):
    """What was found."""

    proven: str
    bounded: str
    compact: str
    priced: str
    best: str
    gain_one: str
    gain: str
    no_gain: str
    uncorrelated: str
    correlated: str


class ResplitGrounds(Vocabulary):
    """What the figures rest on."""

    estimate: str
    bundled: str
    given: str
    listed: str
    compact: str
    contiguity: str


class ResplitReport(Vocabulary):
    """The report on other splits that `dispatch resplit` writes."""

    title: str
    estimate: str
    asked: str
    best_travel: str
    a_day: str
    load_max: str
    groups: str
    findings: str
    the_splits: str
    split: str
    travel: str
    change: str
    workload: str
    balance: str
    technicians: str
    poles: str
    moved: str
    proof: str
    front: str
    nearest: str
    chart: str
    chart_label: str
    chart_caption: str
    chart_proven: str
    replayed: str
    estimated_h: str
    real_h: str
    undone: str
    basis: str
    proven: str
    gap: str
    summary_columns: str
    summary_replayed: str
    findings_by_rule: ResplitFindings
    verdicts: ResplitVerdicts
    grounds: ResplitGrounds
