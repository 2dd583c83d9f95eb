"""What the operations share. Each is its refusals in order: 404, 403, 422, 409 (401 came before).

Text about a person is sealed between two transactions: the first decides the right and judges the body, so that
nobody can fill the vault without one; the second does the step. No lock is held while the vault is asked.
"""

from collections.abc import Callable
from typing import TypeVar

from casefile import standing as standings
from casefile.errors import OutOfOrder
from casefile.sealing import Sealer
from casework import errors
from casework.amendments.book import LawBook
from casework.domain.case_file import CaseFile
from casework.service import files
from contracts.codes import SealGroup
from contracts.problems import Invalid, NotFound
from contracts.standing import Standing
from kit import telemetry
from kit.http import APIRouter, Body, Call
from kit.http.body import parse_json
from kit.uow import Tx
from regulations import Library, NoPack, known_state
from regulations.speakers import opens

router = APIRouter()
BodyT = TypeVar("BodyT", bound=Body)
CONTRADICTIONS = (errors.NotAskedFor, errors.AfterTheEnd, OutOfOrder, errors.AlreadyThere)
"""The contradictions of the fold."""


def known(case_id: str | None) -> str:
    """The case behind another id, bound to the trace; 404 where there is none."""
    if case_id is None:
        raise NotFound
    telemetry.bind_case(case_id)
    return case_id


async def locked(call: Call, tx: Tx, case_id: str) -> CaseFile:
    """The locked file, after 404 and the right."""
    file = await files.lock(tx, call.get(LawBook), case_id)
    authorize(call, files.stored_standing(file))
    return file


def authorize(call: Call, standing: Standing) -> None:
    """The right in the lane that the body names, if the case has it; else in the case as a whole.

    So it is for a step that begins a new round of a lane that has ended: the round belongs where the case is now.
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
    """References of the body's text about a person, if it has one; the right and the body are judged before."""
    if not _says_something(call):
        return ()
    async with call.uow() as tx:
        authorize(call, await standings.of(tx, case_id))
    text = text_of(await call.body(model))
    texts = [text] if text is not None else []
    return tuple(await call.get(Sealer).seal_texts(case_id, SealGroup.NOTE, texts, call.principal.office))


def _says_something(call: Call) -> bool:
    """Whether the body has a text, however its keys are written; what is no JSON is refused later, after the right."""
    try:
        found = parse_json(call.raw)
    except Invalid:
        return False
    return isinstance(found, dict) and bool({"note", "reason"} & found.keys())
