"""From splits to an assessment: the days, the jobs still to do, and whatever failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.assess.crews import plan_jobs
from dispatch.assess.ledger import Ledger
from dispatch.assess.marginal import marginal_values, single_changes
from dispatch.assess.result import Assessment
from dispatch.assess.scenarios import Context, Scenario
from dispatch.errors import DispatchError, InputError
from dispatch.folder.write import NetworkUsed
from dispatch.service.service import read_service
from dispatch.streets.roads import BUNDLED, load_network
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date as Date
    from pathlib import Path

    from dispatch.assess.rank import Field
    from dispatch.assess.replayed import Replayed
    from dispatch.assess.scenarios import Job
    from dispatch.service.service import Service
    from dispatch.solve.efforts import EffortName
    from dispatch.splits.split import Split
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

# Of many failures only the first ones are printed.
FAILURES_SHOWN = 10
# Names of arguments in error messages.
SPLITS, DAYS = "splits", "days"


def run_assessment(
    splits: Sequence[Split | Scenario],
    *,
    days: int | None,
    seed: int,
    service: Service | None,
    communes: Mapping[str, Commune] | None,
    network: Network | None,
    effort: EffortName,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    fresh: bool,
    field: Field | None,
    marginal: bool,
    on_progress: Callable[[int, int], None] | None,
) -> Assessment:
    """Return the assessment of some splits: `dispatch.assess.assess` says how."""
    service = read_service() if service is None else service
    communes = read_communes() if communes is None else communes
    network = load_network(BUNDLED) if network is None else network
    judging = service.judging
    scenarios = scenarios_of(splits, service, communes)
    dates = working_days(judging.first_day, judging.days if days is None else days)
    context = Context(
        bases={each.base: each.service for each in scenarios},
        communes=communes,
        network=network,
        effort=effort,
        seed=seed,
    )
    ledger = Ledger(out, context, fresh=fresh)
    varied = single_changes(scenarios[0], communes) if marginal else []
    planned = [*scenarios, *(change.scenario for change in varied)]
    # Day by day, so that an interrupted run has whole days of every split.
    wanted = {job.key: job for day in dates for each in planned for job in each.jobs((day,))}
    _plan(list(wanted.values()), context, ledger, workers, scheduler, on_progress)

    def replays_of(scenario: Scenario) -> tuple[Replayed, ...]:
        return tuple(_found(ledger, job) for job in scenario.jobs(dates))

    replays = {each.name: replays_of(each) for each in scenarios}
    worth = None
    if marginal:
        pairs = [(change, replays_of(change.scenario)) for change in varied]
        worth = marginal_values(replays[scenarios[0].name], pairs, judging)
    return Assessment(
        scenarios=tuple(scenarios),
        days=dates,
        replays=replays,
        communes=communes,
        judging=judging,
        network=NetworkUsed.of(network),
        seed=seed,
        effort=effort,
        field=field,
        marginal=worth,
    )


def scenarios_of(
    splits: Sequence[Split | Scenario], service: Service, communes: Mapping[str, Commune]
) -> list[Scenario]:
    """
    Return the splits applied to a service.

    Raises
    ------
    InputError
        When there is no split, or two splits have the same name.
    """
    if not splits:
        raise InputError.one(SPLITS, "there is none to assess; name at least one")
    found = [
        each if isinstance(each, Scenario) else Scenario(each.name, each.apply(service, communes))
        for each in splits
    ]
    names = [each.name for each in found]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        message = "two splits have this name; rename one, as results are named by it"
        raise InputError.one(SPLITS, message, value=double[0])
    return found


def working_days(first: Date, count: int) -> tuple[Date, ...]:
    """Return the first working days (Monday to Friday) from a day on."""
    if count < 1:
        raise InputError.one(DAYS, "must be at least 1", value=count)
    drawn = np.busday_offset(np.datetime64(first), np.arange(count), roll="forward")
    return tuple(drawn.astype(object).tolist())


def _plan(
    jobs: Sequence[Job],
    context: Context,
    ledger: Ledger,
    workers: int | None,
    scheduler: str | None,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Plan the jobs that the ledger lacks and store each at once; raise the failures at the end."""
    missing = [job for job in jobs if ledger.find(job) is None]
    done = len(jobs) - len(missing)
    if on_progress is not None:
        on_progress(done, len(jobs))
    failures: list[tuple[Job, DispatchError]] = []
    for job, result in plan_jobs(missing, context, workers=workers, scheduler=scheduler):
        if isinstance(result, DispatchError):
            failures.append((job, result))
        else:
            ledger.keep(job, result)
        done += 1
        if on_progress is not None:
            on_progress(done, len(jobs))
    if failures:
        # By date and centre, in whatever order the jobs ended. The other centre days are stored.
        failures.sort(key=lambda pair: (pair[0].date, pair[0].centre, pair[0].key))
        worst = max((error for _, error in failures), key=lambda error: error.exit_code)
        lines = [
            f"{job.date.isoformat()}, centre {job.centre}: {error}"
            for job, error in failures[:FAILURES_SHOWN]
        ]
        if len(failures) > FAILURES_SHOWN:
            lines.append(f"… and {len(failures) - FAILURES_SHOWN} more centre days")
        raise _same_kind(worst, "\n".join(lines))


def _same_kind(error: DispatchError, message: str) -> DispatchError:
    if isinstance(error, InputError):
        return InputError.one("assess", message)
    return type(error)(message)


def _found(ledger: Ledger, job: Job) -> Replayed:
    found = ledger.find(job)
    if found is None:
        msg = f"{job.date.isoformat()}, centre {job.centre}: planned, but not stored"
        raise DispatchError(msg)
    return found
