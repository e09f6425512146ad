"""How well the estimate foretold: the best few splits and the present one, with real rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.stats import spearmanr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.config import Service
    from dispatch.resplit.proposal import Proposal
    from dispatch.resplit.run import Resplit
    from dispatch.streets.network import Network
    from dispatch.territory import Commune


@dataclass(frozen=True)
class Replay:
    """
    Real rounds of some splits, on the same sampled days.

    Parameters
    ----------
    days, seed
        How many, and of which seed.
    travel_s
        Mean travel of a day (seconds), by name of the split.
    undone
        Mean visits left undone a day, by name.
    estimate_s
        Estimated travel, by name.
    """

    days: int
    seed: int
    travel_s: Mapping[str, float]
    undone: Mapping[str, float]
    estimate_s: Mapping[str, int]

    @property
    def rank_correlation(self) -> float | None:
        """
        Return Spearman's rank correlation of estimate and real rounds.

        None with fewer than three splits, or where either has all alike.
        """
        names = list(self.travel_s)
        real = [self.travel_s[name] for name in names]
        told = [self.estimate_s[name] for name in names]
        if len(names) < 3 or len(set(real)) == 1 or len(set(told)) == 1:
            return None
        return float(spearmanr(told, real).statistic)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        correlation = self.rank_correlation
        return {
            "days": self.days,
            "seed": self.seed,
            "rank_correlation": None if correlation is None else round(correlation, 4),
            "splits": {
                name: {
                    "estimate_s": self.estimate_s[name],
                    "travel_s": round(real, 1),
                    "undone": round(self.undone[name], 3),
                }
                for name, real in self.travel_s.items()
            },
        }


def replay(
    found: Resplit,
    service: Service,
    communes: Mapping[str, Commune],
    network: Network,
    days: int,
    seed: int,
    workers: int | None,
    tell: Callable[[str], None],
) -> Replay:
    """
    Return real rounds, at effort quick, of the present split and of the best few.

    Parameters
    ----------
    found
        What was found.
    service, communes, network
        As for the search.
    days, seed
        Sampled working days, the same for every split.
    workers
        Processes; None: one a processor. No figure depends on it.
    tell
        Called with how far it is.
    """
    from dispatch.assess import assess  # it loads tables and statistics

    chosen = few(found, service.resplit.replayed)
    assessed = assess(
        [each.split for each in chosen],
        days=days,
        seed=seed,
        service=service,
        communes=communes,
        network=network,
        workers=workers,
        on_progress=lambda done, total: tell(f"real rounds: {done} of {total} centre days"),
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


def few(found: Resplit, count: int) -> list[Proposal]:
    """Return the splits to replay: the present one, and the best few different ones."""
    chosen: list[Proposal] = [found.present] if found.present else []
    met = {each.split.partition for each in chosen}
    for each in [found.best, *found.front, *found.alternatives]:
        if len(chosen) > count:
            break
        if each.split.partition not in met:
            met.add(each.split.partition)
            chosen.append(each)
    return chosen
