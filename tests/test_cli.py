"""The commands as people run them, with every exit code; `plan` and `check` as processes too."""

from __future__ import annotations

import csv
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import networkx as nx
import osmnx
import pytest

from dispatch.checker.rules import check
from dispatch.model.plan import Plan
from dispatch.model.problem import DayProblem
from dispatch.territory import read_communes
from tests.support.command import COMMAND, ENVIRONMENT, PATIENCE_S, run, run_process
from tests.support.paths import ROOT
from tests.support.small_day import SOUND_ROUND, day, plan
from tests.support.small_problems import small_problem

pytestmark = pytest.mark.slow

DATE = "2026-11-25"
HEADINGS = "id,insee,lon,lat,duration_min"
IN_BLANQUEFORT = "V1,33056,-0.64,44.91,30"
IN_PESSAC = "V2,33318,-0.632,44.806,30"


def without_clock(path: Path) -> str:
    """Return a file's text; of plans, without what the clock says."""
    if path.suffix != ".json":
        return path.read_text(encoding="utf-8")

    def bare(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key != "elapsed_s"}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(bare(json.loads(path.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return the folder of one centre's sample day, and how the command ended."""
    folder = tmp_path_factory.mktemp("planned") / "new" / "day"
    options = ["--centre", "ouest-nord", "--effort", "quick"]
    ended = run_process("plan", "--date", DATE, *options, "--out", folder)
    return folder, ended


@pytest.fixture
def copied(planned: tuple[Path, Any], tmp_path: Path) -> Path:
    """Return a copy of that folder, to tamper with."""
    return Path(shutil.copytree(planned[0], tmp_path / "day"))


# --- plan, and check of what it wrote ---


def test_plan_writes_the_whole_day_and_shows_no_progress_in_a_pipe(planned):
    """Every file of the design; a summary on the output; nothing on the error output."""
    folder, ended = planned
    assert (ended.returncode, ended.stderr) == (0, "")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "plan.json", "problems/ouest-nord.json", "stops.csv", "unassigned.csv", "rounds.geojson",
        "map-ouest-nord.html", "index.html", "inputs/service.toml", "inputs/tickets.json",
    }  # fmt: skip
    assert "ouest-nord" in ended.stdout
    assert "bundled sample day" in ended.stdout
    assert str(folder / "index.html") in ended.stdout
    assert "\x1b" not in ended.stdout
    written = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert written["format"] == "dispatch-day/1"
    assert written["date"] == DATE
    assert list(written["plans"]) == ["ouest-nord"]
    assert 'lang="fr"' in (folder / "index.html").read_text(encoding="utf-8")


def test_check_finds_nothing_in_what_plan_wrote(planned):
    """Exit code 0, and it says so."""
    ended = run("check", planned[0])
    assert (ended.returncode, ended.stdout) == (0, "ouest-nord: no violation\n")
    problem, alone = planned[0] / "problems/ouest-nord.json", planned[0].parent / "P.json"
    of_day = json.loads((planned[0] / "plan.json").read_text(encoding="utf-8"))
    alone.write_text(json.dumps(of_day["plans"]["ouest-nord"]), encoding="utf-8")
    assert run("check", problem, alone).returncode == 0


def test_a_second_run_writes_the_same_bytes_outside_the_clock(planned, tmp_path):
    """And pages in English where asked for."""
    again, english = tmp_path / "again", tmp_path / "english"
    options = ["--centre", "ouest-nord", "--effort", "quick", "--json"]
    ended = run("plan", "--date", "25/11/2026", *options, "--out", again)
    assert json.loads(ended.stdout)["centres"]["ouest-nord"]["status"] == "complete"
    for path in planned[0].rglob("*.*"):
        assert without_clock(again / path.relative_to(planned[0])) == without_clock(path), path
    assert run("plan", "--date", DATE, *options, "--lang", "en", "--out", english).returncode == 0
    assert 'lang="en"' in (english / "index.html").read_text(encoding="utf-8")


def _tamper(folder: Path, change: str) -> None:
    path = folder / "plan.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    own = whole["plans"]["ouest-nord"]
    if change == "cost":
        own["cost_s"]["total"] -= 60
    elif change == "earlier":
        own["rounds"][0]["stops"][0]["arrival_s"] -= 60
    elif change == "summary":
        whole["summary"]["ouest-nord"]["distance_m"] -= 1000
    elif change == "forgotten centre":
        whole["summary"]["sud"] = {"rounds": 1}
    path.write_text(json.dumps(whole), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("cost", "stated_cost, 60 s"),
        ("earlier", "travel_time, technician"),
        ("summary", "stated_summary: distance_m is"),
        ("forgotten centre", "stated_summary: rounds is None, the summary has 1"),
    ],
)
def test_check_names_what_was_tampered_with(copied, change, words):
    """Exit code 1, each violation on a line of its own."""
    _tamper(copied, change)
    ended = run("check", copied)
    assert ended.returncode == 1
    assert words in ended.stdout


def test_check_gives_its_violations_as_data(copied):
    """A list a centre, with rule, place and amount."""
    _tamper(copied, "cost")
    ended = run("check", copied, "--json")
    assert ended.returncode == 1
    found = [(v["rule"], v["amount_s"]) for v in json.loads(ended.stdout)["ouest-nord"]]
    assert found[0] == ("stated_cost", 60)
    assert ("stated_summary", None) in found


def test_check_of_what_is_not_there_is_bad_input(copied, tmp_path):
    """A missing problem, a folder without plan, a plan beside a folder, a problem alone."""
    (copied / "problems/ouest-nord.json").unlink()
    for arguments, words in [
        ([copied], "ouest-nord.json: there is no such file"),
        ([tmp_path / "none.json", tmp_path / "x.json"], "none.json: there is no such file"),
        ([copied, copied / "plan.json"], "name no plan beside it"),
        ([copied / "plan.json"], "name the plan too"),
    ]:
        ended = run("check", *arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr


# --- bad input of plan ---


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("visits", f"{HEADINGS},colour\n{IN_PESSAC},blue\n", "visits.txt:1:6: colour:"),
        ("visits", f"{HEADINGS}\nV2,33318,44.806,-0.632,30\nV2,99999,a,b,0\n", "visits.txt:3:"),
        ("visits", "", "visits.txt: is empty"),
        ("technicians", "id,centre\nN1,nowhere\n", "technicians.txt:2:2: centre:"),
        ("service", "[centres]\nx = [\n", "service.txt"),
        ("network", "<graphml", "network.txt"),
    ],
)
def test_a_bad_file_is_refused_with_its_faults_and_nothing_is_written(
    tmp_path, option, content, words
):
    """Exit code 2; file, line and column on the error output."""
    path, out = tmp_path / f"{option}.txt", tmp_path / "out"
    path.write_text(content, encoding="utf-8")
    # Without `--strict` a row of visits costs itself alone.
    strict = ["--strict"] if option == "visits" else []
    ended = run("plan", "--date", DATE, f"--{option}", path, *strict, "--out", out)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--date", "tomorrow"], "'tomorrow' is not a date; write it as 2026-11-25"),
        (["--date", DATE, "--centre", "nord"], "no such centre; there are bordeaux-metropole,"),
        (["--date", DATE, "--visits", "none.csv"], "none.csv: there is no such file"),
        (["--date", DATE, "--effort", "enormous"], "enormous"),
        (["--date", DATE, "--time-limit", "nan"], "Invalid value for '--time-limit'"),
        (["--date", DATE, "--time-limit", "inf"], "Invalid value for '--time-limit'"),
        (["--date", DATE, "--seed", "-1"], "Invalid value for '--seed'"),
        ([], "--date"),
    ],
)
def test_a_bad_option_is_refused_and_nothing_is_written(tmp_path, arguments, words):
    """Exit code 2; the value and what there is."""
    ended = run("plan", *arguments, "--out", tmp_path / "out")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in " ".join(ended.stderr.split())
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_refused_before_the_search(tmp_path):
    """A file where the folder should be, or above it; a folder where the plan should be."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    problem = tmp_path / "P.json"
    problem.write_text(day().to_json(), encoding="utf-8")
    for arguments, words in [
        (["plan", "--date", DATE, "--effort", "thorough", "--out", tmp_path / "file"], "is a file"),
        (["plan", "--date", DATE, "--out", tmp_path / "file" / "day"], "is not a folder"),
        (["solve", problem, "--out", tmp_path], "is a folder; name a file"),
    ]:
        ended = run(*arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is protected from root")
def test_a_protected_folder_is_refused(tmp_path):
    """Exit code 2 before the search."""
    tmp_path.chmod(0o500)
    ended = run("plan", "--date", DATE, "--out", tmp_path / "day")
    tmp_path.chmod(0o700)
    assert ended.returncode == 2
    assert "is protected" in ended.stderr


# --- one centre's failure ---


@pytest.fixture
def around_blanquefort(tmp_path: Path) -> list[str | Path]:
    """Return options: roads of Blanquefort alone, and a visit there and one in Pessac."""
    hall = read_communes()["33056"]
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=hall.town_hall_lon, y=hall.town_hall_lat)
    graph.add_node(2, x=-0.64, y=44.91)
    for ends in [(1, 2), (2, 1)]:
        graph.add_edge(*ends, length=900.0, highway="residential")
    roads, visits = tmp_path / "roads.graphml", tmp_path / "visits.csv"
    osmnx.save_graphml(graph, roads)
    visits.write_text(f"{HEADINGS}\n{IN_BLANQUEFORT}\n{IN_PESSAC}\n", encoding="utf-8")
    return ["--network", roads, "--visits", visits, "--effort", "quick"]


def test_a_centre_off_the_roads_spares_the_others(around_blanquefort, tmp_path):
    """Exit code 5: the other centre's plan is written and sound, the failure named and kept."""
    out = tmp_path / "out"
    centres = ["--centre", "ouest-nord", "--centre", "sud"]
    ended = run("plan", "--date", DATE, *centres, *around_blanquefort, "--out", out)
    assert ended.returncode == 5
    assert "sud: " in ended.stderr
    written = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert (list(written["plans"]), list(written["failures"])) == (["ouest-nord"], ["sud"])
    assert "visits as given" in ended.stdout
    assert run("check", out).returncode == 0
    with (out / "stops.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file, delimiter=";"))) == 2


def test_a_failure_of_all_centres_has_its_own_exit_code(around_blanquefort, tmp_path):
    """Exit code 3: no travel times."""
    options = ["--centre", "sud", *around_blanquefort]
    ended = run("plan", "--date", DATE, *options, "--out", tmp_path / "out")
    assert ended.returncode == 3
    assert "sud: " in ended.stderr


# --- solve ---


def test_solve_writes_a_plan_that_check_accepts(tmp_path):
    """The day of three places, whose best plan costs what the sound plan does."""
    problem, out = tmp_path / "P.json", tmp_path / "new" / "plan.json"
    problem.write_text(day().to_json(), encoding="utf-8")
    ended = run("solve", problem, "--effort", "quick", "--out", out)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("complete: 2 visits served in 1 rounds, 0 unassigned")
    assert Plan.read(out).cost_s == plan(SOUND_ROUND).cost_s
    assert run("check", problem, out).returncode == 0


def test_a_mandatory_visit_that_cannot_be_served_ends_with_4_and_a_plan(tmp_path):
    """The rest is planned; the visit is named with its reason; `check` reports it."""
    problem, out = tmp_path / "P.json", tmp_path / "plan.json"
    asked = day(a={"unassigned_cost_s": None, "skills": frozenset({"rare"})})
    problem.write_text(asked.to_json(), encoding="utf-8")
    ended = run("solve", problem, "--effort", "quick", "--json", "--out", out)
    assert ended.returncode == 4
    assert ended.stderr == "mandatory visit A cannot be served: missing_skill\n"
    assert json.loads(ended.stdout)["status"] == "infeasible"
    assert [stop.visit for round_ in Plan.read(out).rounds for stop in round_.stops] == ["B"]
    ended = run("check", problem, out)
    assert (ended.returncode, ended.stdout) == (
        1,
        "plan.json: 1\n  mandatory_served, visit A: mandatory, not served\n",
    )


def test_a_bad_problem_is_refused_and_nothing_is_written(tmp_path):
    """Exit code 2; all faults with line and column; a plan that was there stays."""
    problem, out = tmp_path / "P.json", tmp_path / "plan.json"
    problem.write_text('{"format": "dispatch-problem/1",\n "date": 3}', encoding="utf-8")
    out.write_text("yesterday's", encoding="utf-8")
    ended = run("solve", problem, "--out", out)
    assert (ended.returncode, ended.stdout) == (2, "")
    lines = ended.stderr.splitlines()
    assert lines[0].startswith("dispatch: P.json:")
    assert "P.json:2:10: date: must be a date such as 2026-11-25 (found '3')" in ended.stderr
    assert len(lines) == 5
    assert out.read_text(encoding="utf-8") == "yesterday's"


# --- Ctrl-C and the terminal ---


def _wait_for(condition: Any, process: subprocess.Popen[str]) -> None:  # noqa: ANN401
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _interrupted_while_improving(*arguments: Any) -> tuple[int, str, bytes]:  # noqa: ANN401
    """Run a command on a terminal, with Ctrl-C once its search improves; code, output, seen."""
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        env={**ENVIRONMENT, "TERM": "xterm"},
        start_new_session=True,
    ) as process:
        os.close(end)
        os.set_blocking(terminal, False)
        seen = bytearray()

        def improving() -> bool:
            with suppress(BlockingIOError):
                seen.extend(os.read(terminal, 65_536))
            return b"improvement" in seen

        _wait_for(improving, process)
        # To the whole group, as a terminal does.
        os.killpg(process.pid, signal.SIGINT)
        os.set_blocking(terminal, True)
        printed, _ = process.communicate(timeout=PATIENCE_S)
        os.set_blocking(terminal, False)
        with suppress(BlockingIOError, OSError):
            seen.extend(os.read(terminal, 65_536))
    os.close(terminal)
    return process.returncode, printed, bytes(seen)


