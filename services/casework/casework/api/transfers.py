"""The operations on transfers between provinces: propose, accept, person moved, file received, sender closed."""

from pydantic import BaseModel

from casefile.errors import CaseIsClosed
from casework import errors, schemas, transfer_schemas
from casework.api.guards import authorize, known, step
from casework.domain.case_file import CaseFile
from casework.domain.records import TransferRecord
from casework.service import files, reading, transfers
from casework.service.author import Author, office_only
from contracts.topology import STANDINGS
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations import OutOfOrder, UnknownState
from regulations.refusals import CONTRADICTIONS

router = APIRouter()
AT_ANOTHER_STEP = (errors.TransferElsewhere, OutOfOrder)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/transfers",
    "propose_transfer",
    body=transfer_schemas.TransferIn,
    answer=transfer_schemas.TransferProposed,
    refusals=(
        UnknownState,
        errors.UnknownOffice,
        CaseIsClosed,
        errors.LaneHasEnded,
        errors.AlreadyProposed,
    ),
    shows=STANDINGS,
)
async def propose_transfer(call: Call) -> Response:
    """Propose that an office of another province takes lanes over, all together. Nothing moves until it accepts."""

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(transfer_schemas.TransferIn)
        proposed = await transfers.propose(tx, file, Author.of(call.principal), given)
        answer_by = next((wait.at for wait in proposed.waits if wait.kind == "answer"), None)
        return transfer_schemas.TransferProposed(transfer_id=proposed.transfer_id, answer_by=answer_by)

    return await step(call, call.id("case_id"), work)


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/answer",
    "answer_transfer",
    body=schemas.AnswerIn,
    answer=schemas.Done,
    refusals=(errors.TransferElsewhere, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def answer_transfer(call: Call) -> Response:
    """Accept or decline a transfer, by the office to which it was proposed. It sees no file before it accepts."""
    found = await _found(call)

    def check(file: CaseFile) -> None:
        # As for a hand-over: the receiver keeps its right after its answer, and a second answer is too late (409).
        receiver = transfers.between_living(file, found.transfer_id, call.now).to_office
        call.authorize(files.stored_standing(file).model_copy(update={"proposed": (receiver,)}))

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(schemas.AnswerIn)
        transfer = transfers.between_living(file, found.transfer_id, tx.now)
        return schemas.Done(version=await transfers.answer(tx, file, Author.of(call.principal), transfer, given))

    return await step(call, found.case_id, work, check)


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/person-moved",
    "record_person_moved",
    body=transfer_schemas.TransferStepIn,
    answer=schemas.Done,
    refusals=AT_ANOTHER_STEP,
    shows=STANDINGS,
)
async def record_person_moved(call: Call) -> Response:
    """The person moved to the receiver's province. The sender owes this step, and either side may state it."""
    found = await _found(call)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(transfer_schemas.TransferStepIn)
        transfer = transfers.between_living(file, found.transfer_id, tx.now)
        return schemas.Done(version=await transfers.person_moved(tx, file, Author.of(call.principal), transfer, given))

    return await step(call, found.case_id, work, lambda file: _of_two(call, file, found))


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/file-received",
    "record_file_received",
    body=transfer_schemas.TransferStepIn,
    answer=schemas.Done,
    refusals=AT_ANOTHER_STEP,
    shows=STANDINGS,
)
async def record_file_received(call: Call) -> Response:
    """The receiver has the papers of the file."""
    found = await _found(call)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(transfer_schemas.TransferStepIn)
        transfer = transfers.between_living(file, found.transfer_id, tx.now)
        return schemas.Done(version=await transfers.file_received(tx, file, Author.of(call.principal), transfer, given))

    return await step(call, found.case_id, work, lambda file: _of_two(call, file, found))


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/close",
    "close_transfer",
    body=transfer_schemas.TransferCloseIn,
    answer=schemas.Done,
    refusals=(errors.TransferElsewhere, *CONTRADICTIONS),
    shows=STANDINGS,
)
async def close_transfer(call: Call) -> Response:
    """The sender closes its side, or cancels before the person has moved; then it gets every lane back."""
    found = await _found(call)

    async def work(tx: Tx, file: CaseFile) -> BaseModel:
        given = await call.body(transfer_schemas.TransferCloseIn)
        transfer = transfers.between_living(file, found.transfer_id, tx.now)
        return schemas.Done(version=await transfers.close(tx, file, Author.of(call.principal), transfer, given))

    return await step(call, found.case_id, work, lambda file: _of_two(call, file, found))


@operation(
    router, "GET", "/v1/transfers", "list_transfers", query=schemas.HandoverQuery, answer=transfer_schemas.TransferPage
)
async def list_transfers(call: Call) -> transfer_schemas.TransferPage:
    """Transfers proposed to the office, or by it, newest first."""
    call.authorize()
    async with call.uow.unlocked() as tx:
        return await reading.transfers(tx, call.principal, call.query(schemas.HandoverQuery))


async def _found(call: Call) -> TransferRecord:
    """The transfer that a call names, as committed; 404 for an unknown one."""
    async with call.uow.unlocked() as tx:
        found = await transfers.find(tx, call.id("transfer_id"))
    known(found.case_id)
    return found


def _of_two(call: Call, file: CaseFile, transfer: TransferRecord) -> None:
    """Only the two offices of a transfer, or who follows them, may act within their right in the case (403)."""
    authorize(call, files.stored_standing(file))
    sides = transfers.between_living(file, transfer.transfer_id, call.now)
    office_only(call.principal.office, sides.from_office, sides.to_office)
