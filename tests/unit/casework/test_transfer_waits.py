"""The waits of a transfer: a step that is late is told to two different offices above the one that owes it."""

from datetime import UTC, datetime

import pytest

from casework.domain.records import TransferRecord
from casework.domain.transfers import stepped
from regulations.legal_time import legal_date
from regulations.waits import ladder
from tests.library import LIBRARY

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CAPITAL = "steering_committee/ha-noi"


def told(receiver: str) -> dict[str, str | None]:
    """Stage → office, for the escalations of a proposal to this office."""
    asked = TransferRecord(
        transfer_id="transfer_a",
        case_id="case_a",
        from_office="health_authority/lao-cai",
        to_office=receiver,
        lanes=["identification"],
        reason="returns_home",
        state="proposed",
        recorded_at=NOW,
    )
    pack = LIBRARY.pack("law-53-2024")
    after = stepped(
        pack, LIBRARY.world, asked, "proposed", occurred_at=NOW, now=NOW, office=asked.from_office, actor="actor-1"
    )
    return {wait.stage: wait.office for wait in after.waits if wait.kind == "escalation"}


@pytest.mark.parametrize("role", ["provincial_police", "border_guard", "health_authority"])
def test_a_supervisor_that_is_the_coordinating_authority_is_told_once(role: str) -> None:
    assert told(f"{role}/cao-bang") == {"escalate-1": "steering_committee/cao-bang", "escalate-2": CAPITAL}


def test_a_transfer_climbs_like_every_other_wait() -> None:
    directory, today = LIBRARY.world.directory, legal_date(NOW)
    for office in directory.rows.values():
        if office.exists(today):
            above = ladder(directory, office.ref, office.place, today)
            assert tuple(told(office.ref).values()) == above, office.ref
