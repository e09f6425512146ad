"""Every centre for one date: read, solve side by side, check, draw, write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.edits.applying import held_by
from dispatch.edits.day import edited_day
from dispatch.edits.kept import files_of, kept_edits, rounds_before
from dispatch.errors import DispatchError, SolverError
from dispatch.folder.familiarity import read_history, with_familiarity
from dispatch.folder.read import inputs_of
from dispatch.folder.write import Day, NetworkUsed, problem_file, refuse_unwritable, write_folder
from dispatch.model.day import CentreDay, problem_of, share_out, ways_of
from dispatch.planday.inputs import Inputs, Request, Roads, load_roads, read_inputs
from dispatch.planday.pages import pages_of_day
from dispatch.solve.side_by_side import Settings, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.edits.applying import Status
    from dispatch.model.day import Work
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.progress import Progress
    from dispatch.solve.side_by_side import Planner

    OnEdits = Callable[[tuple[Status, ...], bool], None]


@dataclass(frozen=True)
class Outcome:
    """
    What was written, and what went wrong.

    Parameters
    ----------
    day
        The day, as written.
    worst_exit_code
        Of the worst failure; 0: none.
    failures
        Each centre's failure.
    edits
        What became of each edit by hand.
    edits_kept
        Whether they are those that the folder had kept.
    """

    day: Day
    worst_exit_code: int = 0
    failures: Mapping[str, DispatchError] = field(default_factory=dict)
    edits: tuple[Status, ...] = ()
    edits_kept: bool = False


def plan_day(
    request: Request,
    *,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_edits: OnEdits | None = None,
) -> Outcome:
    """
    Plan a day and write its folder.

    Parameters
    ----------
    request
        What to plan, and where to write it.
    on_progress, on_edits
        As in `plan_inputs`.

    Raises
    ------
    InputError
        When a file is faulty or the folder cannot be written; nothing is written then.
    """
    inputs = read_inputs(request)
    return plan_inputs(request, inputs, on_progress=on_progress, on_edits=on_edits)


def plan_inputs(
    request: Request,
    inputs: Inputs,
    *,
    roads: Roads | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_edits: OnEdits | None = None,
    planner: Planner | None = None,
) -> Outcome:
    """
    Plan a day of what was read already, and write its folder.

    Parameters
    ----------
    request
        The day, the centres, the search and the folder; its files are not read.
    inputs
        What is planned.
    roads
        Those of the request, where they were loaded already; None: they are loaded.
    on_progress
        As in `dispatch.solve.side_by_side.plan_all`.
    on_edits
        Called before anything is planned with what became of the edits by hand, where there are
        some, and whether the folder had kept them.
    planner
        What plans the problems; None: processes of this machine.

    Raises
    ------
    InputError
        When the folder cannot be written; nothing is written then.
    """
    refuse_unwritable(request.out, folder=True)
    works = share_out(inputs.territory, inputs.tickets, inputs.roster)
    if request.centres:
        works = {centre: works[centre] for centre in dict.fromkeys(request.centres)}
    service = inputs.service
    roads = roads or load_roads(request, service)
    network, router, traffic = roads.network, roads.router, roads.traffic

    history = read_history(request.history, request.date, service.familiarity)

    def problem(work: Work) -> DayProblem:
        made = problem_of(work, request.date, service, inputs.communes, router, traffic=traffic)
        tickets = {ticket.id: ticket for ticket in work.tickets}
        return with_familiarity(made, tickets, history, service.familiarity)

    edits = inputs.edits
    if edits is None and request.keep_edits:
        edits = kept_edits(request.out, service.limits, request.date)
    rounds = rounds_before(request.out, request.date) if edits else {}
    edited = edited_day(works, problem, edits.entries if edits else (), rounds)
    works, problems, failures = edited.works, edited.problems, edited.failures
    edits_kept = edits is not None and edits is not inputs.edits
    if on_edits is not None and edits is not None:
        on_edits(edited.edited.statuses, edits_kept)
    search = Settings(request.effort, request.seed, request.time_limit_s)
    plan_problems = plan_all if planner is None else planner
    planned = plan_problems(problems, search, workers=request.workers, on_progress=on_progress)
    failures |= planned.failures

    plans: dict[str, Plan] = {}
    for centre, plan in planned.plans.items():
        # Checked again here, after it crossed from another process.
        broken = [v for v in rules.check(problems[centre], plan) if v.rule != "mandatory_served"]
        if broken:
            failures[centre] = SolverError("\n".join(map(str, broken)))
        else:
            plans[centre] = plan
    plans = {centre: plans[centre] for centre in works if centre in plans}
    days = [
        CentreDay(
            centre=works[centre].centre,
            problem=problems[centre],
            plan=plan,
            tickets={ticket.id: ticket for ticket in works[centre].tickets},
            lines=ways_of(
                works[centre], problems[centre], plan, inputs.service, inputs.communes, router
            ),
            sample=inputs.sample,
        )
        for centre, plan in plans.items()
    ]
    messages = {centre: str(failures[centre]) for centre in works if centre in failures}
    day = Day(
        date=request.date,
        network=NetworkUsed(
            name=network.name,
            named=request.network or service.network,
            approximate=network.approximate,
            sha256=network.sha256,
            attribution=network.attribution,
        ),
        seed=request.seed,
        effort=request.effort,
        sample=inputs.sample,
        traffic=traffic,
        summary={centre: plan.summary() for centre, plan in plans.items()},
        plans=plans,
        failures=messages,
    )
    files = {problem_file(name): problems[name].to_json() for name in plans}
    files |= inputs_of(
        inputs.service_text, request.date, {name: works[name].tickets for name in plans}
    )
    if edits is not None:
        files |= files_of(edits, edited.edited, edited.before, request.date)
    files |= pages_of_day(
        day,
        days,
        service,
        inputs.territory,
        network,
        lang=request.lang,
        tiles=request.tiles,
        dropped=edited.dropped,
    )
    write_folder(request.out, files, day)
    return Outcome(
        day,
        max((error.exit_code for error in failures.values()), default=0),
        failures,
        held_by(plans, edited.edited.statuses),
        edits_kept=edits_kept,
    )
