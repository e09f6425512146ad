"""Matrices kept on disk: what is found again, what is not, and what breaks without harm."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from dispatch.streets.matrix_cache import MB, STALE_S, MatrixCache, array_digest
from dispatch.streets.router import Router, Site
from dispatch.streets.traffic import Slot
from tests.streets.test_router import CORNERS, at, network

WAYS = [(1, 2, 100, 1000), (2, 3, 200, 2000), (3, 4, 160, 1100), (4, 1, 150, 900)]
SLOTS = [Slot(0, 0.0), Slot(100, 0.5)]


@pytest.fixture
def streets():
    return network([*WAYS, *((v, u, s, m) for u, v, s, m in WAYS)])


def same(found, expected):
    """Return whether two travels tell the same."""
    assert found.places == expected.places
    assert found.slot_starts_s == expected.slot_starts_s
    assert found.seconds.dtype == expected.seconds.dtype == np.int64
    assert (found.seconds == expected.seconds).all()
    return (found.metres is None) == (expected.metres is None) and (
        expected.metres is None or bool((found.metres == expected.metres).all())
    )


def counts(router: Router):
    """Return hits and misses."""
    assert router.matrix_cache is not None
    return router.matrix_cache.hits, router.matrix_cache.misses


def test_what_was_measured_once_is_found_again(streets, tmp_path):
    """By another router too, and by other names: the places are what counts."""
    router = Router(streets, cache=tmp_path)
    first = router.measure(at(1, 2, 3), SLOTS)
    assert counts(router) == (0, 1)
    assert same(router.measure(at(1, 2, 3), SLOTS), first)
    again = Router(network([*WAYS, *((v, u, s, m) for u, v, s, m in WAYS)]), cache=tmp_path)
    renamed = [Site(f"other {site.id}", site.lon, site.lat) for site in at(1, 2, 3)]
    found = again.measure(renamed, SLOTS)
    assert counts(again) == (1, 0)
    assert found.places == ("other n1", "other n2", "other n3")
    assert (found.seconds == first.seconds).all()
    assert not found.seconds.flags.writeable
    assert len(list(tmp_path.iterdir())) == 1


def test_whatever_travel_follows_from_makes_another_one(streets, tmp_path):
    """Places and their order, slots, traffic, access, limits, metres or none, any edge's time."""
    Router(streets, cache=tmp_path).measure(at(1, 2, 3), SLOTS)

    def misses(made: Router, sites=(1, 2, 3), slots=SLOTS, **values: bool):
        found = made.measure(at(*sites), slots, **values)
        assert same(found, Router(made.network, settings=made.settings).measure(
            at(*sites), slots, **values
        ))  # fmt: skip
        return counts(made)[1]

    plain = Router(streets, cache=tmp_path)
    assert misses(plain) == 0
    for number, (sites, slots, values) in enumerate(
        [
            ((1, 3, 2), SLOTS, {}),
            ((1, 2), SLOTS, {}),
            ((1, 2, 3), SLOTS[:1], {}),
            ((1, 2, 3), [SLOTS[0], Slot(101, 0.5)], {}),
            ((1, 2, 3), [SLOTS[0], Slot(100, 0.6)], {}),
            ((1, 2, 3), SLOTS, {"distances": False}),
        ],
        start=1,
    ):
        assert misses(plain, sites, slots, **values) == number
    assert misses(Router(streets, access_s=50, cache=tmp_path)) == 1
    assert misses(Router(streets, attach_limit_m=900, cache=tmp_path)) == 1
    slower = replace(streets, seconds=streets.seconds * 1.01)
    assert misses(Router(slower, cache=tmp_path)) == 1
    other = replace(streets, road_class=np.full(streets.edge_count, "service"))
    assert misses(Router(other, cache=tmp_path)) == 1
    shares = plain.settings.traffic
    assert shares is not None
    traffic = shares.model_copy(update={"class_share": {"other": 2.0}})
    busy = plain.settings.model_copy(update={"traffic": traffic})
    assert misses(Router(streets, settings=busy, cache=tmp_path)) == 1


