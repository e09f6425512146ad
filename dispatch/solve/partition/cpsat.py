"""CP-SAT with counted work on one thread, so that Ctrl-C ends it and its answer stays the same."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from dispatch.solve.deadline import has_passed
from dispatch.solve.threads import WAKE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.solve.deadline import Deadline


def solved(
    model: cp_model.CpModel,
    effort: float,
    *,
    linearization: int = 2,
    deadline: Deadline | None = None,
    on_wait: Callable[[], None] | None = None,
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    """
    Return the solver with its solution, and the status of that.

    Parameters
    ----------
    model
        The model; it is minimised.
    effort
        Limit of the work, in CP-SAT's deterministic seconds: counted, so that the same model
        gives the same answer.
    linearization
        How much of the model CP-SAT puts into its linear relaxation (0 to 2). A choice among rounds
        is nearly linear.
    deadline
        Past it the solver ends with the best so far.
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
    if deadline is not None and deadline.is_asked:
        solver.parameters.max_time_in_seconds = deadline.left_s
    answers: list[cp_model.CpSolverStatus | BaseException] = []

    def work() -> None:
        try:
            answers.append(solver.solve(model))
        except BaseException as error:  # raised again in the thread that waits
            answers.append(error)

    # In a thread of its own: Python handles signals between two steps of the main one.
    thread = threading.Thread(target=work)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(WAKE_UP_S)
            if on_wait is not None:
                on_wait()
            if has_passed(deadline):
                solver.stop_search()
    except BaseException:
        # Again and again: the solver may not have begun at the first call.
        while thread.is_alive():
            solver.stop_search()
            thread.join(WAKE_UP_S)
        raise
    answer = answers[0]
    if isinstance(answer, BaseException):
        raise answer
    return solver, answer
