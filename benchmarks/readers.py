"""Every reader of the program, with a sound file: what `benchmarks/fuzz.py` and tests spoil.

A reader keeps its word when a spoilt file is either read or refused by a `DispatchError`;
any other exception is a fault of ours.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.assess.ledger import RUN_FILE, Ledger
from dispatch.data import data_path
from dispatch.edits.reading import read_edits
from dispatch.errors import DispatchError
from dispatch.folder.read import ROUNDS, SERVICE_COPY, TICKETS, read_written
from dispatch.folder.write import PLAN_FILE, problem_file, read_plans
from dispatch.inputs.read import read_technicians, read_visits
from dispatch.model.plan import Plan
from dispatch.model.problem import DayProblem
from dispatch.networks.extract import from_overpass, read_extract
from dispatch.networks.streets import graph_of
from dispatch.nightly.absences import read_absences
from dispatch.nightly.config import read_config
from dispatch.nightly.lock import HOLDER, holder
from dispatch.nightly.metrics import last_success
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.replan.reading import read_events
from dispatch.service.service import read_service
from dispatch.sheets.calendar_file import Entry, read_calendar, write_calendar
from dispatch.sheets.instants import ZONE
from dispatch.sheets.manifest import MANIFEST, read_manifest
from dispatch.solve import solve
from dispatch.solve.side_by_side import Planned
from dispatch.splits.reading import read_split
from dispatch.store import Store
from dispatch.store.address import address_of
from dispatch.streets.files import About, write_network
from dispatch.streets.roads import load_network
from dispatch.territory import read_communes
from dispatch.tickets import TicketsSection, open_source
from dispatch.tickets.mapping import read_mapping
from dispatch.tickets.sites import read_known_places
from dispatch.tickets.xlsx import ZIP

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

DAY = date(2026, 11, 25)
ROOT = Path(__file__).parents[1]
CENTRE = "sud"
VISITS = """\
id,insee,lon,lat,duration_min,windows,skills,address,description,due,technician,load,mandatory
V2,33318,-0.632,44.806,30,8h-12h 14h-17h,poste,1 rue X,Écran,2026-11-24,,1,non
V3,33318,-0.63,44.80,45,,,,,,,0,oui
"""
ROSTER = "id,centre,skills\nS1,sud,poste reseau\nS2,sud,poste\n"
EXPORT = (
    '"ID";"Titre";"Entité";"Statut";"Priorité";"Lieu";"Date d\'ouverture"\n'
    '"12 345";"Écran noir";"Racine > Mairie de Pessac";"Nouveau";"Haute";"Pessac";"2026-11-20"\n'
)
SITES = "nom;lon;lat;insee;adresse\nPessac;-0,6310;44,8060;33318;Place X\n"
EDITS = """\
format = "dispatch-edits/1"
date = 2026-11-25
[[pin]]
visit = "V2"
technician = "S1"
between = "08:00-10:00"
note = "x"
[[absent]]
technician = "S2"
from = "10:00"
"""
EVENTS = """\
format = "dispatch-events/1"
[[cancelled]]
id = "V2"
[[new]]
id = "N1"
insee = "33318"
lon = -0.63
lat = 44.80
duration_min = 30
"""
ABSENCES = "technician,from,to\nS1,2026-11-25,2026-11-27\n"
ANSWER = {
    "osm3s": {"timestamp_osm_base": "2026-11-01T00:00:00Z"},
    "elements": [
        {"type": "node", "id": 1, "lon": -0.6, "lat": 44.8, "tags": {"highway": "x"}},
        {"type": "node", "id": 2, "lon": -0.61, "lat": 44.8},
        {"type": "way", "id": 3, "nodes": [1, 2], "tags": {"highway": "primary"}},
    ],
}
# What stands where something else should: too long, too deep, too large, of another kind, a path,
# a template, half a pair of surrogates, a number that is none.
HOSTILE: tuple[bytes, ...] = (
    b"", b"0", b"-1", b"9" * 30, b"9" * 5000, b"1e999", b"-0.0", b"NaN", b"Infinity", b"null",
    b"true", b"[]", b"{}", b'""', b"''", b"[" * 3000, b"{" * 3000, b"[" * 300 + b"]" * 300,
    b'{"a":' * 2000, b"../../../etc/passwd", b"/etc/passwd", b"C:\\x", b"..", b".", b"a/b",
    b"{{7*7}}", b"${7}", b"<script>", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b'"',
    b"'", b'"""', b"\\", b"\\ud800", b'"\\ud800"', b"\\u0000", b"=1+1", b"2026-02-30",
    b"9999-12-31", b"0001-01-01", b"99:99", b"24:00", b"25h", "é\u2028\U0001f600".encode(),
    b"A" * 3000, b",", b";", b"\t", b"#", b"[[x]]\n", b"a.b.c = 1\n", b"1_000", b"0x10", b"inf",
    b"&lol;", b"]]>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"\x1f\x8b\x08", b"PK\x03\x04",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**9, 10**30, -(10**18), 0.5, 1e308, "", "x", "..", "/etc/passwd",
    "x" * 500, "{{7*7}}", "\0", "\ud800", [], {}, [[]], [None], {"": None}, [1, 2, 3],
)  # fmt: skip
_VALUE = re.compile(rb'"[^"\n]*"|-?\d[\d.:-]*|true|false|null|(?<=[,;\n])[^,;\n]*(?=[,;\n])')


