"""The way in which every workflow of casework waits: told instants, it asks at each what is to be done then.

What an instant means stays in PostgreSQL. A change of the sequence of commands breaks running workflows: read ADR 0006
before editing; `tests/replay` guards it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

from casework.workflows import ports, search_attributes
from casework.workflows.ports import CaseActivities, FireDue, WaitSet

NOTHING = WaitSet(case_id="case_" + "a" * 26, version=0, closed=True)
"""What is known in a run that was started with something else than its own set."""


class WaitsThroughTime:
    """Carries one complete set of waits through time, replaced whenever a newer one is told.

    What it is sent is read as plain JSON and checked here: an argument that the SDK cannot convert would fail the task
    of the workflow again and again.

    Args:
        start: the set at the start of the run; taken here, so that a signal delivered before the run finds it. A run
            that is started with anything else begins with a set of its own that it was told before, or ends at once.
    """

    def __init__(self, *start: Any) -> None:
        own = ports.told(start, workflow.info().workflow_id)
        if own is None:
            workflow.logger.error("a run was started with what is not its own")
        self._open = NOTHING if own is None else own
        self._pause = ports.FIRST_PAUSE

    async def _conduct(self) -> None:
        """Waits for the earliest instant, has the register act, and begins again with what is then open."""
        while not self._open.finished:
            await self._until_due_or_moved()
            if due := self._open.due(workflow.now()):
                await self._fire(due)
            await self._renew_if_suggested()

    @workflow.signal(name=ports.CLOCKS_CHANGED)
    def clocks_changed(self, *sent: Any) -> None:
        """Takes a newer complete set. An older one is ignored: order and repetition do not matter."""
        waits = ports.told(sent, workflow.info().workflow_id)
        if waits is None:
            self._ignore()
        elif waits.version > self._open.version:
            self._open = waits
        elif waits.version == self._open.version:
            self._mirror()

    @workflow.signal(dynamic=True)
    def any_other(self, name: str, sent: Sequence[RawValue]) -> None:
        """A signal that nobody of us sends: the SDK would keep it in memory."""
        self._ignore()

    def _ignore(self) -> None:
        """Counts a signal that cannot be opened or read, or is of another workflow; what it says is told to nobody."""
        if not workflow.patched(ports.IGNORES_FOREIGN):
            return  # a run from before: it counted nothing
        ignored = workflow.memo_value(ports.IGNORED, default=0, type_hint=int) + 1
        workflow.upsert_memo({ports.IGNORED: ignored})
        workflow.logger.error("ignored a signal that is not this workflow's, %d until now", ignored)

    def _mirror(self) -> None:
        """Brings the search attributes up to date, when the version held is told again: the sweep does so.

        Not on every change: an upsert is the dearest command (measured: 3 of 8 ms of the server's time for a wait).
        """
        if updates := search_attributes.changes(workflow.info().typed_search_attributes, self._open):
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] untyped in the SDK

    async def _until_due_or_moved(self) -> None:
        # A newer set with the same earliest instant leaves the timer as it is, which saves two events a fact.
        next_at = self._open.next_at
        await self._until(
            lambda: (
                self._open.finished or self._open.next_at != next_at or workflow.info().is_continue_as_new_suggested()
            ),
            within=None if next_at is None else next_at - workflow.now(),
        )

    async def _fire(self, due: tuple[str, ...]) -> None:
        """Has everything done that is due now; rests when the register left some of it open."""
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
        """The register's answer: at once if it is up, else from an activity that is retried outside the history."""
        try:
            return await workflow.execute_local_activity_method(
                CaseActivities.fire_due,
                due,
                start_to_close_timeout=ports.LOCAL_TIMEOUT,
                retry_policy=ports.LOCAL_RETRY,
            )
        except FailureError as failure:  # a local activity fails without the ActivityError of a normal one
            _let_cancellation_through(failure)
        try:
            # Its answer is read here: unlike that of a local activity, anybody can give one by a call to the server.
            answer: object = await workflow.execute_activity(
                ports.FIRE_DUE,
                due,
                start_to_close_timeout=ports.PATIENT_TIMEOUT,
                retry_policy=ports.PATIENT_RETRY,
            )
            return ports.told([answer], workflow.info().workflow_id)
        except FailureError as failure:
            # Only a defect ends the patient activity. The waiting must not end with it.
            _let_cancellation_through(failure)
            workflow.logger.error("the register could not act on due waits", extra={"waits": len(due.wait_ids)})
            return None

    async def _renew_if_suggested(self) -> None:
        if workflow.info().is_continue_as_new_suggested() and not self._open.finished:
            await workflow.wait_condition(workflow.all_handlers_finished)
            ignored = workflow.memo_value(ports.IGNORED, default=0, type_hint=int)
            # Handed on by name: what was noted during a run is not carried over by itself.
            workflow.continue_as_new(self._open, memo={ports.IGNORED: ignored} if ignored else None)

    async def _until(self, condition: Callable[[], bool], within: timedelta | None) -> None:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(condition, timeout=within)


def _let_cancellation_through(failure: FailureError) -> None:
    if is_cancelled_exception(failure):
        raise failure
