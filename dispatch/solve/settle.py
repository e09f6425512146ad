"""What listed rounds prove, and the best plan that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.solve.among import Among
    from dispatch.solve.proof import Limits

# Tried out again once so many rounds are left of those of the last time.
TRY_AGAIN = 0.75
# Looks allowed at last, in those of each time before.
AT_LAST, FOR_A_PLAN = 10, 3
# Rounds of cuts on lists for a target: more of them raise the bound by next to nothing.
CUT_ROUNDS = 4


def settle(part: Among, limits: Limits) -> None:
    """
    Find the best plan, where every round that a better one can use is listed.

    Parameters
    ----------
    part
        Listed rounds; its proof is filled.
    limits
        Work allowed.

    Raises
    ------
    Stopped
        When the work allowed is done, or the best plan is proven.
    """
    tried = float("inf")
    while True:
        part.converge(fully=True)
        left = part.shorten()
        if left <= TRY_AGAIN * tried:
            part.try_out(limits.looks)
            part.stop_if_done()
            tried = left
        if not part.cut():
            break
    part.try_out(AT_LAST * limits.looks)
    part.stop_if_done()
    part.branch()


def reach(part: Among, target: int, limits: Limits) -> None:
    """
    Find out whether a plan costs less than a target, where all rounds of such plans are listed.

    Then look for any plan of these rounds, also one that costs more than the target: it is better
    than the one known, if not the best.

    Parameters
    ----------
    part
        Listed rounds; its proof, of plans that use no others, is filled.
    target
        Cost (seconds).
    limits
        Work allowed.

    Raises
    ------
    Stopped
        When the work allowed is done, or nothing better can be made of these rounds.
    """
    part.converge(fully=True)
    for _ in range(CUT_ROUNDS):
        if not part.cut():
            break
        part.converge(fully=True)
    if part.proof.bound < target:
        part.try_out(limits.looks, target)
    part.shorten()
    part.try_out(FOR_A_PLAN * limits.looks)
