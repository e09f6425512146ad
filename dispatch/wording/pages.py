"""The words of the pages and of the route sheets."""

from __future__ import annotations

from dispatch.wording.vocabulary import Vocabulary


class Pages(Vocabulary):
    """The map page of a centre and the index of all centres."""

    all_centres: str
    all_served: str
    arrival: str
    at_a_glance: str
    back: str
    break_: str
    centre: str
    centres: str
    departure: str
    distance: str
    driving: str
    driving_or_waiting: str
    duration: str
    empty_round: str
    failures: str
    leg: str
    streets: str
    by_streets: str
    map_help: str
    no_round: str
    number: str
    of_visits: str
    only: str
    overview: str
    place: str
    priority: str
    reason: str
    response: str
    response_kept: str
    response_late: str
    late_visits: str
    rounds: str
    rounds_of: str
    rounds_in_detail: str
    sample: str
    sample_note: str
    service: str
    service_name: str
    show_round: str
    skills: str
    skip: str
    spread: str
    stop: str
    stop_before_limit: str
    task: str
    time: str
    totals: str
    unassigned: str
    unassigned_one: str
    unplanned: str
    visit: str
    visits: str
    window: str
    windows: str
    working: str
    zoom_in: str
    zoom_out: str
    show_on_map: str
    all_changes: str
    all_rounds: str
    changes: str
    day_player: str
    download_rounds: str
    download_stops: str
    download_unassigned: str
    files: str
    map: str
    map_needs_script: str
    next_event: str
    now: str
    previous_event: str
    print: str
    search: str
    search_hint: str
    sheets: str
    skip_map: str
    speed: str
    speed_slow: str
    speed_usual: str
    speed_fast: str
    time_of_day: str
    whole_day: str


class Player(Vocabulary):
    """What the script of the map page says; `Pages` shows some of these words too."""

    close: str
    found_many: str
    found_more: str
    found_none: str
    found_one: str
    is_at: str
    is_away: str
    is_back: str
    is_driving: str
    is_pausing: str
    is_returning: str
    is_waiting: str
    pause: str
    play: str
    state_done: str
    state_next: str
    state_now: str
    tally: str


class Chances(Vocabulary):
    """How sure hours are, on pages and sheets."""

    hour: str
    """A time of day in a sentence: "9 h 40", "9:40"."""
    full_hour: str
    at: str
    between: str
    """An hour, and a span of time."""
    promise: str
    """What is told of an hour or a span: that it is kept nine times out of ten."""
    legend: str
    """What the spans of a page mean."""
    more_than: str
    less_than: str
    weak: str
    """A window that may well be missed."""
    weakest: str
    late_back: str
    """The chance of being back in time, where it is small."""
    nine_in_ten: str
    """The same as `promise`, as the name of a figure."""
    kept: str
    """How many windows of how many are kept, on average."""


class SheetWords(Vocabulary):
    """Route sheets: paper, calendars, GPX."""

    before_leaving: str
    cancelled: str
    continued: str
    equipment: str
    equipment_short: str
    gantt_help: str
    idle: str
    job: str
    map_help: str
    no_equipment: str
    north: str
    of_capacity: str
    open_map: str
    open_map_of: str
    overview: str
    plan_of: str
    round: str
    round_of: str
    skills_used: str
    technician: str
    trip: str
    by_streets: str
    link: str
    urgent: str
    visit_id: str


class Details(Vocabulary):
    """Names of further fields of a ticket, where `TicketField.shown` shows them."""

    within_s: str
    due: str


class Workbook(Vocabulary):
    """Headings of the workbook's columns."""

    round: str
    technician: str
    departure: str
    back: str
    visits: str
    distance: str
    driving: str
    service: str
    equipment: str
    stop: str
    arrival: str
    start: str
    end: str
    commune: str
    address: str
    description: str
    minutes: str
    windows: str
    leg_min: str
    leg_km: str
    streets: str
    priority: str
    skills: str
    visit: str
    coordinates: str
    soonest: str
    latest: str
    reason: str
