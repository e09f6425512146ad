"""The file of a network: read back as it was written, refused where it is not whole."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.folder.write import NetworkUsed
from dispatch.streets.files import About, read_network, write_network
from dispatch.streets.matrix_cache import network_digest
from dispatch.streets.network import Network
from dispatch.streets.roads import load_network, load_with_about, locate_network, networks_folder

ABOUT = About(
    source="by hand", area="a triangle", data_date=None, built="2026-11-24T10:00:00+00:00",
    version="0.1.0", times="computed", driving={"speed_share": 0.9}, limits_share=0.5,
    dropped_nodes=1, dropped_edges=2, dropped_km=0.3, dropped_km_by_commune={"Talence": 0.3},
)  # fmt: skip


def triangle() -> Network:
    """Return three streets, each driven both ways."""
    lon, lat = np.array([-0.59, -0.58, -0.585]), np.array([44.81, 44.81, 44.82])
    tails, heads = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 2, 0, 2, 0, 1])
    lines = np.stack([np.stack([lon[tails], lat[tails]], 1), np.stack([lon[heads], lat[heads]], 1)])
    return Network(
        name="triangle",
        approximate=False,
        attribution="nobody",
        sha256="",
        node_ids=np.array([10, 20, 30]),
        lon=lon,
        lat=lat,
        tails=tails,
        heads=heads,
        seconds=np.array([60.0, 70.0, 60.0, 80.0, 70.0, 80.0]),
        metres=np.full(6, 900.0),
        attachable=np.ones(6, dtype=bool),
        road_class=np.array(["residential"] * 6),
        line_starts=np.arange(0, 13, 2),
        line_lonlat=lines.swapaxes(0, 1).reshape(-1, 2),
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's folders out of it."""
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _: str(tmp_path / "data"))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    return tmp_path


def test_a_network_is_read_back_as_it_was_written(tmp_path: Path):
    """Every array and figure; the file's own name and hash are its."""
    path, network = tmp_path / "t.npz", triangle()
    write_network(path, network, ABOUT)
    read, about = load_with_about(path)
    assert about == ABOUT
    assert (read.name, read.sha256) == ("t.npz", hashlib.sha256(path.read_bytes()).hexdigest())
    assert (read.source, read.data_date) == ("by hand", "")
    for field in fields(Network):
        if field.name not in ("name", "sha256", "source", "data_date"):
            assert np.array_equal(getattr(read, field.name), getattr(network, field.name))


def test_a_network_read_says_where_its_streets_come_from_and_of_when_they_are(tmp_path: Path):
    """As its description does, so that a plan on it can say so; times do not depend on it."""
    path, other = tmp_path / "t.npz", tmp_path / "u.npz"
    write_network(path, triangle(), ABOUT.model_copy(update={"data_date": "2026-11-03"}))
    write_network(other, triangle(), ABOUT)
    read, unlike = load_network(path), load_network(other)
    used = NetworkUsed.of(read, "t.npz")
    assert (used.source, used.data_date, used.named) == ("by hand", "2026-11-03", "t.npz")
    assert NetworkUsed.of(unlike).data_date == ""
    assert network_digest(read) == network_digest(unlike)


def test_the_same_network_gives_the_same_bytes(tmp_path: Path):
    """No clock and no order of a set is in it."""
    for name in ("a.npz", "b.npz"):
        write_network(tmp_path / name, triangle(), ABOUT)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_was_there_is_replaced_whole(tmp_path: Path):
    """Nothing is left beside it."""
    path = tmp_path / "t.npz"
    path.write_text("old")
    write_network(path, triangle(), ABOUT)
    assert load_network(path).edge_count == 6
    assert [found.name for found in tmp_path.iterdir()] == ["t.npz"]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"t\.npz.*cannot be written"):
        write_network(tmp_path / "file" / "t.npz", triangle(), ABOUT)


def test_a_bare_name_is_looked_for_in_the_data_folder(home: Path):
    """The network carries that name; a path still works."""
    write_network(networks_folder() / "metropole.npz", triangle(), ABOUT)
    assert networks_folder() == home / "data" / "networks"
    assert load_network("metropole").name == "metropole"
    assert locate_network("a/metropole") == Path("a/metropole")


def test_an_unknown_name_tells_those_that_are_known(home: Path):
    """With the command that makes one."""
    write_network(networks_folder() / "metropole.npz", triangle(), ABOUT)
    with pytest.raises(
        InputError, match=r"streets: no network.*bundled, metropole.*--name streets"
    ):
        load_network("streets")


