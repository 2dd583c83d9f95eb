"""Use cases of the workflows: which waits are open, and to act on those whose instant has come."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from casework import repository
from casework.amendments.book import LawBook
from casework.claims.claim import claim_all
from casework.domain import fired_waits
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.records import FiredWait, HandoverRecord
from casework.service.files import lock, lock_free
from casework.service.writing import emit_changes, write_waits
from casework.workflows.ports import Wait as WaitAt
from casework.workflows.ports import WaitSet
from contracts.problems import Unavailable
from kit.uow import Tx, UnitOfWork
from regulations import Wait

FOLDED_AT_ONCE = 32
"""Most cases in one transaction that folds. It takes about a tenth of a second; the cases are locked for that time."""
_log = logging.getLogger("casework.waits")

WAKES = "wakes"
"""Id of the wait at `cases.wakes_at` in a set for a workflow. Nothing fires then; the workflow gets the newest set."""


class StoredWaits(BaseModel):
    """The open waits of a case as stored, and when its workflow wakes at the latest (`domain.wakes`)."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    version: int
    closed: bool
    wakes_at: AwareDatetime | None
    waits: tuple[WaitAt, ...]

    def given(self, now: datetime) -> WaitSet:
        """The set for the workflow. Its earliest instant is not later than `wakes_at`, unless that has passed."""
        waits = sorted(self.waits, key=lambda wait: (wait.at, wait.wait_id))
        if self.wakes_at is not None and now < self.wakes_at and (not waits or self.wakes_at < waits[0].at):
            waits.insert(0, WaitAt(wait_id=WAKES, at=self.wakes_at))
        return WaitSet(case_id=self.case_id, version=self.version, closed=self.closed, waits=tuple(waits))


async def wait_set(uow: UnitOfWork, case_id: str) -> WaitSet | None:
    """The set for the workflow of a case at its present version; None for an unknown case."""
    found, _ = (await _stored(uow, [case_id])).get(case_id, (None, False))
    return found


async def _stored(uow: UnitOfWork, case_ids: Sequence[str]) -> dict[str, tuple[WaitSet, bool]]:
    """Case → (the set for its workflow, whether an open wait is due), all in one statement; without unknown cases."""
    async with uow.unlocked() as tx:
        rows = await repository.open_waits(tx.session, list(case_ids))
    found = [StoredWaits.model_validate_json(row) for row in rows]
    return {one.case_id: (one.given(tx.now), any(wait.at <= tx.now for wait in one.waits)) for one in found}


async def earliest_waits(uow: UnitOfWork, after: str, limit: int) -> list[tuple[str, datetime]]:
    """(case_id, earliest instant) of at most `limit` cases that wait, with an id after `after`, in the order of ids."""
    async with uow.unlocked() as tx:
        return await repository.earliest_waits(tx.session, after, limit)


async def fire(uow: UnitOfWork, book: LawBook, case_id: str, wait_ids: Sequence[str]) -> WaitSet:
    """Act on the waits that are still open and whose instant has come, each once, in one transaction.

    Stores a unique row for each, adds lines to the timeline, notifies the offices, and folds again. The set that it
    gives has the waits that follow, for example an escalation. Repeating this changes nothing.

    Raises:
        UnknownCase: 404. PackDiffers: an alarm, 503.
    """
    async with uow() as tx:
        file = await lock(tx, book, case_id)
        due = _due(file, wait_ids, tx.now)
        if not due:
            return _set(file, tx.now)
        after = _acted(tx, file, due)
        await write_waits(tx, [after])
        return _set(after.file, tx.now, after.rows)


@dataclass(frozen=True)
class Asked:
    """The arguments of one workflow for `fire`, and its trace."""

    case_id: str
    wait_ids: tuple[str, ...]
    context: Context = field(default_factory=copy_context)


async def fire_for_all(
    uow: UnitOfWork, book: LawBook, claimed: Callable[[], None], asked: Sequence[Asked]
) -> list[WaitSet | Exception]:
    """Answer the workflows that woke; the first of them claims what is due in all cases (`casework.claims`).

    The others find by one read that nothing of theirs is due any more. What is due after the claims is acted on by
    `fire_together`: waits that need a fold, and cases that are behind the law or that were locked.

    Args:
        claimed: called when something was claimed, so that the fold follows.
        asked: gives the order of the answers.
    """
    found = await _stored(uow, [one.case_id for one in asked])
    if any(due for _, due in found.values()):
        if await _claimed_for_all(uow, asked):
            claimed()
        found = await _stored(uow, [one.case_id for one in asked])
    none_due = {case_id: answer for case_id, (answer, due) in found.items() if not due}
    done: dict[int, WaitSet | Exception] = {
        place: none_due[one.case_id] for place, one in enumerate(asked) if one.case_id in none_due
    }
    left = [place for place in range(len(asked)) if place not in done]
    for start in range(0, len(left), FOLDED_AT_ONCE):
        places = left[start : start + FOLDED_AT_ONCE]
        done.update(zip(places, await fire_together(uow, book, [asked[one] for one in places]), strict=True))
    return [done[place] for place in range(len(asked))]


