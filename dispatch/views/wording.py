"""What people read, in French and in English: words, dates, hours, numbers.

French is what centre heads and technicians see unless they ask for English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dispatch.views.map_words import MAP_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dispatch.model.plan import Reason

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip

_REASONS: dict[Language, dict[Reason, str]] = {
    "fr": {
        "no_technician": "Aucun technicien ne travaille ce jour-là dans ce centre.",
        "missing_skill": "Aucun technicien présent n’a toutes les compétences demandées.",
        "pinned_technician_lacks_skill": "Le technicien désigné n’a pas la compétence demandée.",
        "too_heavy": "Le matériel dépasse ce que porte un véhicule.",
        "outside_working_hours": (
            "Aucun technicien ne peut la faire, même seule, dans ses horaires et le créneau."
        ),
        "crowded_out": "Possible seule, mais d’autres visites ont pris sa place.",
    },
    "en": {
        "no_technician": "No technician works that day in this centre.",
        "missing_skill": "No technician present has all the skills it needs.",
        "pinned_technician_lacks_skill": "The technician it is reserved for lacks a skill.",
        "too_heavy": "The equipment is more than a vehicle carries.",
        "outside_working_hours": (
            "No technician can do it, even alone, within working hours and the window."
        ),
        "crowded_out": "Possible alone, but other visits took its place.",
    },
}

_WORDS: dict[str, tuple[str, str]] = {
    # Key: (French, English). Templates and views name the key.
    "all_centres": ("Tous les centres", "All centres"),
    "all_served": ("Toutes les visites sont planifiées.", "Every visit is planned."),
    "arrival": ("Arrivée", "Arrival"),
    "at_a_glance": ("La journée d’un coup d’œil", "The day at a glance"),
    "back": ("Retour", "Back"),
    "break": ("Pause", "Break"),
    "centre": ("Centre", "Centre"),
    "centres": ("Centres de proximité", "Proximity centres"),
    "commune": ("Commune", "Commune"),
    "departure": ("Départ", "Departure"),
    "distance": ("Distance", "Distance"),
    "driving": ("Route", "Driving"),
    "driving_or_waiting": ("Route ou attente", "Driving or waiting"),
    "duration": ("Durée", "Duration"),
    "empty_round": ("Aucune visite ce jour.", "No visit today."),
    "failures": ("Centres non planifiés", "Centres not planned"),
    "legend": ("Légende", "Legend"),
    "leg": ("Trajet", "Leg"),
    "map_help": (
        "Carte des tournées ; le même contenu est dans les tableaux qui suivent.",
        "Map of the rounds; the tables below hold the same content.",
    ),
    "no_round": ("Aucune tournée ce jour.", "No round today."),
    "not_checked": ("écart à l’optimum non calculé", "distance to the optimum not computed"),
    "number": ("N°", "No."),
    "of_visits": ("sur", "of"),
    "only": ("Seule", "Only"),
    "optimal": ("plan optimal (prouvé)", "optimal plan (proven)"),
    "overview": ("Vue d’ensemble", "Overview"),
    "place": ("Lieu", "Place"),
    "priority": ("Priorité", "Priority"),
    "reason": ("Motif", "Reason"),
    "rounds": ("Tournées", "Rounds"),
    "rounds_of": ("Tournées du", "Rounds of"),
    "rounds_in_detail": ("Les tournées en détail", "The rounds in detail"),
    "sample": ("Échantillon", "Sample"),
    "sample_note": (
        "Journée d’échantillon : ces visites sont tirées au sort d’après les volumes du service ; "
        "elles ne sont pas réelles.",
        "Sample day: these visits are drawn at random from the service’s volumes; "
        "they are not real.",
    ),
    "service": ("Sur place", "On site"),
    "service_name": (
        "Bordeaux Métropole – service numérique de proximité",
        "Bordeaux Métropole – digital service, proximity centres",
    ),
    "show_round": ("Afficher la tournée", "Show the round"),
    "skills": ("Compétences", "Skills"),
    "skip": ("Aller aux tableaux", "Skip to the tables"),
    "stop": ("Étape", "Stop"),
    "stop_before_limit": (
        "calcul arrêté par la limite de temps",
        "search stopped by its time limit",
    ),
    "task": ("Intervention", "Job"),
    "time": ("Heure", "Time"),
    "totals": ("Total", "Total"),
    "unassigned": ("Visites non planifiées", "Visits not planned"),
    "unassigned_one": ("Visite non planifiée", "Visit not planned"),
    "unplanned": ("Non planifiées", "Not planned"),
    "visit": ("Visite", "Visit"),
    "visits": ("Visites", "Visits"),
    "window": ("Créneau", "Window"),
    "windows": ("Créneaux", "Windows"),
    "working": ("Amplitude", "Working day"),
    "zoom_in": ("Agrandir", "Zoom in"),
    "zoom_out": ("Réduire", "Zoom out"),
    "close": ("Fermer", "Close"),
}

_NETWORK_NOTES: dict[Language, dict[str, str]] = {
    "fr": {
        "bundled": (
            "Temps de trajet estimés sur le réseau routier livré avec le logiciel, "
            "une approximation : prévoir une marge."
        ),
        "file": "Temps de trajet calculés sur le réseau routier fourni.",
        "free": "Ils ne tiennent pas compte du trafic.",
        "traffic": "Ils dépendent de l’heure, selon le trafic habituel d’un {day} (hypothèse).",
    },
    "en": {
        "bundled": (
            "Travel times are estimates on the road network that comes with the program, "
            "an approximation: allow a margin."
        ),
        "file": "Travel times are computed on the road network that was given.",
        "free": "They leave traffic aside.",
        "traffic": "They follow the hour, by the usual traffic of a {day} (an assumption).",
    },
}

_ATTRIBUTION: dict[Language, str] = {
    "fr": (
        "Routes : © les contributeurs d’OpenStreetMap (ODbL). "
        "Communes : data.gouv.fr (Licence Ouverte 2.0)."
    ),
    "en": (
        "Roads: © OpenStreetMap contributors (ODbL). Communes: data.gouv.fr (Licence Ouverte 2.0)."
    ),
}


@dataclass(frozen=True)
class Speech:
    """The words and functions below in one language, as templates call them."""

    lang: Language

    def date(self, day: date) -> str:
        """Return `long_date`."""
        return long_date(day, self.lang)

    def clock(self, seconds: int) -> str:
        """Return `clock`."""
        return clock(seconds)

    def duration(self, seconds: int) -> str:
        """Return `duration`."""
        return duration(seconds)

    def kilometres(self, metres: int | None) -> str:
        """Return `kilometres`."""
        return kilometres(metres, self.lang)

    def span(self, windows: Sequence[tuple[int, int]]) -> str:
        """Return `span`."""
        return span(windows)

    def visits(self, count: int) -> str:
        """Return `visit_count`."""
        return visit_count(count, self.lang)

    def reason(self, reason: Reason) -> str:
        """Return `reason_words`."""
        return reason_words(reason, self.lang)

    def quality(self, gap: float | None, *, proven: bool, spare_s: int | None = None) -> str:
        """Return `quality`."""
        return quality(gap, proven=proven, lang=self.lang, spare_s=spare_s)


def language(lang: str) -> Language:
    """
    Return the language of a code.

    Raises
    ------
    ValueError
        When it is neither "fr" nor "en".
    """
    for known in LANGUAGES:
        if lang == known:
            return known
    msg = f"no words in language {lang!r}; give one of {', '.join(LANGUAGES)}"
    raise ValueError(msg)


def words(lang: Language) -> dict[str, str]:
    """Return every word of the pages by key, in one language."""
    column = LANGUAGES.index(lang)
    return {key: both[column] for key, both in (_WORDS | MAP_WORDS).items()}


def reason_words(reason: Reason, lang: Language = "fr") -> str:
    """Return in a sentence why a visit stays unassigned."""
    return _REASONS[lang][reason]


def network_note(*, bundled: bool, traffic: date | None = None, lang: Language = "fr") -> str:
    """
    Return what the travel times rest on.

    Parameters
    ----------
    bundled
        Whether that is the bundled approximation, rather than a given network.
    traffic
        The day whose usual traffic they reckon with; None: no traffic.
    lang
        The language.
    """
    notes = _NETWORK_NOTES[lang]
    roads = notes["bundled" if bundled else "file"]
    if traffic is None:
        return f"{roads} {notes['free']}"
    return f"{roads} {notes['traffic'].format(day=_DAYS[lang][traffic.weekday()])}"


def attribution(lang: Language = "fr") -> str:
    """Return the licence line of the bundled roads and communes."""
    return _ATTRIBUTION[lang]


def long_date(day: date, lang: Language = "fr") -> str:
    """Return a date in full: "mercredi 25 novembre 2026", "Wednesday 25 November 2026"."""
    number = "1er" if day.day == 1 and lang == "fr" else str(day.day)
    weekday, month = _DAYS[lang][day.weekday()], _MONTHS[lang][day.month - 1]
    return f"{weekday} {number} {month} {day.year}"


def clock(seconds: int) -> str:
    """Return a time of day, HH:MM, cut to the minute (seconds since midnight)."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def minutes(seconds: int) -> int:
    """Return a duration in whole minutes, halves up (from seconds)."""
    return (seconds + 30) // 60


