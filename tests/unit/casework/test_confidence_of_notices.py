"""A notice about a limit that is not verified text says so, also after the quiet time of a late entry."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.fired_waits import attention, fired_wait, open_waits
from contracts.ids import new_id
from regulations import Fact, Opening, fold, waits
from regulations.case import CaseState
from tests.library import LIBRARY

AS_ENACTED = "as enacted, amended wording not seen"
COMMUNE, HEALTH = "commune/lang-son", "health_authority/lang-son"
BEGAN = datetime(2026, 10, 5, 1, tzinfo=UTC)
LATE = BEGAN + timedelta(days=60)
PACK, WORLD = LIBRARY.pack("law-53-2024"), LIBRARY.world


@pytest.fixture
def entered_late() -> CaseState:
    """The police was asked to verify, and it was entered after the twenty days."""
    steps = (("SUPPORT_AGENCY_NOTIFIED", COMMUNE), ("INITIAL_CHECK_DONE", HEALTH), ("POLICE_VERIFICATION", HEALTH))
    opening = Opening(
        case_id=new_id("case"),
        route="self_report",
        reporter=COMMUNE,
        province="lang-son",
        occurred_at=BEGAN,
        recorded_at=BEGAN,
        age_band="adult",
    )
    facts = [
        Fact(
            fact_id=f"fact_{seq}",
            seq=seq,
            lane="identification",
            state=state,
            office=office,
            occurred_at=BEGAN + timedelta(hours=seq),
            recorded_at=LATE,
        )
        for seq, (state, office) in enumerate(steps, start=1)
    ]
    return fold(PACK, WORLD, opening, facts, ())


def test_the_notice_of_a_breach_carries_the_confidence_of_its_limit(entered_late: CaseState) -> None:
    all_waits = waits(PACK, WORLD, entered_late, (), LATE)
    [breach] = [wait for wait in all_waits if (wait.rule, wait.stage) == ("B-SELF-06", "breach")]
    assert attention(entered_late.case_id, breach, LATE).confidence == AS_ENACTED
    fired = fired_wait(entered_late.case_id, breach, LATE, notified=False)
    [told] = [wait for wait in open_waits(PACK, WORLD.directory, entered_late, [], [fired]) if wait.rule == "B-SELF-06"]
    assert attention(entered_late.case_id, told, LATE).confidence == AS_ENACTED
