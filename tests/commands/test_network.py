"""`dispatch network` as people run it, and planning on what it built."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.data import data_path
from dispatch.errors import DispatchError
from dispatch.networks.build import Recipe, build
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.streets.files import write_network
from dispatch.streets.roads import load_network, networks_folder
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.territory import read_communes
from tests.streets.test_files import ABOUT
from tests.support.command import planned_here
from tests.support.overpass import QUARTER, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache folder: the bundled network is read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch):
    """Give each test its own data folder, here and in processes that it starts."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COLUMNS", "120")


def run(*arguments: str | Path) -> str:
    """Return what a command prints; raise what it raises."""
    ended = CliRunner().invoke(app, ["network", *map(str, arguments)], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.output


def failed(*arguments: str | Path) -> DispatchError:
    """Return the error that a command ends with."""
    with pytest.raises(DispatchError) as caught:
        run(*arguments)
    return caught.value


def test_a_network_is_built_and_told_about_in_processes_of_their_own(tmp_path: Path):
    """Written into the data folder, found by its name; poor communes are told on the error side."""
    command = [sys.executable, "-m", "dispatch", "network"]
    built = subprocess.run(
        [*command, "build", "--from", str(QUARTER), "--name", "quarter"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (built.returncode, built.stderr) == (0, "")
    assert "dropped 3 nodes and 3 edges, 0.2 km" in built.stdout
    assert "most in Talence (0.2 km)" in built.stdout
    assert "1.5 km of ways read, of which\n  1.2 km kept\n" in built.stdout
    assert "0.1 km no street for a van: footway" in built.stdout
    assert "--network quarter" in built.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    info = subprocess.run(
        [*command, "info", "quarter"], capture_output=True, text=True, check=False
    )
    assert info.returncode == 0
    assert "OpenStreetMap extract quarter.osm" in info.stdout
    assert "OpenStreetMap contributors, ODbL" in info.stdout
    assert "poorly covered: Ambarès-et-Lagrave (0.0 m)" in info.stderr
    # Whatever the order of sets in that process, the streets are those that are made here.
    roads = RoadSettings.from_toml(bundled_section("roads"))
    here, _ = build(Recipe(roads, read_communes(), file=QUARTER), name="quarter")
    there = load_network("quarter")
    assert there.seconds.tobytes() == here.seconds.tobytes()
    assert there.line_lonlat.tobytes() == here.line_lonlat.tobytes()


def test_a_network_is_downloaded_from_the_server_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Refused once for haste, then built, to the file that was named."""
    out = tmp_path / "new" / "real.npz"
    service = impatient(tmp_path)
    with running() as server:
        server.replies = ["429", "data"]
        monkeypatch.setenv("DISPATCH_OVERPASS_URL", f"{server.url}/api")
        said = json.loads(run("build", "--out", out, "--service", service, "--json"))
        assert len(server.questions) == 2
    assert said["file"] == str(out)
    assert said["data_date"] == "2026-11-20T00:00:00Z"
    assert load_network(out).name == "real.npz"
    assert f"--network {out}" in run("build", "--from", QUARTER, "--out", out)


def test_without_a_network_it_ends_with_the_code_of_travel(tmp_path: Path):
    """And nothing is written."""
    with running() as server:
        url = f"{server.url}/api"
    error = failed("build", "--overpass", url, "--service", impatient(tmp_path))
    assert error.exit_code == 3
    assert "--from FILE.osm.pbf" in str(error)
    assert not networks_folder().exists()


def test_ctrl_c_ends_the_waiting_for_an_answer_and_writes_nothing(tmp_path: Path):
    """With the code that shells know; a server that takes its time stays unanswered."""
    out = tmp_path / "never.npz"
    with running() as server:
        server.replies = ["silence"]
        command = [sys.executable, "-m", "dispatch", "network", "build", "--out", str(out)]
        asking = subprocess.Popen(
            [*command, "--overpass", f"{server.url}/api"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.asked.wait(60)
        asking.send_signal(signal.SIGINT)
        said = asking.communicate(timeout=60)
    assert (asking.returncode, said) == (130, ("", ""))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "bundled"], "cannot name a network"),
        (["--from", "none.osm"], "none.osm: cannot be read"),
        (["--from", "roads.dwg"], "cannot be read; give"),
        (["--from", "roads.shp"], "roads.shp: there is no such file"),
        (["--from", "roads.shp", "--columns", "routes"], "bundled: fv_tronc_l, troncon_de_route"),
        (["--columns", "fv_tronc_l"], "--columns: goes with --from and a reference layer"),
        (["--from", str(QUARTER), "--layer", "a"], "--layer: goes with --from and a reference"),
        (["--profile", "foot"], "--profile: needs --from"),
        (["--from", str(QUARTER), "--profile", "horse"], "there are van, bicycle, foot"),
        (["--out", "x.graphml"], "ends in .npz"),
        (["--keep-times"], "only a GraphML states times"),
        (["--from", str(QUARTER), "--keep-times"], "only a GraphML states times"),
        (["--whole"], "goes with --from"),
    ],
)
def test_what_cannot_be_built_ends_with_the_code_of_input(arguments: list[str], said: str):
    """Each says what to do instead; nobody is asked on the network."""
    error = failed("build", "--overpass", "http://127.0.0.1:9", *arguments)
    assert error.exit_code == 2
    assert said in str(error)


@pytest.mark.parametrize("margin", ["nan", "-1", "1e9"])
def test_a_margin_is_a_number_of_metres(margin: str):
    """Refused before anything is asked."""
    ended = CliRunner().invoke(app, ["network", "build", "--margin", margin])
    assert ended.exit_code == 2


def test_info_tells_the_figures_as_data(tmp_path: Path):
    """The bundled network without an argument: 28 town halls of 28."""
    write_network(networks_folder() / "mine.npz", load_network(), ABOUT)
    said = json.loads(run("info", "--json"))
    assert (said["name"], said["approximate"], said["about"]) == ("bundled", True, None)
    assert (said["town_halls"], said["town_halls_reached"]) == (28, 28)
    assert said["networks"] == ["bundled", "mine"]
    assert said["nodes"] == 4985
    assert not any(commune["poor"] for commune in said["communes"])
    mine = json.loads(run("info", "mine", "--json"))
    assert mine["about"]["source"] == "by hand"


def test_info_shows_text_of_a_file_as_text(tmp_path: Path):
    """No colours, no cursor moves: what stands in a file never steers a terminal."""
    about = ABOUT.model_copy(update={"source": "\x1b[2J[red]evil[/red]"})
    write_network(networks_folder() / "mine.npz", load_network(), about)
    said = run("info", "mine")
    assert "\x1b[2J" not in said
    assert "[red]evil[/red]" in said


def test_compare_prints_a_table_and_draws(tmp_path: Path):
    """The bundled network against itself in Talence: 1.00 everywhere."""
    plot = tmp_path / "p.svg"
    said = run("compare", "bundled", "bundled", "--commune", "Talence", "--places", 20,
               "--plot", plot)  # fmt: skip
    assert "1.00" in said
    assert "times on bundled over those on bundled: 20 places in 1 communes" in said
    assert plot.read_text(encoding="utf-8").startswith("<svg ")
    rows = json.loads(run("compare", "bundled", "bundled", "--commune", "33522", "--places", 20,
                          "--json"))["rows"]  # fmt: skip
    assert {row["median"] for row in rows} == {1.0}


def test_compare_with_a_network_of_one_quarter_says_so(tmp_path: Path):
    """No commune is covered by it."""
    run("build", "--from", QUARTER, "--name", "quarter")
    error = failed("compare", "bundled", "quarter")
    assert error.exit_code == 2
    assert "no commune that both networks cover well" in str(error)


def test_a_day_is_planned_on_a_network_by_its_name(tmp_path: Path):
    """As `--network` or the service file names it; the plan says on which."""
    write_network(networks_folder() / "mine.npz", load_network(), ABOUT)
    given = {"date": date(2026, 11, 25), "centres": ("ouest-nord",), "effort": "quick"}
    with planned_here():
        day = plan_day(PlanOptions(**given, out=tmp_path / "a", network="mine"))
    assert day.as_file().network.name == "mine"
    assert day.plans["ouest-nord"].rounds
    service = tmp_path / "service.toml"
    text = bundled_service().replace('network = "bundled"', 'network = "elsewhere"')
    service.write_text(text, encoding="utf-8")
    with pytest.raises(DispatchError, match=r"elsewhere: no network.*bundled, mine"):
        plan_day(PlanOptions(**given, out=tmp_path / "b", service=service))


def bundled_service() -> str:
    return data_path("service.toml").read_text(encoding="utf-8")


def impatient(folder: Path) -> Path:
    """Return a service file that asks twice, with no wait in between."""
    text = bundled_service()
    for key, value in (("attempts = 5", "attempts = 2"), ("wait_s = 4.0", "wait_s = 0.0")):
        assert key in text
        text = text.replace(key, value)
    path = folder / "service.toml"
    path.write_text(text, encoding="utf-8")
    return path
