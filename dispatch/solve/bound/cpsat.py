"""CP-SAT as every choice of rounds or groups asks it: counted, one thread, Ctrl-C heeded."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from dispatch.solve.threads import LOOK_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable


def solved(
    model: cp_model.CpModel,
    effort: float,
    *,
    linearization: int = 2,
    deadline: float | None = None,
    on_wait: Callable[[], None] | None = None,
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    """
    Return the solver with what it has found, and what that is worth.

    Parameters
    ----------
    model
        Its variables say which rounds are driven.
    effort
        Limit of the work, in CP-SAT's deterministic seconds: counted, so that the same model
        gives the same answer.
    linearization
        How much of the model its linear relaxation holds, as CP-SAT counts: that of a choice
        among rounds is nearly all there is to it.
    deadline
        Moment of `time.monotonic`, a safety net: the count ends it long before, but where a
        count goes slowly.
    on_wait
        Called now and then meanwhile; what it raises ends the work.

    Notes
    -----
    On Ctrl-C the exception passes through, at once. CP-SAT itself would take it, and reset
    Python's handler.
    """
    solver = cp_model.CpSolver()
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = linearization
    solver.parameters.max_deterministic_time = effort
    if deadline is not None:
        solver.parameters.max_time_in_seconds = max(0.0, deadline - time.monotonic())
    answers: list[cp_model.CpSolverStatus | BaseException] = []

    def work() -> None:
        try:
            answers.append(solver.solve(model))
        except BaseException as error:  # handed on to the thread that waits
            answers.append(error)

    # In a thread of its own, as signals are handled between two steps of the main one.
    thread = threading.Thread(target=work)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_UP_S)
            if on_wait is not None:
                on_wait()
    except BaseException:
        # Asked again, as it may not have begun when it was first.
        while thread.is_alive():
            solver.stop_search()
            thread.join(LOOK_UP_S)
        raise
    answer = answers[0]
    if isinstance(answer, BaseException):
        raise answer
    return solver, answer