def duration(seconds: int) -> str:
    """Return a duration for people, to the minute: "45 min", "1 h", "6 h 05"."""
    hours, rest = divmod(minutes(seconds), 60)
    if not hours:
        return f"{rest}{NO_BREAK_SPACE}min"
    return f"{hours}{NO_BREAK_SPACE}h" + (f"{NO_BREAK_SPACE}{rest:02d}" if rest else "")


def decimal(value: float, digits: int, lang: Language = "fr") -> str:
    """Return a number with its decimals, and a thousands separator, as the language writes it."""
    text = f"{value:,.{digits}f}"
    if lang == "en":
        return text
    return text.replace(",", NARROW_SPACE).replace(".", ",")


def kilometres(metres: int | None, lang: Language = "fr") -> str:
    """Return a distance for people: "12,4 km" (from metres); "–" where it is unknown."""
    if metres is None:
        return "–"
    return f"{decimal(metres / 1000, 1, lang)}{NO_BREAK_SPACE}km"


def visit_count(count: int, lang: Language = "fr") -> str:
    """Return "1 visite", "2 visites"; French says "0 visite"."""
    plural = count > 1 if lang == "fr" else count != 1
    return f"{count}{NO_BREAK_SPACE}{'visite' if lang == 'fr' else 'visit'}{'s' if plural else ''}"