@dataclass(frozen=True)
class Reader:
    """
    A reader: the file that it reads, and how.

    Parameters
    ----------
    name
        For the table.
    file
        Name of the file in a folder of its own.
    sound
        Its content when nothing is wrong with it.
    read
        Reads it, given its path.
    """

    name: str
    file: str
    sound: bytes
    read: Callable[[Path], object]

    def tries(self, path: Path, content: bytes) -> BaseException | None:
        """Return what came out of reading a content that is neither a result nor a refusal."""
        path.write_bytes(content)
        try:
            self.read(path)
        except DispatchError:
            return None
        except Exception as error:
            return error
        return None


def spoilt(content: bytes, rng: random.Random) -> bytes:
    """Return a content with one to four things wrong in it: in its structure, or anywhere."""
    if rng.random() < 0.4 and (document := _json(content)) is not None:
        for _ in range(rng.randint(1, 3)):
            document = _respelt(document, rng)
        return json.dumps(document, ensure_ascii=rng.random() < 0.9).encode("utf-8", "replace")
    if rng.random() < 0.7 and content.startswith(ZIP):
        with suppress(Exception):  # an archive that was spoilt before
            return _parts_spoilt(content, rng)
    for _ in range(rng.randint(1, 4)):
        content = _bytes_spoilt(content, rng)
    return content


def _parts_spoilt(content: bytes, rng: random.Random) -> bytes:
    """Return an archive whose sums are right again, with one of its parts spoilt."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        wrong = rng.choice(names)
        for name in names:
            part = old.read(name)
            if name == wrong:
                part = spoilt(part, rng)
            new.writestr(zipfile.ZipInfo(name), part)
    return made.getvalue()


def _bytes_spoilt(content: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(content))
    to = min(len(content), at + rng.choice((1, 1, 2, 8, 60, 400)))
    match rng.randrange(7):
        case 0:
            return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
        case 1:
            return content[:at] + content[to:]
        case 2:
            return content[:to] + content[at:to] * rng.choice((1, 3, 50)) + content[to:]
        case 3:
            return content[:at]
        case 4:
            return content[:at] + rng.choice(HOSTILE) + content[to:]
        case _:  # a value for another: what comes past the parser
            # Large files are looked at in part: a value is not far.
            near = content[at : at + 2000]
            found = list(_VALUE.finditer(near))
            if not found:
                return content[:at] + rng.choice(HOSTILE) + content[at:]
            value = rng.choice(found)
            new = rng.choice(HOSTILE)
            if value[0].startswith(b'"') and rng.random() < 0.5:
                new = b'"' + new.replace(b'"', b"") + b'"'
            return content[: at + value.start()] + new + content[at + value.end() :]


@lru_cache(maxsize=4)
def _json(content: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _respelt(value: Any, rng: random.Random) -> Any:  # noqa: ANN401 - any JSON
    """Return a document with one value, key or element changed; the original stays as it is."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.1:
        return rng.choice(VALUES)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        match rng.randrange(8):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return [*value, value[at]]
            case _:
                return [*value[:at], _respelt(value[at], rng), *value[at + 1 :]]
    key = rng.choice(sorted(value))
    rest = {name: inner for name, inner in value.items() if name != key}
    match rng.randrange(10):
        case 0:
            return rest
        case 1:
            return {**rest, rng.choice(("x", "", "../x", "\0", "é" * 300)): value[key]}
        case _:
            return {**value, key: _respelt(value[key], rng)}


def sound_day(folder: Path) -> None:
    """Write a small day of one centre, as `dispatch plan` does."""
    visits, roster = folder / "visits.csv", folder / "roster.csv"
    visits.write_text(VISITS, encoding="utf-8")
    roster.write_text(ROSTER, encoding="utf-8")

    def here(problems: Mapping[str, DayProblem], settings: Any, **_: object) -> Planned:  # noqa: ANN401
        done = Planned()
        for name, problem in problems.items():
            done.plans[name] = solve(problem, settings.effort, seed=settings.seed)
        return done

    whole, planday.plan_all = planday.plan_all, here
    try:
        plan_day(
            PlanOptions(
                date=DAY, out=folder / "day", visits=visits, technicians=roster, effort="quick",
                centres=(CENTRE,),
            )
        )  # fmt: skip
    finally:
        planday.plan_all = whole


