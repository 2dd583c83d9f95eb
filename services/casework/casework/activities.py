"""Implements the workflow's port: one activity = one use case = one transaction."""

import logging

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from casework.open_waits import OpenWaits
from casework.workflows.ports import CaseActivities, FireDue, WaitSet
from contracts.problems import NotFound, Problem, Unavailable

_log = logging.getLogger("casework.activities")


class OpenWaitActivities(CaseActivities):
    """The port on the registers.

    Args:
        cases: claims each wait by a unique row, so that a second run of an activity changes nothing.
        transfers: do the same for the waits of transfers.
    """

    def __init__(self, cases: OpenWaits, transfers: OpenWaits) -> None:
        self._cases, self._transfers = cases, transfers

    @activity.defn(name="casework.fire_due")
    async def fire_due(self, due: FireDue) -> WaitSet:
        """See the port. Every failure may be tried again: a wait is never given up."""
        try:
            if due.transfer_id is not None:
                return await self._transfers.fire(due.transfer_id, due.wait_ids)
            return await self._cases.fire(due.case_id, due.wait_ids)
        except NotFound:
            # A restored backup may not know the case. What PostgreSQL does not know, nobody waits for.
            _log.warning("the register does not know a case that has due waits")
            return WaitSet(case_id=due.case_id, version=due.version, closed=True, transfer_id=due.transfer_id)
        except Problem as problem:
            # Also Unavailable: the workflow's own policies know how soon to try again.
            expected = isinstance(problem, Unavailable)
            category = ApplicationErrorCategory.BENIGN if expected else ApplicationErrorCategory.UNSPECIFIED
            raise ApplicationError(problem.title, type=problem.slug, category=category) from problem
