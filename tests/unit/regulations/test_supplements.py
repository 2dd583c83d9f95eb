"""What no pack holds yet: read with each version of a pack, not part of its hash, and checked as the packs are."""

import pytest

from intake.domain import CHILD_YEARS
from regulations import PackError
from regulations.checks.lists import supplement_mistakes
from regulations.loader import check_supplements
from regulations.supplements import SOURCE
from regulations.toml_files import content_hash, read, root
from tests.library import LIBRARY

WORLD = LIBRARY.world
ROLES = {"commune", "labour_authority", "health_authority", "facility"}


@pytest.mark.parametrize("pack_id", LIBRARY.ids)
def test_a_pack_is_read_with_its_rows(pack_id: str) -> None:
    pack = LIBRARY.pack(pack_id)
    further = {"abroad"} if pack_id == "law-53-2024" else set[str]()
    assert pack.certifying_routes.keys() == {"rescued", "returned_via_mission", "foreign_victim"} | further
    assert pack.receiving_roles.keys() == ROLES
    assert all(row.citation for row in (*pack.certifying_routes.values(), *pack.receiving_roles.values()))


@pytest.mark.parametrize("pack_id", LIBRARY.ids)
def test_the_rows_are_not_part_of_the_hash(pack_id: str) -> None:
    folder = root() / "packs" / pack_id
    files = {entry.name: read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")}
    assert LIBRARY.pack(pack_id).content_hash == content_hash(files)


@pytest.mark.parametrize(
    ("pack_id", "earlier"),
    [
        ("law-53-2024", "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20"),
        ("law-66-2011", "65c6bd12410f52b2527a6cd0b444dec174e2ca96aa8dab7951920ee9d24a3db3"),
    ],
)
def test_an_earlier_version_is_read_with_them_too(pack_id: str, earlier: str) -> None:
    assert LIBRARY.pack(pack_id, earlier).certifying_routes == LIBRARY.pack(pack_id).certifying_routes


@pytest.mark.parametrize(
    ("field", "row", "told"),
    [
        ("certifying_routes", "by_sea", "unknown routes ['by_sea']"),
        ("receiving_roles", "postman", "unknown roles ['postman']"),
    ],
)
def test_a_row_that_does_not_fit_its_pack_is_refused(field: str, row: str, told: str) -> None:
    pack = LIBRARY.pack("law-53-2024")
    rows = getattr(pack, field)
    wrong = pack.model_copy(update={field: {**rows, row: next(iter(rows.values()))}})
    with pytest.raises(PackError) as refused:
        check_supplements(wrong, WORLD)
    assert str(refused.value) == f"{SOURCE}: law-53-2024: {told}"


def test_a_verified_row_names_its_reading() -> None:
    pack = LIBRARY.pack("law-53-2024")
    row = pack.certifying_routes["returned_via_mission"].model_copy(update={"verified_by": None})
    wrong = pack.model_copy(update={"certifying_routes": {"returned_via_mission": row}})
    assert [told.partition(":")[0] for told in supplement_mistakes(wrong, ROLES)] == ["returned_via_mission"]


def test_rows_are_of_packs_of_the_package() -> None:
    assert {rows.id for rows in WORLD.supplements.pack} == set(LIBRARY.ids)


def test_the_age_of_a_child_is_the_norm_s() -> None:
    norms = {norm.code: norm for norm in WORLD.supplements.norm}
    assert norms["child"].years == CHILD_YEARS
    assert norms["unknown_birth_date"].citation
