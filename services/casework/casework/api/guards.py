"""What the operations share: the step of a case after the checks, and the sealing of text.

Each operation refuses in this order: 401, 404, 403, 422, 409. Text about a person is sealed before the step.
The right is decided and the body checked before that too, so that nobody without a right can fill the vault. No lock is
held during the call to the vault, and a step that is tried again does not seal again.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel

from casefile.sealing import Sealer
from casework.amendments.book import LawBook
from casework.domain.case_file import CaseFile
from casework.service import files
from contracts.codes import SealGroup
from contracts.problems import Invalid, NotFound
from contracts.standing import Standing
from kit import telemetry
from kit.http import Body, Call, Response
from kit.uow import Tx
from regulations import Library, NoPack, known_state
from regulations.stating import opens

BodyT = TypeVar("BodyT", bound=Body)


def known(case_id: str | None) -> str:
    """The id of the case that was found, bound to the trace; 404 if none was found."""
    if case_id is None:
        raise NotFound
    telemetry.correlate(case_id)
    return case_id


async def step(
    call: Call,
    case_id: str,
    work: Callable[[Tx, CaseFile], Awaitable[BaseModel]],
    check: Callable[[CaseFile], None] | None = None,
) -> Response:
    """The answer to a step of a case: one read, the checks for 404 and 403, one guarded write (`UnitOfWork.step`).

    Args:
        work: the step itself, in the transaction and with the file; gives the answer. It may run several times.
        check: raises what refuses the caller (403); without it, `authorize` does.
    """

    async def attempt(tx: Tx) -> Response:
        file = await files.take(tx, call.get(LawBook), case_id, call.once)
        if check is None:
            authorize(call, files.stored_standing(file))
        else:
            check(file)
        if seen := call.once.answered(file.stored.answered):
            return seen
        return await call.once.keep(tx, await work(tx, file))

    return await call.uow.step(attempt)


def authorize(call: Call, standing: Standing) -> None:
    """Decide the right in the lane that the body names, or in the case as a whole if the case has no such lane.

    The case as a whole also decides for a step that begins a new round of a lane that has ended, because the round
    opens where the case is now.
    """
    lane, state, library = call.peek("lane"), call.peek("state"), call.get(Library)
    found = standing.lanes.get(lane) if lane else None
    if found is None or (state is not None and _begins_anew(library, standing, str(lane), found.state, state)):
        return call.authorize(standing)
    return call.authorize(standing, lane=lane)


def _begins_anew(library: Library, standing: Standing, lane: str, at: str, state: str) -> bool:
    try:
        pack = library.pack_of_lane(standing, lane)
    except NoPack:
        return False
    return known_state(pack, lane, state) and known_state(pack, lane, at) and opens(pack, lane, at, state)


async def sealed(
    call: Call,
    case_id: str,
    model: type[BodyT],
    text_of: Callable[[BodyT], str | None],
    check: Callable[[Tx], Awaitable[None]] | None = None,
    *,
    lane: str | None = None,
) -> tuple[str, ...]:
    """References of the sealed text in the body, if it has one. Right and body are checked before.

    Args:
        check: raises what refuses the step already now, so that nothing is sealed for it.
        lane: in which the right is decided; without it, as `authorize` does.
    """
    if not _says_something(call):
        return ()
    async with call.uow() as tx:
        standing = await files.standing_of(tx, case_id)
        if lane is not None:
            call.authorize(standing, lane=lane)
        else:
            authorize(call, standing)
        if check is not None:
            await check(tx)
    text = text_of(await call.body(model))
    texts = [text] if text is not None else []
    return tuple(await call.get(Sealer).seal_texts(case_id, SealGroup.NOTE, texts, call.principal.office))


def _says_something(call: Call) -> bool:
    """Whether the body has a text, even with escaped keys. A body that is not JSON is refused later, after 403."""
    try:
        found = call.json
    except Invalid:
        return False
    return isinstance(found, dict) and bool({"note", "reason", "document"} & found.keys())
