"""Whether an office may state a step, as far as a standing says."""

from datetime import date

import pytest

from contracts.standing import LaneStanding, Standing
from regulations import Pack
from regulations.directory import Directory
from regulations.stating import may_state_by
from tests.library import LIBRARY

ON = date(2026, 11, 10)


def standing(holder: str, place: str = "lao-cai", state: str = "POLICE_VERIFICATION") -> Standing:
    """A case that the border guard of Lào Cai reported."""
    lane = LaneStanding(state=state, holder=holder, place=place)
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


HANDED = {"identification": ("thai-nguyen", "provincial_police/thai-nguyen", "POLICE_VERIFICATION")}
LEFT_BEHIND = {"crime": ("lao-cai", "provincial_police/lao-cai", "CRIME_INFO_ASSIGNED")}
ENDED_THERE = {"protection": ("lao-cai", "provincial_police/lao-cai", "PROTECTION_ENDED")}
OPEN_THERE = {"protection": ("lao-cai", "provincial_police/lao-cai", "PROTECTION_ACTIVE")}


@pytest.mark.parametrize("more", [{}, LEFT_BEHIND, ENDED_THERE])
@pytest.mark.parametrize(
    ("office", "may"),
    [
        ("commune/thai-nguyen", True),
        ("mission/abroad", True),
        ("commune/lao-cai", False),
        ("border_guard/lao-cai", False),
        ("provincial_police/lao-cai", False),
        ("commune/tay-ninh", False),
    ],
)
def test_a_lane_and_a_new_round_of_it_open_only_where_the_case_is(
    office: str, may: bool, more: dict[str, tuple[str, str, str]]
) -> None:
    """Its first reporter, and who still holds or held another lane, may not open one where they are."""
    assert may_state_by(*handed(**more), office, "protection", "PROTECTION_REQUESTED", ON) is may


def test_a_lane_that_is_open_goes_on_where_it_is() -> None:
    assert may_state_by(*handed(**OPEN_THERE), "provincial_police/lao-cai", "protection", "PROTECTION_ENDED", ON)
    assert not may_state_by(
        *handed(**OPEN_THERE), "provincial_police/thai-nguyen", "protection", "PROTECTION_ENDED", ON
    )


def handed(**more: tuple[str, str, str]) -> tuple[Pack, Directory, Standing]:
    """A case that went from Lào Cai to Thái Nguyên, with further lanes."""
    lanes = {
        code: LaneStanding(state=state, holder=holder, place=place)
        for code, (place, holder, state) in {**HANDED, **more}.items()
    }
    given = standing("provincial_police/lao-cai").model_copy(
        update={"lanes": lanes, "past": ("provincial_police/lao-cai",)}
    )
    return LIBRARY.pack("law-53-2024"), LIBRARY.world.directory, given
