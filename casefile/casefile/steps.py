"""One step in a case as an operation takes it: what every such operation does, in the order of the refusals."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar, cast

from pydantic import BaseModel

from casefile.context import CaseContext, case_of
from kit.http import Answer, Call, check_occurred_at
from kit.uow import Tx


class DatedBody(Protocol):
    """The body of a step: a pydantic model that says when the step happened."""

    occurred_at: datetime


GivenT = TypeVar("GivenT", bound=DatedBody)
AnswerT = TypeVar("AnswerT", bound=BaseModel)


async def take_step(
    call: Call,
    tx: Tx,
    case_id: str,
    model: type[GivenT],
    use_case: Callable[[CaseContext, GivenT], Awaitable[AnswerT]],
    *,
    check_date: bool = True,
    without: str | None = None,
    context: Mapping[str, str] | None = None,
) -> Answer:
    """Take one step in a case, or repeat the answer that was given to the same Idempotency-Key.

    The refusals come in this order: 404 for an unknown case, 403 by the rights, 422 for the key and the body, and then
    whatever the use case refuses.

    Args:
        call: the request.
        tx: the transaction of the step.
        case_id: of the case that the step belongs to.
        model: of the body.
        use_case: does the step and gives the answer.
        check_date: false where the use case checks `occurred_at` itself, after the pack's decision.
        without: the field that the first answer alone shows; a repetition has null there.
        context: what the right depends on besides the standing, by name, for example the lane.

    Raises:
        NotFound: 404. Forbidden: 403. UnsupportedMediaType: 415. Invalid: 422. Unavailable: 503.
    """
    case = await case_of(call, tx, case_id)
    call.authorize(case.standing, **(context or {}))
    if seen := await call.once.seen(tx):
        return seen
    given = cast(GivenT, await call.body(cast(type[BaseModel], model)))
    if check_date:
        check_occurred_at(given.occurred_at, call.now)
    return await call.once.keep(tx, await use_case(case, given), without=without)
