"""The operations on the queue of the signed-in office."""

from casework import errors
from casework.queue import schemas, service
from casework.restrictions.hidden import hidden_from
from casework.service.author import Author
from kit.http import APIRouter, Call, Response, operation
from regulations import Library

router = APIRouter()


@operation(router, "GET", "/v1/work", "list_work", query=schemas.WorkQuery, answer=schemas.WorkPage)
async def list_work(call: Call) -> schemas.WorkPage:
    """The queue of the signed-in office, in the order of due, each line with the member who has it."""
    call.authorize()
    async with call.uow.unlocked() as tx:
        hidden = await hidden_from(tx, call.principal)
        query = call.query(schemas.WorkQuery)
        return await service.page(tx, call.get(Library).titles, Author.of(call.principal), hidden, query)


@operation(router, "GET", "/v1/queue/count", "count_work", answer=schemas.WorkCount)
async def count_work(call: Call) -> schemas.WorkCount:
    """How many lines the queue of the office has and how many are overdue, for each assignee and for each lane."""
    call.authorize()
    async with call.uow.unlocked() as tx:
        return await service.count(tx, Author.of(call.principal), await hidden_from(tx, call.principal))


@operation(
    router,
    "POST",
    "/v1/queue/take",
    "take_work",
    body=schemas.WorkIn,
    answer=schemas.AssigneeOut,
    refusals=(errors.CannotHaveWork, errors.NoSuchWork, errors.AlreadyTaken),
)
async def take_work(call: Call) -> Response:
    """Take the office's work in one lane of a case, if nobody has it.

    The caller has it until it is returned or given to another member, also what comes later in this lane.
    """
    call.authorize()
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.WorkIn)
        hidden = await hidden_from(tx, call.principal)
        return await call.once.keep(tx, await service.take(tx, Author.of(call.principal), hidden, given))


@operation(
    router,
    "POST",
    "/v1/queue/return",
    "return_work",
    body=schemas.WorkIn,
    answer=schemas.AssigneeOut,
    refusals=(errors.NoSuchWork, errors.NotYours),
)
async def return_work(call: Call) -> Response:
    """Return work to the team: one's own, or that of an absent member by the deputy."""
    call.authorize()
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.WorkIn)
        hidden = await hidden_from(tx, call.principal)
        return await call.once.keep(tx, await service.give_back(tx, Author.of(call.principal), hidden, given))


@operation(
    router,
    "POST",
    "/v1/queue/give",
    "give_work",
    body=schemas.GiveIn,
    answer=schemas.GivenOut,
    refusals=(errors.CannotHaveWork, errors.MemberIsAbsent),
)
async def give_work(call: Call) -> Response:
    """Give up to 200 lines to a member, or back to the team, by a head or a duty officer.

    Each line says who had it when the caller looked. A line that somebody else has now stays as it is.
    """
    call.authorize()
    author = Author.of(call.principal)
    async with call.uow() as tx:
        the_team = await service.team(tx, author.office)
        service.check_may_give(the_team, author)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(schemas.GiveIn)
        hidden = await hidden_from(tx, call.principal)
        return await call.once.keep(tx, await service.give(tx, the_team, author, hidden, given))