def readers(folder: Path) -> list[Reader]:
    """
    Return all readers.

    Parameters
    ----------
    folder
        One in which `sound_day` wrote; where it did not, that is done first.
    """
    day = folder / "day"
    if not day.exists():
        sound_day(folder)
    service, communes = read_service(), read_communes()
    written = read_written(day)
    sites = folder / "sites.csv"
    sites.write_text(SITES, encoding="utf-8")

    def tickets(mapping: str | None) -> Callable[[Path], object]:
        def read(path: Path) -> object:
            config = TicketsSection(
                source="file", path=path, mapping=mapping, sites=sites, geocode=False,
                cache=folder / "cache",
            )  # fmt: skip
            return open_source(config, service, communes).fetch(DAY)

        return read

    def in_day(name: str) -> Callable[[Path], object]:
        copy = folder / name.replace("/", "-")
        shutil.copytree(day, copy)

        def read(path: Path) -> object:
            shutil.copyfile(path, copy / name)
            return read_written(copy)

        return read

    def beside(name: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
        def readable(path: Path) -> object:
            shutil.copyfile(path, path.parent / name)
            return read(path.parent)

        return readable

    def overpass(path: Path) -> object:
        try:
            return graph_of(from_overpass(json.loads(path.read_bytes().decode("utf-8", "replace"))))
        except (ValueError, RecursionError):  # met by `fetch.ask`, which asks again
            return None

    def store(path: Path) -> object:
        with Store.open(str(path), create=False) as found:
            return found.nights()

    def address(path: Path) -> object:
        return repr(address_of(path.read_bytes().decode("latin-1")))

    def ledger(folder: Path) -> object:
        class Stated:
            stated: dict[str, str] = {}  # noqa: RUF012 - nothing changes it

        try:
            return Ledger._refuse_another(folder, Stated())  # type: ignore[arg-type]
        except DispatchError as error:
            return str(error)

    def text(value: str) -> bytes:
        return value.encode()

    def file(name: str) -> bytes:
        return (day / name).read_bytes()

    problem, limits = file(problem_file(CENTRE)), service.limits
    plan = written.day.plans[CENTRE].to_json().encode()
    return [
        Reader("service file (TOML)", "service.toml", data_path("service.toml").read_bytes(),
               read_service),
        Reader("visits (CSV)", "visits.csv", text(VISITS),
               lambda path: read_visits(path, service, communes)),
        Reader("technicians (CSV)", "roster.csv", text(ROSTER),
               lambda path: read_technicians(path, service, communes)),
        Reader("split (CSV)", "split.csv", data_path("splits/2019.csv").read_bytes(),
               lambda path: read_split(path, service, communes)),
        Reader("communes (GeoJSON)", "communes.geojson", _few_communes(), read_communes),
        Reader("tickets, our columns (CSV)", "tickets.csv", text(VISITS), tickets(None)),
        Reader("tickets, GLPI's export (CSV)", "export.csv", text(EXPORT), tickets("glpi")),
        Reader("tickets (XLSX)", "export.xlsx", _sheet(), tickets("glpi")),
        Reader("mapping (TOML)", "mapping.toml", data_path("mappings/glpi.toml").read_bytes(),
               lambda path: read_mapping(path, service.skills)),
        Reader("sites (CSV)", "sites.csv", text(SITES),
               lambda path: read_known_places(path, limits, communes)),
        Reader("absences (CSV)", "absences.csv", text(ABSENCES),
               lambda path: read_absences(path, DAY, {"S1", "S2"}, limits)),
        Reader("dispatch.toml", "dispatch.toml", (ROOT / "deploy/dispatch.toml").read_bytes(),
               read_config),
        Reader("problem (JSON)", "problem.json", problem, DayProblem.read),
        Reader("plan (JSON)", "plan.json", plan, Plan.read),
        Reader("day: plan.json", PLAN_FILE, file(PLAN_FILE),
               lambda path: read_plans(path.parent)),
        Reader("day: its problem", "p.json", problem, in_day(problem_file(CENTRE))),
        Reader("day: its tickets", "t.json", file(TICKETS), in_day(TICKETS)),
        Reader("day: its service", "s.toml", file(SERVICE_COPY), in_day(SERVICE_COPY)),
        Reader("day: rounds (GeoJSON)", "r.geojson", file(ROUNDS), in_day(ROUNDS)),
        Reader("edits (TOML)", "edits.toml", text(EDITS),
               lambda path: read_edits(path, limits, DAY)),
        Reader("edits (CSV)", "edits.csv", text("edit,visit,technician,at\npin,V2,S1,10:00\n"),
               lambda path: read_edits(path, limits, DAY)),
        Reader("events (TOML)", "events.toml", text(EVENTS),
               lambda path: read_events(path, written, 36_000)),
        Reader("events (CSV)", "events.csv", text("event,id,technician\ncancelled,V2,\n"),
               lambda path: read_events(path, written, 36_000)),
        Reader("sheets.json", MANIFEST, _manifest(), lambda path: read_manifest(path.parent)),
        Reader("calendar (ICS)", "c.ics", _calendar(),
               lambda path: read_calendar(path.read_bytes(), DAY, "c.ics")),
        Reader("network (NPZ)", "n.npz", _network(folder / "n.npz"),
               lambda path: load_network(path, cache=False)),
        Reader("road graph (GraphML)", "g.graphml", _graphml(folder / "g.graphml"),
               lambda path: load_network(path, cache=False)),
        Reader("extract (OSM)", "e.osm", (ROOT / "tests/support/data/quarter.osm").read_bytes(),
               lambda path: graph_of(read_extract(path, None))),
        Reader("extract (PBF)", "e.osm.pbf", _pbf(folder),
               lambda path: graph_of(read_extract(path, None))),
        Reader("Overpass's answer", "o.json", json.dumps(ANSWER).encode(), overpass),
        Reader("store (SQLite)", "s.db", _store(folder / "s.db"), store),
        Reader("store's address", "a.txt", b"postgresql://u:p@host:5432/db?sslmode=require",
               address),
        Reader("metrics (Prometheus)", "m.prom",
               b"# TYPE dispatch_last_success_timestamp_seconds gauge\n"
               b"dispatch_last_success_timestamp_seconds 1.7e9\n", last_success),
        Reader("lock's note", "l.json",
               b'{"process": 1, "host": "h", "since": "s", "date": "d"}', beside(HOLDER, holder)),
        Reader("assess's run file", "run.txt", b'{"run": "dispatch-assess/1", "seed": "1"}',
               beside(RUN_FILE, ledger)),
    ]  # fmt: skip


def _few_communes() -> bytes:
    content = json.loads(data_path("communes.geojson").read_text(encoding="utf-8"))
    content["features"] = content["features"][:2]
    return json.dumps(content).encode()


def _sheet() -> bytes:
    import openpyxl

    book, made = openpyxl.Workbook(), io.BytesIO()
    for line in EXPORT.splitlines():
        book.active.append([cell.strip('"') for cell in line.split(";")])
    book.save(made)
    return made.getvalue()


def _manifest() -> bytes:
    sheets = {"plan_sha256": "0" * 64, "lang": "fr", "files": ["sheets-sud.pdf", "sud/S1.ics"]}
    made = {"format": "dispatch-sheets/1", "date": "2026-11-25", "centres": {"sud": sheets}}
    return json.dumps(made).encode()


def _calendar() -> bytes:
    start, end = (datetime(2026, 11, 25, hour, tzinfo=ZONE) for hour in (8, 9))
    entry = Entry("u@d", start, end, "Visite", "Place", "Texte", "https://x.org", (44.8, -0.6))
    return write_calendar(DAY, "Tournée", [entry])


def _network(path: Path) -> bytes:
    from dispatch.streets.roads import network_from_graph
    from dispatch.streets.settings import RoadSettings, bundled_section

    settings = RoadSettings.from_toml(bundled_section("roads"))
    graph = graph_of(read_extract(ROOT / "tests/support/data/quarter.osm", None))
    network = network_from_graph(graph, "t", "t", "", settings)
    about = About(
        source="t", area="t", data_date=None, built="t", version="t", times="computed",
        driving={}, limits_share=0.5, dropped_nodes=0, dropped_edges=0, dropped_km=0,
        dropped_km_by_commune={},
    )  # fmt: skip
    write_network(path, network, about)
    return path.read_bytes()


def _graphml(path: Path) -> bytes:
    import osmnx

    osmnx.save_graphml(graph_of(read_extract(ROOT / "tests/support/data/quarter.osm", None)), path)
    return path.read_bytes()


def _pbf(folder: Path) -> bytes:
    import osmium

    path = folder / "e.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for entity in osmium.FileProcessor(str(ROOT / "tests/support/data/quarter.osm")):
            writer.add(entity)
    return path.read_bytes()


def _store(path: Path) -> bytes:
    with Store.open(str(path)):
        pass
    return path.read_bytes()
