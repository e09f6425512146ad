"""A secret is seen nowhere: commands are run with one, and all that they leave is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dispatch import doctor
from dispatch.cli import app
from dispatch.planday import plan as planday
from dispatch.tickets.ask import HttpClient
from tests.support import glpi_server
from tests.support.glpi_server import APP_TOKEN, REQUESTER, USER_TOKEN
from tests.support.in_process import in_this_process
from tests.support.night_fixture import write_night

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CANARY = "canary-7f3a91c5e2"
SECRETS = (CANARY, APP_TOKEN, USER_TOKEN)
# The notification command's own environment is what it would leak; it writes all of it.
MORE = """
[tickets.glpi]
url = "{url}"

[log]
format = "{form}"

[metrics]
file = "dispatch.prom"

[notify]
command = ["/bin/sh", "-c", "cat > told.json; env > handed.txt"]
timeout_s = 20
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Return how commands are run in a job's folder, with secrets in the environment."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    monkeypatch.setattr(doctor, "examine_machine", lambda: iter(()))
    monkeypatch.setattr(HttpClient, "wait_s", lambda *_: 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLPI_APP_TOKEN", APP_TOKEN)
    monkeypatch.setenv("GLPI_USER_TOKEN", USER_TOKEN)
    monkeypatch.setenv("PGPASSWORD", CANARY)
    monkeypatch.setenv("MY_DATABASE_PASSWORD", CANARY)

    def run(*words: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, words)
        told = ended.output + ended.stderr + repr(ended.exception)
        return ended.exit_code, told

    return run


def _write(folder: Path, url: str, form: str = "json") -> None:
    file = write_night(folder, more=MORE.format(url=url, form=form))
    text = file.read_text(encoding="utf-8").replace('source = "file"', 'source = "glpi"')
    file.write_text(text.replace('path = "tickets.csv"\n', ""), encoding="utf-8")


def _leaks(folder: Path, *told: str, known: tuple[str, ...] = ()) -> list[str]:
    """Return where a secret stands: in what was printed, or in any file beneath the folder."""
    texts = {f"output {number}": text.encode() for number, text in enumerate(told)}
    texts |= {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "dispatch.toml"
    }
    words = [secret.encode() for secret in (*SECRETS, *known)]
    return [name for name, content in texts.items() if any(word in content for word in words)]


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_night_that_succeeds_shows_no_token_and_no_requester(job, tmp_path, form):
    """Log, folder, store, metrics, notification and what `doctor` and `history` say of them."""
    with glpi_server.running() as glpi:
        _write(tmp_path, glpi.url, form)
        code, said = job("nightly", "--date", "2026-11-25")
        assert code == 0, said
        assert "planned" in said
        told = [
            job("doctor", "--json")[1],
            job("doctor")[1],
            job("history", "--store", "dispatch.db")[1],
        ]
        assert glpi.opened >= 2
    assert (tmp_path / "told.json").exists()
    assert "PATH=" in (tmp_path / "handed.txt").read_text()
    assert _leaks(tmp_path, said, *told, known=(REQUESTER, "05 56 00 11 22")) == []
    assert _leaks(tmp_path, f"x{APP_TOKEN}x") == ["output 0"]


@pytest.mark.parametrize("fault", ["refused", "html", "redirect"])
def test_a_night_whose_source_fails_shows_no_token(job, tmp_path, monkeypatch, fault):
    """Errors are where secrets leak: refusals, pages of errors, lines that break."""
    with glpi_server.running() as glpi:
        if fault == "refused":
            monkeypatch.setenv("GLPI_USER_TOKEN", CANARY)
        else:
            glpi.faults = dict.fromkeys(("initSession", "search/Ticket"), [fault] * 99)
        _write(tmp_path, glpi.url)
        code, said = job("nightly", "--date", "2026-11-25")
        assert code != 0
        examined = [job("doctor", "--json"), job("doctor")]
    assert [code for code, _ in examined] == [1, 1]
    assert _leaks(tmp_path, said, *(text for _, text in examined)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        '[store]\nurl = "postgresql://u:{0}@127.0.0.1:1/db"',
        '[store]\nurl = "postgresql://127.0.0.1:1/db?password={0}"',
        '[store]\nurl = "oracle://u:{0}@host/db"',
        '[store]\nurl = "dispatch.db"\npassword = "{0}"',
        '[store]\nurl = "postgresql://u@127.0.0.1:1/db"',
        '[store]\nurl = "dispatch.db"\n[tickets.glpi]\nurl = "https://u:{0}@x/apirest.php"',
        '[store]\nurl = "dispatch.db"\n[tickets.glpi]\nurl = "https://x/"\napp_token = "{0}"',
        '[store]\nurl = "dispatch.db"\n[tickets.glpi]\nurl = "https://x/"\nuser_token_env = "{0}"',
        '[store]\nurl = "postgresql://u:{0}@127.0.0.1:1/db',
    ],
)
def test_a_secret_written_where_none_belongs_is_not_repeated(job, tmp_path, wrong):
    """In the configuration by mistake: the fault names the key, not what stands there."""
    file = write_night(tmp_path)
    text = file.read_text(encoding="utf-8").replace('[store]\nurl = "dispatch.db"\n', "")
    file.write_text(text + wrong.format(CANARY) + "\n", encoding="utf-8")
    code, said = job("nightly", "--date", "2026-11-25")
    examined = [job("doctor", "--json"), job("doctor")]
    assert code != 0
    assert [code for code, _ in examined] == [1, 1]
    assert _leaks(tmp_path, said, *(text for _, text in examined)) == []


def test_a_store_that_cannot_be_opened_is_named_without_its_password(job, tmp_path):
    """`history` takes the address from the command line."""
    for address in (f"postgresql://u:{CANARY}@127.0.0.1:1/db", f"mysql://u:{CANARY}@h/db"):
        code, said = job("history", "--store", address)
        assert code != 0
        assert _leaks(tmp_path, said) == []
