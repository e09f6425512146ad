"""Signs, levels and names in a network's file: read back, checked, and left out by older files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch.errors import InputError
from dispatch.streets.files import write_network
from dispatch.streets.roads import load_network
from tests.streets.test_files import ABOUT, triangle

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.streets.network import Network


def signed() -> Network:
    """Return the triangle with a forbidden turn, a private street and two names."""
    return replace(
        triangle(),
        access_level=np.array([0, 2, 0, 0, 2, 0], dtype=np.int8),
        turn_starts=np.array([0, 2]),
        turn_edges=np.array([0, 3]),
        names=np.array(["", "rue <A>"]),
        name_of=np.array([1, 0, 1, 0, 0, 0]),
    )


def written(path: Path, **changed: object) -> Path:
    """Write the signed triangle, some arrays replaced, or left out (None)."""
    write_network(path, signed(), ABOUT)
    with np.load(path, allow_pickle=False) as kept:
        arrays = {key: kept[key] for key in kept.files} | changed
    np.savez(path, allow_pickle=False, **{k: v for k, v in arrays.items() if v is not None})
    return path


def test_signs_are_read_back(tmp_path: Path):
    """The graph with its signs has a node for the turn, and two for each end of the private one."""
    network = load_network(written(tmp_path / "t.npz"))
    assert network.forbidden == [(0, 3)]
    assert network.access_level.tolist() == [0, 2, 0, 0, 2, 0]
    assert network.names[network.name_of].tolist() == ["rue <A>", "", "rue <A>", "", "", ""]
    assert network.expanded.size > network.node_count


def test_a_file_of_before_has_no_signs(tmp_path: Path):
    """Without these arrays nothing is closed, forbidden or named."""
    later = ("access_level", "turn_starts", "turn_edges", "names", "name_of")
    network = load_network(written(tmp_path / "t.npz", **dict.fromkeys(later)))
    assert network.forbidden == []
    assert not network.access_level.any()
    assert set(network.names.tolist()) == {""}
    assert network.expanded.size == network.node_count


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("access_level", np.array([0, 3, 0, 0, 0, 0], dtype=np.int8), "0, 1 or 2"),
        ("access_level", np.zeros(5, dtype=np.int8), "length 5"),
        ("access_level", np.zeros(6), "has type float64"),
        ("turn_edges", np.array([0, 6]), "not there"),
        ("turn_edges", np.array([-1, 2]), "not there"),
        ("turn_starts", np.array([0, 1, 2]), "two streets or more"),
        ("turn_starts", np.array([0, 5]), "two streets or more"),
        ("turn_starts", None, "is missing"),
        ("name_of", np.array([0, 0, 0, 0, 0, 2]), "not there"),
        ("names", np.array(["x" * 500, ""]), "200 letters"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path: Path, key: str, value: object, said: str):
    """Which array, and what is wrong with it."""
    with pytest.raises(InputError, match=rf"{key}.*{said}"):
        load_network(written(tmp_path / "t.npz", **{key: value}))
