"""A case of a commune that was divided while it was open: nobody guesses who goes on, and the case says so."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.service.handovers import named_place
from casework.service.visibility import visibility_of
from contracts.problems import Problem
from regulations import waits
from regulations.stable_ids import stable_id
from tests.library import LIBRARY, RIGHTS
from tests.unit.casework.test_consequences import NOW, fact, opened, written

DIRECTORY = LIBRARY.world.directory
ID, DIVIDED, MERGED = "identification", "63-06622", "63-03001"
LAST_OF_JUNE = datetime(2025, 6, 30, 16, 59, tzinfo=UTC)


def reported(commune: str, province: str) -> CaseFile:
    """A case that a commune of the former map reported in June 2025, acknowledged, and then left alone."""
    former, office = LIBRARY.pack("law-66-2011"), f"commune/{commune}"
    more: dict[str, Any] = {"pack_id": former.id, "pack_hash": former.content_hash, "reporter": office}
    more |= {"case_id": stable_id("case", commune), "province": province, "commune": commune}
    new = opened(**more, occurred_at="2025-06-28T09:00:00+07:00", recorded_at=LAST_OF_JUNE)
    file = written(consequences_of(replace(new, pack=former), Change(), LAST_OF_JUNE))
    ack = fact(file, office, "", "2025-06-30T23:00:00+07:00", kind="ack", recorded_at=LAST_OF_JUNE)
    return written(consequences_of(file, ack, LAST_OF_JUNE))


def test_a_lane_whose_holder_nobody_follows_has_the_flag_without_a_later_fact() -> None:
    file = reported(DIVIDED, "lang-son")
    assert len(DIRECTORY.place(DIVIDED).successors) > 1
    assert list(file.case.flags) == []
    after = consequences_of(file, Change(), NOW)
    assert after.standing.lanes[ID].holder is None
    assert after.columns["flags"] == [f"no-office:{ID}"]
    part = f"commune/{DIRECTORY.place(DIVIDED).successors[0]}"
    assert not RIGHTS.relations(part, after.standing)


def test_the_authority_that_is_called_to_the_lane_sees_the_case_without_names() -> None:
    file = reported(DIVIDED, "lang-son")
    after = consequences_of(file, Change(), NOW)
    called = {wait.office for wait in waits(file.pack, file.world, file.state, (), NOW)}
    assert "steering_committee/lang-son" in called
    for office in called:
        assert RIGHTS.decide(office, "casework.get_case", after.standing), office
    assert not RIGHTS.readable_groups("steering_committee/lang-son", after.standing)
    seen = visibility_of(RIGHTS, written(after), "steering_committee/lang-son", NOW)
    assert seen.lane(ID)
    assert not seen.over


def test_a_lane_whose_holder_has_a_successor_has_no_flag() -> None:
    after = consequences_of(reported(MERGED, "lao-cai"), Change(), NOW)
    assert after.standing.lanes[ID].holder is not None
    assert after.columns["flags"] == []


@pytest.mark.parametrize(
    ("to", "day", "place"),
    [
        ("commune/63-03001", date(2025, 6, 20), "63-03001"),
        ("provincial_police/lao-cai", date(2025, 6, 20), "63-03001"),
        ("district_police/lao-cai", date(2025, 6, 20), None),  # another district
        ("commune/34-03006", date(2026, 6, 20), "34-03006"),
    ],
)
def test_a_hand_over_names_the_commune_of_its_day(to: str, day: date, place: str | None) -> None:
    file, at = reported(MERGED, "lao-cai"), datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    if place is None:
        with pytest.raises(Problem):
            named_place(file, to, "sa-pa", at)
    else:
        assert named_place(file, to, "sa-pa", at) == place
