"""Whether an office may state a step, as far as a standing tells."""

from datetime import date

import pytest

from contracts.standing import LaneStanding, Standing
from regulations.stating import may_state_by
from tests.library import LIBRARY

ON = date(2026, 11, 10)


def standing(holder: str, territory: str = "lao-cai", state: str = "POLICE_VERIFICATION") -> Standing:
    """A case that the border guard of Lào Cai reported."""
    lane = LaneStanding(state=state, holder=holder, territory=territory)
    return Standing(
        reporter="border_guard/lao-cai",
        lanes={"identification": lane},
        regime_procedure="law-53-2024",
        route="self_report",
    )


@pytest.mark.parametrize(
    ("office", "lane", "state", "may"),
    [
        ("provincial_police/lao-cai", "identification", "VICTIM_CONFIRMED", True),
        ("provincial_police/tay-ninh", "identification", "VICTIM_CONFIRMED", False),
        ("border_guard/lao-cai", "identification", "VICTIM_CONFIRMED", False),
        ("border_guard/lao-cai", "identification", "PERSON_PRESENT", True),
        ("health_authority/lao-cai", "identification", "PERSON_WITHDREW", True),
        ("provincial_police/lao-cai", "identification", "NO_SUCH_STATE", False),
        ("provincial_police/lao-cai", "no_such_lane", "VICTIM_CONFIRMED", False),
        ("commune/lao-cai", "protection", "PROTECTION_REQUESTED", True),
        ("commune/tay-ninh", "protection", "PROTECTION_REQUESTED", False),
    ],
)
def test_who_may_state_what(office: str, lane: str, state: str, may: bool) -> None:
    case, directory = standing("provincial_police/lao-cai"), LIBRARY.world.directory
    assert may_state_by(LIBRARY.pack("law-53-2024"), directory, case, office, lane, state, ON) is may


def test_a_dissolved_office_only_within_its_life() -> None:
    case, directory = standing("provincial_police/lao-cai"), LIBRARY.world.directory
    args = (
        LIBRARY.pack("law-53-2024"),
        directory,
        case,
        "health_authority/lao-cai",
        "identification",
        "INITIAL_CHECK_DONE",
    )
    assert may_state_by(*args, ON)
    assert not may_state_by(*args, date(2025, 6, 30))


def test_a_new_lane_opens_where_the_case_was_handed_to() -> None:
    handed = standing("provincial_police/thai-nguyen", "thai-nguyen")
    args = (LIBRARY.pack("law-53-2024"), LIBRARY.world.directory, handed)
    for office in ("commune/lao-cai", "commune/thai-nguyen"):
        assert may_state_by(*args, office, "protection", "PROTECTION_REQUESTED", ON)
    assert not may_state_by(*args, "commune/tay-ninh", "protection", "PROTECTION_REQUESTED", ON)
