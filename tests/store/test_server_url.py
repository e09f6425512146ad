"""Addresses of servers: read whatever the password looks like, and never shown with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from dispatch.errors import InputError
from dispatch.nightly.config import StoreSection
from dispatch.store import Store
from dispatch.store.address import address_of, holds_password
from tests.support import store_servers as servers

ODD = ["p@ss", "p/ss", "p?ss", "p#ss", "p:s@s/w0rd?", "@", "/", "p ss", "p%40ss", "é€", "pa&ss=1"]


@pytest.mark.parametrize("password", ODD)
def test_a_password_of_any_form_is_read_and_not_shown(password):
    """As it is, though an address should spell it otherwise."""
    address = address_of(f"postgresql://nightly:{password}@db.example.org:5433/dispatch")
    assert address.url.password == password.replace("%40", "@")
    assert (address.url.host, address.url.port) == ("db.example.org", 5433)
    assert address.shown == "postgresql://nightly:***@db.example.org:5433/dispatch"


def test_a_password_among_the_options_is_not_shown():
    """Nor is what names a file with a secret, nor a server option that may hold one."""
    address = address_of(
        "postgresql://nightly@db/dispatch?password=s3cret@x/y&sslmode=require"
        "&passfile=/root/pass&options=-c%20a.b%3Ds3cret"
    )
    assert address.url.query["password"] == "s3cret@x/y"
    shown = "postgresql://nightly@db/dispatch?password=***&sslmode=require&passfile=***&options=***"
    assert address.shown == shown
    schema = "postgresql:///dispatch?host=/run/pg&options=-csearch_path%3Da"
    assert address_of(schema).shown == "postgresql:///dispatch?host=/run/pg&options=-csearch_path=a"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u@h/d?password=a&s3cret",
        "postgresql://u@h/d?Password=s3cret",
        "postgresql:u:s3cret@h/d",
        "postgresql:/u:s3cret@h/d",
        "u:s3cret@h/d",
        "user:s3/cret@h",
        "host=h password=s3cret dbname=d",
        "postgresql://u:s3cret@h:port/d",
        "s3cret://h/d",
    ],
)
def test_a_slip_in_an_address_is_no_file_and_is_not_shown(text, tmp_path, monkeypatch):
    """It would be made as a file of that name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        Store.open(text)
    assert "cret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


SIGNS = st.text(st.sampled_from("ab1@/:?#&=% é"), min_size=1, max_size=8)


@given(SIGNS, st.booleans())
def test_no_part_of_a_password_is_ever_shown(made, as_option):
    """Whatever signs it has: it is hidden, or the address is refused without being shown."""
    secret = f"Zq{made}Zq"
    url = f"postgresql://u@h/d?password={secret}" if as_option else f"postgresql://u:{secret}@h/d"
    try:
        shown = address_of(url).shown
    except InputError as error:
        shown = str(error)
    assert "Zq" not in shown


def test_a_windows_path_and_a_file_with_signs_are_files(tmp_path):
    """A drive is no user; a file that is there is one."""
    assert address_of(r"C:\data@home\dispatch.db").path is not None
    odd = tmp_path / "a@b:c.db"
    odd.write_bytes(b"")
    assert address_of(str(odd)).path == odd


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("postgresql://u:p/s@h/d", True),
        ("postgresql://u:p@s@h/d", True),
        ("postgresql://u@h/d?password=x", True),
        ("postgresql://u:x@h:port/d", True),
        ("postgresql://u@h/d", False),
        ("postgresql:///d?host=/run/pg", False),
        ("/var/lib/dispatch/dispatch.db", False),
    ],
)
def test_dispatch_toml_holds_no_password(url, holds):
    """In whatever form; the environment does."""
    assert holds_password(url) == holds
    if holds:
        with pytest.raises(ValueError, match="holds a password"):
            StoreSection(url=url)
    else:
        assert StoreSection(url=url).url == url


@pytest.mark.slow
def test_a_wrong_password_is_told_as_that_and_the_right_one_opens(postgres):
    """A server that asks for one; the password has every odd sign."""
    url = servers.empty_database(postgres)
    where = url.split("?", 1)[1]
    folder = where.split("host=")[1].split("&")[0]
    with servers.connection_to(url) as connection:
        connection.execute(text("SET password_encryption = 'scram-sha-256'"))
        connection.execute(text("CREATE ROLE odd LOGIN SUPERUSER PASSWORD 'p@s/s:w?rd#'"))
        [file] = connection.execute(text("SHOW hba_file")).one()
        rules = servers.Path(file)
        before = rules.read_text(encoding="utf-8")
        rules.write_text(f"local all odd scram-sha-256\n{before}", encoding="utf-8")
        connection.execute(text("SELECT pg_reload_conf()"))
    options = where.split("&options=")[1]
    told = f"?host={folder}&options={options}"
    try:
        for _ in range(50):
            with pytest.raises(InputError) as caught:
                Store.open(f"postgresql://odd:wr0ng@/x@/postgres{told}")
            if "refuses this user or password" in str(caught.value):
                break
        assert "refuses this user or password" in str(caught.value)
        assert "wr0ng" not in str(caught.value)
        with pytest.raises(InputError, match="refuses this user or password"):
            Store.open(f"postgresql://odd@/postgres{told}")
        with Store.open(f"postgresql://odd:p@s/s:w?rd#@/postgres{told}") as store:
            assert store.nights() == ()
    finally:
        rules.write_text(before, encoding="utf-8")
        with servers.connection_to(url) as connection:
            connection.execute(text("SELECT pg_reload_conf()"))
