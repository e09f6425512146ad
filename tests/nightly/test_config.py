"""dispatch.toml: strict, every fault with its place, paths from its own folder, no secrets."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.nightly.config import read_config
from tests.support.night_fixture import CONFIG, write_night
from tests.support.paths import ROOT

EXAMPLE = ROOT / "deploy" / "dispatch.toml"


def read(tmp_path: Path, text: str):
    """Read a configuration of this text."""
    path = tmp_path / "dispatch.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_the_small_configuration_is_read(tmp_path):
    """What is left out is as the command's defaults are."""
    config = read_config(write_night(tmp_path))
    assert (config.plan.effort, config.plan.seed, config.plan.workers) == ("quick", 1, 2)
    assert (config.plan.service, config.metrics, config.notify) == (None, None, None)
    assert config.backlog.complete
    assert config.calendar.day_begins == 21_600


def test_relative_paths_count_from_the_files_own_folder(tmp_path, monkeypatch):
    """Wherever the job is started; absolute ones stay."""
    (tmp_path / "streets.npz").write_bytes(b"")
    own = CONFIG.replace('out = "out"', 'out = "out"\nnetwork = "streets.npz"\nservice = "/s.toml"')
    (tmp_path / "dispatch.toml").write_text(
        own + '[metrics]\nfile = "m/d.prom"\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    config = read_config(Path("dispatch.toml"))
    assert config.plan.out == tmp_path / "out"
    assert config.plan.absences == tmp_path / "absences.csv"
    assert config.plan.service == Path("/s.toml")
    assert config.plan.network == str(tmp_path / "streets.npz")
    assert config.tickets.path == tmp_path / "tickets.csv"
    assert config.store.url == str(tmp_path / "dispatch.db")
    assert config.metrics is not None
    assert config.metrics.file == tmp_path / "m" / "d.prom"


@pytest.mark.parametrize(
    ("url", "read_as"),
    [
        ("sqlite:///kept/dispatch.db", "sqlite:///{}/kept/dispatch.db"),
        ("sqlite:////var/lib/dispatch.db", "sqlite:////var/lib/dispatch.db"),
        ("postgresql://dispatch@db/dispatch", "postgresql://dispatch@db/dispatch"),
    ],
)
def test_a_store_is_a_file_beside_or_an_address(tmp_path, url, read_as):
    """Only files are moved."""
    config = read(tmp_path, CONFIG.replace("dispatch.db", url))
    assert config.store.url == read_as.format(tmp_path)


def test_every_fault_is_told_with_line_and_column(tmp_path):
    """An unknown key by its name; a wrong type; an unknown choice."""
    text = CONFIG.replace('effort = "quick"', 'efort = "quick"\nseed = "1"\nlang = "de"')
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    told = str(caught.value).splitlines()
    assert told == [
        "dispatch.toml:7:1: plan.efort: unknown key; correct its spelling or remove it "
        "(found 'quick')",
        "dispatch.toml:8:8: plan.seed: must be a whole number, without quotes (found '1')",
        "dispatch.toml:9:8: plan.lang: no words in language 'de'; give one of fr, en (found 'de')",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('out = "out"', 'out = ""', "plan.out: must be a path, not empty"),
        ('out = "out"', "out = 3", "plan.out: must be text, in quotes"),
        ('out = "out"', "", "plan.out: is missing"),
        ("06:00:00", '"06:00"', "calendar.day_begins: must be a time such as 08:30:00"),
        (
            "day_begins = 06:00:00",
            "day_begins = 06:00:00\nclosed = [2026-12-24]\nworked = [2026-12-24]",
            "2026-12-24 is both closed and worked",
        ),
        ("[store]", '[metrics]\nfile = "m.txt"\n[store]', "metrics.file: must end in .prom"),
        ("[store]", "[notify]\ncommand = []\n[store]", "notify.command: must have at least 1"),
        ("[store]", '[log]\nformat = "xml"\n[store]', "log.format: must be 'text' or 'json'"),
        ("dispatch-config/1", "dispatch-config/2", "format: must be 'dispatch-config/1'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, old, new, words):
    """By a sentence that says what to write."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, CONFIG.replace(old, new))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('url = "dispatch.db"', 'url = "postgresql://dispatch:hunter22@db/dispatch"'),
        ('url = "dispatch.db"', 'url = "dispatch.db"\npassword = "hunter22"'),
        ('source = "file"', 'source = "file"\nuser_token_env = "hunter22"'),
        (
            'source = "file"\npath = "tickets.csv"',
            'source = "glpi"\nglpi = { url = "https://g.example/apirest.php", '
            'user_token_env = "hunter-22", app_token_env = "hunter-22" }',
        ),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path, old, new):
    """It belongs in the environment, and no message repeats it."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, CONFIG.replace(old, new))
    assert "hunter" not in str(caught.value)
    assert caught.value.faults[0].line is not None


def test_a_password_in_an_address_is_sent_to_the_environment(tmp_path):
    """The message says where it belongs."""
    with pytest.raises(InputError, match="PGPASSWORD"):
        read(tmp_path, CONFIG.replace("dispatch.db", "postgresql://d:secret@db/d"))


def test_the_example_is_read(monkeypatch):
    """As it is delivered, every section of it."""
    config = read_config(EXAMPLE)
    assert config.notify is not None
    assert config.metrics is not None
    assert config.calendar.closed
    assert config.tickets.source == "glpi"


@pytest.mark.slow
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_the_file_holds_it_is_read_or_refused(content):
    """Never another error than ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dispatch.toml"
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_config(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
KEYS = ["out", "effort", "workers", "day_begins", "source", "path", "geocode", "url"]


@pytest.mark.slow
@given(st.sampled_from(KEYS), VALUES)
def test_whatever_value_a_key_has_it_is_read_or_refused(key, value):
    """Never another error than ours."""
    text = re.sub(rf"(?m)^{key} = .*$", lambda _: f"{key} = {_toml(value)}", CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dispatch.toml"
        path.write_text(text, encoding="utf-8")
        with suppress(InputError):
            assert read_config(path).format == "dispatch-config/1"


def _toml(value: object) -> str:
    """Return a value as TOML writes it; None, which it has not, as nothing."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    text = json.dumps(value, ensure_ascii=False)
    return {"null": "", "NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}.get(text, text)
