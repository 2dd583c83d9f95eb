"""The operations on offices. What they show is public, for everybody who has a token."""

from casework import errors
from casework.amendments.book import LawBook
from casework.offices import schemas, service
from casework.service.author import Author
from kit.http import APIRouter, Call, Response, operation

router = APIRouter()


@operation(router, "GET", "/v1/offices/{role}/{word}", "get_office", answer=schemas.OfficeOut)
async def get_office(call: Call) -> schemas.OfficeOut:
    """One office (`role/word`): place, life, successor, and what it says of itself. A signed change shows at once."""
    call.authorize()
    async with call.uow() as tx:
        directory = (await call.get(LawBook).current(tx)).world.directory
        return await service.show(tx, directory, _office(call))


@operation(
    router,
    "POST",
    "/v1/offices/{role}/{word}/particulars",
    "change_office",
    body=schemas.ParticularsIn,
    answer=schemas.OfficeOut,
    refusals=(errors.OfficeEnded,),
)
async def change_office(call: Call) -> Response:
    """Change the public contact, or the stated capacity, of the caller's own office or of one below it.

    A field that is left out stays as it is; null takes it back.

    Everybody who has a token reads them, with who changed them and when. So they must not name a person.
    """
    call.authorize()
    author, office = Author.of(call.principal), _office(call)
    async with call.uow() as tx:
        directory = (await call.get(LawBook).current(tx)).world.directory
        service.check_may_change(tx, directory, author, office)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.ParticularsIn)
        return await call.once.keep(tx, await service.change(tx, directory, author, office, given))


def _office(call: Call) -> str:
    return f"{call.code('role')}/{call.code('word')}"
