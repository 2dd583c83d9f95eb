"""The way in which every workflow of casework waits: told instants, it asks at each what is to be done then.

What an instant means stays in PostgreSQL. A change of the sequence of commands breaks running workflows: read ADR 0006
before editing; `tests/replay` guards it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from casework.workflows import ports, search_attributes
from casework.workflows.ports import CaseActivities, FireDue, WaitSet


class WaitsThroughTime:
    """Carries one complete set of waits through time, replaced whenever a newer one is told.

    Args:
        start: the set at the start of the run; taken here, so that a signal delivered before the run finds it.
    """

    def __init__(self, start: WaitSet) -> None:
        self._open = start
        self._pause = ports.FIRST_PAUSE

    async def _conduct(self) -> None:
        """Waits for the earliest instant, has the register act, and begins again with what is then open."""
        while not self._open.finished:
            await self._until_due_or_moved()
            if due := self._open.due(workflow.now()):
                await self._fire(due)
            await self._renew_if_suggested()

    @workflow.signal(name=ports.CLOCKS_CHANGED)
    def clocks_changed(self, waits: WaitSet) -> None:
        """Takes a newer complete set. An older one is ignored: order and repetition do not matter."""
        if waits.version > self._open.version:
            self._open = waits
        elif waits.version == self._open.version:
            self._mirror()

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
            return await workflow.execute_activity_method(
                CaseActivities.fire_due,
                due,
                start_to_close_timeout=ports.PATIENT_TIMEOUT,
                retry_policy=ports.PATIENT_RETRY,
            )
        except FailureError as failure:
            # Only a defect ends the patient activity. The waiting must not end with it.
            _let_cancellation_through(failure)
            workflow.logger.error("the register could not act on due waits", extra={"waits": len(due.wait_ids)})
            return None

    async def _renew_if_suggested(self) -> None:
        if workflow.info().is_continue_as_new_suggested() and not self._open.finished:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self._open)

    async def _until(self, condition: Callable[[], bool], within: timedelta | None) -> None:
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(condition, timeout=within)


def _let_cancellation_through(failure: FailureError) -> None:
    if is_cancelled_exception(failure):
        raise failure
