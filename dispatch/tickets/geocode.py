"""Addresses -> positions: Base Adresse Nationale; whole lists at a time, doubtful answers refused.

The service (the Géoplateforme's, or one's own addok) takes a CSV file with a column of
addresses and one of INSEE codes (`citycode`), and gives it back with columns added:
`longitude`, `latitude`, `result_score` (0 to 1), `result_type`, `result_label`,
`result_citycode`, `result_status` ("ok", "not-found", "skipped", "error"). Reference:
https://geoservices.ign.fr/documentation/services/services-geoplateforme/geocodage.

Only addresses are sent, with running numbers; neither ids nor texts of tickets.
"""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, NamedTuple

import shapely

from dispatch.files.cells import normalised
from dispatch.territory import TO_METRIC
from dispatch.tickets.ask import HttpClient, NoAnswer, NotWhole, Reply, Torn
from dispatch.tickets.geocache import AnswerCache, oldest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dispatch.service.ticket_settings import Geocoding
    from dispatch.territory import Commune

ROW, ADDRESS, CITYCODE = "row", "address", "citycode"
STATUS = "result_status"
RESULTS = (
    "longitude", "latitude", "result_score", "result_type", "result_label", "result_citycode",
    STATUS,
)  # fmt: skip
NUMBER_CHARS = 40
LABEL_SHOWN = 120
TOO_LARGE = 413
# A half of a batch is asked once more, as a service may stumble by itself.
HALVES_ATTEMPTS = 2


class Query(NamedTuple):
    """An address, and the INSEE code of the commune where it must be; empty: anywhere."""

    address: str
    insee: str = ""


class FoundAddress(NamedTuple):
    """A position (degrees, WGS84), the commune, and what the service calls the place."""

    lon: float
    lat: float
    insee: str
    label: str
    score: float


class _Answer(NamedTuple):
    """The service's answer for one address, before it is judged."""

    status: str
    lon: float | None
    lat: float | None
    score: float | None
    kind: str
    label: str
    insee: str


