"""A case of a province that has become part of another goes on with the offices of the other."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.who_may_record import may_record
from regulations.legal_time import legal_date
from regulations.stating import may_state_by
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import NOW, fact, opened, written

ID = "identification"
COMMUNE, POLICE = "commune/yen-bai", "provincial_police/lao-cai"
LAST_OF_JUNE = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)


@pytest.fixture
def file() -> CaseFile:
    """A case of Yên Bái whose lane its district police holds since May 2025, entered while the province was one."""
    former = LIBRARY.pack("law-66-2011")
    old: dict[str, Any] = {"pack_id": former.id, "pack_hash": former.content_hash, "reporter": COMMUNE}
    new = opened(**old, province="yen-bai", occurred_at="2025-05-12T09:00:00+07:00", recorded_at=LAST_OF_JUNE)
    found = written(consequences_of(replace(new, pack=former), Change(), LAST_OF_JUNE))
    for state, day, office in (
        ("SUPPORT_AGENCY_NOTIFIED", "12", COMMUNE),
        ("INITIAL_CHECK_DONE", "14", "labour_authority/yen-bai"),
        ("POLICE_VERIFICATION", "15", "labour_authority/yen-bai"),
    ):
        told = fact(found, office, state, f"2025-05-{day}T10:00:00+07:00", recorded_at=LAST_OF_JUNE)
        found = written(consequences_of(found, told, LAST_OF_JUNE))
    return found


def test_until_the_merger_nothing_of_the_successor_is_in_it(file: CaseFile) -> None:
    standing = consequences_of(file, Change(), LAST_OF_JUNE).standing
    assert standing.lanes[ID].holder == "district_police/yen-bai"
    assert not RIGHTS.decide(POLICE, "casework.get_case", standing)


def test_from_the_merger_on_the_successor_s_offices_see_hold_and_decide(file: CaseFile) -> None:
    standing = consequences_of(file, Change(), NOW).standing
    lane = standing.lanes[ID]
    assert (lane.place, lane.holder) == ("yen-bai", POLICE)
    assert RIGHTS.decide("health_authority/lao-cai", "casework.get_case", standing)
    assert RIGHTS.readable_groups("health_authority/lao-cai", standing)
    assert not RIGHTS.decide("health_authority/phu-tho", "casework.get_case", standing)
    assert not RIGHTS.decide("commune/lang-son", "casework.record_fact", standing)
    for office, may in ((POLICE, True), ("provincial_police/phu-tho", False)):
        assert may_record(file, office, ID, "VICTIM_CONFIRMED", NOW) is may
        on = legal_date(NOW)
        assert may_state_by(file.pack, file.world.directory, standing, office, ID, "VICTIM_CONFIRMED", on) is may


def test_decision_of_the_successor_goes_to_its_health_authority(file: CaseFile) -> None:
    decided = fact(file, POLICE, "VICTIM_CONFIRMED", "2025-07-10T09:00:00+07:00")
    after = consequences_of(file, decided, NOW)
    assert after.state.lanes[ID].holder == "health_authority/lao-cai"
    offices = {row["office"] for row in written(after).stored.work.values()}
    assert not {office for office in offices if office.endswith("/yen-bai")}


def test_dissolved_office_still_states_what_happened_in_its_time(file: CaseFile) -> None:
    when = datetime(2025, 6, 10, 3, 0, tzinfo=UTC)
    assert may_record(file, "district_police/yen-bai", ID, "VICTIM_CONFIRMED", when)
    standing = consequences_of(file, Change(), NOW).standing
    assert RIGHTS.decide("provincial_police/yen-bai", "verification.decide_identification", standing)
