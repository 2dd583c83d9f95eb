"""Every failure of casework may be tried again: a wait is never given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from casework.activities import OpenWaitActivities
from casework.workflows.ports import FireDue, WaitSet
from contracts.problems import Invalid, NotFound, Problem, Refused, Unavailable

CASE = "case_" + "a" * 26
TRANSFER = "transfer_" + "a" * 26
DUE = FireDue(case_id=CASE, version=4, wait_ids=("w1", "w2"))


@dataclass
class FakeOpenWaits:
    answer: WaitSet | Exception
    subject: str = CASE

    async def wait_set(self, subject: str) -> WaitSet | None:
        return None

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        assert (subject, tuple(wait_ids)) == (self.subject, ("w1", "w2"))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def earliest_waits(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        return []


def activities(cases: FakeOpenWaits) -> OpenWaitActivities:
    return OpenWaitActivities(cases, FakeOpenWaits(AssertionError("no transfer was asked about")))


async def test_gives_the_new_set():
    after = WaitSet(case_id=CASE, version=5)
    assert await activities(FakeOpenWaits(after)).fire_due(DUE) == after


async def test_an_unknown_case_has_nothing_to_wait_for():
    answer = await activities(FakeOpenWaits(NotFound())).fire_due(DUE)
    assert answer.finished
    assert answer.version == DUE.version


async def test_a_transfer_is_asked_about_among_the_waits_of_transfers():
    due = DUE.model_copy(update={"transfer_id": TRANSFER})
    after = WaitSet(case_id=CASE, version=5, transfer_id=TRANSFER)
    cases = FakeOpenWaits(AssertionError("no case was asked about"))
    assert await OpenWaitActivities(cases, FakeOpenWaits(after, TRANSFER)).fire_due(due) == after
    gone = await OpenWaitActivities(cases, FakeOpenWaits(NotFound(), TRANSFER)).fire_due(due)
    assert gone.finished
    assert gone.transfer_id == TRANSFER


@pytest.mark.parametrize("problem", [Unavailable("down"), Refused("no"), Invalid("odd")])
async def test_every_refusal_is_tried_again(problem: Problem):
    with pytest.raises(ApplicationError) as failure:
        await activities(FakeOpenWaits(problem)).fire_due(DUE)
    assert not failure.value.non_retryable
    assert failure.value.next_retry_delay is None
    assert failure.value.type == problem.slug


async def test_only_an_outage_is_expected():
    with pytest.raises(ApplicationError) as expected:
        await activities(FakeOpenWaits(Unavailable())).fire_due(DUE)
    with pytest.raises(ApplicationError) as defect:
        await activities(FakeOpenWaits(Refused())).fire_due(DUE)
    assert expected.value.category is ApplicationErrorCategory.BENIGN
    assert defect.value.category is ApplicationErrorCategory.UNSPECIFIED
