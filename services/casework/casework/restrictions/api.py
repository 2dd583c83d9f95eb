"""The operations on restrictions of a case."""

from casework import errors
from casework.api.guards import known, sealed, step
from casework.countersignings.service import Stated, do_or_hold
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import RestrictionRecord
from casework.restrictions import repository, schemas, service
from casework.service.author import Author
from casework.service.files import stored_standing
from contracts.problems import NotFound
from contracts.topology import STANDINGS
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations import Library
from regulations.rights import IDENTIFICATION

router = APIRouter()


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/restrictions",
    "restrict_case",
    body=schemas.RestrictionIn,
    answer=schemas.RestrictionAsked,
    refusals=(errors.UnknownOffice, errors.NobodyCouldOpen, errors.AlreadyAsked),
    shows=STANDINGS,
)
async def restrict_case(call: Call) -> Response:
    """Close a case to all but named members, or shut out a person or an office, by who carries it or supervises it.

    It holds when a second person has signed it. Several restrictions hold together, and each is lifted by itself.
    """
    case_id = call.id("case_id")
    documents = await sealed(call, case_id, schemas.RestrictionIn, lambda given: given.reason, lane=IDENTIFICATION)

    async def work(tx: Tx, file: CaseFile) -> schemas.RestrictionAsked:
        given = await call.body(schemas.RestrictionIn)
        record = await service.restricted(tx, file, Author.of(call.principal), given, documents)
        return await _asked(tx, call, file, record, documents)

    return await step(call, case_id, work, lambda file: _authorize(call, file))


@operation(
    router,
    "POST",
    "/v1/restrictions/{restriction_id}/lift",
    "lift_restriction",
    body=schemas.LiftIn,
    answer=schemas.RestrictionAsked,
    refusals=(errors.RestrictionEnded, errors.NobodyCouldOpen, errors.AlreadyAsked),
    shows=STANDINGS,
)
async def lift_restriction(call: Call) -> Response:
    """Lift one restriction of a case. It ends when a second person has signed it."""
    restriction_id = call.id("restriction_id")
    async with call.uow.unlocked() as tx:
        case_id = known(await repository.case_of(tx.session, restriction_id))
    documents = await sealed(call, case_id, schemas.LiftIn, lambda given: given.reason, lane=IDENTIFICATION)

    def check(file: CaseFile) -> None:
        _authorize(call, file)
        if all(one.restriction_id != restriction_id for one in service.shown_to(file, call.principal)):
            raise NotFound

    async def work(tx: Tx, file: CaseFile) -> schemas.RestrictionAsked:
        await call.body(schemas.LiftIn)
        record = service.lifted(file, Author.of(call.principal), restriction_id, tx.now)
        return await _asked(tx, call, file, record, documents)

    return await step(call, case_id, work, check)


def _authorize(call: Call, file: CaseFile) -> None:
    call.authorize(stored_standing(file), lane=file.pack.identification_lane)


async def _asked(
    tx: Tx, call: Call, file: CaseFile, record: RestrictionRecord, documents: tuple[str, ...]
) -> schemas.RestrictionAsked:
    """Keep it for its second signature. The signing keeps the whole record: who may not learn of it is found by it."""
    body, change = record.model_dump(mode="json"), Change(restrictions=(record,))
    stated = Stated(call.operation, Author.of(call.principal), change, body, documents)
    version, signing_id = await do_or_hold(tx, call.get(Library).four_eyes, file, stated)
    return schemas.RestrictionAsked(version=version, restriction_id=record.restriction_id, signing_id=signing_id)
