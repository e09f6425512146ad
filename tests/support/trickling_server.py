"""A server that answers badly on purpose: byte by byte, without an end, or with lies."""

from __future__ import annotations

import itertools
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

JSON = b'{"session_token": "abc"}'


def pieces_of(how: str) -> Iterable[bytes]:
    """Return what the server sends, in pieces; some never end."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    length = b"Content-Length: %d\r\n\r\n"
    endless = itertools.repeat(b"x")
    lies: dict[str, Iterable[bytes]] = {
        "silence": itertools.repeat(b""),
        "slow status": itertools.chain((bytes([byte]) for byte in b"HTTP/1.1 200 "), endless),
        "slow headers": itertools.chain([head], itertools.cycle([b"X", b"-", b"A", b":", b"\r\n"])),
        "slow body": itertools.chain([head + length % 100_000], endless),
        "no end": itertools.chain([head + b"\r\n"], itertools.repeat(b"y" * 65_536)),
        "too short": [head + length % 5_000 + JSON],
        "chunks that are none": [head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnonsense"],
        "no HTTP": [b"\x16\x03\x01 not at all\n\n" * 5],
        "empty": [],
        "wrong": [head + length % len(JSON) + JSON],
        "a page": [head + length % 13 + b"<html></html>"],
        "not JSON": [head + length % 3 + b"\xff{["],
        "redirect": [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n" + length % 0],
        "error": [b"HTTP/1.1 500 Broken\r\n" + length % 0],
    }
    return lies[how]


LIES = (
    "silence", "slow status", "slow headers", "slow body", "no end", "too short",
    "chunks that are none", "no HTTP", "empty", "wrong", "a page", "not JSON", "redirect", "error",
)  # fmt: skip


@contextmanager
def badly_served(how: str, *, every_s: float = 0.05) -> Iterator[str]:
    """Serve in one of the ways of `LIES`, a piece every so often; give the address."""
    done = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.02)
    threads: list[threading.Thread] = []

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(2)
            connection.recv(65_536)
            for piece in pieces_of(how):
                if piece:
                    connection.sendall(piece)
                if done.wait(0 if len(piece) > 1 else every_s):
                    return

    def accept() -> None:
        while not done.is_set():
            with suppress(TimeoutError):
                threads.append(threading.Thread(target=answer, args=(listening.accept()[0],)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        done.set()
        accepting.join()
        for thread in threads:
            thread.join()
        listening.close()
