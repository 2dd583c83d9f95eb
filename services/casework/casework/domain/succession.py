"""Open proposals and transfers to or from offices that ended meanwhile: they go on with the successors. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from casework.domain import transfers
from casework.domain.case_file import CaseFile
from casework.domain.records import HandoverRecord, TransferRecord
from casework.domain.standing import living_holder
from contracts.events.casework import AttentionRaised
from regulations import CaseState
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.stable_ids import stable_id
from regulations.stating import opens

NOBODY_ANSWERS = "no-receiver"
"""Stage of the notice to a proposer: the office that it asked has ended, and none follows it."""


def settled(file: CaseFile, state: CaseState, now: datetime) -> list[HandoverRecord]:
    """The proposals that change because of what else changed.

    One becomes void if the lane has another holder now, has ended, or was opened since, or if nobody is left to answer.
    If the receiver ended and has a successor, the successor is asked in its stead.
    """
    directory, today = file.world.directory, legal_date(now)
    found: list[HandoverRecord] = []
    for one in file.proposals:
        asked = directory.living(one.to_office, today)
        if asked is None or not _holds(file, state, one, asked, today):
            found.append(one.model_copy(update={"state": "void", "answered_recorded_at": now}))
        elif asked != one.to_office:
            found.append(one.model_copy(update={"to_office": asked}))
    return found


def _holds(file: CaseFile, state: CaseState, proposal: HandoverRecord, asked: str, today: date) -> bool:
    """Whether a proposal can still be accepted. The lane that carries the case is handed over even after its end.

    Two offices that became one have nothing to hand over to each other.
    """
    directory, lane, carrying = file.world.directory, state.lanes.get(proposal.lane), file.pack.identification_lane
    if state.has_ended(proposal.lane):
        return False
    if proposal.step is not None:
        carrier = living_holder(directory, state.lanes.get(carrying), today)
        pack = file.pack_for(proposal.lane, proposal.step, proposal.occurred_at, state)
        return carrier == asked and opens(pack, proposal.lane, lane.state if lane else None, proposal.step)
    if lane is None or (lane.terminal and proposal.lane != carrying):
        return False
    holder = living_holder(directory, lane, today)
    return holder == directory.living(proposal.from_office, today) and holder != asked


def passed(file: CaseFile, today: date) -> list[TransferRecord]:
    """The open transfers of which a side ended and has a successor, with the successor in its stead."""
    directory = file.world.directory
    found = ((one, with_successors(directory, one, today)) for one in file.stored.transfers)
    return [after for one, after in found if transfers.is_open(one) and after is not one]


def with_successors(directory: Directory, transfer: TransferRecord, today: date) -> TransferRecord:
    """A transfer between the offices that follow its sides; the same one if both sides exist.

    A side that nobody follows stays: its steps are watched by the coordinating authority of its place.
    """
    sides = {name: getattr(transfer, name) for name in ("from_office", "to_office")}
    living = {name: directory.living(office, today) or office for name, office in sides.items()}
    if living == sides:
        return transfer
    heirs = {sides[name]: living[name] for name in sides}
    waits = [wait.model_copy(update={"office": heirs.get(wait.office or "", wait.office)}) for wait in transfer.waits]
    return transfer.model_copy(update={**living, "waits": waits, "version": transfer.version + 1})


def goes_on(file: CaseFile, transfer: TransferRecord, closed: bool, today: date) -> bool:
    """Whether an open transfer can still come to its end.

    It cannot if the case is closed, if none of its proposals is left, or if no office exists that may state its next
    step. If only its receiver ended, the sender may still cancel, until the authority assigns one of its lanes.

    Args:
        file: with the change. closed: whether the case is closed after it.
    """
    directory, identity = file.world.directory, transfer.transfer_id
    if closed or (transfer.state == "proposed" and all(one.transfer_id != identity for one in file.proposals)):
        return False
    if not any(directory.living(one, today) for one in transfers.NEXT[transfer.state].may_state(transfer)):
        return False
    return directory.living(transfer.to_office, today) is not None or not _is_assigned(file, transfer)


def _is_assigned(file: CaseFile, transfer: TransferRecord) -> bool:
    """Whether an authority has assigned a lane of a transfer since its last step."""
    since = transfer.steps[-1].recorded_at
    given = (one for one in file.stored.facts if one.kind == "assign" and one.recorded_at >= since)
    return any(one.lane in transfer.lanes for one in given)


def notices(
    file: CaseFile, changed: Iterable[HandoverRecord | TransferRecord], now: datetime
) -> Iterator[AttentionRaised]:
    """One notice to the proposer of each proposal, or of each transfer, whose receiver ended and nobody follows it.

    Args:
        file: with the change. changed: the proposals that `settled` found, and the transfers that became void.
    """
    directory, today = file.world.directory, legal_date(now)
    told: set[str] = set()
    for one in changed:
        about, lane = _about(one)
        office = directory.living(one.from_office, today)
        if directory.living(one.to_office, today) is not None or office is None or about in told:
            continue
        told.add(about)
        yield AttentionRaised(
            case_id=one.case_id,
            kind="no_receiver",
            office=office,
            lane=lane,
            wait_id=stable_id("wait", about, NOBODY_ANSWERS),
            stage=NOBODY_ANSWERS,
            raised_at=now,
        )


def _about(one: HandoverRecord | TransferRecord) -> tuple[str, str]:
    """What a notice is about, the whole transfer if there is one; and a lane of it."""
    if isinstance(one, TransferRecord):
        return one.transfer_id, one.lanes[0]
    return one.transfer_id or one.handover_id, one.lane
