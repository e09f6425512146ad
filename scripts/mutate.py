"""Do the tests fail where the program is wrong? `python scripts/mutate.py --seed 1`.

A mutant is a copy of the project with one small fault (`mutants.py`). A mutant that passes the
tests *survives*: either no test looks there, or the fault changes nothing that matters. A run draws
mutants from four groups by a seed and judges one after the other:

1. In plain Python (`plain_kernels.py`), by the tests that pass so within a fifth of a second, the
   quickest first: those of the mutant's own folder and the solver's others. Nothing is compiled, so
   most mutants end within seconds.
2. Compiled, where a mutant survives that, by all other tests of these folders. A file with kernels
   gets an empty cache; others use one that the sound copy filled. With `--compiled`, this is the
   only judge, and all tests run; with `--plain`, it is left out. `--again` judges survivors anew.

A mutant that needs more processor time than allowed counts as killed, and is told apart. Outcomes
are added to a file as they come; the same command goes on where it was stopped. Survivors that
change nothing are listed with the reason in `equivalent_mutants.toml`, and are not drawn.

Why no library: mutmut 3 wraps each function to choose the mutant when it is called, which numba
does not compile. cosmic-ray 8 edits the files of the checkout in place and runs one command for all
modules; copies, caches and the choice of tests, which are most of this file, would remain to write.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutants import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
COPIED = ("dispatch", "tests", "data", "scripts", "pyproject.toml", "constraints.txt")
# Folders of `dispatch/`; their tests stand in the folder of the same name.
GROUPS = {
    "timing": ("solve/timing",), "heuristic": ("solve/heuristic",),
    "bound": ("solve/bound", "solve/partition"), "checker": ("checker",),
}  # fmt: skip
# What makes kernels, rather than a kernel.
NOT_MUTATED = {"__init__.py", "kernel.py", "kernel_cache.py", "by_address.py", "slot_arrays.py"}
SOLVER_TESTS = ("solve/timing", "solve/heuristic", "solve/bound", "solve/partition", "solve")
WITHIN_S = 0.2
# Processor time for the tests of one file, where it is recorded which pass in plain Python.
RECORDED_S = 25
# Processor time for the tests that run on a mutant in plain Python; without a fault they take 20 s.
PLAIN_S = 45
# It compares whole courses of searches and proofs.
NOTICES = "test_same_course.py"
# Its processes would compile.
NOT_PLAIN = {"test_side_by_side.py"}
KERNEL = re.compile(r"^@(kernel|inlined|inner|inner_inlined|allocating|addressed)\b", re.MULTILINE)
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
# pytest's exit codes: a test failed, collection failed; anything else is no verdict.
PASSED, BROKEN, NO_TESTS = 0, (1, 2), 5


class Judge:
    """
    Runs tests on a scratch copy of the project.

    Parameters
    ----------
    work
        Folder of the copy, the caches and the outcomes.
    limit_s
        Processor time for one run of the tests (seconds).
    """

    def __init__(self, work: Path, limit_s: float) -> None:
        self.work, self.limit_s = work, limit_s
        self.copy = work / "copy"

    def prepare(self) -> None:
        """Copy the project."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir(parents=True)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(source, self.copy / name, ignore=ignored)
            elif source.exists():
                shutil.copy2(source, self.copy / name)

    def plain_tests(self, wings: Sequence[str]) -> Path:
        """Return a file of the tests that pass in plain Python, and how long each takes."""
        sources = sha256()
        for folder in ("dispatch/solve", "dispatch/checker", "dispatch/model", "tests/support"):
            for path in sorted((self.copy / folder).rglob("*.py")):
                sources.update(path.read_bytes())
        records = {
            file: self.work
            / f"plain-{sha256(sources.digest() + file.read_bytes()).hexdigest()[:16]}"
            for file in self.files(wings)
            if file.name not in NOT_PLAIN
        }
        for file, record in records.items():
            if not record.exists():
                partly = self.work / "plain-part.json"
                partly.unlink(missing_ok=True)
                env = {"PLAIN_RECORD": str(partly), "PLAIN_LIMIT_S": str(WITHIN_S)}
                code, told = self._pytest([file], plain=True, env=env, limit_s=RECORDED_S)
                if code not in (None, PASSED, 1):
                    msg = f"{file} does not run in plain Python:\n{told}"
                    raise SystemExit(msg)
                if not partly.exists():
                    partly.write_text("{}", encoding="utf-8")
                partly.rename(record)
        every: dict[str, float] = {}
        for record in records.values():
            every |= json.loads(record.read_text(encoding="utf-8"))
        found = self.work / "plain-tests.json"
        found.write_text(json.dumps(every), encoding="utf-8")
        return found

    def plain(self, wings: Sequence[str], tests: Path) -> tuple[int | None, str]:
        """Run tests in plain Python; code (None: out of time) and output."""
        files = self.files(wings)
        # Those of the first folder, and what notices most; then the others.
        first = [f for f in files if f.parent.name == Path(wings[0]).name or f.name == NOTICES]
        code, told = PASSED, ""
        for part in (first, [file for file in files if file not in first]):
            if code == PASSED and part:
                env = {"PLAIN_TESTS": str(tests)}
                code, told = self._pytest(part, plain=True, env=env, stop=True, limit_s=PLAIN_S)
                code = PASSED if code == NO_TESTS else code
        return code, told

    def compiled(
        self, wings: Sequence[str], *, clean: bool, but: Path | None
    ) -> tuple[int | None, str]:
        """Run tests compiled, but those of a file; `clean` with an empty cache of kernels."""
        cache = self.work / ("cache-mutant" if clean else "cache-sound")
        if clean:
            shutil.rmtree(cache, ignore_errors=True)
        left = [] if but is None else json.loads(but.read_text(encoding="utf-8"))
        listed = self.work / "left-out.txt"
        listed.write_text("\n".join(f"--deselect={test}" for test in left), encoding="utf-8")
        env = {"NUMBA_CACHE_DIR": str(cache)}
        return self._pytest(self.files(wings), env=env, stop=True, more=[f"@{listed}"])

    def files(self, wings: Sequence[str]) -> list[Path]:
        """Return the test files of folders, in their order."""
        return [
            file
            for wing in wings
            for file in sorted((self.copy / "tests" / wing).glob("test_*.py"))
        ]

    def _pytest(
        self, files: Iterable[Path], *, env: dict[str, str], plain: bool = False,
        stop: bool = False, limit_s: float | None = None, more: Sequence[str] = (),
    ) -> tuple[int | None, str]:  # fmt: skip
        shutil.rmtree(self.copy / ".hypothesis", ignore_errors=True)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rfE",
            "--tb=no",
            "-p",
            "no:cacheprovider",
        ]
        command += ["--hypothesis-seed=0", *(["-x"] if stop else [])]
        paths = [str(self.copy)]
        if plain:
            # Random numbers wrap around on purpose; only plain Python warns of it.
            command += ["-p", "plain_kernels", "-W", "ignore:overflow encountered:RuntimeWarning"]
            paths.append(str(self.copy / "scripts"))
        command += [*more, *(str(file.relative_to(self.copy)) for file in files)]
        allowed = self.limit_s if limit_s is None else limit_s
        started = subprocess.Popen(
            command, cwd=self.copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **env, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=os.name == "posix", preexec_fn=_bounded(allowed),
        )  # fmt: skip
        try:
            # The machine may be busy with other things; waiting alone is bounded generously.
            told, _ = started.communicate(timeout=10 * allowed)
        except subprocess.TimeoutExpired:
            _end(started)
            return None, ""
        except BaseException:
            _end(started)
            raise
        return (None if started.returncode < 0 else started.returncode), told


