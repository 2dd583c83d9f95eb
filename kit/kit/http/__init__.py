"""The HTTP edge of a service: operations, problem documents, limits. Services need no other FastAPI knowledge.

An operation is a function of one `Call`. The function itself calls everything that could refuse, so the order of
refusals is the order of its lines: 401 and 429 (before the first line), 404, 403, 422, 409. The OpenAPI document is
complete all the same, because `operation` is given the models. Ten lines:

    router = APIRouter()

    class NoteIn(Body):
        text_ref: OpaqueId

    @operation(router, "POST", "/v1/cases/{case_id}/notes", "add_note", body=NoteIn, answer=NoteOut)
    async def add_note(call: Call) -> Response:
        case_id = call.id("case_id")                                     # 404 when it cannot be an id
        async with call.uow() as tx:
            call.authorize(await service.find(tx, case_id))              # 404 unknown case, then 403
            if seen := await call.once.seen(tx):                         # 422 when the key was used for something else
                return seen
            note = await call.body(NoteIn)                               # 415, 422
            return await call.once.keep(tx, await service.add_note(tx, case_id, note))   # 409

A step of a case in casework is `casework.api.guards.step`: the same order, but one read and one guarded write
(`kit.uow.UnitOfWork.step`).

`call.peek("lane")` reads one code of the body where the right depends on it, before the body may be judged;
`call.query(Model)` reads the query string; `call.get(Type)` finds what the service's `on_start` put into the state.
Path parameters that end in `_id` are opaque ids, others are codes. A body model inherits `Body` (unknown fields are
refused, types are not guessed); an answer is any pydantic model, and a function that uses no `once` just returns it.
Reads use no `once`: what it keeps is stored in the clear, so an answer with personal data must never go through it.
"""

from kit.http import unbuilt  # noqa: F401, I001  # pyright: ignore[reportUnusedImport]  # before all that loads FastAPI
from fastapi import APIRouter, Response

from kit.http.app import ReadyCheck, build_app
from kit.http.body import Body, check_occurred_at
from kit.http.operations import Answer, Call, operation

__all__ = [
    "APIRouter",
    "Answer",
    "Body",
    "Call",
    "ReadyCheck",
    "Response",
    "build_app",
    "check_occurred_at",
    "operation",
]
