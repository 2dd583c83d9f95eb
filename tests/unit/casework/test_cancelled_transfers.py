"""A cancelled transfer takes every lane back to where it was, whoever the sender is."""

from datetime import timedelta

import pytest

from casework.domain.case_file import Change
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.records import TransferRecord, TransferStep
from casework.domain.transfers import given_back, taken_over, to_give_back
from contracts.events.casework import TransferState
from regulations.legal_time import legal_date
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import NOW, opened, written

DIRECTORY = LIBRARY.world.directory


def step(state: TransferState, office: str, minutes: int) -> TransferStep:
    at = NOW + timedelta(minutes=minutes)
    return TransferStep(state=state, occurred_at=at, recorded_at=at, office=office, actor="actor-1")


def cancelled(letter: str, sender: str, province: str, commune: str | None, to: str) -> tuple[Consequences, ...]:
    """The case as it was reported, after the receiver accepted, and after the sender cancelled."""
    case_id = "case_" + letter * 26  # folds are kept in memory by the ids of case and facts
    new = consequences_of(opened(case_id=case_id, reporter=sender, province=province, commune=commune), Change(), NOW)
    file = written(new)
    lanes = [code for code, lane in new.state.lanes.items() if lane.holder == sender]
    accepted = TransferRecord(
        transfer_id=f"transfer_{letter}",
        case_id=case_id,
        from_office=sender,
        to_office=to,
        lanes=lanes,
        reason="returns_home",
        state="accepted",
        recorded_at=NOW,
        steps=[step("proposed", sender, 0), step("accepted", to, 1)],
    )
    facts = taken_over(accepted, lanes, new.state, first_seq=file.case.next_seq, step=accepted.steps[-1])
    there = consequences_of(file, Change(facts=facts, transfers=(accepted,)), NOW + timedelta(minutes=2))
    file, last = written(there), step("cancelled", sender, 3)
    over = accepted.model_copy(update={"state": "cancelled", "steps": [*accepted.steps, last]})
    back = to_give_back(accepted, there.state, file.pack.identification_lane, DIRECTORY, legal_date(NOW))
    facts = given_back(over, back, file.stored.facts, first_seq=file.case.next_seq, step=last)
    return new, there, consequences_of(file, Change(facts=facts, transfers=(over,)), NOW + timedelta(minutes=4))


@pytest.mark.parametrize(
    ("letter", "sender", "province", "commune", "to"),
    [
        ("b", "facility/lang-son", "lang-son", None, "provincial_police/thai-nguyen"),  # a shelter never moves a lane
        ("c", "border_guard/lang-son", "thai-nguyen", "dai-tu", "health_authority/lao-cai"),  # found her elsewhere
        ("d", "border_guard/lang-son", "thai-nguyen", None, "commune/lao-cai"),
        ("e", "hotline_111/ha-noi", "lao-cai", "bat-xat", "health_authority/lang-son"),
        ("f", "commune/lao-cai", "lao-cai", None, "commune/34-03006"),
    ],
)
def test_every_lane_is_where_it_was(letter: str, sender: str, province: str, commune: str | None, to: str) -> None:
    new, there, after = cancelled(letter, sender, province, commune, to)
    assert {one.holder for one in there.state.lanes.values()} == {to}
    for code, lane in new.state.lanes.items():
        assert (after.state.lanes[code].place, after.state.lanes[code].holder) == (lane.place, lane.holder)


def test_the_province_of_the_receiver_reads_nothing_after_it() -> None:
    _, there, after = cancelled("g", "facility/lang-son", "lang-son", None, "provincial_police/thai-nguyen")
    neighbour = "health_authority/thai-nguyen"
    assert RIGHTS.decide(neighbour, "casework.get_case", there.standing)
    assert not RIGHTS.relations(neighbour, after.standing)
    assert not RIGHTS.readable_groups(neighbour, after.standing)
    assert RIGHTS.decide("health_authority/lang-son", "casework.get_case", after.standing)
