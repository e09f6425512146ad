"""A server of this machine that speaks Overpass's protocol, and a gazetteer's, as it is told to."""

from __future__ import annotations

import json
import threading
import xml.etree.ElementTree as ET
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.local_server import served

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARTER = Path(__file__).parent / "data" / "quarter.osm"
DATA_DATE = "2026-11-20T00:00:00Z"
PLACE = {
    "display_name": "Talence, Gironde, France",
    "geojson": {
        "type": "Polygon",
        "coordinates": [[[-0.60, 44.80], [-0.58, 44.80], [-0.58, 44.82], [-0.60, 44.82],
                         [-0.60, 44.80]]],
    },
}  # fmt: skip
STATUS = (
    "Connected as: 1\nCurrent time: 2026-11-24T10:00:00Z\nAnnounced endpoint: none\n"
    "Rate limit: 2\nSlot available after: 2026-11-24T10:00:{:02d}Z, in {} seconds.\n"
    "Currently running queries (pid, space limit, time limit, start time):\n"
)


def answer_of(path: Path = QUARTER) -> dict[str, Any]:
    """Return a file of OpenStreetMap data as Overpass would answer with it."""
    elements: list[dict[str, Any]] = []
    root = ET.parse(path).getroot()
    known = {int(node.attrib["id"]) for node in root.iter("node")}
    for element in root:
        if element.tag not in ("node", "way", "relation"):
            continue
        found: dict[str, Any] = {"type": element.tag, "id": int(element.attrib["id"])}
        if element.tag == "node":
            found |= {key: float(element.attrib[key]) for key in ("lat", "lon")}
        elif element.tag == "relation":
            found["members"] = [
                {"type": m.attrib["type"], "ref": int(m.attrib["ref"]), "role": m.attrib["role"]}
                for m in element.iter("member")
            ]
        else:
            found["nodes"] = [int(nd.attrib["ref"]) for nd in element.iter("nd")]
            # Overpass sends every node of its ways.
            found["nodes"] = [node for node in found["nodes"] if node in known]
        tags = {tag.attrib["k"]: tag.attrib["v"] for tag in element.iter("tag")}
        elements.append(found | ({"tags": tags} if tags else {}))
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": DATA_DATE}, "elements": elements}


class Overpass:
    """
    What the server will do, question by question, and what it was asked.

    Parameters
    ----------
    replies
        Of each question in turn: "data", a status such as "429", "broken" (half of the JSON),
        "html", "empty" (no body), "nothing" (no elements), "cut" (the connection closes half
        way), "remark" (out of memory), "silence", "slow headers" or "slow body" (a byte now and
        then). The last one holds for all further ones.
    wait_s
        What the status page tells those who were too hasty.
    data
        What it answers with.
    place
        What the gazetteer answers.
    """

    def __init__(self) -> None:
        self.replies: list[str] = ["data"]
        self.wait_s = 0
        self.data = answer_of()
        self.place: list[dict[str, Any]] = [PLACE]
        self.questions: list[str] = []
        self.places: list[str] = []
        self.statuses = 0
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.asked = threading.Event()
        self.released = threading.Event()

    def next_reply(self) -> str:
        """Return the reply to the question that has just come."""
        return self.replies[min(len(self.questions), len(self.replies)) - 1]


@contextmanager
def running() -> Iterator[Overpass]:
    """Give a server; it ends with the block."""
    told = Overpass()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            told.headers.append(dict(self.headers))
            parts = urlsplit(self.path)
            if parts.path == "/api/status":
                told.statuses += 1
                text = STATUS.format(told.wait_s, told.wait_s)
                self._send(200, text.encode(), "text/plain")
            elif parts.path == "/search":
                told.places.append(parse_qs(parts.query)["q"][0])
                self._send(200, json.dumps(told.place).encode())
            else:
                self._send(404, b"<html><body>not here</body></html>", "text/html")

        def do_POST(self) -> None:
            told.headers.append(dict(self.headers))
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path != "/api/interpreter":
                self._send(404, b"<html><body>not here</body></html>", "text/html")
                return
            told.questions.append(parse_qs(body)["data"][0])
            told.asked.set()
            self._reply(told.next_reply())

        def _reply(self, reply: str) -> None:
            whole = json.dumps(told.data).encode()
            if reply == "data":
                self._send(200, whole)
            elif reply == "broken":
                self._send(200, whole[: len(whole) // 2])
            elif reply == "html":
                self._send(200, b"<html>The server is probably too busy</html>", "text/html")
            elif reply == "empty":
                self._send(200, b"")
            elif reply == "nothing":
                self._send(200, json.dumps({**told.data, "elements": []}).encode())
            elif reply == "remark":
                remark = "runtime error: Query run out of memory using about 2048 MB of RAM."
                self._send(200, json.dumps({**told.data, "remark": remark}).encode())
            elif reply == "silence":
                told.released.wait(30)
            elif reply.startswith("slow"):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                if reply == "slow body":
                    self.wfile.write(b"Content-Length: 1000\r\n\r\n")
                with suppress(OSError):  # it hung up
                    while not told.released.wait(0.02):
                        self.wfile.write(b"x")
            elif reply == "cut":
                self.send_response(200)
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole[: len(whole) // 2])
                self.close_connection = True
            else:
                text = f"<html><p>Error: {reply}\x1b[31m <b>too much</b></p></html>"
                self._send(int(reply), text.encode(), "text/html")

    with served(Handler, told.released) as address:
        told.url = address
        yield told
