"""Files of absurd size end in a sentence that names the bound and where it is set."""

from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest

from dispatch.errors import InputError, TravelError
from dispatch.files.bounded import judge_archive, judge_xml, read_bytes
from dispatch.networks.extract import read_extract
from dispatch.networks.fetch import bounded_text
from dispatch.streets.roads import load_network, read_graphml
from dispatch.streets.settings import BOUNDS, RoadSettings, bundled_section
from tests.support.paths import ROOT

SETTINGS = RoadSettings.from_toml(bundled_section("roads"))
XML = b"<graphml>" + b"<node/>" * 60_000 + b"</graphml>"
LOL = b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><graphml>&b;</graphml>'


def bounded(**bounds: float):
    """Return the settings with other bounds."""
    return SETTINGS.model_copy(update={"build": SETTINGS.build.model_copy(update=bounds)})


def test_a_binary_file_is_read_up_to_its_bound(tmp_path):
    """At the bound it is read, a byte beyond it is refused."""
    path = tmp_path / "f"
    path.write_bytes(b"x" * 1000)
    assert len(read_bytes(path, max_mb=0.001, setting="it")) == 1000
    path.write_bytes(b"x" * 1001)
    with pytest.raises(InputError, match=r"larger than 0\.001 MB; .* raise it"):
        read_bytes(path, max_mb=0.001, setting="it")


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_is_unpacked():
    """A thousandth of its size is enough to make one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(2_000_000))
    assert len(made.getvalue()) < 10_000
    judge_archive(made.getvalue(), "f", max_mb=2, setting="it")
    with pytest.raises(InputError, match="larger than 1 MB when unpacked"):
        judge_archive(made.getvalue(), "f", max_mb=1, setting="it")


def test_a_network_that_bursts_is_refused_with_the_setting(tmp_path):
    """Its bounds stand in the service file."""
    path = tmp_path / "n.npz"
    np.savez_compressed(path, allow_pickle=False, lon=np.zeros(500_000))
    with pytest.raises(InputError, match=r"1 MB when unpacked; .*unpacked_mb in \[roads\.build\]"):
        load_network(path, settings=bounded(unpacked_mb=1.0), cache=False)
    with pytest.raises(InputError, match=r"0\.001 MB; .*file_mb in \[roads\.build\]"):
        load_network(path, settings=bounded(file_mb=0.001), cache=False)


@pytest.mark.parametrize("name", ["g.graphml", "g.graphml.gz"])
def test_a_graph_that_bursts_is_refused(tmp_path, name):
    """Compressed or not; a small compressed file does not say how large it is."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(XML) if name.endswith(".gz") else XML)
    judge_xml(path, max_mb=1, setting="it")
    with pytest.raises(InputError, match=r"larger than 0\.1 MB.*unpacked_mb in \[roads\.build\]"):
        read_graphml(path, bounded(unpacked_mb=0.1))


def test_a_graph_that_defines_entities_is_refused(tmp_path):
    """With them a kilobyte grows to gigabytes, or names a file of this machine."""
    path = tmp_path / "g.graphml"
    path.write_bytes(LOL)
    with pytest.raises(InputError, match="defines entities"):
        load_network(path, cache=False)


def test_an_extract_is_bounded_in_size_and_in_what_is_taken_of_it(tmp_path):
    """The first by its size on disk; the second while it is read."""
    quarter = ROOT / "tests/support/data/quarter.osm"
    with pytest.raises(InputError, match=r"larger than 0\.001 MB.*extract_mb in \[roads\.build\]"):
        read_extract(quarter, None, bounded(extract_mb=0.001).build)
    with pytest.raises(InputError, match=r"more than 3 positions.*positions in \[roads\.build\]"):
        read_extract(quarter, None, bounded(positions=3).build)


def test_an_answer_is_read_up_to_its_bound():
    """However much the service sends."""

    class Answer:
        def __enter__(self) -> object:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def iter_content(self, size):
            while True:
                yield bytes(size)

    with pytest.raises(TravelError, match=r"larger than 0\.5 MB.*answer_mb in \[roads\.build\]"):
        bounded_text(Answer(), bounded(answer_mb=0.5).build, "https://x")


def test_service_files_from_before_the_bounds_take_the_bundled_ones():
    """And those that state some keep them."""
    section = bundled_section("roads")
    build = {name: value for name, value in section["build"].items() if name not in BOUNDS}
    older = RoadSettings.from_toml({**section, "build": {**build, "file_mb": 7.0}})
    assert older.build.file_mb == 7.0
    assert older.build.unpacked_mb == SETTINGS.build.unpacked_mb
