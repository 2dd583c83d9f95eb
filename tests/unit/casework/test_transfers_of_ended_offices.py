"""A transfer of which a side ended and nobody follows it: it ends as soon as no office can take it to its end."""

from datetime import timedelta
from typing import Literal

import pytest

from casework.amendments import moves
from casework.amendments.law import law_of
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.records import TransferRecord
from casework.domain.transfers import taken_over
from contracts.events.casework import TransferState
from contracts.ids import new_id
from tests.library import LIBRARY, place_of
from tests.unit.casework.test_amended_offices import offices
from tests.unit.casework.test_amending import under
from tests.unit.casework.test_assignments import assigned
from tests.unit.casework.test_cancelled_transfers import step
from tests.unit.casework.test_consequences import NOW, opened, written

ID, SENDER, RECEIVER = "identification", f"commune/{place_of('muong-khuong')}", f"commune/{place_of('sa-pa')}"
OTHER, COMMITTEE = f"commune/{place_of('y-ty')}", "steering_committee/lao-cai"
STEPS: tuple[TransferState, ...] = ("proposed", "accepted", "person_moved", "file_received")
Side = Literal["sender", "receiver"]


def moved(state: TransferState) -> CaseFile:
    """A case with a transfer that the receiver accepted and that is now at this state."""
    new = opened(case_id=new_id("case"), reporter=SENDER, commune="muong-khuong")
    file = written(consequences_of(new, Change(), NOW))
    done = STEPS[: STEPS.index(state) + 1]
    transfer = TransferRecord(
        transfer_id=new_id("transfer"),
        case_id=file.case.case_id,
        from_office=SENDER,
        to_office=RECEIVER,
        lanes=[ID],
        reason="returns_home",
        state=state,
        recorded_at=NOW,
        steps=[step(one, SENDER, number) for number, one in enumerate(done)],
    )
    facts = taken_over(transfer, [ID], file.state, first_seq=file.case.next_seq, step=transfer.steps[1])
    after = consequences_of(file, Change(facts=facts, transfers=(transfer,)), NOW + timedelta(minutes=9))
    assert after.file.stored.transfers[0].state == state
    return written(after)


def without(file: CaseFile, *gone: str) -> Consequences:
    """What follows from the end of these offices."""
    law = law_of(
        LIBRARY.world, [offices(1, *({"kind": "dissolved", "office": one, "on": "2026-11-20"} for one in gone))]
    )
    return moves.refold(under(file, law), file.case.pack_hash, law, NOW + timedelta(minutes=10)).after


def told(after: Consequences) -> list[tuple[str, str, str]]:
    return [(one.kind, one.office, one.lane) for one in after.notices]


@pytest.mark.parametrize(
    ("state", "side", "then"),
    [
        ("accepted", "receiver", "accepted"),  # the sender may cancel
        ("accepted", "sender", "accepted"),  # the receiver says that the person has come
        ("person_moved", "receiver", "void"),
        ("person_moved", "sender", "person_moved"),
        ("file_received", "receiver", "file_received"),
        ("file_received", "sender", "void"),
    ],
)
def test_it_becomes_void_when_nobody_is_left_for_its_next_step(
    state: TransferState, side: Side, then: TransferState
) -> None:
    file = moved(state)
    after = without(file, SENDER if side == "sender" else RECEIVER)
    (transfer,) = after.file.stored.transfers
    assert transfer.state == then
    assert [one.state for one in after.moved] == (["void"] if then == "void" else [])
    assert told(after) == ([("no_receiver", SENDER, ID)] if (then, side) == ("void", "receiver") else [])


def test_it_becomes_void_when_both_sides_ended() -> None:
    after = without(moved("accepted"), SENDER, RECEIVER)
    assert [one.state for one in after.file.stored.transfers] == ["void"]
    assert told(after) == []


def test_the_assignment_of_its_lane_ends_it_so_that_the_sender_cannot_take_the_lane_back() -> None:
    file = written(without(moved("accepted"), RECEIVER))
    now = NOW + timedelta(minutes=20)
    after = consequences_of(file, assigned(file, ID, OTHER, now, COMMITTEE), now)
    assert [one.state for one in after.file.stored.transfers] == ["void"]
    assert told(after) == [("no_receiver", SENDER, ID), ("sight_gained", "health_authority/lao-cai", ID)]
    assert after.standing.lanes[ID].holder == OTHER
    again = consequences_of(written(after), Change(), now + timedelta(minutes=1))
    assert (again.moved, told(again)) == ((), [])
