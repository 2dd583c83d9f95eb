"""Instants of recording: the clock of a transaction is read before it waits for the case."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from casework.domain import records
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.schemas import AckIn
from casework.service import facts
from casework.service.author import Author
from tests.unit.casework.test_consequences import AT_COMMUNE, COMMUNE, HEALTH, NOW, fact, walked, written

NOTIFIED_AT = datetime(2026, 11, 20, 3, 4, tzinfo=UTC)
"""Ahead of `NOW`, by less than the clocks of two offices may differ."""


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[Consequences]:
    """What the use cases of the test come to, instead of being stored."""
    found: list[Consequences] = []

    async def version_after(tx: Any, file: CaseFile, change: Change) -> int:
        found.append(consequences_of(file, change, tx.now))
        return found[-1].file.case.version

    monkeypatch.setattr(facts, "version_after", version_after)
    return found


def at(now: datetime) -> Any:
    """As much of a transaction as the use cases look at."""
    return SimpleNamespace(now=now)


def test_of_two_corrections_the_one_that_came_second_counts() -> None:
    """It began before the first and waited for the case, so its clock says an earlier instant."""
    author = Author(office=COMMUNE, actor="actor-1")
    moved = datetime(2026, 11, 16, 4, tzinfo=UTC)
    file = walked(AT_COMMUNE)
    earlier = facts.corrected(at(NOW), file, author, "fact_AT_COMMUNE", moved, ())
    waited = written(consequences_of(file, earlier, NOW))
    gone = facts.corrected(at(NOW - timedelta(seconds=1)), waited, author, "fact_AT_COMMUNE", None, ())
    assert [one.withdrawn for one in gone.corrections] == [True]
    first, second = waited.with_change(gone).stored.corrections
    # the order in which they are read again
    assert first.recorded_at < second.recorded_at


async def test_an_acknowledgement_is_of_what_was_passed_on_whatever_the_senders_clock_said(
    applied: list[Consequences],
) -> None:
    file = walked(AT_COMMUNE)
    file = written(consequences_of(file, fact(file, COMMUNE, "SUPPORT_AGENCY_NOTIFIED", NOTIFIED_AT.isoformat()), NOW))
    assert file.state.lanes["identification"].ack_due_from is not None
    author = Author(office=HEALTH, actor="actor-2")
    await facts.acknowledge(at(NOW - timedelta(seconds=1)), file, author, AckIn(lane="identification"))
    assert applied[-1].state.lanes["identification"].ack_due_from is None
    [ack] = [records.FactRecord.model_validate(row) for row in applied[-1].rows["facts"]]
    assert ack.occurred_at == NOTIFIED_AT