def _bounded(limit_s: float) -> Any:  # noqa: ANN401 - a function or None
    """Return what bounds a child's processor time; None where the system cannot."""
    if os.name != "posix":
        return None
    import resource

    seconds = int(limit_s) + 1
    return lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def _end(started: subprocess.Popen[str]) -> None:
    """End a run of tests with what it has started."""
    if os.name == "posix":
        os.killpg(started.pid, signal.SIGKILL)
    else:
        started.kill()
    started.communicate()


def judged(judge: Judge, mutant: Mutant, ways: Sequence[str]) -> dict[str, Any]:
    """Return the outcome of a mutant: "killed", "timeout" or "survived", by what and how."""
    path = judge.copy / mutant.file
    sound = path.read_text(encoding="utf-8")
    own = Path(mutant.file).parent.relative_to("dispatch").as_posix()
    # Before the mutant is there: they are recorded on the sound copy.
    wings = [own, *(wing for wing in SOLVER_TESTS if wing != own and own != "checker")]
    begun, code, told, how = time.monotonic(), PASSED, "", "plain"
    tests = judge.plain_tests(wings) if "plain" in ways else None
    stamp = path.stat()
    path.write_text(mutant.applied(sound), encoding="utf-8")
    _forget_bytecode(path)
    try:
        if tests is not None:
            code, told = judge.plain(wings, tests)
        if code == PASSED and "compiled" in ways:
            how = "compiled"
            clean = KERNEL.search(sound) is not None
            code, told = judge.compiled(wings, clean=clean, but=tests)
    finally:
        path.write_text(sound, encoding="utf-8")
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        _forget_bytecode(path)
    if code not in (None, PASSED, *BROKEN):
        msg = f"no verdict on {mutant.file}:{mutant.line}, pytest says {code}:\n{told}"
        raise SystemExit(msg)
    by = FAILED.search(told)
    return {
        "key": mutant.key, "file": mutant.file, "line": mutant.line, "text": mutant.text,
        "mutation": mutant.mutation, "diff": mutant.diff(sound), "judge": how,
        "outcome": "timeout" if code is None else "survived" if code == PASSED else "killed",
        "by": by.group(1) if by else "", "seconds": round(time.monotonic() - begun, 1),
    }  # fmt: skip


