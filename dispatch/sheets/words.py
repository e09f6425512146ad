"""The words that sheets, calendars and workbooks add to those of the pages, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.views import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Technician
    from dispatch.views.wording import Language

_WORDS: dict[str, tuple[str, str]] = {
    # Key: (French, English).
    "before_leaving": ("À prendre avant de partir", "To take before leaving"),
    "cancelled": ("Annulé\u00a0: ", "Cancelled: "),
    "continued": ("suite", "continued"),
    "coordinates": ("Coordonnées", "Coordinates"),
    "description": ("Description", "Description"),
    "address": ("Adresse", "Address"),
    "due": ("échéance", "due"),
    "end": ("Fin", "End"),
    "equipment": ("Matériel", "Equipment"),
    "equipment_short": ("matériel", "load"),
    "gantt_help": (
        "Frise de la journée : pour chaque technicien, ses interventions numérotées, sa pause et "
        "ses trajets. Le tableau qui suit et les feuilles donnent le même contenu.",
        "Timeline of the day: for each technician, the numbered jobs, the break and the driving. "
        "The table below and the sheets hold the same content.",
    ),
    "idle": ("Sans tournée ce jour", "No round today"),
    "job": ("Lieu et intervention", "Place and job"),
    "leg_km": ("Trajet (km)", "Leg (km)"),
    "leg_min": ("Trajet (min)", "Leg (min)"),
    "minutes": ("Durée (min)", "Duration (min)"),
    "map_help": (
        "Carte de la tournée : le départ du centre et les étapes dans l’ordre. Le tableau qui "
        "suit donne le même contenu.",
        "Map of the round: from the centre, the stops in order. The table below holds the same "
        "content.",
    ),
    "no_equipment": ("rien à charger pour cette tournée", "nothing to load for this round"),
    "north": ("N", "N"),
    "of_capacity": ("sur", "of"),
    "open_map": ("Plan", "Map"),
    "open_map_of": ("Code à photographier : plan de l’étape", "Code to scan: map of stop"),
    "overview": ("Journée du centre", "The centre’s day"),
    "plan_of": ("Feuilles de route", "Route sheets"),
    "round": ("Tournée", "Round"),
    "round_of": ("Tournée de", "Round of"),
    "sheet": ("Feuille de route", "Route sheet"),
    "skills_used": ("Compétences", "Skills"),
    "start": ("Début", "Start"),
    "technician": ("Technicien", "Technician"),
    "trip": ("trajet", "drive"),
    "units_one": ("unité", "unit"),
    "units": ("unités", "units"),
    "link": ("Plan", "Map"),
    "urgent": ("urgent", "urgent"),
    "visit_id": ("N° de visite", "Visit no."),
}


def words(lang: Language) -> dict[str, str]:
    """Return every word by key: those of the pages, and those of sheets over them."""
    column = wording.LANGUAGES.index(lang)
    own = {key: both[column] for key, both in _WORDS.items()}
    return {**wording.words(lang), **own}


def units(count: int, lang: Language) -> str:
    """Return "1 unité", "3 unités": how much of a van's capacity something takes."""
    text = words(lang)
    return f"{count}{wording.NO_BREAK_SPACE}{text['units' if count > 1 else 'units_one']}"


def load_line(loads: Sequence[tuple[str, int]], technician: Technician, lang: Language) -> str:
    """
    Return what to load before leaving: "4 unités sur 12 : A2 (2), A5 (2)".

    Parameters
    ----------
    loads
        Code and load of each stop that needs any.
    technician
        Whose van it is; says how much fits in.
    lang
        The language.
    """
    text = words(lang)
    if not loads:
        return text["no_equipment"]
    total = units(sum(load for _, load in loads), lang)
    if technician.capacity is not None:
        total += f" {text['of_capacity']} {technician.capacity}"
    colon = f"{wording.NO_BREAK_SPACE}:" if lang == "fr" else ":"
    return f"{total}{colon} " + ", ".join(f"{code} ({load})" for code, load in loads)
