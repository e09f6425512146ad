"""Days of several centres with their chances; whatever goes wrong here never costs a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.model.day import CentreDay
    from dispatch.service.uncertainty_settings import Uncertainty


def with_chances(
    days: Mapping[str, CentreDay], uncertainty: Uncertainty | None
) -> tuple[dict[str, CentreDay], dict[str, str]]:
    """
    Return the days with how sure their hours are, and why this is not told of some.

    Parameters
    ----------
    days
        Each centre's planned day, by the centre's id.
    uncertainty
        How much drives and services vary; None: no chances are told.

    Returns
    -------
    days, untold
        By the centre's id. A day whose chances cannot be told is as it was, without any.
    """
    told: dict[str, CentreDay] = {}
    untold: dict[str, str] = {}
    for centre, day in days.items():
        told[centre] = replace(day, chances=None)
        if uncertainty is None:
            continue
        try:
            # Here: the compiled clock takes a while to load, and may fail to.
            from dispatch.chances.tell import chances_of

            told[centre] = replace(day, chances=chances_of(day, uncertainty))
        # Whatever it is: a plan without chances is still a plan.
        except Exception as error:
            untold[centre] = f"{type(error).__name__}: {error}"
    return told, untold