def test_a_bare_name_may_still_be_a_file_here(home: Path, monkeypatch: pytest.MonkeyPatch):
    """One that is in no data folder, but in the folder one is in."""
    monkeypatch.chdir(home)
    Path("graph").write_text("<a/>")
    with pytest.raises(InputError, match="graph: is not a GraphML"):
        load_network("graph")


WRONG = {
    "half a position": ("line_lonlat", np.zeros((12, 3))),
    "no number": ("seconds", np.array([np.nan, 1, 1, 1, 1, 1])),
    "negative": ("metres", np.array([-1.0, 1, 1, 1, 1, 1])),
    "a node that is not there": ("heads", np.array([1, 2, 0, 2, 0, 3])),
    "a line that begins elsewhere": ("line_starts", np.array([1, 2, 4, 6, 8, 10, 12])),
    "a line of one position": ("line_starts", np.array([0, 1, 4, 6, 8, 10, 12])),
    "too short": ("road_class", np.array(["residential"])),
    "no degrees": ("lon", np.array([-59.0, 581.0, 0.0])),
    "another type": ("tails", np.zeros(6)),
    "streets twice": ("tails", np.array([0, 0, 1, 1, 1, 2])),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_array_that_leads_elsewhere_is_refused_by_its_name(tmp_path: Path, name: str):
    """Such a file was not written by us, or was changed since."""
    key, value = WRONG[name]
    path = tmp_path / "t.npz"
    write_network(path, replace(triangle(), **{key: value}), ABOUT)
    with pytest.raises(InputError, match=r"t\.npz.*dispatch network build"):
        load_network(path)


def test_a_network_that_leads_nowhere_back_is_refused(tmp_path: Path):
    """From 10 to 20 and 30, and never back."""
    first = triangle()
    kept = slice(0, 2)
    one_way = replace(
        first,
        **{
            key: getattr(first, key)[kept]
            for key in ("tails", "heads", "seconds", "metres", "attachable", "road_class")
        },
        line_starts=first.line_starts[:3],
        line_lonlat=first.line_lonlat[:4],
    )
    write_network(tmp_path / "t.npz", one_way, ABOUT)
    with pytest.raises(InputError, match="there and back"):
        load_network(tmp_path / "t.npz")


@pytest.mark.parametrize("left_out", ["seconds", "about", "name"])
def test_a_part_that_is_missing_is_named(tmp_path: Path, left_out: str):
    """The file of another program, perhaps."""
    path, cut = tmp_path / "t.npz", tmp_path / "cut.npz"
    write_network(path, triangle(), ABOUT)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(cut, "w") as less:
        for entry in whole.namelist():
            if entry != f"{left_out}.npy":
                less.writestr(entry, whole.read(entry))
    with pytest.raises(InputError, match=rf"cut\.npz.*{left_out}"):
        load_network(cut)


def test_another_format_is_refused(tmp_path: Path):
    """What a later version writes is not guessed at."""
    path = tmp_path / "t.npz"
    write_network(path, triangle(), ABOUT.model_copy(update={"format": "dispatch-network/2"}))
    with pytest.raises(InputError, match=r"about\.format"):
        load_network(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"hello", b"\x80\x04K\x01."])
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes):
    """Nothing in it is ever run, pickles included."""
    path = tmp_path / "t.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"t\.npz.*not whole"):
        load_network(path)


def test_an_array_of_objects_is_never_unpacked(tmp_path: Path):
    """It could hold code."""
    buffer = io.BytesIO()
    np.savez(buffer, seconds=np.array([{}], dtype=object), allow_pickle=True)
    path = tmp_path / "t.npz"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(InputError, match=r"t\.npz"):
        load_network(path)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_sound(data):
    """Whatever byte changes: an InputError, or a network whose arrays agree."""
    buffer = io.BytesIO()
    arrays = {f.name: np.asarray(getattr(triangle(), f.name)) for f in fields(Network)}
    np.savez_compressed(buffer, **arrays, about=np.array(ABOUT.model_dump_json()))
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        network, _ = read_network(bytes(content), "t.npz", "t", "")
    except InputError:
        return
    assert network.heads.max() < network.node_count
    assert len(network.line_lonlat) == network.line_starts[-1]
