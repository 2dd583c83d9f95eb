"""What follows what in a support lane, and where a person counts as abroad."""

import pytest

from contracts.codes import SupportKind
from contracts.standing import LaneStanding, Standing
from regulations.entitled import is_abroad
from support import domain
from support.domain import SupportState
from tests.library import LIBRARY

PACK = LIBRARY.pack("law-53-2024")


@pytest.mark.parametrize(
    ("kind", "starts", "step", "expected"),
    [
        ("vocational", [], SupportState.REQUESTED, True),
        ("vocational", [], SupportState.DELIVERED, False),
        ("essential_needs", [], SupportState.DELIVERED, True),
        ("vocational", ["SUPPORT_NEED_ASSESSED"], SupportState.REQUESTED, True),
        ("vocational", ["SUPPORT_REQUESTED"], SupportState.REQUESTED, False),
        ("vocational", ["SUPPORT_REQUESTED"], SupportState.DECIDED, True),
        ("vocational", ["SUPPORT_REQUESTED"], SupportState.REFERRED, False),
        ("medical", ["SUPPORT_REQUESTED"], SupportState.REFERRED, True),
        ("medical", ["SUPPORT_REFERRED"], SupportState.REFERRED, True),
        ("medical", ["SUPPORT_DELIVERED"], SupportState.DELIVERED, True),
        ("vocational", ["SUPPORT_ENDED"], SupportState.DECIDED, False),
        ("vocational", ["SUPPORT_ENDED"], SupportState.REQUESTED, True),
        ("vocational", ["SUPPORT_ENDED", "SUPPORT_REQUESTED"], SupportState.DECIDED, True),
        ("vocational", ["NO_SUCH_STATE"], SupportState.DECIDED, False),
        ("medical", [], SupportState.REFERRAL_ACCEPTED, False),
        ("medical", ["SUPPORT_REFERRED"], SupportState.REFERRAL_ACCEPTED, True),
    ],
)
def test_what_follows(kind: str, starts: list[str], step: SupportState, expected: bool) -> None:
    assert domain.follows(PACK, domain.lane_of(kind), starts, step) is expected


def test_an_unknown_lane_leads_nowhere() -> None:
    assert domain.follows(PACK, "support:gold", [], SupportState.REQUESTED) is False


@pytest.mark.parametrize("pack_id", ["law-53-2024", "law-66-2011"])
def test_the_code_list_is_that_of_the_packs(pack_id: str) -> None:
    pack = LIBRARY.pack(pack_id)
    assert domain.kinds_of(pack) == list(SupportKind)
    assert set(pack.entitlements) == set(SupportKind)
    steps = {state for kind in SupportKind for state in pack.lanes[domain.lane_of(kind)].by_code}
    assert set(SupportState) <= steps


def standing(place: str) -> Standing:
    lane = LaneStanding(state="X", holder=None, place=place)
    return Standing(reporter="mission/abroad", lanes={"identification": lane}, regime_procedure="x", route="abroad")


def test_abroad_is_where_the_identification_is() -> None:
    world = LIBRARY.world
    assert is_abroad(world, standing("abroad"))
    assert is_abroad(world, standing("cambodia"))
    assert not is_abroad(world, standing("lao-cai"))
    assert not is_abroad(world, standing("nowhere"))
    assert not is_abroad(world, standing("lao-cai").model_copy(update={"lanes": {}}))
