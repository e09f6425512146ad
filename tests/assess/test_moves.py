"""What moves between two splits, whatever the centres are called."""

from __future__ import annotations

from dispatch.assess.moves import charges, moves_between
from dispatch.splits.split import Split
from dispatch.territory import read_communes
from tests.support.small_assess import moved, small_service


def test_one_commune_moves():
    """Bègles, from Sud to Rive droite; every centre continues itself."""
    service = small_service()
    found = moves_between(service, moved(service, "33039", "rive-droite"))
    assert dict(found.moved) == {"33039": ("sud", "rive-droite")}
    assert found.former["sud"] == "sud"
    assert found.joined == ()


def test_new_names_alone_move_nobody():
    """All centres called otherwise, all communes where they were."""
    service = small_service()
    mine = Split.of(service)
    renamed = Split(
        "renamed",
        {who: f"x-{centre}" for who, centre in mine.centre_of.items()},
        {f"x-{centre}": place for centre, place in mine.premises.items()},
        {f"x-{centre}": count for centre, count in mine.technicians.items()},
    )
    found = moves_between(service, renamed.apply(service, read_communes()))
    assert not found.moved
    assert found.former == {f"x-{centre}": centre for centre in mine.centres}


def test_two_centres_that_swap_everything_but_their_names_move_nobody():
    """Who goes with whom counts, not the name on the door."""
    service = small_service()
    names = {"sud": "ouest-sud", "ouest-sud": "sud"}
    centres = tuple(
        entry.model_copy(update={"id": names.get(entry.id, entry.id)}) for entry in service.centres
    )
    assert not moves_between(service, service.model_copy(update={"centres": centres})).moved


def test_communes_that_join_have_not_moved():
    """They had no centre before."""
    service = small_service()
    mine = Split.of(service)
    more = Split(
        "more", {**mine.centre_of, "33119": "rive-droite"}, mine.premises, mine.technicians
    )
    found = moves_between(service, more.apply(service, read_communes()))
    assert found.joined == ("33119",)
    assert not found.moved


def test_a_centre_that_has_no_former_self_is_new():
    """Of two centres made of one, one continues it; who goes to the other has moved."""
    service = small_service()
    mine = Split.of(service)
    split = Split(
        "six",
        {**mine.centre_of, "33318": "pessac"},
        {**mine.premises, "pessac": "33318"},
        {**mine.technicians, "sud": 2, "pessac": 1},
    )
    found = moves_between(service, split.apply(service, read_communes()))
    # Talence and Bègles together have more agents than Pessac.
    assert found.former["sud"] == "sud"
    assert "pessac" not in found.former
    assert dict(found.moved) == {"33318": ("sud", "pessac")}


def test_charges_name_the_metropole_s_own_services():
    """They are a collectivity like a commune."""
    found = charges(small_service())
    assert found["metropole"] == "bordeaux-metropole"
    assert len(found) == 15
