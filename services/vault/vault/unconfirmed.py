"""Sealed text of unconfirmed cases. It waits for the answer of intake, and is never destroyed without it.

Intake seals the text of a report and then commits. When the commit fails, the text belongs to no case. A missing
event proves nothing: it may be parked, or the bus may stand still. Intake, which owns the case, knows
from its own database. It lists here what is unconfirmed and says of each case whether it exists:

1. "kept": the case is confirmed, for ever.
2. "abandoned": the case goes into the bin, where nothing of it is lost. An event about the case, a later sealing in it,
   or a "kept" of intake takes it out.
3. "abandoned" once more, when the case has been in the bin for the grace time: key, texts and digests are destroyed.
"""

from dataclasses import dataclass
from datetime import timedelta

from contracts.sealing import MAX_UNCONFIRMED, Unconfirmed, UnconfirmedAnswer, UnconfirmedSettled
from kit.looks import Look
from kit.uow import Tx
from vault import repository
from vault.domain import ASK_AFTER


@dataclass(frozen=True)
class Owner:
    """The service that answers, for the access log; `grace` is the shortest time in the bin."""

    caller: str
    actor: str
    operation: str
    grace: timedelta


async def page(tx: Tx, after: str | None) -> Unconfirmed:
    """One page of the unconfirmed cases that intake must answer."""
    found = await repository.unconfirmed(tx, tx.now - ASK_AFTER, after or "", MAX_UNCONFIRMED + 1)
    cases = found[:MAX_UNCONFIRMED]
    return Unconfirmed(cases=cases, next=cases[-1] if len(found) > len(cases) else None)


async def settle(tx: Tx, owner: Owner, answer: UnconfirmedAnswer) -> UnconfirmedSettled:
    """Do what the answer says. A case that is confirmed, or too young to be asked about, is left as it is."""
    settled = UnconfirmedSettled()
    abandoned = frozenset(answer.abandoned)
    for case_id in sorted({*answer.kept, *answer.abandoned}):  # one order for all: no deadlock
        await repository.lock_case(tx, case_id)
        if case_id not in abandoned:
            settled.kept += 1
            if await repository.mark_known(tx, case_id):
                _log(tx, owner, case_id, "kept")
        elif await repository.destroy(tx, case_id, tx.now - owner.grace):
            settled.destroyed += 1
            _log(tx, owner, case_id, "destroyed")
        elif await repository.put_into_bin(tx, case_id, tx.now - ASK_AFTER):
            settled.binned += 1
            _log(tx, owner, case_id, "binned")
    return settled


async def counts(tx: Tx) -> tuple[int, int]:
    """How many cases wait for the answer of intake, and how many are in the bin."""
    return await repository.count_unconfirmed(tx, tx.now - ASK_AFTER)


def _log(tx: Tx, owner: Owner, case_id: str, what: str) -> None:
    tx.record(Look(tx.now, owner.caller, owner.actor, owner.operation, case_id, items=(what,)))