def test_ctrl_c_during_solve_gives_the_best_plan_so_far(tmp_path):
    """After a while of a long search: exit code 0, a sound plan that says it was interrupted."""
    problem, out = tmp_path / "P.json", tmp_path / "plan.json"
    problem.write_text(small_problem(8, 40, 5).to_json(), encoding="utf-8")
    code, printed, seen = _interrupted_while_improving(
        "solve", problem, "--effort", "thorough", "--out", out
    )
    assert code == 0
    assert "stopped by interrupted" in printed
    made = Plan.read(out)
    assert made.stopped == "interrupted"
    broken = {v.rule for v in check(DayProblem.read(problem), made)}
    assert broken <= {"mandatory_served"}
    # On a terminal the stages and the cost are shown meanwhile.
    assert b"stage" in seen


def test_a_choice_among_rounds_leaves_ctrl_c_to_python():
    """OR-Tools would else reset it, and the next Ctrl-C would end the process without a plan."""
    code = (
        "import os, signal, time\n"
        "from dispatch import solve\n"
        "from tests.support.small_problems import small_problem\n"
        "solve(small_problem(3, 10, 2), 'quick')\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(5)\n"
        "except KeyboardInterrupt:\n"
        "    print('heard')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        cwd=ROOT,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "heard\n")


def test_ctrl_c_during_plan_gives_the_best_plans_so_far(tmp_path):
    """Told to the whole group, as by a terminal; what it writes is sound."""
    out = tmp_path / "out"
    code, _, seen = _interrupted_while_improving(
        "plan", "--date", DATE, "--effort", "thorough", "--centre", "sud", "--out", out
    )
    assert code == 0, seen
    assert b"Traceback" not in seen
    written = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert written["plans"]["sud"]["stopped"] == "interrupted"
    assert run("check", out).returncode == 0


@pytest.mark.parametrize("after_s", [0.2, 0.5, 1.0, 1.5])
def test_ctrl_c_while_plan_still_loads_ends_it_without_a_trace(tmp_path, after_s):
    """Whenever it comes; nothing is written, unless the search had begun by then."""
    out = tmp_path / "out"
    with subprocess.Popen(
        [*COMMAND, "plan", "--date", DATE, "--effort", "quick", "--centre", "sud", "--out", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    ) as process:
        time.sleep(after_s)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
    # Until Python has started, the signal itself ends it, in Python's own words; then the
    # command does, in ours.
    early = process.returncode in (-signal.SIGINT, 130)
    assert early or "Traceback" not in errors
    assert out.exists() != early
    if not early:
        assert process.returncode == 0
        assert run("check", out).returncode == 0
    # No machine plans within half a second.
    assert early or after_s > 0.5


# --- the command itself ---


def test_help_and_version_are_told_without_loading_the_solver(tmp_path):
    """`dispatch --help` names the commands, and is quick because it loads nothing heavy."""
    code = (
        "import sys, dispatch\n"
        "from dispatch.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "heavy = {'ortools', 'numba', 'folium', 'osmnx', 'geopandas', 'networkx', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env=ENVIRONMENT, timeout=PATIENCE_S,
    )  # fmt: skip
    *help_text, heavy = ended.stdout.splitlines()
    assert heavy == "[]"
    for command in ("plan", "solve", "check"):
        assert any(command in line for line in help_text)
    assert run("--version").stdout.strip()
    assert run("plna").returncode == 2


@pytest.mark.parametrize("command", ["plan", "solve", "check"])
def test_each_command_explains_itself(command):
    """`--help` names its options and ends well."""
    ended = run(command, "--help")
    assert ended.returncode == 0
    assert "--json" in ended.stdout
