"""Write the consequences of a change and emit its events. API, consumers and waits all write through here."""

from collections.abc import Sequence
from typing import Any

from casework import repository
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import Consequences, consequences_of
from casework.domain.records import CorrectionRecord, FactRecord
from contracts.events.casework import CaseChanged, FactCorrected, TransferChanged
from contracts.topology import STANDINGS
from kit.uow import Overtaken, Tx


async def apply(tx: Tx, file: CaseFile, change: Change) -> Consequences:
    """Fold a file with a change, write what follows, and emit it to the other services.

    Raises:
        Contradiction: 409; nothing is stored.
    """
    after = consequences_of(file, change, tx.now)
    await write(tx, after)
    for correction in change.corrections:
        if fact := file.fact(correction.fact_id):
            tx.emit(_corrected(correction, fact))
    return after


async def version_after(tx: Tx, file: CaseFile, change: Change) -> int:
    """`apply`, for use cases that answer with the new version of the case."""
    return (await apply(tx, file, change)).file.case.version


def _corrected(correction: CorrectionRecord, fact: FactRecord) -> FactCorrected:
    """The event for the service that stated the fact and keeps a record of its own."""
    return FactCorrected(
        case_id=correction.case_id,
        fact_id=fact.fact_id,
        correction_id=correction.correction_id,
        lane=fact.lane,
        state=fact.state,
        withdrawn=correction.withdrawn,
        occurred_at=correction.occurred_at,
        recorded_at=correction.recorded_at,
    )


async def write(tx: Tx, after: Consequences) -> None:
    """Write the consequences for one case, and emit its events as `emit_changes` does."""
    await repository.write_file(tx, after.columns, after.rows)
    emit_changes(tx, after, arms=after.arms)


async def write_opened(tx: Tx, after: Consequences) -> None:
    """Write a case that is opened, and emit its events. Where it is known already, nothing is written (`Overtaken`)."""
    await repository.open_file(tx, after.file.case.model_dump(mode="json"), after.rows)
    emit_changes(tx, after, arms=after.arms)


async def write_waits(tx: Tx, cases: Sequence[Consequences]) -> None:
    """Write the consequences for many cases that state nothing new, in one statement. The caller emits their events.

    Raises `Overtaken` if an amendment was signed since they were read: what fired under the old law may not hold.
    """
    if not await repository.write_files(tx.session, [one.columns for one in cases], rows_of(cases)):
        raise Overtaken


def emit_changes(tx: Tx, after: Consequences, *, arms: bool) -> None:
    """Show a new standing in the bucket, and emit the events of a written file.

    These are `CaseChanged`, where a service or the workflow of the case acts on it, each step of a transfer, and
    notices to offices whose proposal nobody can answer.
    The standing goes first: who handles an event of this change then finds it in the bucket.

    Args:
        arms: false where the workflow of the case gets its waits in another way.
    """
    case = after.file.case
    if after.standing_changed:
        tx.show(STANDINGS, case.case_id, case.version)
    if after.acted_on or arms:
        tx.emit(CaseChanged(case_id=case.case_id, case_version=case.version, standing=after.standing, arms=arms))
    for notice in after.notices:
        tx.emit(notice)
    for transfer in after.moved:
        tx.emit(
            TransferChanged(
                case_id=case.case_id,
                transfer_id=transfer.transfer_id,
                transfer_version=transfer.version,
                state=transfer.state,
                from_office=transfer.from_office,
                to_office=transfer.to_office,
                lanes=tuple(transfer.lanes),
                changed_at=tx.now,
            )
        )


def rows_of(cases: Sequence[Consequences]) -> dict[str, list[Any]]:
    """The rows of many cases by table. Each id to delete comes with its case."""
    rows: dict[str, list[Any]] = {}
    for one in cases:
        case_id = one.file.case.case_id
        for name, values in one.rows.items():
            old = name.startswith("old_")
            rows.setdefault(name, []).extend({"case_id": case_id, "id": key} if old else key for key in values)
    return rows