def span(windows: Sequence[tuple[int, int]]) -> str:
    """Return time windows: "08:30–11:30, 13:30–16:00" (seconds since midnight)."""
    return ", ".join(f"{clock(start)}–{clock(end)}" for start, end in windows)


def quality(
    gap: float | None, *, proven: bool, lang: Language = "fr", spare_s: int | None = None
) -> str:
    """
    Return how far a plan may be from the best, in plain words.

    Parameters
    ----------
    gap
        (cost - bound) / cost, from 0 to 1; None when no bound was computed.
    proven
        Whether the plan is proven optimal.
    lang
        The language.
    spare_s
        The same in seconds, where that is driving and nothing else; None: not told.
    """
    text = words(lang)
    if proven:
        return text["optimal"]
    if gap is None:
        return text["not_checked"]
    # Rounded up: "at most" must stay true.
    tenths = -int(-gap * 1000 // 1)
    percent = decimal(tenths / 10, 1, lang)
    spare = "" if spare_s is None else duration(-(-spare_s // 60) * 60)
    if lang == "en":
        told = f"at most {percent}% from the optimum"
        return told + (f": {spare} of driving to gain at best" if spare else "")
    told = f"à {percent}{NARROW_SPACE}% de l’optimum au plus"
    return told + (f"{NARROW_SPACE}: {spare} de route à gagner au mieux" if spare else "")
