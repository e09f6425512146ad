"""Explanations in words: what a centre head reads, in French and in English."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatch.explain import trials
from dispatch.explain.alone import Obstacle
from dispatch.explain.changes import NO_CHANGE, ProblemChange
from dispatch.explain.served import Other, Served
from dispatch.explain.unserved import Failed, Unserved
from dispatch.service.service import read_service
from dispatch.views.explanations import Teller
from tests.support.command import run
from tests.support.small_day import SOUND_ROUND, plan

if TYPE_CHECKING:
    from pathlib import Path

SKILLS = {"net": "Réseau et câblage"}
PLAN = plan(SOUND_ROUND)


def claim(change: ProblemChange = NO_CHANGE, **values: object) -> trials.Tested:
    """Return a claim: ten minutes more driving, an hour more cost, by T1, unless said."""
    plain = {
        "change": change, "method": "insertion", "technician": "T1", "moved": (), "leaving": (),
        "gained": (), "total_s": 3600, "driving_s": 600, "overtime_s": 0, "unassigned_s": 0,
        "plan": PLAN,
    }  # fmt: skip
    return trials.Tested(**{**plain, **values})  # type: ignore[arg-type]


def unserved(**values: object) -> Unserved:
    """Return why V1 is left: crowded out, unless said."""
    plain = {
        "visit": "V1", "reason": "crowded_out", "obstacles": (), "instead": None, "changes": (),
        "failed": (),
    }  # fmt: skip
    return Unserved(**{**plain, **values})  # type: ignore[arg-type]


def plainly(text: str) -> str:
    """Return a text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_who_would_have_to_leave_is_named_with_the_cost():
    """One visit, or two; that somebody has to is said where every plan was tried."""
    one = unserved(instead=claim(leaving=("V2",)))
    two = unserved(instead=claim(leaving=("V2", "V3"), driving_s=-600))
    assert plainly(Teller("fr").brief(one)) == (
        "Évincée : T1 la ferait si V2 cédait la place (trajets +10 min, coût +1 h)."
    )
    assert plainly(Teller("en").brief(two)) == (
        "Crowded out: T1 could do it if V2 and V3 left (driving −10 min, cost +1 h)."
    )
    assert plainly(Teller("fr").brief(replace(one, exact=True))) == (
        "Évincée : pour la confier à T1, V2 devrait céder la place (trajets +10 min, coût +1 h)."
    )
    assert plainly(Teller("en").brief(replace(two, exact=True))) == (
        "Crowded out: for T1 to do it, V2 and V3 would have to leave (driving −10 min, cost +1 h)."
    )


def test_changes_are_called_the_least_only_where_every_plan_was_tried():
    """Elsewhere they are tested, and a smaller one may exist."""
    found = unserved(changes=(claim(change=ProblemChange("T1", overtime_s=1200)),))
    assert "What would do, tested:" in Teller("en").lines(found)
    assert "The least that would do, all tried:" in Teller("en").lines(replace(found, exact=True))


@pytest.mark.parametrize(
    ("change", "french", "english"),
    [
        (ProblemChange("T7", overtime_s=1200), "20 min d’heures supplémentaires de T7",
         "20 min of overtime of T7"),
        (ProblemChange("T7", overtime_s=1200, working_s=1200),
         "20 min d’heures supplémentaires de T7",
         "20 min of overtime of T7"),
        (ProblemChange("T7", working_s=1200), "20 min d’amplitude de plus pour T7",
         "T7 away 20 min longer"),
        (ProblemChange("T7", earlier_s=900), "T7 qui commence 15 min plus tôt",
         "T7 starting 15 min earlier"),
        (ProblemChange("T3", skills=("net",)), "la compétence « Réseau et câblage » pour T3",
         'the skill "net" for T3'),
        (ProblemChange("T3", unpinned=True), "la confier à T3", "giving it to T3"),
        (ProblemChange("T3", capacity=2), "un véhicule de T3 qui porte 2 de plus",
         "a vehicle of T3 that carries 2 more"),
        (ProblemChange(window=0, until_s=61_200, widening_s=600),
         "un créneau jusqu’à 17:00, par T1",
         "a window until 17:00, by T1"),
        (ProblemChange(window=0, from_s=46_800, widening_s=600), "un créneau dès 13:00, par T1",
         "a window from 13:00, by T1"),
        (ProblemChange(window=0, spans="within_s", until_s=61_200, widening_s=600),
         "quelqu’un sur place jusqu’à 17:00, par T1", "somebody there until 17:00, by T1"),
        (ProblemChange(window=0, spans="within_s", from_s=46_800, widening_s=600),
         "quelqu’un sur place dès 13:00, par T1", "somebody there from 13:00, by T1"),
    ],
)  # fmt: skip
def test_each_change_has_its_words(change, french, english):
    """With what it costs."""
    said = plainly(Teller("fr", SKILLS).tested(claim(change, technician=change.technician or "T1")))
    assert said == f"{french} (trajets +10 min, coût +1 h)"
    assert plainly(Teller("en").tested(claim(change, technician=change.technician or "T1"))) == (
        f"{english} (driving +10 min, cost +1 h)"
    )


@pytest.mark.parametrize(
    ("obstacle", "french"),
    [
        (Obstacle("T1", "windows", 30_301, 28_800),
         "T1 n’y serait qu’à 08:26, le créneau se ferme à 08:00."),
        (Obstacle("T1", "within", 30_301, 28_800),
         "T1 n’y aurait fini qu’à 08:26, quelqu’un y est jusqu’à 08:00."),
        (Obstacle("T1", "shift", 90_000, 61_200),
         "T1 n’en reviendrait qu’à 01:00 (+1), sa journée finit à 17:00."),
        (Obstacle("T1", "capacity", 12, 10),
         "Il faut emporter 12, le véhicule de T1 porte 10."),
        (Obstacle("T1", "working_time", 7200, 3600),
         "T1 serait en route 2 h, au plus 1 h permises."),
        (Obstacle("T1", "skills", skills=("net",)),
         "T1 n’a pas la compétence « Réseau et câblage »."),
    ],
)  # fmt: skip
def test_each_obstacle_has_its_words_and_figures(obstacle, french):
    """An arrival is never told earlier than it is."""
    assert plainly(Teller("fr", SKILLS).obstacle(obstacle)) == french


