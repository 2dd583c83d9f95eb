"""The operations on members of an office. Only `list_members` shows names."""

from casework import errors
from casework.amendments.book import LawBook
from casework.members import schemas, service
from casework.service.author import Author, office_only
from kit.http import APIRouter, Call, Response, operation

router = APIRouter()


@operation(
    router,
    "GET",
    "/v1/offices/{role}/{word}/members",
    "list_members",
    query=schemas.MembersQuery,
    answer=schemas.MembersOut,
)
async def list_members(call: Call) -> schemas.MembersOut:
    """Who works in the office, with names, and who is away: for the office, the one above it and the administration."""
    call.authorize()
    office = _office(call)
    async with call.uow() as tx:
        directory = (await call.get(LawBook).current(tx)).world.directory
        service.check_may_list(tx, directory, call.principal, office)
        return await service.show(tx, office, former=call.query(schemas.MembersQuery).former)


@operation(
    router,
    "POST",
    "/v1/offices/{role}/{word}/members",
    "import_members",
    body=schemas.MembersIn,
    answer=schemas.MembersSet,
    refusals=(errors.NobodyLeft, errors.TooManyMembers),
)
async def import_members(call: Call) -> Response:
    """Set members of the office: by a head of it, by the office above or by the administration.

    The first import makes the list. From then on only members get in. A head never makes the first list.
    The same members once more change nothing.
    """
    call.authorize()
    author, office = Author.of(call.principal), _office(call)
    async with call.uow() as tx:
        directory = (await call.get(LawBook).current(tx)).world.directory
        await service.check_may_import(tx, directory, call.principal, office)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.MembersIn)
        return await call.once.keep(tx, await service.set_members(tx, author, office, given))


@operation(
    router,
    "POST",
    "/v1/offices/{role}/{word}/absences",
    "state_absence",
    body=schemas.AbsenceIn,
    answer=schemas.AbsenceOut,
    refusals=(errors.NoMember,),
)
async def state_absence(call: Call) -> Response:
    """State on which days a member of the own office is away, and who deputises: the member itself, or a head.

    It takes nobody's rights away: an absent member may still act.
    """
    call.authorize()
    author, office = Author.of(call.principal), _office(call)
    office_only(author.office, office)
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.AbsenceIn)
        return await call.once.keep(tx, await service.state_absence(tx, author, office, given))


def _office(call: Call) -> str:
    return f"{call.code('role')}/{call.code('word')}"