class Geocoder:
    """
    Finds positions of addresses.

    Parameters
    ----------
    settings
        Which service, and which of its answers are accepted.
    communes
        The communes by INSEE code.
    margin_m
        How far outside its commune a position may lie.
    client
        HTTP client; None: one with the patience of the settings.
    cache
        Earlier answers; None: none.
    """

    def __init__(
        self,
        settings: Geocoding,
        communes: Mapping[str, Commune],
        *,
        margin_m: float = 0.0,
        client: HttpClient | None = None,
        cache: AnswerCache | None = None,
    ) -> None:
        self._settings = settings
        self._communes = communes
        self._margin_m = margin_m
        self._client = client or HttpClient(settings.patience)
        self._cache = cache
        self._asked = 0

    def find(self, queries: Sequence[Query], day: date) -> dict[Query, FoundAddress | str]:
        """
        Return a position, or the reason why there is none, for each address.

        Parameters
        ----------
        queries
            Each once.
        day
            The day to which the age of earlier answers is counted.
        """
        settings = self._settings
        keys = {query: (settings.url, normalised(query.address), query.insee) for query in queries}
        known = self._recall(keys, day)
        missing = [query for query in queries if query not in known]
        answers, failures = self._look_up(missing)
        if self._cache is not None and answers:
            self._cache.keep({keys[query]: tuple(found) for query, found in answers.items()}, day)
            self._cache.forget_before(oldest(day, settings.cache_days))
        known |= answers
        result: dict[Query, FoundAddress | str] = {
            query: f"not looked up: {why}; give lon and lat" for query, why in failures.items()
        }
        for query in queries:
            if query in known:
                result[query] = self._believed(query, known[query])
        return result

    def _look_up(self, queries: Sequence[Query]) -> tuple[dict[Query, _Answer], dict[Query, str]]:
        """
        Return the service's answers, and why there is none for the others.

        A batch that is too large for the service (413), or whose answers are not whole, is halved:
        an address on which the service stumbles costs itself.
        """
        settings = self._settings
        answers: dict[Query, _Answer] = {}
        failures: dict[Query, str] = {}
        size = settings.batch_rows
        waiting = [list(queries[at : at + size]) for at in range(0, len(queries), size)][::-1]
        halved, in_a_row, failure = False, 0, ""
        while waiting:
            batch = waiting.pop()
            if not halved and self._asked + len(batch) > settings.addresses:
                failure = f"more than {settings.addresses} addresses in one night"
            if failure:
                failures |= dict.fromkeys(batch, failure)
                continue
            try:
                answers |= self._ask(batch, attempts=HALVES_ATTEMPTS if halved else None)
            except NoAnswer as exc:
                why = f"the geocoding service gave no answer: {exc.reason}"
                in_a_row += 1
                # Of a batch with one such address every other half is answered.
                hopeless = in_a_row > size.bit_length() + 1
                if hopeless or not (exc.torn or exc.status == TOO_LARGE):
                    # The other parts would wait as long again.
                    failure = why
                    failures |= dict.fromkeys(batch, failure)
                elif len(batch) == 1:
                    failures[batch[0]] = why
                else:
                    middle, halved = len(batch) // 2, True
                    waiting += [batch[middle:], batch[:middle]]
            else:
                self._asked += len(batch)
                in_a_row = 0
        return answers, failures

    def _recall(self, keys: Mapping[Query, tuple[str, ...]], day: date) -> dict[Query, _Answer]:
        if self._cache is None or not keys:
            return {}
        settings = self._settings
        kept = self._cache.recall(keys.values(), oldest(day, settings.cache_days))
        young = self._cache.recall(keys.values(), oldest(day, settings.cache_unfound_days))
        known = {}
        for query, key in keys.items():
            answer = _plain_answer(kept.get(key))
            if answer is not None and isinstance(self._believed(query, answer), str):
                answer = _plain_answer(young.get(key))
            if answer is not None:
                known[query] = answer
        return known

    def _ask(self, batch: Sequence[Query], attempts: int | None = None) -> dict[Query, _Answer]:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([ROW, ADDRESS, CITYCODE])
        for number, query in enumerate(batch):
            writer.writerow([number, query.address, query.insee])
        fields = [("columns", ADDRESS), ("citycode", CITYCODE)]
        fields += [("result_columns", name) for name in RESULTS]
        answers = self._client.ask(
            "POST",
            self._settings.url,
            data=fields,
            files={"data": ("addresses.csv", text.getvalue().encode(), "text/csv")},
            parse=lambda reply: self._parsed(reply, len(batch)),
            attempts=attempts,
        )
        return dict(zip(batch, answers, strict=True))

    def _parsed(self, reply: Reply, count: int) -> list[_Answer]:
        """Return the answers in the order of the questions, whatever the order of their lines."""
        if reply.status >= 400:
            msg = f"it refused: {reply.status}, {self._client.plain(reply.text)}"
            raise NoAnswer(msg, reply.status)
        if reply.text.lstrip()[:1] == "<":
            msg = "its answer is a page (HTML), not a CSV file"
            raise NotWhole(msg)
        try:
            rows = list(csv.DictReader(io.StringIO(reply.text, newline=""), strict=True))
        except csv.Error as exc:
            msg = "its answer is not a CSV file"
            raise Torn(msg) from exc
        needed = {ROW, *RESULTS} - {STATUS}  # which an older addok does not give
        if rows and not needed <= set(rows[0]):
            msg = f"its answer lacks {', '.join(sorted(needed - set(rows[0])))}"
            raise NotWhole(msg)
        by_row: dict[str, _Answer] = {}
        for row in rows:
            name = row[ROW]
            if name in by_row or None in row or None in row.values():
                msg = "its answer has a line twice, or with too many or too few cells"
                raise Torn(msg)
            by_row[name] = _answer(row)
        if set(by_row) != {str(number) for number in range(count)}:
            msg = f"its answer has {len(by_row)} lines for {count} addresses, or others"
            raise Torn(msg)
        return [by_row[str(number)] for number in range(count)]

    def _believed(self, query: Query, answer: _Answer) -> FoundAddress | str:
        """Return the position, or why the answer is refused, with the best candidate."""
        settings = self._settings
        if answer.status not in ("ok", ""):
            if answer.status == "not-found":
                return "no such address is known; correct it, or give lon and lat"
            return "the geocoding service could not read this address; give lon and lat"
        if answer.lon is None or answer.lat is None or answer.score is None:
            return "no such address is known; correct it, or give lon and lat"
        best = f"best candidate: {answer.label or 'without a name'}, score {answer.score:.2f}"
        remedy = "correct the address, or give lon and lat"
        if answer.score < settings.score_min:
            return f"found only with a score below {settings.score_min:g} ({best}); {remedy}"
        if answer.kind not in settings.kinds:
            return f"found only as {answer.kind or 'an unknown kind of place'} ({best}); {remedy}"
        if query.insee and settings.same_commune and answer.insee != query.insee:
            return f"found only in another commune than {query.insee} ({best}); {remedy}"
        if answer.insee not in self._communes:
            return f"found only outside the territory ({best}); {remedy}"
        if not self._within(answer.insee, answer.lon, answer.lat):
            swapped = self._within(answer.insee, answer.lat, answer.lon)
            why = "has longitude and latitude exchanged" if swapped else "lies outside its commune"
            return f"found at a position that {why} ({best}); {remedy}"
        return FoundAddress(answer.lon, answer.lat, answer.insee, answer.label, answer.score)

    def _within(self, insee: str, lon: float, lat: float) -> bool:
        """Return whether a position lies in a commune, or no further outside than is granted."""
        x, y = TO_METRIC.transform(lon, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            return False
        outline = self._communes[insee].outline
        return bool(shapely.dwithin(outline, shapely.Point(x, y), self._margin_m))


def _answer(row: Mapping[str, str]) -> _Answer:
    lon, lat, score = (_number(row[name]) for name in RESULTS[:3])
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        lon = lat = None
    label = "".join(letter for letter in row["result_label"] if letter.isprintable())
    return _Answer(
        row.get(STATUS, "").strip().casefold()[:NUMBER_CHARS], lon, lat, score,
        row["result_type"].strip()[:NUMBER_CHARS], label[:LABEL_SHOWN],
        row["result_citycode"].strip()[:NUMBER_CHARS],
    )  # fmt: skip


def _plain_answer(kept: object) -> _Answer | None:
    """Return an answer from the cache; None: it is damaged."""
    if not isinstance(kept, list) or len(kept) != len(_Answer._fields):
        return None
    answer = _Answer(*kept)
    texts = all(isinstance(part, str) for part in (answer.status, *kept[4:]))
    numbers = all(part is None or isinstance(part, (int, float)) for part in kept[1:4])
    return answer if texts and numbers else None


def _number(text: str) -> float | None:
    try:
        value = float(text) if len(text) <= NUMBER_CHARS else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
