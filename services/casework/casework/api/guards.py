"""What the operations share: the locked file after the checks, and the sealing of text.

Each operation refuses in this order: 401, 404, 403, 422, 409. Text about a person is sealed between two transactions.
The first one decides the right and checks the body, so that nobody without a right can fill the vault. The second one
records the step. No lock is held during the call to the vault.
"""

from collections.abc import Callable
from typing import TypeVar

from casefile.sealing import Sealer
from casework.amendments.book import LawBook
from casework.domain.case_file import CaseFile
from casework.service import files
from contracts.codes import SealGroup
from contracts.problems import Invalid, NotFound
from contracts.standing import Standing
from kit import telemetry
from kit.http import Body, Call
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


async def locked(call: Call, tx: Tx, case_id: str) -> CaseFile:
    """The locked file, after the checks for 404 and 403."""
    file = await files.lock(tx, call.get(LawBook), case_id)
    authorize(call, files.stored_standing(file))
    return file


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
        pack = library.pack_of(standing)
    except NoPack:
        return False
    return known_state(pack, lane, state) and known_state(pack, lane, at) and opens(pack, lane, at, state)


async def sealed(
    call: Call, case_id: str, model: type[BodyT], text_of: Callable[[BodyT], str | None]
) -> tuple[str, ...]:
    """References of the sealed text in the body, if it has one. Right and body are checked before."""
    if not _says_something(call):
        return ()
    async with call.uow() as tx:
        authorize(call, await files.standing_of(tx, case_id))
    text = text_of(await call.body(model))
    texts = [text] if text is not None else []
    return tuple(await call.get(Sealer).seal_texts(case_id, SealGroup.NOTE, texts, call.principal.office))


def _says_something(call: Call) -> bool:
    """Whether the body has a text, even with escaped keys. A body that is not JSON is refused later, after 403."""
    try:
        found = call.json
    except Invalid:
        return False
    return isinstance(found, dict) and bool({"note", "reason"} & found.keys())
