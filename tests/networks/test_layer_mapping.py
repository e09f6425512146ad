"""Layer mappings: bundled ones hold together, faulty ones are refused with line and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatch.errors import InputError
from dispatch.networks.layer_mapping import LayerMapping, bundled_mappings, read_layer_mapping

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'format = "dispatch-layer/1"\n'


def mapping_file(folder: Path, text: str) -> Path:
    path = folder / "our.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_the_bundled_mappings_are_those_of_the_metropole_and_of_ign():
    """Each names its layer and its source, and knows it by its columns."""
    assert bundled_mappings() == ["fv_tronc_l", "troncon_de_route"]
    for name in bundled_mappings():
        mapping = read_layer_mapping(name)
        assert mapping.layer == name
        assert mapping.attribution is not None
        assert mapping.is_known_by(mapping.columns)


def test_no_layer_is_known_by_two_bundled_mappings():
    """The columns of one never make the other apply."""
    first, second = (read_layer_mapping(name) for name in bundled_mappings())
    assert not first.is_known_by(second.columns)
    assert not second.is_known_by(first.columns)


def test_a_column_is_found_in_whatever_case_and_under_its_other_names():
    """Shapefiles cut `sens_de_circulation` after ten letters; IGN's say SENS."""
    mapping = read_layer_mapping("troncon_de_route")
    assert mapping.found_in(["NATURE", "SENS"]) == {
        "nature": "NATURE", "sens_de_circulation": "SENS",
    }  # fmt: skip
    assert mapping.found_in(["sens_de_ci"]) == {"sens_de_circulation": "sens_de_ci"}


def test_without_columns_nothing_is_known():
    """The mapping of bare lines speaks of no column, and no layer is known by it."""
    assert LayerMapping().columns == ()
    assert not LayerMapping().is_known_by(["gid"])


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('[[classes]]\nroad_class = "boulevard"\n', "our.toml:3:14", "no such road class"),
        ('start = "a"\n', "our.toml:2:9", "needs `end`"),
        ('optional = ["x"]\n', "our.toml:2:12", "no key of the mapping speaks of this column"),
        ('[[left_out]]\nreason = "closed"\n', "our.toml:2:1", "leaves out every section"),
        ('[direction]\ncolumn = "a"\nvalues = { "1" = "forth" }\n', "our.toml:4:18", "'both'"),
        ('speed = "fast"\n', "our.toml:2:9", ""),
        ("colums = 1\n", "our.toml:2:1", "unknown key"),
    ],
)
def test_a_faulty_mapping_is_refused_with_its_line(
    tmp_path: Path, text: str, place: str, said: str
):
    with pytest.raises(InputError) as caught:
        read_layer_mapping(mapping_file(tmp_path, text))
    assert str(caught.value).startswith(place)
    assert said in str(caught.value)


def test_an_entry_that_fits_always_must_be_the_last(tmp_path: Path):
    """Later ones would never count."""
    text = '[[classes]]\nroad_class = "other"\n[[classes]]\nroad_class = "primary"\n'
    with pytest.raises(InputError, match="put it last"):
        read_layer_mapping(mapping_file(tmp_path, text))


def test_a_name_that_nothing_has_is_told_with_those_there_are():
    with pytest.raises(InputError, match="bundled: fv_tronc_l, troncon_de_route"):
        read_layer_mapping("routes")
