"""`python -m benchmarks.fuzz --seconds 60`: spoil every reader's file for that long each.

With atheris (`pip install atheris`, a compiled package for Linux) the program's own branches
guide what is tried next; without it chance does. What comes out of a reader that is neither a
result nor a refusal is kept as a file, with its traceback, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.readers import Reader

# An input that takes longer is told: somebody could stop a night with it.
SLOW_S = 5.0
STACK = 4
# libFuzzer's own bounds for one input: a reader that hangs or swells is ended, and that is told.
LIMITS = ("-timeout=60", "-rss_limit_mb=3000", "-max_len=65536", "-detect_leaks=0")


class Record:
    """What was tried of one reader, and what went wrong."""

    def __init__(self, reader: Reader, folder: Path, found: Path) -> None:
        self.reader = reader
        self.path = folder / reader.file
        self.found = found
        self.tried = 0
        self.slowest_s = 0.0
        self.crashes: dict[str, str] = {}

    def attempt(self, content: bytes) -> None:
        """Read one content."""
        began = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error = self.reader.tries(self.path, content)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.tried += 1
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-STACK:]
            where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
            what = f"{type(error).__name__} at {where}"
            if what not in self.crashes:
                name = f"{self.path.name}.crash-{len(self.crashes)}"
                self.crashes[what] = str(error)[:200]
                self.found.mkdir(parents=True, exist_ok=True)
                (self.found / name).write_bytes(content)

    def told(self) -> dict[str, Any]:
        """Return it as JSON's values."""
        return {
            "reader": self.reader.name, "tried": self.tried,
            "slowest_s": round(self.slowest_s, 2), "crashes": self.crashes,
        }  # fmt: skip


def main() -> None:
    """Try every reader, each in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each reader")
    parser.add_argument("--only", nargs="+", default=[], help="readers whose name holds one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chance", action="store_true", help="without atheris, even where it is")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"), help="where crashes go")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--sound", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one is not None:
        _one(asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        asked.sound = Path(folder) / "sound"
        asked.sound.mkdir()
        raise SystemExit(1 if _table(asked) else 0)


def _table(asked: argparse.Namespace) -> int:
    """Print what comes of each reader asked for, and return how much went wrong."""
    from benchmarks.readers import readers, sound_day

    sound_day(asked.sound)
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(asked.sound, Path(folder) / "sound")
        names = [reader.name for reader in readers(copy)]
    names = [name for name in names if not asked.only or any(o in name for o in asked.only)]
    bad = 0
    print("| reader | inputs tried | slowest (s) | crashes |\n| --- | ---: | ---: | ---: |")
    for name in names:
        row, ended = _in_process(name, asked)
        crashes = row["crashes"]
        bad += len(crashes) + (ended != 0)
        slow = " (slow)" if row["slowest_s"] > SLOW_S else ""
        note = f" and ended with {ended}" if ended else ""
        figures = f"{row['tried']:,} | {row['slowest_s']}{slow} | {len(crashes)}{note}"
        print(f"| {name} | {figures} |", flush=True)
        for what, message in crashes.items():
            print(f"  {what}: {message!r}", file=sys.stderr, flush=True)
    return bad


def _in_process(name: str, asked: argparse.Namespace) -> tuple[dict[str, Any], int]:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        words = [
            "--one", name, "--record", str(record), "--sound", str(asked.sound),
            "--seconds", str(asked.seconds),
            "--seed", str(asked.seed), "--found", str(asked.found),
            *(["--chance"] if asked.chance else []),
        ]  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.fuzz", *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
        if not record.exists():
            sys.stderr.write(ran.stderr.decode(errors="replace")[-2000:])
            return {"reader": name, "tried": 0, "slowest_s": 0.0, "crashes": {}}, 1
        return json.loads(record.read_text(encoding="utf-8")), ran.returncode


def _one(asked: argparse.Namespace) -> None:
    guide = None if asked.chance else _atheris()
    if guide is None:
        from benchmarks.readers import readers, spoilt
    else:
        # What numba compiles cannot be watched; none of it reads a file.
        kept = ["dispatch.solve", "dispatch.resplit"]
        with guide.instrument_imports(include=["dispatch"], exclude=kept):
            from benchmarks.readers import readers, spoilt
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "sound"
        shutil.copytree(asked.sound, made)
        reader = next(one for one in readers(made) if one.name == asked.one)
        work = Path(folder) / "work"
        work.mkdir()
        record = Record(reader, work, asked.found)
        until = time.monotonic() + asked.seconds
        written = 0.0

        def attempt(content: bytes) -> None:
            nonlocal written
            record.attempt(content)
            # Now and then: libFuzzer ends the process without a word to us.
            if time.monotonic() - written > 0.5 or record.tried == 1:
                written = time.monotonic()
                asked.record.write_text(json.dumps(record.told()), encoding="utf-8")

        if guide is None:
            rng = random.Random(asked.seed)
            attempt(reader.sound)
            while time.monotonic() < until:
                attempt(spoilt(reader.sound, rng))
            asked.record.write_text(json.dumps(record.told()), encoding="utf-8")
            return

        def mutated(content: bytes, size: int, seed: int) -> bytes:
            # Half by our own knowledge of the formats, half as libFuzzer would.
            if seed % 2:
                return spoilt(content or reader.sound, random.Random(seed))[:size]
            return bytes(guide.Mutate(content, size))

        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "sound").write_bytes(reader.sound)
        guide.Setup(
            ["fuzz", f"-max_total_time={int(asked.seconds)}", f"-seed={asked.seed}", *LIMITS,
             str(corpus)],
            attempt, custom_mutator=mutated,
        )  # fmt: skip
        guide.Fuzz()


def _atheris() -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        import atheris
    except ImportError:
        return None
    return atheris


if __name__ == "__main__":
    main()
