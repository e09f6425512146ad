"""Closing the gap with listed rounds: the best plan of them, and what follows for all plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.solve.bound.listed_generation import ListedGeneration
    from dispatch.solve.bound.proof import ProofLimits

# Searched again once this share of the rounds of the last time remains.
SEARCH_AGAIN = 0.75
# The last search, and that for any better plan, may take so many times the steps of the others.
LAST_SEARCH, PLAN_SEARCH = 10, 3
# Rounds of cuts on lists for a target: more of them raise the bound by next to nothing.
CUT_ROUNDS = 4


def close_gap(listed: ListedGeneration, limits: ProofLimits) -> None:
    """
    Find the best plan, where every round that a better one can use is listed.

    Parameters
    ----------
    listed
        Listed rounds; its proof is filled.
    limits
        Work allowed.

    Raises
    ------
    ProofEnded
        When the allowed work is done, or the best plan is proven.
    """
    searched = float("inf")
    while True:
        listed.converge(fully=True)
        remaining = listed.shorten()
        if remaining <= SEARCH_AGAIN * searched:
            listed.search(limits.search_steps)
            listed.stop_if_done()
            searched = remaining
        if not listed.upkeep.cut():
            break
    listed.search(LAST_SEARCH * limits.search_steps)
    listed.stop_if_done()
    listed.branch()


def reach_target(listed: ListedGeneration, target: int, limits: ProofLimits) -> None:
    """
    Find out whether a plan costs less than a target, where all rounds of such plans are listed.

    Then look for any better plan of these rounds, also one that costs more than the target.

    Parameters
    ----------
    listed
        Listed rounds; its proof, of plans that use no others, is filled.
    target
        Cost (seconds).
    limits
        Work allowed.

    Raises
    ------
    ProofEnded
        When the allowed work is done, or nothing better can be made of these rounds.
    """
    listed.converge(fully=True)
    for _ in range(CUT_ROUNDS):
        if not listed.upkeep.cut():
            break
        listed.converge(fully=True)
    if listed.run.proof.bound < target:
        listed.search(limits.search_steps, target)
    listed.shorten()
    listed.search(PLAN_SEARCH * limits.search_steps)
