"""How a protection advances, who may order measures, and who may open what protects a person."""

import pytest

from contracts.codes import SealGroup
from contracts.standing import LaneStanding, Standing
from protection.domain import Order, State, Status, after_decision, received
from protection.rules import moves_shelter
from regulations.rights import Relation
from tests.library import RIGHTS

POLICE, COMMUNE = "provincial_police/lao-cai", "commune/lao-cai"


@pytest.mark.parametrize(
    ("before", "outcome", "in_force", "status", "states"),
    [
        ("requested", "granted", True, Status.ACTIVE, (State.DECIDED, State.ACTIVE)),
        ("requested", "granted", False, Status.GRANTED, (State.DECIDED,)),
        ("requested", "refused", True, Status.REFUSED, (State.REFUSED,)),
        ("requested", "refused_by_person", True, Status.REFUSED_BY_PERSON, (State.REFUSED_BY_PERSON,)),
        ("active", "granted", True, Status.ACTIVE, ()),
        ("active", "refused", True, Status.ENDED, (State.ENDED,)),
        ("active", "refused_by_person", True, Status.REFUSED_BY_PERSON, (State.REFUSED_BY_PERSON,)),
    ],
)
def test_after_a_decision(before: str, outcome: str, in_force: bool, status: Status, states: tuple[State, ...]) -> None:
    assert after_decision(Status(before), outcome, in_force=in_force) == (status, states)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("urgent", [True, False])
def test_what_may_be_done(status: Status, urgent: bool) -> None:
    found = Order(status, decided=False, urgent=urgent)
    assert found.may_act is (status in {"granted", "active"} or (status == "requested" and urgent))
    assert found.in_hand is (status in {"granted", "active"})
    assert found.may_be_decided is (status in {"requested", "granted", "active"})
    assert not Order(status, decided=True, urgent=urgent).may_be_decided


def test_who_received_the_person() -> None:
    receiving = {"commune", "health_authority"}
    assert received("provincial_police", [Relation.COMPETENT], receiving)
    assert received("commune", [Relation.PAST], receiving)
    assert not received("commune", [Relation.COMPETENT], receiving)
    assert not received("health_authority", [], receiving)


GOES_ON = {"identification": "AT_COMMUNE", "protection": "PROTECTION_ACTIVE", "shelter": "IN_FACILITY"}
ENDED = {"identification": "VICTIM_CONFIRMED", "protection": "PROTECTION_ENDED", "shelter": "FACILITY_LEFT"}


@pytest.mark.parametrize(
    ("holds", "states", "reads"),
    [
        ("protection", GOES_ON, True),
        ("shelter", GOES_ON, True),
        ("identification", GOES_ON, False),
        (None, GOES_ON, False),
        ("protection", ENDED, False),
        ("shelter", ENDED, False),
    ],
)
def test_only_who_protects_may_open_the_group_of_protection(
    holds: str | None, states: dict[str, str], reads: bool
) -> None:
    lanes = {
        code: LaneStanding(
            state=states[code], holder=COMMUNE if code == holds else POLICE, place="lao-cai", acting=(COMMUNE,)
        )
        for code in ("identification", "protection", "shelter")
    }
    standing = Standing(reporter=COMMUNE, lanes=lanes, regime_procedure="law-53-2024", route="self_report")
    assert (SealGroup.PROTECTION in RIGHTS.readable_groups(COMMUNE, standing)) is reads
    assert SealGroup.PROTECTION not in RIGHTS.readable_groups("facility/tay-ninh", standing)


ONE, OTHER = "facility/lang-son", "facility/lang-son-2"


@pytest.mark.parametrize(
    ("state", "last", "facility", "states"),
    [
        (None, None, ONE, True),  # the first placement
        (None, ONE, ONE, False),  # casework has not told of it yet
        (None, ONE, OTHER, True),
        ("EMERGENCY_NEED", None, ONE, True),
        ("IN_FACILITY", ONE, ONE, False),  # another room
        ("IN_FACILITY", ONE, OTHER, True),
        ("IN_FACILITY", OTHER, ONE, True),  # and back
        ("IN_FACILITY", None, ONE, False),  # placed in casework
        ("IN_FACILITY", None, OTHER, True),
        ("FACILITY_LEFT", ONE, ONE, True),
    ],
)
def test_a_move_to_another_facility_states_it_again(state: str, last: str, facility: str, *, states: bool) -> None:
    lane = LaneStanding(state=state, holder=ONE, place="34-06184") if state else None
    assert moves_shelter(lane, last, facility) is states
