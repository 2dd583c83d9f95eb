"""Who may cancel a certificate that is kept elsewhere: of some roles only who rescued the person."""

import pytest

from contracts.standing import LaneStanding, Standing
from tests.library import LIBRARY
from verification import rules
from verification.domain import State

PACK = LIBRARY.pack("law-53-2024")
WARD, OTHER, POLICE = "commune_police/lang-son", "commune_police/lao-cai", "provincial_police/lang-son"


@pytest.mark.parametrize(
    ("reporter", "route", "office", "may"),
    [
        (WARD, "rescued", WARD, True),
        (WARD, "rescued", OTHER, False),
        (WARD, "self_report", WARD, False),
        (WARD, "self_report", POLICE, True),
    ],
)
def test_the_police_of_a_commune_cancels_only_after_its_own_rescue(
    reporter: str, route: str, office: str, may: bool
) -> None:
    lane = LaneStanding(state="VICTIM_CONFIRMED", holder=POLICE, place="lang-son")
    standing = Standing(reporter=reporter, lanes={"identification": lane}, regime_procedure=PACK.id, route=route)
    assert rules.took_own_step(PACK, standing, office, State.CERTIFICATE_CANCELLED) is may
