"""Mapping files: what they may say, and every fault with line and column."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.files.cells import normalised
from dispatch.service.service import read_service
from dispatch.tickets.mapping import TicketMapping, located, own_format, read_mapping
from tests.support.fuzzing import inputs

if TYPE_CHECKING:
    from pathlib import Path

SKILLS = set(read_service().skills)
LEAST = 'format = "dispatch-mapping/1"\ntitle = "x"\n[columns]\nid = ["ID"]\n'


def _read(tmp_path: Path, text: str) -> TicketMapping:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, SKILLS)


def _faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text)
    return [str(fault) for fault in caught.value.faults]


def test_the_bundled_mapping_is_sound():
    """Its skills are the service's, its last category fits all."""
    mapping = read_mapping("glpi", SKILLS)
    assert mapping.category_of("") == mapping.categories[-1]
    assert {"id", "description", "status", "entity"} <= set(mapping.columns) & set(mapping.api)


@pytest.mark.parametrize(
    ("path", "skills", "minutes"),
    [
        ("Matériel > Imprimantes > Copieur", ("copieurs",), 30),
        ("Réseau > Wi-Fi", ("reseau",), 40),
        ("Assistance VIP", ("poste", "vip"), 30),
        ("Matériel > Poste de travail", ("poste",), 30),
        ("Déménagement", ("poste",), 60),
    ],
)
def test_categories_are_known_by_their_words(path: str, skills: tuple[str, ...], minutes: int):
    """Whole words, whatever accents and case; the first entry that fits."""
    category = read_mapping("glpi").category_of(path)
    assert category is not None
    assert (category.skills, category.duration_min) == (skills, minutes)


@pytest.mark.parametrize("path", ["Comptes et accès", "Logiciel > Bureautique", "mot de passe"])
def test_what_is_settled_from_afar_is_no_visit(path: str):
    """Accounts and software, as in the service's own assumptions."""
    category = read_mapping("glpi").category_of(path)
    assert category is not None
    assert not category.visit


def test_a_word_within_a_word_is_none():
    """`Accès` does not stand in `Accessoires`."""
    category = read_mapping("glpi").category_of("Accessoires")
    assert category is not None
    assert category.visit


def test_the_bundled_mapping_names_no_column_of_people():
    """Not in its files, and not in GLPI's database."""
    text = data_path("mappings/glpi.toml").read_text(encoding="utf-8")
    keys = [line for line in text.splitlines() if line and not line.startswith("#")]
    people = ("Demandeur", "Attribué", "glpi_users")
    assert not any(word in line for line in keys for word in people)


def test_files_of_visits_have_a_mapping_of_their_own():
    """Each field by all its names."""
    assert normalised("Durée (min)") in own_format().columns["duration_min"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LEAST + 'demandeur = ["Demandeur"]\n', "m.toml:5:13: columns.demandeur: no such field"),
        (LEAST + 'description = ["Titre", "Demandeur"]\n', "m.toml:5:25: columns.description[1]: "
         "this column holds personal data"),
        (LEAST + '[api]\nid = "glpi_tickets.id"\ndescription = "glpi_users.name"\n',
         "personal data"),
        (LEAST.replace("id =", "due ="), "columns: says nothing of `id`"),
        (LEAST + '[values.colour]\nred = "1"\n', "values.colour: no such field"),
        (LEAST + '[[categories]]\nwords = ["?"]\n', "holds neither letter nor digit"),
        (LEAST + '[[categories]]\nwords = ["x"]\nskills = ["plomberie"]\n', "no such skill"),
        (LEAST + '[[categories]]\nwords = ["x"]\nduration_min = 0\n', "must be more than 0"),
        (LEAST + '[[categories]]\nwords = []\n', "at least 1 elements"),
        (LEAST.replace("title", "name"), "name: unknown key"),
        (LEAST.replace("/1", "/2"), "must be 'dispatch-mapping/1'"),
        ('id_prefix = "../"\n' + LEAST, "must look like"),
        ("columns = 3", "must be a group of keys"),
        ("x = [", "not valid TOML"),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_stands(tmp_path: Path, text: str, told: str):
    """With the remedy; a column of people can never be read."""
    assert any(told in fault for fault in _faults(tmp_path, text))


def test_all_faults_are_told_at_once(tmp_path: Path):
    """In the order of the file."""
    text = LEAST + 'nope = ["x"]\n[values.nope]\na = "b"\n[entities]\nX = 3\n'
    assert [fault.split(":")[1] for fault in _faults(tmp_path, text)] == ["5", "6", "9"]


def test_a_name_that_is_neither_bundled_nor_a_file_is_told():
    """With what is bundled; a path is never looked for among the bundled ones."""
    with pytest.raises(InputError, match="bundled: glpi"):
        located("nope")
    assert located("../mappings/glpi").name == "glpi"
    with pytest.raises(InputError, match="no such file"):
        read_mapping("../mappings/glpi")


@pytest.mark.slow
@settings(
    max_examples=inputs(60), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.binary(max_size=200), st.sampled_from(["", LEAST, LEAST + "[[categories]]\nwords = ["]))
def test_whatever_a_mapping_holds_only_input_errors_come_out(
    tmp_path: Path, content: bytes, before: str
):
    """Bytes of all kinds, alone and after what is sound."""
    path = tmp_path / "m.toml"
    path.write_bytes(before.encode() + content)
    with suppress(InputError):
        assert read_mapping(path).columns
