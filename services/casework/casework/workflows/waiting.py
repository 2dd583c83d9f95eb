"""How every workflow of casework waits: it is sent instants, and at each of them it calls casework to act.

Only PostgreSQL knows what an instant means. A change of the sequence of commands breaks running workflows: read
ADR 0006 before you edit this module. `tests/replay` guards the sequence.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

from casework.workflows import calls, ports, search_attributes
from casework.workflows.calls import CaseActivities
from casework.workflows.ports import FireDue, WaitSet

NOTHING = WaitSet(case_id="case_" + "a" * 26, version=0, closed=True)
"""The set of a run that was started with anything but a set of its own."""


class WaitsThroughTime:
    """Carries one complete set of waits through time, and replaces it by each newer set that it is sent.

    Arguments are read as plain JSON and checked here. If the SDK converted them, a wrong argument would fail the task
    of the workflow again and again.

    Args:
        start: the set at the start of the run. It is taken here, so that a signal before the run finds it. A run that
            is started with anything else uses the set of an earlier signal, or ends at once.
    """

    def __init__(self, *start: Any) -> None:
        own = ports.told(start, workflow.info().workflow_id)
        if own is None:
            workflow.logger.error("a run was started with what is not its own")
        self._open = NOTHING if own is None else own
        self._pause = ports.FIRST_PAUSE

    async def _conduct(self) -> None:
        """Waits for the earliest instant, calls casework to act, and goes on with the waits that are open then."""
        while not self._open.finished:
            await self._until_due_or_moved()
            if due := self._open.due(workflow.now()):
                await self._fire(due)
            await self._renew_if_suggested()

    @workflow.signal(name=ports.CLOCKS_CHANGED)
    def clocks_changed(self, *sent: Any) -> None:
        """Takes a newer complete set and ignores an older one, so order and repetition do not matter."""
        waits = ports.told(sent, workflow.info().workflow_id)
        if waits is None:
            self._ignore()
        elif waits.version > self._open.version:
            self._open = waits
        elif waits.version == self._open.version:
            self._mirror()

    @workflow.signal(dynamic=True)
    def any_other(self, name: str, sent: Sequence[RawValue]) -> None:
        """Ignores a signal that casework never sends. Without this handler the SDK would keep it in memory."""
        self._ignore()

    def _ignore(self) -> None:
        """Counts a signal that cannot be opened or read, or is of another workflow. Its content is never logged."""
        if not workflow.patched(ports.IGNORES_FOREIGN):
            return  # a run from before this patch counted nothing
        ignored = _ignored() + 1
        workflow.upsert_memo({ports.IGNORED: ignored})
        workflow.logger.error("ignored a signal that is not this workflow's, %d until now", ignored)

    def _mirror(self) -> None:
        """Brings the search attributes up to date when the sweep sends the version that the workflow already holds.

        This is not done on every change: an upsert is the most expensive command (3 of the server's 8 ms for a wait).
        """
        if updates := search_attributes.changes(workflow.info().typed_search_attributes, self._open):
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] untyped in the SDK

    async def _until_due_or_moved(self) -> None:
        # A newer set with the same earliest instant keeps the timer, which saves two events of the history per fact.
        next_at = self._open.next_at
        await self._until(
            lambda: (
                self._open.finished or self._open.next_at != next_at or workflow.info().is_continue_as_new_suggested()
            ),
            within=None if next_at is None else next_at - workflow.now(),
        )

    async def _fire(self, due: tuple[str, ...]) -> None:
        """Calls casework to act on everything that is due now; pauses if some of it is still open afterwards."""
        asked = self._open.asked(due)
        answer = await self._ask(asked)
        if answer is not None and answer.version >= self._open.version:
            self._open = answer
        if self._open.holds_any(due):
            version, pause = self._open.version, self._pause
            self._pause = min(pause * 2, ports.LONGEST_PAUSE)
            await self._until(lambda: self._open.version != version, within=pause)
        else:
            self._pause = ports.FIRST_PAUSE

    async def _ask(self, due: FireDue) -> WaitSet | None:
        """The answer of casework: from a local activity, or in an outage from one with retries outside the history."""
        try:
            return await workflow.execute_local_activity_method(
                CaseActivities.fire_due,
                due,
                start_to_close_timeout=calls.LOCAL_TIMEOUT,
                retry_policy=calls.LOCAL_RETRY,
            )
        except FailureError as failure:  # a local activity fails without the ActivityError of a normal one
            _let_cancellation_through(failure)
        try:
            # The answer is checked: by a call to the server anybody can complete this activity, unlike a local one.
            answer: object = await workflow.execute_activity(
                ports.FIRE_DUE,
                due,
                start_to_close_timeout=calls.PATIENT_TIMEOUT,
                retry_policy=calls.PATIENT_RETRY,
            )
            return ports.told([answer], workflow.info().workflow_id)
        except FailureError as failure:
            # Only a defect ends the patient activity. The workflow must go on waiting all the same.
            _let_cancellation_through(failure)
            workflow.logger.error("casework could not act on due waits", extra={"waits": len(due.wait_ids)})
            return None

    async def _renew_if_suggested(self) -> None:
        if workflow.info().is_continue_as_new_suggested() and not self._open.finished:
            await workflow.wait_condition(workflow.all_handlers_finished)
            ignored = _ignored()
            # The memo is handed on explicitly: a renewed run does not keep what was upserted before.
            workflow.continue_as_new(self._open, memo={ports.IGNORED: ignored} if ignored else None)

    async def _until(self, condition: Callable[[], bool], within: timedelta | None) -> None:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(condition, timeout=within)


def _ignored() -> int:
    """How many signals this workflow ignored until now; 0 if the run was started with anything but a number there."""
    try:
        return workflow.memo_value(ports.IGNORED, default=0, type_hint=int)
    except Exception:  # what anybody can send must not fail the task
        return 0


def _let_cancellation_through(failure: FailureError) -> None:
    if is_cancelled_exception(failure):
        raise failure
