"""`dispatch tickets` as people run it, exit codes included."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.commands import tickets
from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.service.service import read_service
from tests.support import ban_server
from tests.tickets.test_files import GOOD, SITES, export, row

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COLUMNS", "140")


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """Return a file of known places."""
    path = tmp_path / "sites.txt"
    path.write_text(SITES, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    """Return exit code and output; raise what it raises."""
    command = ["tickets", *map(str, arguments)]
    ended = CliRunner().invoke(app, command, catch_exceptions=False)
    return ended.exit_code, ended.output


def test_a_clean_file_is_shown_and_ends_with_0(tmp_path: Path, sites: Path):
    """The first rows as a table, what was passed over, and what is not read."""
    path = export(tmp_path / "e.csv", [GOOD, row(id=2, statut="Clos")])
    code, text = run("check", path, "--mapping", "glpi", "--sites", sites)
    assert code == 0
    assert "1 ticket would be planned; 0 rejected" in text
    assert "12345" in text
    assert "Pessac" in text
    assert "1 passed over, status Clos" in text
    assert "Jeanne" not in text


def test_rows_that_are_set_aside_end_with_1(tmp_path: Path, sites: Path):
    """Each fault with line, column, value and remedy."""
    path = export(tmp_path / "e.csv", [GOOD, row(id=2, entité="[red]Mars[/red]\x1b[2J")])
    code, text = run("check", path, "--mapping", "glpi", "--sites", sites)
    assert code == 1
    assert "e.csv:3:3: Entité: names no commune" in text
    # What a file holds is neither markup nor control of the terminal.
    assert "(found '[red]Mars[/red]" in text
    assert "\x1b[2J" not in text


def test_tickets_that_may_not_be_planned_yet_are_told(tmp_path: Path):
    """They are read like the others; the first day on which one may be is said."""
    path = tmp_path / "v.csv"
    path.write_text(
        "id,lon,lat,duration_min,pas avant le\nA,-0.6310,44.8060,30,2199-12-24\n"
        "B,-0.6310,44.8060,30,12/11/2199\nC,-0.6310,44.8060,30,2020-01-01\n"
        "D,-0.6310,44.8060,30,\n",
        encoding="utf-8",
    )
    code, text = run("check", path)
    assert code == 0
    assert "4 tickets would be planned; 2 of them not yet (the first one on 2199-11-12)" in text
    code, text = run("check", path, "--json")
    told = json.loads(text)
    assert told["counts"]["not_yet"] == 2
    assert [each["earliest_day"] for each in told["tickets"]] == [
        "2199-12-24", "2199-11-12", "2020-01-01", None,
    ]  # fmt: skip


def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path):
    """In a process of its own, as people run it."""
    ended = subprocess.run(
        [sys.executable, "-m", "dispatch", "tickets", "check", str(tmp_path / "none.csv")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "none.csv" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_json_tells_everything(tmp_path: Path, sites: Path):
    """Tickets, what is rejected, faults with values, notes, counts."""
    path = export(tmp_path / "e.csv", [GOOD, row(id=2, entité="Mars"), row(id=3, temps="demain")])
    code, text = run("check", path, "--mapping", "glpi", "--sites", sites, "--json")
    told: dict[str, Any] = json.loads(text)
    assert code == 1
    assert told["counts"] == {
        "tickets": 2, "set_aside": 1, "not_yet": 0, "to_geocode": 0, "left_out": 1,
    }  # fmt: skip
    assert told["tickets"][0]["skills"] == ["poste"]
    [aside] = told["set_aside"]
    assert (aside["id"], aside["where"]) == ("2", "line 3")
    assert (told["faults"][0]["line"], told["faults"][0]["value"]) == (3, "Mars")
    assert (told["left_out"][0]["line"], told["left_out"][0]["value"]) == (4, "demain")


def test_a_folder_is_checked_like_a_night_reads_it(tmp_path: Path, sites: Path):
    """All its files at once."""
    folder = tmp_path / "in"
    folder.mkdir()
    export(folder / "a.csv", [GOOD])
    (folder / "b.csv").write_bytes(b"\0")
    code, text = run("check", folder, "--mapping", "glpi", "--sites", sites)
    assert code == 1
    assert "b.csv" in text
    assert "1 ticket would be planned; 1 rejected" in text


def test_addresses_are_only_looked_up_when_asked(tmp_path: Path, sites: Path):
    """Without --geocode they are counted, which is no fault; with it, the service is asked."""
    sites.write_text("nom;insee;adresse\nPessac > Mairie;33318;Place de la 5e République\n")
    path = export(tmp_path / "e.csv", [GOOD])
    with ban_server.running() as ban:
        known = data_path("service.toml").read_text(encoding="utf-8")
        service = tmp_path / "service.toml"
        url = read_service().geocoding.url
        service.write_text(known.replace(f'"{url}"', f'"{ban.url}"'), encoding="utf-8")
        arguments = ("check", path, "--mapping", "glpi", "--sites", sites, "--service", service)
        code, text = run(*arguments)
        assert (code, len(ban.questions)) == (0, 0)
        assert "1 wait for a position (--geocode looks addresses up)" in text
        code, text = run(*arguments, "--geocode")
        assert (code, len(ban.questions)) == (0, 1)
        assert "44.8060 -0.6310" in text


def test_only_some_faults_are_printed(tmp_path: Path):
    """A broken export of 50,000 rows does not fill the terminal."""
    rows = [row(id=number, entité="Mars", lieu="") for number in range(1, 60)]
    _, text = run("check", export(tmp_path / "e.csv", rows), "--mapping", "glpi")
    assert f"… and {2 * 59 - tickets.FAULTS_SHOWN} more faults" in text


def test_a_bundled_mapping_is_printed_to_be_copied(tmp_path: Path):
    """And read again as it was."""
    code, text = run("mapping", "glpi")
    assert code == 0
    assert text == data_path("mappings/glpi.toml").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="bundled: glpi"):
        run("mapping", "nope")
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    assert run("check", export(tmp_path / "e.csv", [GOOD]), "--mapping", own)[0] == 1
