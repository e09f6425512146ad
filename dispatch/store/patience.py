"""How long a database server may let one wait; nothing waits for it for ever.

The server itself ends statements and waits for locks. A server that answers no more (stopped, cut
off, its machine gone) is hung up on.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

OURS = "dispatch_hang_up"


@dataclass(frozen=True)
class StorePatience:
    """
    Longest waits for a server (seconds).

    Parameters
    ----------
    connect_s
        For a connection; the driver waits at least two seconds.
    lock_s
        For another writer: recording a night takes less than a second.
    statement_s
        For one statement; the slowest, at the end of the retention of a year, takes a second.
    answer_s
        For all that is done over one connection: then the server is not there any more.
    """

    connect_s: float = 10.0
    lock_s: float = 30.0
    statement_s: float = 60.0
    answer_s: float = 120.0


def connect_arguments(patience: StorePatience) -> dict[str, Any]:
    """Return the driver's arguments: packets that nobody acknowledges break a connection too."""
    return {
        "connect_timeout": max(1, round(patience.connect_s)),
        "tcp_user_timeout": round(1000 * patience.answer_s),
        "keepalives_idle": 10,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


def bound_waits(engine: Engine, patience: StorePatience) -> None:
    """Let every connection of an engine to a server keep to the patience."""
    bounds = "; ".join(
        f"SET {name} = {round(1000 * seconds)}"
        for name, seconds in (
            ("statement_timeout", patience.statement_s),
            ("lock_timeout", patience.lock_s),
            ("idle_in_transaction_session_timeout", patience.answer_s),
        )
    )

    def connected(connection: Any, record: Any) -> None:  # noqa: ANN401 - the driver's
        # A number of its own: the connection's may be another file's by then.
        held = os.dup(connection.fileno())
        timer = threading.Timer(patience.answer_s, _hang_up, (held,))
        timer.daemon = True
        record.info[OURS] = (timer, held)
        timer.start()
        # One message, outside of any transaction: every use of the store has its own connection.
        before, connection.autocommit = connection.autocommit, True
        connection.execute(bounds)
        connection.autocommit = before

    def closed(_connection: Any, record: Any) -> None:  # noqa: ANN401
        timer, held = record.info.pop(OURS, (None, None))
        if timer is not None:
            timer.cancel()
            os.close(held)

    event.listen(engine, "connect", connected)
    event.listen(engine, "close", closed)


def _hang_up(held: int) -> None:
    """End a connection: who waits for its server finds its end."""
    with suppress(OSError), socket.socket(fileno=os.dup(held)) as connection:
        connection.shutdown(socket.SHUT_RDWR)
