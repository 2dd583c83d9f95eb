"""The operations on steps that need a second signature."""

from collections.abc import Callable

from casework import errors
from casework.api.guards import known, step
from casework.countersignings import repository, schemas, service
from casework.domain import restricting
from casework.domain.case_file import CaseFile
from casework.domain.records import SigningRecord
from casework.members.service import roster
from casework.restrictions import service as restrictions
from casework.service.author import Author
from casework.service.files import stored_standing
from contracts.problems import NotFound, SamePerson
from contracts.topology import STANDINGS
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations.rights import Rights

router = APIRouter()
Check = Callable[[CaseFile], None]


@operation(
    router,
    "POST",
    "/v1/signings/{signing_id}/sign",
    "sign_step",
    answer=schemas.SigningDone,
    refusals=(SamePerson, errors.SigningEnded),
    shows=STANDINGS,
)
async def sign_step(call: Call) -> Response:
    """Give the second signature. The step is done now, unless it counts already or does not fit any more (`void`)."""

    async def work(tx: Tx, file: CaseFile) -> schemas.SigningDone:
        one = service.find(file, call.id("signing_id"))
        return await service.sign(tx, call.get(Rights), file, one, Author.of(call.principal))

    case_id = await _case_of(call)
    answer = await step(call, case_id, work, await _second_person_only(call))
    async with call.uow() as tx:
        await restrictions.release_work(tx, case_id)
    return answer


@operation(
    router,
    "POST",
    "/v1/signings/{signing_id}/refuse",
    "refuse_step",
    body=schemas.SigningRefusalIn,
    answer=schemas.SigningDone,
    refusals=(SamePerson, errors.SigningEnded),
    shows=STANDINGS,
)
async def refuse_step(call: Call) -> Response:
    """Refuse the second signature. A step that counts already goes on counting; its office is told."""

    async def work(tx: Tx, file: CaseFile) -> schemas.SigningDone:
        given, one = await call.body(schemas.SigningRefusalIn), service.find(file, call.id("signing_id"))
        return await service.refuse(tx, file, one, Author.of(call.principal), given.reason)

    return await step(call, await _case_of(call), work, await _second_person_only(call))


@operation(
    router,
    "POST",
    "/v1/signings/{signing_id}/take-back",
    "take_back_step",
    answer=schemas.SigningDone,
    refusals=(errors.SigningEnded, errors.CountsAlready),
    shows=STANDINGS,
)
async def take_back_step(call: Call) -> Response:
    """The office of the author no longer wants the step, so nobody needs to sign it."""

    def check(file: CaseFile) -> None:
        one = _shown(call, file)
        service.check_may_take_back(file, one, Author.of(call.principal), call.now)

    async def work(tx: Tx, file: CaseFile) -> schemas.SigningDone:
        one = service.find(file, call.id("signing_id"))
        return await service.take_back(tx, file, one, Author.of(call.principal))

    return await step(call, await _case_of(call), work, check)


@operation(
    router,
    "GET",
    "/v1/signings",
    "list_signings",
    query=schemas.SigningQuery,
    answer=schemas.SigningPage,
)
async def list_signings(call: Call) -> schemas.SigningPage:
    """Steps that the office is asked to sign, or that it stated and that need a second signature; newest first."""
    call.authorize()
    async with call.uow.unlocked() as tx:
        return await service.listed(tx, call.principal, call.query(schemas.SigningQuery))


def _shown(call: Call, file: CaseFile) -> SigningRecord:
    """The signing that the address names. Raises `NotFound` for whom a restriction shuts out, this one or another."""
    call.authorize(stored_standing(file))
    one = service.find(file, call.id("signing_id"))
    asked = restricting.asked_by(one)
    if asked is not None and restricting.names(asked, call.principal.office, call.principal.actor):
        raise NotFound
    return one


async def _case_of(call: Call) -> str:
    """The case of the signing that the address names. Raises `NotFound`."""
    async with call.uow.unlocked() as tx:
        return known(await repository.case_of(tx.session, call.id("signing_id")))


async def _second_person_only(call: Call) -> Check:
    """What refuses (403) whoever may not sign the step second, with the list of the caller's office as it is now."""
    async with call.uow.unlocked() as tx:
        found = await roster(tx, call.principal.office)

    def check(file: CaseFile) -> None:
        one = _shown(call, file)
        service.check_may_sign(file, one, call.principal, found, call.now)

    return check