def _forget_bytecode(path: Path) -> None:
    """Remove a module's bytecode: Python tells by seconds and sizes alone whether it is stale."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()


def drawn(seed: int, count: int, groups: Sequence[str]) -> list[Mutant]:
    """Return as many mutants of each group, at most one a line, in an order mixed by the seed."""
    chance = random.Random(seed)
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    equivalent = {(entry["file"], entry["text"], entry["mutation"]) for entry in listed}
    found: list[Mutant] = []
    for number, group in enumerate(groups):
        every = [
            mutant
            for folder in GROUPS[group]
            for path in sorted((ROOT / "dispatch" / folder).glob("*.py"))
            if path.name not in NOT_MUTATED
            for mutant in mutants_of(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
            if (mutant.file, mutant.text, mutant.mutation) not in equivalent
        ]
        chance.shuffle(every)
        by_line = {(mutant.file, mutant.line): mutant for mutant in every}
        share = count // len(groups) + (number < count % len(groups))
        found += list(by_line.values())[:share]
    chance.shuffle(found)
    return found


def report(outcomes: Sequence[dict[str, Any]]) -> str:
    """Return how many were killed and survived in each group, and each survivor's diff."""
    rows = {group: Counter[str]() for group in GROUPS}
    for outcome in outcomes:
        folder = Path(outcome["file"]).parent.relative_to("dispatch").as_posix()
        group = next(name for name, folders in GROUPS.items() if folder in folders)
        rows[group][outcome["outcome"]] += 1
        rows[group][outcome["judge"]] += 1
    rows["all"] = sum(rows.values(), Counter())
    heads = ("killed", "timeout", "survived", "plain", "compiled")
    lines = [f"{'group':<10}" + "".join(f"{head:>10}" for head in heads)]
    for group, row in rows.items():
        if row:
            lines.append(f"{group:<10}" + "".join(f"{row[head]:>10}" for head in heads))
    for outcome in outcomes:
        if outcome["outcome"] == "survived":
            head = f"survived: {outcome['file']}:{outcome['line']}, {outcome['mutation']}"
            lines += ["", head, outcome["diff"]]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge mutants and report."""
    parser = argparse.ArgumentParser(description="Judge the tests by mutants of the program.")
    parser.add_argument("--seed", type=int, required=True, help="by which mutants are drawn")
    parser.add_argument("--count", type=int, default=60, help="how many (60)")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--work", type=Path, default=ROOT / ".mutants", help="folder to work in")
    parser.add_argument("--limit", type=float, default=600, help="processor time a run (seconds)")
    parser.add_argument("--compiled", action="store_true", help="judge compiled kernels alone")
    parser.add_argument("--plain", action="store_true", help="judge in plain Python alone: quick")
    parser.add_argument("--again", action="store_true", help="judge survivors once more")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    asked = parser.parse_args(arguments)
    mutants = drawn(asked.seed, asked.count, asked.groups)
    if asked.list:
        for mutant in mutants:
            print(f"{mutant.file}:{mutant.line}: {mutant.mutation}: {mutant.text}")
        return 0
    asked.work.mkdir(parents=True, exist_ok=True)
    ways = ["plain"] * (not asked.compiled) + ["compiled"] * (not asked.plain)
    kind = "-compiled" if asked.compiled else ""
    log = asked.work.resolve() / f"outcomes-{asked.seed}{kind}.jsonl"
    known = {}
    if log.exists():
        lines = log.read_text(encoding="utf-8").splitlines()
        known = {outcome["key"]: outcome for outcome in map(json.loads, lines)}
    # Started in the background, a process ignores Ctrl-C; both ways to stop it end its tests too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    judge = Judge(asked.work.resolve(), asked.limit)
    judge.prepare()
    outcomes = []
    try:
        for number, mutant in enumerate(mutants, start=1):
            outcome = known.get(mutant.key)
            if outcome is None or (asked.again and outcome["outcome"] == "survived"):
                if sys.stderr.isatty():
                    told = f"{number}/{len(mutants)} {mutant.file}:{mutant.line}"
                    print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)
                outcome = judged(judge, mutant, ways)
                with log.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(outcome) + "\n")
            outcomes.append(outcome)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(report(outcomes))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
