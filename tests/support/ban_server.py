"""A server of this machine that geocodes files (CSV) as the Géoplateforme does, faults included."""

from __future__ import annotations

import csv
import io
import threading
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from tests.support.local_server import served

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/geocodage/search/csv"
# What the service adds when it is not told which columns are wanted.
ALL_RESULTS = [
    "longitude", "latitude", "result_score", "result_score_next", "result_label", "result_type",
    "result_id", "result_housenumber", "result_name", "result_street", "result_postcode",
    "result_city", "result_context", "result_citycode", "result_oldcitycode", "result_oldcity",
    "result_district", "result_status",
]  # fmt: skip
# Addresses that it knows: label, kind, INSEE code, score, longitude, latitude.
KNOWN = {
    "place de la 5e république": (
        "Place de la Cinquième République 33600 Pessac", "street", "33318", 0.93, -0.6310, 44.8060,
    ),
    "12 rue de la république": (
        "12 Rue de la République 33400 Talence", "housenumber", "33522", 0.97, -0.5900, 44.8080,
    ),
    "place de l'hôtel de ville": (
        "Rue de l'Hôtel de Ville 33600 Pessac", "street", "33318", 0.797, -0.6312, 44.8062,
    ),
    "pessac": ("Pessac", "municipality", "33318", 0.96, -0.6330, 44.8060),
    "1 rue de rivoli": ("1 Rue de Rivoli 75001 Paris", "housenumber", "75101", 0.95, 2.36, 48.85),
}  # fmt: skip


class BanServer:
    """
    What the server will do, question by question, and what it was asked.

    Parameters
    ----------
    replies
        Of each question in turn: "data", a status such as "429", "html", "reordered",
        "missing" (a column), "short" (a line less), "double", "shifted" (a cell too many),
        "broken" (a quote that is never closed), "status" (each line "error"), "foreign"
        (numbers of other lines), "infinite", "silence", "cut". The last one holds for all others.
    retry_after
        Of refusals; empty: not sent.
    poison, poisoned
        An address, and the reply to each question that holds it; empty: none.
    """

    def __init__(self) -> None:
        self.replies: list[str] = ["data"]
        self.retry_after = ""
        self.poison = self.poisoned = ""
        self.questions: list[list[dict[str, str]]] = []
        self.fields: list[dict[str, list[str]]] = []
        self.url = ""
        self.released = threading.Event()

    def answer(self, rows: list[dict[str, str]], fields: dict[str, list[str]]) -> str:
        """Return the file with its columns added."""
        wanted = fields.get("result_columns") or ALL_RESULTS
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*rows[0], *wanted], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            words = " ".join(row[column] for column in fields["columns"])
            found = KNOWN.get(words.casefold())
            inside = found is not None and row[fields["citycode"][0]] in ("", found[2])
            if not words.strip():
                writer.writerow({**row, "result_status": "skipped"})
            elif found is None or not inside:
                writer.writerow({**row, "result_status": "not-found"})
            else:
                label, kind, insee, score, lon, lat = found
                writer.writerow({
                    **row, "longitude": lon, "latitude": lat, "result_score": score,
                    "result_type": kind, "result_label": label, "result_citycode": insee,
                    "result_status": "ok",
                })  # fmt: skip
        return text.getvalue()


def spoiled(text: str, how: str) -> str:
    """Return an answer with something wrong in it."""
    head, *lines = text.splitlines()
    if how == "reordered":
        lines.reverse()
    elif how == "missing":
        head = head.replace("result_score", "score")
    elif how == "short":
        lines.pop()
    elif how == "double":
        lines.append(lines[0])
    elif how == "shifted":
        lines[0] += ",one,more"
    elif how == "broken":
        lines[0] = '"' + lines[0]
    elif how == "status":
        lines = [line.rpartition(",")[0] + ",error" for line in lines]
    elif how == "foreign":
        lines = [f"9{line}" for line in lines]
    elif how == "infinite":
        lines = [line.replace("0.93", "inf").replace("0.97", "nan") for line in lines]
    return "\r\n".join([head, *lines]) + "\r\n"


def parts_of(kind: str, body: bytes) -> dict[str, list[str]]:
    """Return the fields of a multipart form."""
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, list[str]] = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        fields.setdefault(name, []).append(part.get_payload(decode=True).decode())
    return fields


@contextmanager
def running() -> Iterator[BanServer]:
    """Give a server; it ends with the block."""
    told = BanServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != PATH:
                self._send(404, "<html>not here</html>")
                return
            fields = parts_of(self.headers["Content-Type"], body)
            rows = list(csv.DictReader(io.StringIO(fields["data"][0], newline="")))
            told.questions.append(rows)
            told.fields.append(fields)
            reply = told.replies[min(len(told.questions), len(told.replies)) - 1]
            if told.poison and any(row["address"] == told.poison for row in rows):
                reply = told.poisoned
            if reply.isdigit():
                self._send(int(reply), "<html><h1>Too many requests</h1></html>")
            elif reply == "html":
                self._send(200, "<html>maintenance</html>")
            elif reply == "silence":
                told.released.wait(30)
            else:
                text = told.answer(rows, fields)
                text = text if reply in ("data", "cut") else spoiled(text, reply)
                self._send(200, text, cut=reply == "cut")

        def _send(self, status: int, text: str, *, cut: bool = False) -> None:
            whole = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/csv; charset=utf-8")
            self.send_header("Content-Length", str(len(whole)))
            if told.retry_after and status >= 400:
                self.send_header("Retry-After", told.retry_after)
            self.end_headers()
            self.wfile.write(whole[: len(whole) // 2] if cut else whole)
            self.close_connection = cut

    with served(Handler, told.released) as address:
        told.url = f"{address}{PATH}"
        yield told