def test_nothing_is_kept_unless_asked_for_nor_without_room(streets, tmp_path, monkeypatch):
    """Not by default, not with 0 MB, and not what is larger than all the room."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    router = Router(streets)
    assert router.matrix_cache is None
    router.measure(at(1, 2))
    none = router.settings.model_copy(update={"cache_mb": 0})
    assert Router(streets, settings=none, cache=True).matrix_cache is None
    little = router.settings.model_copy(update={"cache_mb": 30 / MB})
    small = Router(streets, settings=little, cache=True)
    small.measure(at(1, 2, 3))
    assert counts(small) == (0, 1)
    assert list(tmp_path.rglob("*.npz")) == []
    usual = Router(streets, cache=True)
    usual.measure(at(1, 2, 3))
    assert len(list((tmp_path / "dispatch" / "travel").glob("*.npz"))) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other", "text", "negative"])
def test_a_broken_file_is_measured_anew_and_mended(streets, tmp_path, damage):
    """Whatever became of it."""
    expected = Router(streets, cache=tmp_path).measure(at(1, 2, 3), SLOTS)
    [path] = tmp_path.iterdir()
    content = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        path.write_bytes(content[:200] + bytes([content[200] ^ 255]) + content[201:])
    elif damage == "text":
        path.write_text("no matrix", encoding="utf-8")
    else:
        found = expected.seconds.astype(np.int32)
        seconds = -found if damage == "negative" else found[:, :2, :2]
        with path.open("wb") as file:
            np.savez(file, seconds=seconds, metres=expected.metres.astype(np.int32))
    router = Router(streets, cache=tmp_path)
    assert same(router.measure(at(1, 2, 3), SLOTS), expected)
    assert counts(router) == (0, 1)
    assert same(router.measure(at(1, 2, 3), SLOTS), expected)
    assert counts(router) == (1, 1)


def test_the_folder_stays_within_its_size_and_what_was_used_lately_stays(tmp_path):
    """Three fit; the fourth drives out the one that was not used for longest."""
    seconds = np.zeros((1, 50, 50), dtype=np.int64)
    kept = MatrixCache(tmp_path, 10.0)
    kept.remember("size", (seconds, None))
    size = (tmp_path / "size.npz").stat().st_size
    (tmp_path / "size.npz").unlink()
    kept = MatrixCache(tmp_path, 3.5 * size / MB)
    for age, name in ((300, "a"), (200, "b"), (100, "c")):
        kept.remember(name, (seconds, None))
        path = tmp_path / f"{name}.npz"
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    assert kept.recall("a", 1, 50, distances=False) is not None
    kept.remember("d", (seconds, None))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_what_a_killed_process_left_is_swept_away_later(tmp_path):
    """Not at once: it may be another's that is being written."""
    for name, age in (("old", STALE_S + 60), ("new", 60)):
        path = tmp_path / f"{name}.part"
        path.write_bytes(b"half")
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    MatrixCache(tmp_path, 1.0).remember("a", (np.zeros((1, 2, 2), dtype=np.int64), None))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "new.part"]


def test_a_folder_that_cannot_be_written_costs_time_only(streets, tmp_path):
    """A file stands where it should be."""
    path = tmp_path / "file"
    path.write_text("", encoding="utf-8")
    router = Router(streets, cache=path)
    first = router.measure(at(1, 2))
    assert same(router.measure(at(1, 2)), first)
    assert counts(router) == (0, 2)


def test_the_sites_are_looked_at_before_the_cache(streets, tmp_path):
    """A double name is told whether or not the places are known."""
    router = Router(streets, cache=tmp_path)
    router.measure(at(1, 2))
    with pytest.raises(Exception, match="n1"):
        router.measure([Site("n1", *CORNERS[1]), Site("n1", *CORNERS[2])])


@pytest.mark.slow
def test_the_hash_tells_kinds_shapes_and_contents_apart():
    """Two arrays are not one, nor a number its text."""
    parts = [
        [np.array([1, 2])],
        [np.array([1]), np.array([2])],
        [np.array([[1, 2]])],
        [np.array([1.0, 2.0])],
        [np.array(["1", "2"])],
        ["1", "2"],
        [],
    ]
    assert len({array_digest(part) for part in parts}) == len(parts)
