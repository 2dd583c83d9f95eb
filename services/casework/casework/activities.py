"""Implements the port of the workflows: each activity runs one use case."""

import logging

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from casework.open_waits import OpenWaits
from casework.workflows.calls import CaseActivities
from casework.workflows.ports import FireDue, WaitSet
from contracts.problems import NotFound, Problem, Unavailable

_log = logging.getLogger("casework.activities")


class OpenWaitActivities(CaseActivities):
    """Answers the workflows from the open waits in PostgreSQL.

    Args:
        cases: the waits of cases. Each that fires gets a unique row, so a second run of an activity changes nothing.
        transfers: the waits of transfers, with the same guarantee.
    """

    def __init__(self, cases: OpenWaits, transfers: OpenWaits) -> None:
        self._cases, self._transfers = cases, transfers

    @activity.defn(name="casework.fire_due")
    async def fire_due(self, due: FireDue) -> WaitSet:
        """See the port. Temporal retries after every failure, so that no wait is lost."""
        try:
            if due.transfer_id is not None:
                return await self._transfers.fire(due.transfer_id, due.wait_ids)
            return await self._cases.fire(due.case_id, due.wait_ids)
        except NotFound:
            # After a restore from a backup PostgreSQL may not know the case; then its workflow ends.
            _log.warning("casework does not know a case that has due waits")
            return WaitSet(case_id=due.case_id, version=due.version, closed=True, transfer_id=due.transfer_id)
        except Problem as problem:
            # `Unavailable` too: the retry policies of the workflow say how soon the next attempt comes.
            expected = isinstance(problem, Unavailable)
            category = ApplicationErrorCategory.BENIGN if expected else ApplicationErrorCategory.UNSPECIFIED
            raise ApplicationError(problem.title, type=problem.slug, category=category) from problem
