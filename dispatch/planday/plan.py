"""From inputs to the planned day of all centres; nothing is written here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.chances.guarded import with_chances
from dispatch.checker import rules
from dispatch.edits.apply import held_by
from dispatch.edits.day import edited_day
from dispatch.errors import SolverError
from dispatch.folder.familiarity import with_familiarity
from dispatch.model.day import CentreDay, problem_of, share_out, streets_of, ways_of
from dispatch.planday.day import Day
from dispatch.solve.side_by_side import Settings, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.edits.apply import Status
    from dispatch.edits.model import Edits
    from dispatch.errors import DispatchError
    from dispatch.model.day import Work
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.planday.inputs import Inputs
    from dispatch.solve.progress import Progress
    from dispatch.solve.side_by_side import Planned, Planner

    OnEdits = Callable[[tuple[Status, ...]], None]


def plan_of(
    inputs: Inputs,
    edits: Edits | None = None,
    *,
    search: Settings | None = None,
    workers: int | None = None,
    planner: Planner | None = None,
    on_edits: OnEdits | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Day:
    """
    Plan a day of every centre; read no file and write none.

    The tickets are shared out among the centres, each centre's problem is made, the edits are
    applied, all problems are solved side by side, and each plan is checked. The failure of one
    centre spares the others. Tickets that may not be planned on that day yet are left out.

    Parameters
    ----------
    inputs
        What is planned: `dispatch.planday.inputs.read_inputs` reads it from files.
    edits
        Edits by hand to apply; None: those of the inputs.
    search
        Effort, seed and time limit; None: the usual ones.
    workers
        Number of processes; None: one a processor. The plans do not depend on it.
    planner
        Plans the problems; None: processes of this machine (`plan_all`).
    on_edits
        Called before the search, where there are edits, with what became of each.
    on_progress
        As in `dispatch.solve.side_by_side.plan_all`.

    Returns
    -------
    day
        The planned day. `dispatch.planday.write.write_day` writes it.

    Raises
    ------
    InputError
        When no centre is in charge of a ticket.
    """
    edits = inputs.edits if edits is None else edits
    search = search or Settings()
    works = share_out(inputs.territory, inputs.tickets, inputs.roster)
    if inputs.centres:
        works = {centre: works[centre] for centre in dict.fromkeys(inputs.centres)}

    later = {
        name: tuple(ticket for ticket in work.tickets if ticket.waits_on(inputs.date))
        for name, work in works.items()
    }
    works = {
        name: replace(work, tickets=tuple(t for t in work.tickets if not t.waits_on(inputs.date)))
        for name, work in works.items()
    }

    def problem(work: Work) -> DayProblem:
        return _problem(inputs, work)

    edited = edited_day(works, problem, edits)
    if on_edits is not None and edits is not None:
        on_edits(edited.statuses)
    plan_problems = plan_all if planner is None else planner
    planned = plan_problems(edited.problems, search, workers=workers, on_progress=on_progress)
    plans, unsound = _checked(edited.problems, planned)
    failures = {**edited.failures, **planned.failures, **unsound}
    centres = {
        centre: _centre_day(inputs, work, edited.problems[centre], plans[centre])
        for centre, work in edited.works.items()
        if centre in plans
    }
    told, untold = with_chances(centres, inputs.service.uncertainty)
    return Day(
        inputs=inputs,
        search=search,
        centres=told,
        failures={centre: failures[centre] for centre in works if centre in failures},
        edits=edits,
        edited=edited,
        statuses=held_by(plans, edited.statuses),
        later=later,
        lost=planned.lost,
        untold=untold,
    )


def _problem(inputs: Inputs, work: Work) -> DayProblem:
    """Return the problem of a centre without edits."""
    service, roads = inputs.service, inputs.roads
    made = problem_of(
        work, inputs.date, service, inputs.communes, roads.router, traffic=roads.traffic
    )
    tickets = {ticket.id: ticket for ticket in work.tickets}
    return with_familiarity(made, tickets, inputs.history, service.familiarity)


def _checked(
    problems: dict[str, DayProblem], planned: Planned
) -> tuple[dict[str, Plan], dict[str, DispatchError]]:
    """
    Return the plans that keep every rule, and the failures of the others.

    The solver has checked them too; here they are checked after they crossed from another
    process or machine.
    """
    plans: dict[str, Plan] = {}
    unsound: dict[str, DispatchError] = {}
    for centre, plan in planned.plans.items():
        broken = [v for v in rules.check(problems[centre], plan) if v.rule != "mandatory_served"]
        if broken:
            unsound[centre] = SolverError("\n".join(map(str, broken)))
        else:
            plans[centre] = plan
    return plans, unsound


def _centre_day(inputs: Inputs, work: Work, problem: DayProblem, plan: Plan) -> CentreDay:
    tickets = {ticket.id: ticket for ticket in work.tickets}
    service, communes, router = inputs.service, inputs.communes, inputs.roads.router
    return CentreDay(
        centre=work.centre,
        problem=problem,
        plan=plan,
        tickets=tickets,
        lines=ways_of(work, problem, plan, service, communes, router),
        sample=inputs.sample,
        streets=streets_of(tickets, problem, plan, service, communes, router),
    )
