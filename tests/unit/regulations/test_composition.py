"""`packs/composed.toml` names what the packs have, and each ground has its source."""

import pytest

from regulations.model import BINDING
from regulations.stating import known_state
from tests.library import LIBRARY

COMPOSITION = LIBRARY.world.composition


@pytest.mark.parametrize("pack_id", LIBRARY.ids)
def test_every_lane_and_every_grant_is_of_the_pack(pack_id: str) -> None:
    pack = LIBRARY.pack(pack_id)
    following = [lane for lane in pack.lanes if COMPOSITION.follows_package(lane)]
    assert {lane.partition(":")[0] for lane in following} == {"support", "shelter"}
    assert {f"support:{kind}" for kind in pack.entitlements} < set(following)
    for lane in (one for one in following if one.startswith("support:")):
        assert all(known_state(pack, lane, state) for state in COMPOSITION.package.grants)


def test_what_counts_as_verified_names_its_reading() -> None:
    readings = {name for pack in LIBRARY.packs().values() for name in pack.readings}
    for ground in COMPOSITION.ground:
        assert (ground.verified_by is not None) == (ground.confidence in BINDING), ground.code
        assert ground.verified_by is None or ground.verified_by in readings


def test_the_law_after_it_stands_beside_the_law_of_a_case() -> None:
    assert LIBRARY.world.beside("law-66-2011") == "law-53-2024"
    assert LIBRARY.world.beside("law-53-2024") is None
    assert LIBRARY.world.beside("law-1-1900") is None
