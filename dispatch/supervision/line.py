"""The connections of one HTTP request, which another thread can hang up.

A socket's time-out counts from byte to byte, so that a server that sends one now and then holds
whoever reads. To hang up ends the reading at once, whatever it waits for.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Callable


class Line:
    """The connections of a session; see `session` and `hang_up`."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._hung_up = False

    def session(self) -> requests.Session:
        """Return a session whose connections are noted here."""
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Noting(self.note))
        return session

    def note(self, connection: Any) -> None:  # noqa: ANN401 - a socket, or one with TLS around it
        """Note a connection that was made."""
        # A number of its own: the connection's may be another file's by the time it is used.
        self._open.append(os.dup(connection.fileno()))
        if self._hung_up:
            self.hang_up()

    def hang_up(self) -> None:
        """End every connection: who reads it finds its end."""
        self._hung_up = True
        self._each(lambda held: held.shutdown(socket.SHUT_RDWR))

    def forget(self) -> None:
        """Let go of the connections, which end by themselves."""
        self._each(lambda held: None)

    def _each(self, do: Callable[[socket.socket], None]) -> None:
        while self._open:
            with socket.socket(fileno=self._open.pop()) as held, suppress(OSError):
                do(held)


class _Noting(HTTPAdapter):
    """An adapter that tells of each connection which it makes."""

    def __init__(self, note: Callable[[Any], None]) -> None:
        self._note = note
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        """Make the pools, with connections that are noted."""
        super().init_poolmanager(*arguments, **named)
        note = self._note

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                note(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                note(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
