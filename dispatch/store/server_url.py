"""The address of a PostgreSQL server: read whatever its password looks like, shown without it.

A password may hold `@`, `/`, `:`, `?` or `#` as they are, although an address should have them as
`%40`, `%2F` and so on. So the user's part ends at the last `@` before the options, and only parts
that are known to hold no secret are ever shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from sqlalchemy.engine import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

# Options of a connection (libpq) that hold no secret; `options` only where it names a schema.
SHOWN = frozenset(
    {
        "host", "hostaddr", "port", "dbname", "user", "connect_timeout", "application_name",
        "sslmode", "target_session_attrs", "keepalives", "keepalives_idle", "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "client_encoding", "gssencmode", "channel_binding",
        "sslnegotiation", "load_balance_hosts", "require_auth", "ssl_min_protocol_version",
        "options",
    }
)  # fmt: skip
# Options that may hold a secret, or name a file that does.
HIDDEN = frozenset(
    {
        "password", "passfile", "sslpassword", "sslkey", "sslcert", "sslrootcert", "sslcrl",
        "service", "requirepeer", "krbsrvname",
    }
)  # fmt: skip
SECRETS = ("password", "passfile", "sslpassword", "sslkey")
PLAIN_OPTIONS = re.compile(r"(?:-c\s*search_path\s*=\s*[\w,]+\s*)+")
_OPTION = re.compile(r"\?\w+=")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.-]*)(?::(?P<port>\d{1,5}))?", re.ASCII)
_NAME = re.compile(r"[\w. -]*")
STARS = "***"


def server_url(text: str) -> URL | None:
    """
    Return the address of a server as SQLAlchemy takes it.

    Parameters
    ----------
    text
        `postgresql://user:password@host:port/database?option=value`; all after `//` may be left
        out.

    Returns
    -------
    url
        None: it is no such address, or has an option that PostgreSQL does not know.
    """
    kind, _, rest = text.partition("://")
    begin = _OPTION.search(rest)
    place, query = (rest, "") if begin is None else (rest[: begin.start()], rest[begin.end() :])
    if begin is not None:
        query = begin[0][1:] + query
    user, at, server = place.rpartition("@")
    server, _, database = server.partition("/")
    found = _HOST.fullmatch(server)
    name, colon, password = user.partition(":")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if found is None or not set(options) <= SHOWN | HIDDEN or "?" in database or "#" in database:
        return None
    host = found["host"].strip("[]")
    return URL.create(
        kind,
        username=unquote(name) if at and name else None,
        password=unquote(password) if colon else None,
        host=host or None,
        port=int(found["port"]) if found["port"] else None,
        database=unquote(database) or None,
        query=options,
    )


def shown_server(url: URL) -> str:
    """Return a server's address without anything that may be secret."""
    user = url.username or ""
    who = (user if _NAME.fullmatch(user) else STARS) + (f":{STARS}" if url.password else "")
    host = url.host or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{url.port}" if url.port else ""
    database = url.database or ""
    shown = f"{url.get_backend_name()}://{who}{'@' if who else ''}{host}{port}/"
    shown += database if _NAME.fullmatch(database) else STARS
    options = _shown_options({name: str(value) for name, value in url.query.items()})
    return f"{shown}?{options}" if options else shown


def secrets_of(url: URL) -> tuple[str, ...]:
    """Return the secrets of an address, as they are and as addresses spell them, longest first."""
    plain = {str(url.password or ""), *(str(url.query.get(name, "")) for name in SECRETS)}
    spelt = {form(secret) for secret in plain for form in (str, quote, quote_plus, _quoted)}
    return tuple(sorted(spelt - {""}, key=len, reverse=True))


def _quoted(secret: str) -> str:
    return quote(secret, safe="")


def _shown_options(options: Mapping[str, str]) -> str:
    parts = []
    for name, value in options.items():
        plain = name in SHOWN and (name != "options" or PLAIN_OPTIONS.fullmatch(value))
        parts.append(f"{name}={value if plain else STARS}")
    return "&".join(parts)
