"""The best few splits and the present one with real rounds, to check the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.resplit.answer import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.resplit.proposal import Proposal
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune


def replay(
    found: ResplitAnswer,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    *,
    days: int,
    seed: int,
    workers: int | None,
    on_stage: Callable[[str], None],
) -> Replay:
    """
    Return real rounds of the present split and of the best few, at effort quick.

    Parameters
    ----------
    found
        The answer with its splits.
    service, communes, network
        The same as for the search.
    days, seed
        Sampled working days, the same for every split.
    workers
        Number of processes; None: one a processor. No figure depends on it.
    on_stage
        Called with the number of centre days done, in words.
    """
    from dispatch.assess import assess  # here: it loads tables and statistics

    chosen = few(found, service.resplit.replayed)
    assessed = assess(
        [each.split for each in chosen],
        days=days,
        seed=seed,
        service=service,
        communes=communes,
        network=network,
        workers=workers,
        on_progress=lambda done, total: on_stage(f"real rounds: {done} of {total} centre days"),
    )
    frame = assessed.centre_days
    sums = frame.groupby("split")[["travel_s", "undone"]].sum() / days
    travel, undone = sums["travel_s"].to_dict(), sums["undone"].to_dict()
    return Replay(
        days=days,
        seed=seed,
        travel_s={each.split.name: float(travel[each.split.name]) for each in chosen},
        undone={each.split.name: float(undone[each.split.name]) for each in chosen},
        estimate_s={each.split.name: each.travel_s for each in chosen},
    )


def few(found: ResplitAnswer, count: int) -> list[Proposal]:
    """Return the splits to replay: the present one and the best `count` different ones."""
    chosen: list[Proposal] = [found.present] if found.present else []
    seen = {each.split.partition for each in chosen}
    for each in [found.best, *found.front, *found.alternatives]:
        if len(chosen) > count:
            break
        if each.split.partition not in seen:
            seen.add(each.split.partition)
            chosen.append(each)
    return chosen
