"""The operation that finds a case by what people say of it."""

import logging

from casework.errors import Misheard
from casework.finding import schemas, service
from contracts.problems import NotFound
from kit import telemetry
from kit.http import APIRouter, Call, operation
from regulations.rights import Rights

router = APIRouter()
log = logging.getLogger(__name__)


@operation(
    router,
    "GET",
    "/v1/cases",
    "find_case",
    query=schemas.FindQuery,
    answer=schemas.FoundCases,
    refusals=(Misheard,),
)
async def find_case(call: Call) -> schemas.FoundCases:
    """Find a case by its number, or cases by the alias of the person: those that the office may see.

    A case that it may not see is answered as one that does not exist.
    """
    call.authorize()
    query = call.query(schemas.FindQuery)
    try:
        async with call.uow.unlocked() as tx:
            found = await service.find(tx, call.get(Rights), call.principal, query)
    except NotFound:
        # one line for a case of others and for no case: the log too does not say that there is one
        log.info("unknown or denied: %s to %s %s", call.operation, call.principal.name, call.principal.actor)
        raise
    if len(found.items) == 1:
        telemetry.correlate(found.items[0].case_id)
    return found
