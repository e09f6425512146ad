"""The words of the map page and its player, French and English; `wording.words` has them all."""

from __future__ import annotations

MAP_WORDS: dict[str, tuple[str, str]] = {
    # Key: (French, English). Templates and views name the key.
    "colon": ("\u202f:", ":"),
    "show_on_map": ("Afficher sur la carte", "Show on the map"),
    "all_changes": ("Tous les changements", "All changes"),
    "all_rounds": ("Toutes les tournées", "All rounds"),
    "changes": ("Ce qui change", "What changes"),
    "day_player": ("Déroulé de la journée selon le plan", "The day as planned, minute by minute"),
    "download_rounds": ("Tournées (GeoJSON)", "Rounds (GeoJSON)"),
    "download_stops": ("Étapes (tableur CSV)", "Stops (CSV spreadsheet)"),
    "download_unassigned": (
        "Visites non planifiées (tableur CSV)",
        "Visits not planned (CSV spreadsheet)",
    ),
    "files": ("Fichiers", "Files"),
    "map": ("Carte", "Map"),
    "map_needs_script": (
        "La carte demande JavaScript ; les tableaux disent tout ce qu’elle montre.",
        "The map needs JavaScript; the tables say all that it shows.",
    ),
    "next_event": ("Moment suivant", "Next moment"),
    "now": ("Maintenant", "Now"),
    "play": ("Lire la journée", "Play the day"),
    "pause": ("Suspendre", "Hold"),
    "previous_event": ("Moment précédent", "Previous moment"),
    "print": ("Imprimer", "Print"),
    "search": ("Chercher une visite", "Find a visit"),
    "search_hint": ("n°, adresse, texte, technicien", "id, address, text, technician"),
    "sheets": ("Feuilles de route", "Route sheets"),
    "skip_map": ("Aller à la liste des tournées", "Skip to the list of rounds"),
    "speed": ("Vitesse", "Speed"),
    "speed_slow": ("lente", "slow"),
    "speed_usual": ("normale", "normal"),
    "speed_fast": ("rapide", "fast"),
    "state_done": ("faite", "done"),
    "state_next": ("à venir", "to come"),
    "state_now": ("en cours", "under way"),
    "time_of_day": ("Heure", "Time of day"),
    "whole_day": ("Journée entière", "Whole day"),
    # What the page's script fills in: {…} stands for a time, a stop or a number.
    "found_many": ("{n} visites trouvées", "{n} visits found"),
    "found_more": ("… et {n} autres ; précisez", "… and {n} more; say more"),
    "found_none": ("Aucune visite trouvée", "No visit found"),
    "found_one": ("1 visite trouvée", "1 visit found"),
    "is_at": ("sur place {stop} jusqu’à {time}", "on site {stop} until {time}"),
    "is_away": ("part à {time}", "leaves at {time}"),
    "is_back": ("de retour depuis {time}", "back since {time}"),
    "is_driving": ("en route vers {stop}, arrivée {time}", "driving to {stop}, arrives {time}"),
    "is_pausing": ("en pause jusqu’à {time}", "on a break until {time}"),
    "is_returning": ("sur le retour, arrivée {time}", "on the way back, arrives {time}"),
    "is_waiting": ("devant {stop}, commence à {time}", "at {stop}, starts at {time}"),
    "tally": (
        "faites : {done} · en cours : {now} · à venir : {next}",
        "done: {done} · under way: {now} · to come: {next}",
    ),
}

SCRIPT_WORDS = (
    "close", "found_many", "found_more", "found_none", "found_one", "is_at", "is_away", "is_back",
    "is_driving", "is_pausing", "is_returning", "is_waiting", "pause", "play", "state_done",
    "state_next", "state_now", "tally",
)  # fmt: skip
"""Keys of the words that the map page's script needs."""
