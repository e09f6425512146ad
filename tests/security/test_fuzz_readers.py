"""Whatever stands in a file, its reader reads it or refuses it: it never falls over.

A campaign tries more: `DISPATCH_FUZZ=10000 pytest tests/security/test_fuzz_readers.py`, or
`python -m benchmarks.fuzz`, which the program's own branches guide.
"""

from __future__ import annotations

import json
import random
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import readers as fuzzed
from tests.support.fuzzing import inputs

NAMES = (
    "service file (TOML)", "visits (CSV)", "technicians (CSV)", "split (CSV)",
    "communes (GeoJSON)", "tickets, our columns (CSV)", "tickets, GLPI's export (CSV)",
    "tickets (XLSX)", "mapping (TOML)", "sites (CSV)", "absences (CSV)", "dispatch.toml",
    "problem (JSON)", "plan (JSON)", "day: plan.json", "day: its problem", "day: its tickets",
    "day: its service", "day: rounds (GeoJSON)", "edits (TOML)", "edits (CSV)", "events (TOML)",
    "events (CSV)", "sheets.json", "calendar (ICS)", "network (NPZ)", "road graph (GraphML)",
    "extract (OSM)", "extract (PBF)", "Overpass's answer", "store (SQLite)", "store's address",
    "metrics (Prometheus)", "lock's note", "assess's run file",
)  # fmt: skip
CAMPAIGN = settings(
    max_examples=inputs(15), deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
BARE = settings(CAMPAIGN, max_examples=inputs(8))
# Any JSON, as deep and strange as it comes.
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Return the readers by name."""
    folder = tmp_path_factory.mktemp("sound")
    return {reader.name: reader for reader in fuzzed.readers(folder)}


def _attempt(reader, folder, content):
    with warnings.catch_warnings():
        # Of numbers that overflow, of XML that is odd: what counts is what comes out.
        warnings.simplefilter("ignore")
        error = reader.tries(folder / reader.file, content)
    if error is not None:
        msg = f"{reader.name}: {type(error).__name__}: {error}"
        raise AssertionError(msg) from error


def test_every_reader_is_tried(known):
    """The list above is that of the readers."""
    assert tuple(known) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sound_is_read(known, tmp_path, name):
    """Otherwise nothing would be tried but the first refusal."""
    reader = known[name]
    path = tmp_path / reader.file
    path.write_bytes(reader.sound)
    reader.read(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_spoilt_file_is_read_or_refused(known, tmp_path, name):
    """Cut, doubled, with a value of another kind, a hostile text, or bytes that are none."""

    @CAMPAIGN
    @given(st.integers(0, 2**32))
    def attempt(seed):
        content = fuzzed.spoilt(known[name].sound, random.Random(seed))
        _attempt(known[name], tmp_path, content)

    attempt()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_are_read_or_refused(known, tmp_path, name):
    """Bytes, and JSON of anything."""

    @BARE
    @given(st.binary(max_size=200) | DOCUMENTS.map(lambda made: json.dumps(made).encode()))
    def attempt(content):
        _attempt(known[name], tmp_path, content)

    attempt()
