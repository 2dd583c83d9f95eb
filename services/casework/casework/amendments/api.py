"""The operations on amendments of the law. Only the national coordinating office may call them."""

from casework import errors
from casework.amendments import schemas, service
from casework.amendments.book import LawBook
from casework.amendments.refold import Refold
from casework.service.author import Author, office_only
from contracts.problems import SamePerson
from kit.http import APIRouter, Call, Response, operation

router = APIRouter()


@operation(
    router,
    "POST",
    "/v1/amendments",
    "propose_amendment",
    body=schemas.AmendmentIn,
    answer=schemas.AmendmentOut,
    status=201,
    refusals=(errors.NotInstalled, errors.OfficesRefused),
)
async def propose_amendment(call: Call) -> Response:
    """Propose a change of the calendar, of a pack or of the offices. Nothing changes before a second person signs.

    `decision` and `reason` are kept as plain text: they are about the law, never about a person.
    """
    _only_national(call)
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.AmendmentIn)
        proposed = await service.propose(tx, call.get(LawBook), Author.of(call.principal), given)
        return await call.once.keep(tx, proposed, status=201)


@operation(router, "GET", "/v1/amendments", "list_amendments", answer=schemas.AmendmentList)
async def list_amendments(call: Call) -> schemas.AmendmentList:
    """Every amendment, and whether the signed ones are unchanged since their signature."""
    _only_national(call)
    async with call.uow() as tx:
        return await service.everything(tx)


@operation(router, "GET", "/v1/amendments/{amendment_id}", "get_amendment", answer=schemas.AmendmentProgress)
async def get_amendment(call: Call) -> schemas.AmendmentProgress:
    """One amendment, and how far its re-fold is."""
    _only_national(call)
    async with call.uow() as tx:
        return await service.progress(tx, call.id("amendment_id"))


@operation(
    router,
    "GET",
    "/v1/amendments/{amendment_id}/preview",
    "preview_amendment",
    query=schemas.PreviewQuery,
    answer=schemas.PreviewOut,
    refusals=(errors.NotInstalled, errors.OfficesRefused, errors.AlreadySigned, errors.AmendmentWithdrawn),
)
async def preview_amendment(call: Call) -> schemas.PreviewOut:
    """Preview what a proposal would move in a page of open cases, from when to when, and why. Nothing is stored."""
    _only_national(call)
    amendment_id = call.id("amendment_id")
    async with call.uow() as tx:
        await service.find(tx, amendment_id)
        return await service.preview(tx, call.get(LawBook), amendment_id, call.query(schemas.PreviewQuery))


@operation(
    router,
    "POST",
    "/v1/amendments/{amendment_id}/sign",
    "sign_amendment",
    body=schemas.SignIn,
    answer=schemas.AmendmentOut,
    refusals=(
        SamePerson,
        errors.NotInstalled,
        errors.OfficesRefused,
        errors.BeforeItsDay,
        errors.AlreadySigned,
        errors.AmendmentWithdrawn,
        errors.OtherContent,
    ),
    strong=True,
)
async def sign_amendment(call: Call) -> Response:
    """Sign a proposal. The signer must not be its proposer. From then on it is the law of every case."""
    _only_national(call)
    amendment_id = call.id("amendment_id")
    async with call.uow() as tx:
        await service.check_second(tx, Author.of(call.principal), amendment_id)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.SignIn)
        signed = await service.sign(tx, call.get(LawBook), Author.of(call.principal), amendment_id, given.content_hash)
        answer = await call.once.keep(tx, signed)
    call.get(Refold).wake()
    return answer


@operation(
    router,
    "POST",
    "/v1/amendments/{amendment_id}/withdraw",
    "withdraw_amendment",
    answer=schemas.AmendmentOut,
    refusals=(errors.AlreadySigned, errors.AmendmentWithdrawn),
)
async def withdraw_amendment(call: Call) -> Response:
    """Take a proposal back before it is signed."""
    _only_national(call)
    amendment_id = call.id("amendment_id")
    async with call.uow() as tx:
        await service.find(tx, amendment_id)
        if seen := await call.once.seen(tx):
            return seen
        withdrawn = await service.withdraw(tx, Author.of(call.principal), amendment_id)
        return await call.once.keep(tx, withdrawn)


def _only_national(call: Call) -> None:
    call.authorize()
    office_only(call.principal.office, service.national(call.get(LawBook), call.now))
