"""What a dissolved office holds is its successor's to act on from that day; the office keeps the days of its life."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from casework.domain import records
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.who_may_record import may_record
from casework.service.author import Author, holder_only
from contracts.problems import Forbidden
from regulations.rights import Relation
from regulations.stating import may_state_by
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import fact, opened, written

COMMUNE, LABOUR, HEALTH = "commune/lao-cai", "labour_authority/lao-cai", "health_authority/lao-cai"
ID = "identification"
LAST_OF_JUNE = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)
FIRST_OF_JULY = datetime(2025, 6, 30, 17, 0, tzinfo=UTC)
HOLDER_ONLY = ("acknowledge", "propose_handover", "propose_transfer", "pause_clock", "resume_clock", "close_case")


@pytest.fixture
def file() -> CaseFile:
    """A case of May 2025 whose lane the district labour authority holds, entered in June."""
    former = LIBRARY.pack("law-66-2011")
    old: dict[str, Any] = {"pack_id": former.id, "pack_hash": former.content_hash, "reporter": COMMUNE}
    new = opened(**old, occurred_at="2025-05-12T09:00:00+07:00", recorded_at=LAST_OF_JUNE)
    found = written(consequences_of(replace(new, pack=former), Change(), LAST_OF_JUNE))
    told = fact(found, COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2025-05-12T10:00:00+07:00", recorded_at=LAST_OF_JUNE)
    return written(consequences_of(found, told, LAST_OF_JUNE))


def acknowledged(file: CaseFile, office: str, at: datetime) -> Change:
    """The change that `acknowledge` makes."""
    return fact(file, office, "", at.isoformat(), kind="ack", recorded_at=at, fact_id=f"fact_ack_{at}")


def allowed(file: CaseFile, office: str, now: datetime) -> bool:
    """Whether casework takes the office for the holder."""
    try:
        holder_only(file, Author(office=office, actor="actor-1"), ID, now)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(("now", "holder"), [(LAST_OF_JUNE, LABOUR), (FIRST_OF_JULY, HEALTH)])
def test_the_holder_of_the_day_acts(file: CaseFile, now: datetime, holder: str) -> None:
    after = consequences_of(file, Change(), now)
    assert after.standing.lanes[ID].holder == holder
    for office in (LABOUR, HEALTH):
        assert allowed(file, office, now) == (office == holder)
    assert (Relation.HOLDER in RIGHTS.relations(HEALTH, after.standing, ID)) == (holder == HEALTH)
    for operation in HOLDER_ONLY:
        assert RIGHTS.decide(holder, f"casework.{operation}", after.standing)


def test_the_other_services_are_told_when_the_holder_is_another(file: CaseFile) -> None:
    assert not consequences_of(file, Change(), LAST_OF_JUNE).standing_changed
    assert consequences_of(file, Change(), FIRST_OF_JULY).standing_changed


def test_a_dissolved_office_keeps_the_right_to_state_steps_of_its_life(file: CaseFile) -> None:
    standing = consequences_of(file, Change(), FIRST_OF_JULY).standing
    assert RIGHTS.decide(LABOUR, "casework.record_fact", standing, lane=ID)
    assert RIGHTS.decide(LABOUR, "verification.record_initial_check", standing, lane=ID)
    assert not allowed(file, LABOUR, FIRST_OF_JULY)
    checked = (ID, "INITIAL_CHECK_DONE")
    in_may = datetime(2025, 5, 14, 2, tzinfo=UTC)
    for office in (LABOUR, HEALTH):
        assert may_record(file, office, *checked, in_may)
    assert may_state_by(file.pack, file.world.directory, standing, LABOUR, *checked, in_may.date())


def test_a_dissolved_office_reads_until_a_fact_of_a_later_day(file: CaseFile) -> None:
    """It enters late what it did, and looks at the case for that. From the first later fact on its successor looks."""
    before = consequences_of(file, Change(), FIRST_OF_JULY)
    after = consequences_of(file, acknowledged(file, HEALTH, FIRST_OF_JULY), FIRST_OF_JULY)
    for operation in ("casework.get_case", "casework.list_timeline", "vault.read_identity"):
        assert RIGHTS.decide(LABOUR, operation, before.standing)
        assert not RIGHTS.decide(LABOUR, operation, after.standing)
        assert RIGHTS.decide(HEALTH, operation, after.standing)
    assert RIGHTS.decide(LABOUR, "casework.record_fact", after.standing, lane=ID)


def test_what_another_service_takes_from_the_successor_casework_takes(file: CaseFile) -> None:
    standing, directory = consequences_of(file, Change(), FIRST_OF_JULY).standing, file.world.directory
    for day in (datetime(2025, 5, 14, 2, tzinfo=UTC), FIRST_OF_JULY):
        for code in file.pack.lanes[ID].by_code:
            if may_state_by(file.pack, directory, standing, HEALTH, ID, code, day.date()):
                assert may_record(file, HEALTH, ID, code, day), code


def test_the_successor_acknowledges_and_holds_from_then_on(file: CaseFile) -> None:
    assert file.state.lanes[ID].ack_due_from == LAST_OF_JUNE
    after = consequences_of(file, acknowledged(file, HEALTH, FIRST_OF_JULY), FIRST_OF_JULY)
    assert (after.state.lanes[ID].holder, after.state.lanes[ID].ack_due_from) == (HEALTH, None)
    assert after.state.lanes[ID].last_recorded_at == FIRST_OF_JULY
    assert {clock.office for clock in after.state.clocks if clock.open and clock.lane == ID} == {HEALTH}
    assert not [row for row in after.rows["waits"] if row["body"]["kind"] == "acknowledge"]


def test_word_of_the_dissolved_office_after_its_end_acknowledges_nothing(file: CaseFile) -> None:
    lane = consequences_of(file, acknowledged(file, LABOUR, FIRST_OF_JULY), FIRST_OF_JULY).state.lanes[ID]
    assert (lane.holder, lane.ack_due_from) == (HEALTH, FIRST_OF_JULY)
    lane = consequences_of(file, acknowledged(file, LABOUR, LAST_OF_JUNE), LAST_OF_JUNE).state.lanes[ID]
    assert (lane.holder, lane.ack_due_from) == (LABOUR, None)


def test_a_hand_over_of_the_successor_or_its_predecessor_is_not_overtaken(file: CaseFile) -> None:
    for sender in (HEALTH, LABOUR):
        row = {"handover_id": f"hand_{sender}", "case_id": file.case.case_id, "lane": ID, "from_office": sender}
        row |= {"to_office": "health_authority/lang-son", "reason": "moved", "state": "proposed", "answer_by": None}
        row |= {"occurred_at": FIRST_OF_JULY, "recorded_at": FIRST_OF_JULY, "actor": "actor-1"}
        proposed = Change(handovers=(records.HandoverRecord.model_validate(row),))
        after = consequences_of(file, proposed, FIRST_OF_JULY)
        assert [one.state for one in after.file.stored.handovers] == ["proposed"]
        later = written(consequences_of(written(after), acknowledged(file, HEALTH, FIRST_OF_JULY), FIRST_OF_JULY))
        assert [one.state for one in later.stored.handovers] == ["proposed"]