def test_the_brief_does_not_repeat_the_reason_and_shows_two_changes():
    """The reason stands beside it; the rest is told by `dispatch explain`."""
    changes = tuple(claim(ProblemChange("T7", overtime_s=60 * n)) for n in (5, 10, 15))
    found = unserved(
        reason="missing_skill",
        obstacles=(Obstacle("T1", "skills", skills=("net",)),),
        changes=changes,
    )
    said = plainly(Teller("fr", SKILLS).brief(found))
    assert said.startswith("Il manque : la compétence « Réseau et câblage ».")
    assert said.count("heures supplémentaires") == 2
    assert len([line for line in Teller("fr").lines(found) if line.startswith("- ")]) == 3


def test_what_was_tried_in_vain_is_told_once_for_all():
    """Two technicians in one phrase; nothing of what was not tried."""
    failed = (
        Failed("overtime", "T1", 7200), Failed("overtime", "T2", 7200), Failed("until", None, 3600),
        Failed("earlier", "T1", 0), Failed("nothing", "T3"),
    )  # fmt: skip
    assert plainly(Teller("en").in_vain(failed)) == (
        "Tried in vain: overtime up to 2 h (T1, T2); a window 1 h longer at its end. "
        "Locked, so that nothing fits in: T3."
    )
    assert plainly(Teller("fr").in_vain(failed[-1:])) == "Tournée figée, où rien n’entre : T3."


def test_a_served_visit_says_what_is_proven_and_what_an_upper_bound():
    """Equal to the bound: proven; above it: at most, and at least."""
    served = Served(
        "V1", "T1", False, 180,
        (
            Other("T2", None, claim(technician="T2", bound_s=3600)),
            Other("T3", None, claim(technician="T3", bound_s=600, method="solve")),
            Other("T4", None, claim(technician="T4", bound_s=-600, leaving=("V9",))),
            Other("T5", Obstacle("T5", "skills", skills=("net",)), None),
        ),
    )  # fmt: skip
    assert [plainly(line) for line in Teller("fr", SKILLS).lines(served)] == [
        "V1 est avec T1 : y aller ajoute 3 min de trajet à sa tournée.",
        "- T2 : trajets +10 min, coût +1 h, prouvé (le reste inchangé).",
        "- T3 : trajets +10 min, coût +1 h, au plus ; au moins +10 min, prouvé (tout replanifié).",
        "- T4 : trajets +10 min, coût +1 h, au plus (le reste inchangé ; sans V9).",
        "- T5 n’a pas la compétence « Réseau et câblage ».",
    ]


# --- the command ---

HEADINGS = "id,insee,lon,lat,duration_min,skills,windows,description"
VISITS = (
    'V1,33318,-0.632,44.806,30,visio,,"Visio, ""{{7*191}}"""\n'
    "V2,33318,-0.640,44.800,30,,08:00-08:01,\nV3,33318,-0.630,44.810,45,,,\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return Sud's day: V1 needs a skill that nobody has, V2 starts before any shift."""
    where = tmp_path_factory.mktemp("explained")
    (where / "visits.csv").write_text(f"{HEADINGS}\n{VISITS}", encoding="utf-8")
    (where / "roster.csv").write_text("id,centre,skills\nT1,sud,poste\nT2,sud,\n", encoding="utf-8")
    files = ["--visits", where / "visits.csv", "--technicians", where / "roster.csv"]
    options = ["--centre", "sud", "--effort", "quick", "--out", where / "day"]
    assert run("plan", "--date", "2026-11-25", *files, *options).returncode == 0
    return where / "day"


def test_explain_tells_every_visit_left_with_what_would_do(folder):
    """In French; each claim under its visit."""
    ended = run("explain", folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    said = plainly(ended.stdout)
    assert "V1 Visio" in said
    skill = read_service().skills["visio"]
    assert f"Il manque : la compétence « {skill} »." in said
    assert f"la compétence « {skill} » pour T1 (trajets" in said
    assert "un créneau jusqu’à" in said
    assert "V3" not in said


def test_explain_of_one_visit_as_data_has_figures_and_sentences(folder):
    """No plan inside; a served visit tells of the others."""
    ended = run("explain", folder, "V3", "--json", "--lang", "en")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)["sud"]["V3"]
    assert found["technician"] in ("T1", "T2")
    assert found["others"][0]["tested"]["total_s"] >= 0
    assert "plan" not in found["others"][0]["tested"]
    assert found["sentences"][0].startswith("V3 is with ")


def test_explain_names_the_nearest_of_an_unknown_visit(folder):
    """Exit code 2."""
    ended = run("explain", folder, "V33")
    assert ended.returncode == 2
    assert "no such visit" in ended.stderr
    assert "did you mean V3" in ended.stderr


@pytest.mark.slow
def test_the_table_and_the_page_carry_the_explanation(folder):
    """The page shows it escaped; a ticket's template is never run."""
    rows = (folder / "unassigned.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].endswith(";Motif;Code du motif;Explication")
    assert "Il manque" in rows[1]
    page = (folder / "map-sud.html").read_text(encoding="utf-8")
    assert "Il manque" in page
    assert "1337" not in page
