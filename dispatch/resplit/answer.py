"""The result of `resplit`: the best split, the front, the alternatives, real rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy.stats import spearmanr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.resplit.criteria import Criteria
    from dispatch.resplit.proposal import Proposal
    from dispatch.resplit.units import Units

RESPLIT_FORMAT = "dispatch-resplit/1"


@dataclass(frozen=True, eq=False)
class ResplitAnswer:
    """
    The result of `resplit`.

    Parameters
    ----------
    units, criteria
        The communes that were split, and the criteria.
    method
        "set partitioning" (proven), or "compact" (with its gap).
    groups
        Number of groups that a centre could have; 0 with the compact model.
    present
        The present split by the same estimate; None when other communes take part.
    best
        The best split.
    front
        The front, by rising cost; empty unless asked for.
    alternatives
        The best splits within one or two moves of the present split, or else of the best one.
    replayed
        Real rounds; None unless asked for.
    compact_gap
        Gap of the compact model by its own objective; None when it was not used.
    """

    units: Units
    criteria: Criteria
    method: str
    groups: int
    present: Proposal | None
    best: Proposal
    front: tuple[Proposal, ...] = ()
    alternatives: tuple[Proposal, ...] = ()
    replayed: Replay | None = None
    compact_gap: float | None = None

    @property
    def proposals(self) -> list[Proposal]:
        """Return every split once: the present one, the best one, the front, the alternatives."""
        listed = [*([self.present] if self.present else []), self.best, *self.front]
        listed += self.alternatives
        return list({each.split.name: each for each in listed}.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
        asked = self.criteria
        return {
            "format": RESPLIT_FORMAT,
            "method": self.method,
            "groups": self.groups,
            "compact_gap": None if self.compact_gap is None else round(self.compact_gap, 5),
            "criteria": {
                "communes": list(self.units.insee),
                "centres": asked.centres,
                "min": asked.least,
                "max": asked.most,
                "technicians": asked.technicians,
                "technicians_min": asked.technicians_least,
                "tolerance": asked.tolerance,
                "keep_poles_s": asked.keep_poles_s,
                "keep_people_s": asked.keep_people_s,
                "premises": asked.premises,
                "fix": dict(asked.fixed),
                "forbid": sorted(f"{name}={centre}" for name, centre in asked.forbidden),
            },
            "present": None if self.present is None else self.present.to_dict(),
            "best": self.best.to_dict(),
            "front": [each.to_dict() for each in self.front],
            "alternatives": [each.to_dict() for each in self.alternatives],
            "replayed": None if self.replayed is None else self.replayed.to_dict(),
        }


@dataclass(frozen=True)
class Replay:
    """
    Real rounds of some splits, on the same sampled days.

    Parameters
    ----------
    days, seed
        Number of days, and the seed from which they are drawn.
    travel_s
        Mean travel of a day (seconds), by name of the split.
    undone
        Mean number of visits left undone a day, by name of the split.
    estimate_s
        Estimated travel of a day (seconds), by name of the split.
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

        None with fewer than three splits, or when all values of one of the two are equal.
        """
        names = list(self.travel_s)
        real = [self.travel_s[name] for name in names]
        estimated = [self.estimate_s[name] for name in names]
        if len(names) < 3 or len(set(real)) == 1 or len(set(estimated)) == 1:
            return None
        return float(spearmanr(estimated, real).statistic)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
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