async def _claimed_for_all(uow: UnitOfWork, asked: Sequence[Asked]) -> int:
    """How many waits were claimed. If one of them cannot be, none is, and each workflow acts on its own case alone."""
    try:
        return await claim_all(uow, {one.case_id: one.context for one in asked})
    except Unavailable:
        raise
    except Exception:
        _log.exception("what is due in all cases could not be claimed; each case acts for itself")
        return 0


async def fire_together(uow: UnitOfWork, book: LawBook, asked: Sequence[Asked]) -> list[WaitSet | Exception]:
    """`fire` for several cases in one transaction, at a third of the cost. The answers are in the order of `asked`.

    The transaction takes all cases that no other transaction has locked. Each of the others gets a transaction of its
    own afterwards, and its answer is what `fire` gave or raised. Raises `PackDiffers` before anything is done.
    """
    done: dict[int, WaitSet | Exception] = {}
    async with uow() as tx:
        files = await lock_free(tx, book, [one.case_id for one in asked])
        changed: list[Consequences] = []
        for place, one in enumerate(asked):
            if (file := files.pop(one.case_id, None)) is None:
                continue
            if due := _due(file, one.wait_ids, tx.now):
                changed.append(one.context.run(_acted, tx, file, due))
                done[place] = _set(changed[-1].file, tx.now, changed[-1].rows)
            else:
                done[place] = _set(file, tx.now)
        if changed:
            await write_waits(tx, changed)
    return [done[place] if place in done else await _alone(uow, book, one) for place, one in enumerate(asked)]


async def _alone(uow: UnitOfWork, book: LawBook, one: Asked) -> WaitSet | Exception:
    try:
        return await asyncio.create_task(fire(uow, book, one.case_id, one.wait_ids), context=one.context)
    except Exception as error:  # the error of one case must not become that of the others
        return error


def _due(file: CaseFile, wait_ids: Sequence[str], now: datetime) -> list[Wait]:
    waits = file.stored.open_waits
    rows = [waits[one] for one in dict.fromkeys(wait_ids) if one in waits]
    return [wait for wait in map(Wait.model_validate, rows) if wait.at <= now]


def _acted(tx: Tx, file: CaseFile, due: list[Wait]) -> Consequences:
    """The file after these waits fired, still to be written. Emits the notices to the offices."""
    fired = [_fired_wait(file, wait, tx.now) for wait in due]
    lapsed = {wait.handover_id for wait in due if wait.stage == "answer"}
    change = Change(
        fired_waits=tuple(fired),
        handovers=tuple(_lapsed(one, tx.now) for one in file.proposals if one.handover_id in lapsed),
    )
    after = consequences_of(file, change, tx.now)
    # The workflow that fires gets its new set as the answer.
    emit_changes(tx, after, arms=False)
    withdrawn = {one["claim_id"] for one in after.rows["claims"] if one["withdrawn_at"]}
    for wait, one in zip(due, fired, strict=True):
        if one.claim_id not in withdrawn and wait.office is not None:
            tx.emit(fired_waits.attention(file.case.case_id, wait, tx.now))
    return after


def _set(file: CaseFile, now: datetime, rows: Mapping[str, list[Any]] | None = None) -> WaitSet:
    """The set for the workflow of a locked file: as stored, then as these rows change it."""
    waits = {key: body["at"] for key, body in file.stored.open_waits.items()}
    if rows is not None:
        waits = {key: at for key, at in waits.items() if key not in rows["old_waits"]}
        waits |= {row["wait_id"]: row["at"] for row in rows["waits"]}
    case = file.case
    stored = StoredWaits(
        case_id=case.case_id,
        version=case.version,
        closed=case.closed,
        wakes_at=case.wakes_at,
        waits=tuple(WaitAt.model_validate({"wait_id": key, "at": at}) for key, at in waits.items()),
    )
    return stored.given(now)


def _fired_wait(file: CaseFile, wait: Wait, now: datetime) -> FiredWait:
    """A new record; at the end of a quiet time the existing one, now with the instant of the notice."""
    if wait.stage != fired_waits.NOTIFY:
        return fired_waits.fired_wait(file.case.case_id, wait, now, notified=True)
    quiet = [one for one in file.stored.fired_waits if one.told_at is None and one.withdrawn_at is None]
    noted = next(one for one in quiet if fired_waits.notify_id(one) == wait.wait_id)
    return noted.model_copy(update={"told_at": now})


def _lapsed(proposal: HandoverRecord, now: datetime) -> HandoverRecord:
    return proposal.model_copy(update={"lapsed_at": now})
