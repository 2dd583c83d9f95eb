"""The operations on transfers between provinces: propose, accept, person moved, file received, sender closed."""

from casefile.errors import CaseIsClosed, OutOfOrder
from casework import errors, schemas, transfer_schemas
from casework.amendments.book import LawBook
from casework.api.guards import CONTRADICTIONS, known, locked
from casework.domain.case_file import CaseFile
from casework.domain.records import TransferRecord
from casework.service import files, reading, transfers
from casework.service.author import Author, office_only
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations.fold import UnknownState

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
)
async def propose_transfer(call: Call) -> Response:
    """Propose that an office of another province takes lanes over, all together. Nothing moves until it accepts."""
    async with call.uow() as tx:
        file = await locked(call, tx, call.id("case_id"))
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(transfer_schemas.TransferIn)
        proposed = await transfers.propose(tx, file, Author.of(call.principal), given)
        answer_by = next((wait.at for wait in proposed.waits if wait.kind == "answer"), None)
        answer = transfer_schemas.TransferProposed(transfer_id=proposed.transfer_id, answer_by=answer_by)
        return await call.once.keep(tx, answer)


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/answer",
    "answer_transfer",
    body=schemas.AnswerIn,
    answer=schemas.Done,
    refusals=(errors.TransferElsewhere, *CONTRADICTIONS),
)
async def answer_transfer(call: Call) -> Response:
    """Accept or decline a transfer, by the office to which it was proposed. It sees no file before it accepts."""
    async with call.uow() as tx:
        found = await transfers.find(tx, call.id("transfer_id"))
        file = await files.lock(tx, call.get(LawBook), known(found.case_id))
        # As for a hand-over: the receiver keeps its right after its answer, and a second answer is too late (409).
        call.authorize(files.stored_standing(file).model_copy(update={"proposed": (found.to_office,)}))
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.AnswerIn)
        transfer = transfers.of(file, found.transfer_id)
        version = await transfers.answer(tx, file, Author.of(call.principal), transfer, given)
        return await call.once.keep(tx, schemas.Done(version=version))


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/person-moved",
    "record_person_moved",
    body=transfer_schemas.TransferStepIn,
    answer=schemas.Done,
    refusals=AT_ANOTHER_STEP,
)
async def record_person_moved(call: Call) -> Response:
    """The person moved to the receiver's province. The sender owes this step, and either side may state it."""
    async with call.uow() as tx:
        file, transfer = await _locked(call, tx)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(transfer_schemas.TransferStepIn)
        version = await transfers.person_moved(tx, file, Author.of(call.principal), transfer, given)
        return await call.once.keep(tx, schemas.Done(version=version))


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/file-received",
    "record_file_received",
    body=transfer_schemas.TransferStepIn,
    answer=schemas.Done,
    refusals=AT_ANOTHER_STEP,
)
async def record_file_received(call: Call) -> Response:
    """The receiver has the papers of the file."""
    async with call.uow() as tx:
        file, transfer = await _locked(call, tx)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(transfer_schemas.TransferStepIn)
        version = await transfers.file_received(tx, file, Author.of(call.principal), transfer, given)
        return await call.once.keep(tx, schemas.Done(version=version))


@operation(
    router,
    "POST",
    "/v1/transfers/{transfer_id}/close",
    "close_transfer",
    body=transfer_schemas.TransferCloseIn,
    answer=schemas.Done,
    refusals=(errors.TransferElsewhere, *CONTRADICTIONS),
)
async def close_transfer(call: Call) -> Response:
    """The sender closes its side, or cancels before the person has moved; then it gets every lane back."""
    async with call.uow() as tx:
        file, transfer = await _locked(call, tx)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(transfer_schemas.TransferCloseIn)
        version = await transfers.close(tx, file, Author.of(call.principal), transfer, given)
        return await call.once.keep(tx, schemas.Done(version=version))


@operation(
    router, "GET", "/v1/transfers", "list_transfers", query=schemas.HandoverQuery, answer=transfer_schemas.TransferPage
)
async def list_transfers(call: Call) -> transfer_schemas.TransferPage:
    """Transfers proposed to the office, or by it, newest first."""
    call.authorize()
    async with call.uow() as tx:
        return await reading.transfers(tx, call.principal.office, call.query(schemas.HandoverQuery))


async def _locked(call: Call, tx: Tx) -> tuple[CaseFile, TransferRecord]:
    """The locked file and its transfer, after the checks for 404 and 403. Only its two offices may act."""
    found = await transfers.find(tx, call.id("transfer_id"))
    file = await locked(call, tx, known(found.case_id))
    office_only(call.principal.office, found.from_office, found.to_office)
    return file, transfers.of(file, found.transfer_id)
