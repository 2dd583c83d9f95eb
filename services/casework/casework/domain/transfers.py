"""A transfer of a case to another place: its steps, which office owes the next one, and its waits. Pure.

The usual way is `proposed → accepted → person_moved → file_received → sender_closed`. `declined`, `lapsed` and
`cancelled` end a transfer, and every lane is where it was before; `void` ends one that cannot come to its end, and
moves no lane. Each lane moves by its own hand-over, all at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from casework.domain.records import FactRecord, TransferRecord, TransferStep
from contracts.events.casework import TransferState
from contracts.ids import new_id
from regulations import CaseState, OperationalNumbers, Pack, Wait, World
from regulations.case import BACK, PLACE
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.places import NATION
from regulations.stable_ids import stable_id
from regulations.wait import WaitKind
from regulations.waits import ladder

LAPSE = "transfer-lapse"
"""Stage of the wait that ends a proposal nobody answered."""
_FROM_PLACE = "from_place"
"""Attribute of the fact by which a transfer moves a lane: where the lane was."""


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
    place = directory.place_of(office) or NATION
    numbers = pack.operational.of(directory.chain(place, today))
    asked_at = now + timedelta(hours=_hours(numbers, owed))
    kind: WaitKind = "answer" if transfer.state == "proposed" else "reminder"
    yield _wait(transfer, kind, f"transfer-{owed.step}", asked_at, office)
    above = ladder(directory, office, place, today)
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


def to_give_back(
    transfer: TransferRecord, state: CaseState, carrying: str, directory: Directory, on: date
) -> list[str]:
    """Lanes to give back when an accepted transfer is cancelled: those that are still where the receiver acts.

    `carrying` is the lane that carries the case. It is given back even after it has ended.
    """
    return [
        code
        for code in transfer.lanes
        if (lane := state.lanes.get(code)) is not None
        and (not lane.terminal or code == carrying)
        and directory.acts_at(transfer.to_office, lane.place, on)
        and lane.holder != transfer.from_office
    ]


def taken_over(
    transfer: TransferRecord, lanes: Sequence[str], state: CaseState, *, first_seq: int, step: TransferStep
) -> tuple[FactRecord, ...]:
    """The facts by which the receiver becomes holder of lanes of the transfer; each notes where its lane was."""
    attributes = {
        code: {_FROM_PLACE: lane.place, **at_place(transfer.place)}
        for code in lanes
        if (lane := state.lanes.get(code)) is not None
    }
    return _holder_facts(transfer, attributes, first_seq=first_seq, office=transfer.to_office, step=step)


def given_back(
    transfer: TransferRecord, lanes: Sequence[str], facts: Sequence[FactRecord], *, first_seq: int, step: TransferStep
) -> tuple[FactRecord, ...]:
    """The facts by which the sender becomes holder of lanes again, each where it was before the transfer.

    The sender may be an office that does not serve that place, for example a shelter, or a post that reported from
    elsewhere. The lane goes back all the same, so that the offices at the place of the receiver lose their part.
    """
    was = {
        fact.lane: str(fact.attributes[_FROM_PLACE])
        for fact in facts
        if fact.attributes.get("transfer") == transfer.transfer_id and _FROM_PLACE in fact.attributes
    }
    attributes = {code: {BACK: True, PLACE: was[code]} if code in was else {} for code in lanes}
    return _holder_facts(transfer, attributes, first_seq=first_seq, office=transfer.from_office, step=step)


def at_place(place: str | None) -> dict[str, str | bool | int]:
    """The attribute of a hand-over that names the place of the lane; none if no place is named."""
    return {PLACE: place} if place is not None else {}


def _holder_facts(
    transfer: TransferRecord,
    lanes: Mapping[str, Mapping[str, str | bool | int]],
    *,
    first_seq: int,
    office: str,
    step: TransferStep,
) -> tuple[FactRecord, ...]:
    """The facts by which `office` becomes holder. `lanes`: lane → further attributes of its fact."""
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
            attributes={"transfer": transfer.transfer_id, **attributes},
        )
        for number, (lane, attributes) in enumerate(lanes.items())
    )
