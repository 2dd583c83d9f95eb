"""A transfer of a case to another province: its steps, which office owes the next one, and its waits. Pure.

The usual way is `proposed → accepted → person_moved → file_received → sender_closed`. `declined`, `lapsed`, `cancelled`
and `void` end a transfer, and every lane is where it was before. Each lane moves by its own hand-over, all at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from casework.domain.records import FactRecord, HandoverRecord, TransferRecord, TransferStep
from contracts.events.casework import TransferState
from contracts.ids import new_id, territory_of
from regulations import CaseState, OperationalNumbers, Pack, Wait, World
from regulations.case import WaitKind
from regulations.clocks import stable_id
from regulations.legal_time import legal_date
from regulations.waits import ladder

LAPSE = "transfer-lapse"
"""Stage of the wait that ends a proposal nobody answered."""


@dataclass(frozen=True)
class Owed:
    """The next step of a transfer: which side owes it, which offices may state it, and the pack's number of hours."""

    step: TransferState
    by: Literal["sender", "receiver"]
    hours: str
    either: bool = False

    def office(self, transfer: TransferRecord) -> str:
        """The office that owes the step."""
        return transfer.from_office if self.by == "sender" else transfer.to_office

    def may_state(self, transfer: TransferRecord) -> tuple[str, ...]:
        """The offices that may state the step."""
        return (transfer.from_office, transfer.to_office) if self.either else (self.office(transfer),)


NEXT: dict[TransferState, Owed] = {
    "proposed": Owed("accepted", "receiver", "transfer_answer_hours"),
    "accepted": Owed("person_moved", "sender", "transfer_move_hours", either=True),
    "person_moved": Owed("file_received", "receiver", "transfer_file_hours"),
    "file_received": Owed("sender_closed", "sender", "transfer_close_hours"),
}
"""The step that follows each open state. A transfer in any other state has ended."""


def is_open(transfer: TransferRecord) -> bool:
    """Whether a step of the transfer is still owed."""
    return transfer.state in NEXT


def stepped(
    pack: Pack,
    world: World,
    transfer: TransferRecord,
    state: TransferState,
    *,
    occurred_at: datetime,
    now: datetime,
    office: str,
    actor: str,
    reason: str | None = None,
) -> TransferRecord:
    """The transfer after a step, with the waits for the next step."""
    step = TransferStep(
        state=state, occurred_at=occurred_at, recorded_at=now, office=office, actor=actor, reason=reason
    )
    after = transfer.model_copy(
        update={"state": state, "version": transfer.version + 1, "steps": [*transfer.steps, step]}
    )
    return _with_waits(after, list(_waits(pack, world, after, now)))


def fired(transfer: TransferRecord, due: Sequence[Wait]) -> TransferRecord:
    """The transfer without the waits that have fired."""
    gone = {wait.wait_id for wait in due}
    left = [wait for wait in transfer.waits if wait.wait_id not in gone]
    return _with_waits(transfer.model_copy(update={"version": transfer.version + 1}), left)


def _with_waits(transfer: TransferRecord, waits: list[Wait]) -> TransferRecord:
    return transfer.model_copy(update={"waits": waits, "next_at": min((wait.at for wait in waits), default=None)})


def _waits(pack: Pack, world: World, transfer: TransferRecord, now: datetime) -> Iterator[Wait]:
    """Waits for the next step: first the side that owes it is asked, then its supervisor and coordinating authority."""
    owed = NEXT.get(transfer.state)
    if owed is None:
        return
    directory, today, office = world.directory, legal_date(now), owed.office(transfer)
    numbers = pack.operational.of(territory_of(office))
    asked_at = now + timedelta(hours=_hours(numbers, owed))
    kind: WaitKind = "answer" if transfer.state == "proposed" else "reminder"
    yield _wait(transfer, kind, f"transfer-{owed.step}", asked_at, office)
    above = ladder(directory, office, territory_of(office), today)
    for step, (hours, office_above) in enumerate(zip(numbers.escalate_hours, above, strict=True), start=1):
        yield _wait(transfer, "escalation", f"escalate-{step}", asked_at + timedelta(hours=hours), office_above)
    if transfer.state == "proposed":
        lapse = now + timedelta(hours=numbers.transfer_lapse_hours)
        yield _wait(transfer, "fallback", LAPSE, lapse, transfer.from_office)


def _wait(transfer: TransferRecord, kind: WaitKind, stage: str, at: datetime, office: str | None) -> Wait:
    wait_id = stable_id("wait", transfer.transfer_id, transfer.state, stage, at)
    return Wait(wait_id=wait_id, kind=kind, stage=stage, at=at, lane=transfer.lanes[0], office=office)


def _hours(numbers: OperationalNumbers, owed: Owed) -> int:
    return int(getattr(numbers, owed.hours))


def overtaken(transfers: Sequence[TransferRecord], handovers: Sequence[HandoverRecord], closed: bool) -> list[str]:
    """Ids of the open transfers that can no longer go on: the case is closed, or no lane is left that could move.

    Args:
        transfers, handovers: of the case after a change. closed: whether the case is closed.
    """
    asked = {one.transfer_id for one in handovers if one.state == "proposed"}
    return [
        one.transfer_id
        for one in transfers
        if is_open(one) and (closed or (one.state == "proposed" and one.transfer_id not in asked))
    ]


def to_give_back(transfer: TransferRecord, state: CaseState, carrying: str) -> list[str]:
    """Lanes to give back when an accepted transfer is cancelled: those that are still in the receiver's province.

    `carrying` is the lane that carries the case. It is given back even after it has ended.
    """
    there = territory_of(transfer.to_office)
    return [
        code
        for code in transfer.lanes
        if (lane := state.lanes.get(code)) is not None
        and (not lane.terminal or code == carrying)
        and lane.territory == there
        and lane.holder != transfer.from_office
    ]


def holder_facts(
    transfer: TransferRecord, lanes: Sequence[str], *, first_seq: int, office: str, step: TransferStep
) -> tuple[FactRecord, ...]:
    """The facts by which `office` becomes holder of lanes of the transfer."""
    return tuple(
        FactRecord(
            fact_id=new_id("fact"),
            case_id=transfer.case_id,
            seq=first_seq + number,
            kind="handover",
            lane=lane,
            occurred_at=step.occurred_at,
            recorded_at=step.recorded_at,
            office=office,
            actor=step.actor,
            attributes={"transfer": transfer.transfer_id},
        )
        for number, lane in enumerate(lanes)
    )
