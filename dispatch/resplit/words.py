"""What the report on other splits says in sentences: the verdict, findings, the grounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.splits.checks import check_split, seat_of
from dispatch.wording.catalogue import catalogue
from dispatch.wording.figures import Figures
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.resplit.answer import ResplitAnswer
    from dispatch.resplit.proposal import Proposal
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.territory import Commune

HOUR_S = 3600


def findings(
    each: Proposal, service: Service, communes: Mapping[str, Commune], lang: str = DEFAULT
) -> list[str]:
    """Return what a split does not keep, a sentence each."""
    words = catalogue(lang).resplit.findings_by_rule
    names = {entry.id: entry.name for entry in service.centres}
    told = []
    for finding in check_split(each.split, service, communes):
        centre = "" if finding.centre is None else names.get(finding.centre, finding.centre)
        if finding.rule == "poles":
            poles = {communes[seat_of(name, service)].pole for name in finding.collectivities}
            told.append(words.poles.format(centre=centre, count=len(poles)))
        elif finding.rule == "strict":
            told.append(words.strict.format(centre=centre))
        elif finding.rule == "sizes":
            told.append(
                words.sizes.format(
                    centre=centre,
                    count=len(finding.collectivities),
                    least=service.split.least,
                    most=service.split.most,
                )
            )
        else:
            told.append(words.other.format(centre=centre, finding=finding.message))
    return told


def resplit_verdict(found: ResplitAnswer, lang: str = DEFAULT) -> list[str]:
    """Return in plain words what was found, a sentence each."""
    words, write = catalogue(lang).resplit.verdicts, Figures(lang)
    best, present, replayed = found.best, found.present, found.replayed
    if best.proven:
        proof = words.proven
    elif found.compact_gap is None:
        proof = words.bounded.format(gap=write.percent(best.gap))
    else:
        proof = words.compact.format(gap=write.percent(found.compact_gap))
    if best.cost != best.travel_s:
        proof = words.priced.format(proof=proof)
    told = [
        words.best.format(
            travel=write.number(best.travel_s / HOUR_S, 2),
            workload=write.number(best.workload_max_s / HOUR_S, 2),
            balance=write.percent(best.balance - 1),
        ),
        f"{proof}.",
    ]
    if present is not None:
        travel = write.number(present.travel_s / HOUR_S, 2)
        gain, moved = 1 - best.travel_s / present.travel_s, len(best.moved)
        if gain > 0:
            word = words.gain if moved > 1 else words.gain_one
            balance = write.percent(present.balance - 1)
            told.append(
                word.format(travel=travel, balance=balance, gain=write.percent(gain), count=moved)
            )
        else:
            told.append(words.no_gain.format(travel=travel))
    if replayed is not None:
        correlation = replayed.rank_correlation
        told.append(
            words.uncorrelated.format(days=replayed.days)
            if correlation is None
            else words.correlated.format(
                days=replayed.days, correlation=write.number(correlation, 2)
            )
        )
    return told


def resplit_basis(found: ResplitAnswer, network: Network, lang: str = DEFAULT) -> list[str]:
    """Return what the figures rest on, in sentences."""
    words = catalogue(lang).resplit.grounds
    return [
        words.estimate,
        words.bundled if network.approximate else words.given,
        words.listed.format(count=Figures(lang).number(found.groups, 0))
        if found.groups
        else words.compact,
        words.contiguity,
    ]
