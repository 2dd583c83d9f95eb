"""The operations on break-glass."""

from casework import errors
from casework.amendments.book import LawBook
from casework.api.guards import known, sealed, step
from casework.break_glass import repository, schemas, service
from casework.domain.case_file import CaseFile
from casework.service import files
from casework.service.author import Author
from casework.service.files import stored_standing
from contracts.problems import SamePerson
from contracts.topology import STANDINGS
from kit.http import APIRouter, Call, Response, operation
from kit.uow import Tx
from regulations.rights import Rights

router = APIRouter()


@operation(
    router,
    "POST",
    "/v1/break-glass",
    "break_glass",
    body=schemas.BreakGlassIn,
    answer=schemas.BreakGlassAsked,
    refusals=(errors.HasPart,),
    shows=STANDINGS,
)
async def break_glass(call: Call) -> Response:
    """Ask to open a case of others for danger to life. A second person of the office confirms within minutes."""
    call.authorize()
    given, rights = await call.body(schemas.BreakGlassIn), call.get(Rights)
    case_id = given.case_id
    if case_id is None:
        async with call.uow.unlocked() as tx:
            case_id = await service.case_of_number(tx, given.number or "")
    found = known(case_id)

    async def check(tx: Tx) -> None:
        await service.check_outside(tx, rights, call.principal, found)

    documents = await sealed(call, found, schemas.BreakGlassIn, lambda one: one.reason, check)

    async def work(tx: Tx, file: CaseFile) -> schemas.BreakGlassAsked:
        one = await service.ask(tx, rights, file, call.principal, documents)
        return schemas.BreakGlassAsked(break_glass_id=one.break_glass_id, confirm_by=one.confirm_by)

    return await step(call, found, work, lambda file: call.authorize(stored_standing(file)))


@operation(
    router,
    "POST",
    "/v1/break-glass/{break_glass_id}/confirm",
    "confirm_break_glass",
    answer=schemas.BreakGlassOpened,
    refusals=(SamePerson, errors.BreakGlassEnded),
    shows=STANDINGS,
)
async def confirm_break_glass(call: Call) -> Response:
    """Confirm as a second person of the office. Both may read for some minutes; the holders are told at once."""

    def check(file: CaseFile) -> None:
        call.authorize(stored_standing(file))
        service.check_may_confirm(service.find(file, call.id("break_glass_id")), call.principal)

    async def work(tx: Tx, file: CaseFile) -> schemas.BreakGlassOpened:
        one = service.find(file, call.id("break_glass_id"))
        opened = await service.confirm(tx, file, Author.of(call.principal), one)
        assert opened.until is not None
        return schemas.BreakGlassOpened(
            break_glass_id=opened.break_glass_id, case_id=opened.case_id, until=opened.until
        )

    return await step(call, await _case_of(call), work, check)


@operation(
    router,
    "GET",
    "/v1/break-glass/{break_glass_id}",
    "get_break_glass",
    answer=schemas.BreakGlassOut,
)
async def get_break_glass(call: Call) -> schemas.BreakGlassOut:
    """A break-glass; while it is open the two persons also see here what of the case can save a life."""
    case_id = await _case_of(call)
    async with call.uow.unlocked() as tx:
        file = await files.read(tx, call.get(LawBook), case_id)
        call.authorize(stored_standing(file))
        return service.shown(tx, call.get(Rights), file, call.principal, call.id("break_glass_id"))


@operation(
    router,
    "POST",
    "/v1/break-glass/{break_glass_id}/review",
    "review_break_glass",
    body=schemas.ReviewIn,
    answer=schemas.BreakGlassReviewed,
    refusals=(SamePerson, errors.BreakGlassEnded),
    shows=STANDINGS,
)
async def review_break_glass(call: Call) -> Response:
    """Say whether it was justified, by the office above. Until then the review stands in its queue."""
    case_id, rights = await _case_of(call), call.get(Rights)

    def check(file: CaseFile) -> None:
        call.authorize(stored_standing(file))
        one = service.find(file, call.id("break_glass_id"))
        service.check_may_review(rights, file, one, call.principal, call.now)

    async def check_first(tx: Tx) -> None:
        check(await files.read(tx, call.get(LawBook), case_id))

    documents = await sealed(call, case_id, schemas.ReviewIn, lambda given: given.note, check_first)

    async def work(tx: Tx, file: CaseFile) -> schemas.BreakGlassReviewed:
        given, one = await call.body(schemas.ReviewIn), service.find(file, call.id("break_glass_id"))
        version = await service.review(tx, file, Author.of(call.principal), one, given.result, documents)
        return schemas.BreakGlassReviewed(version=version, result=given.result)

    return await step(call, case_id, work, check)


async def _case_of(call: Call) -> str:
    """The case of the break-glass that the address names. Raises `NotFound`."""
    async with call.uow.unlocked() as tx:
        return known(await repository.case_of(tx.session, call.id("break_glass_id")))
