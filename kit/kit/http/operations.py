"""`operation` and `Call`: how a service declares one HTTP operation and what its function is given.

FastAPI gets a signature that says everything about the operation, and writes the OpenAPI document from it. It does not
read the request, because it would judge the body before the service could answer 404 or 403.
"""

import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from contracts.ids import Code, OpaqueId
from contracts.problems import Forbidden, Invalid, NotFound, Problem, SignInTooWeak, Unavailable
from contracts.topology import Bucket
from kit import telemetry
from kit.auth import Principal
from kit.http.body import UnsupportedMediaType, is_json, parse_json, parse_query, read_raw, validated
from kit.http.problem import MEDIA_TYPE, ProblemDocument, Unexpected, failure_response
from kit.idempotency import Once, RequestKey
from kit.limits.budgets import Kind
from kit.looks import Look
from kit.membership import check_may_write
from kit.state import State
from kit.telemetry.correlation import FIELD
from kit.uow import UnitOfWork

ModelT = TypeVar("ModelT", bound=BaseModel)
PartT = TypeVar("PartT")
Answer = BaseModel | Response | None
Handler = Callable[["Call"], Awaitable[Answer]]
PARAMETER = re.compile(r"{(\w+)}")
OPAQUE_ID: TypeAdapter[str] = TypeAdapter(OpaqueId)
CODE: TypeAdapter[str] = TypeAdapter(Code)
log = logging.getLogger(__name__)


@dataclass
class Call:
    """One request, already signed in; nothing else of it has been judged yet."""

    request: Request
    state: State
    principal: Principal
    operation: str  # "<service>.<operationId>", the name that rights are granted on
    raw: bytes  # the body as it came, within the limit
    now: datetime
    look: Look
    _bodies: dict[type[BaseModel], BaseModel] = field(default_factory=dict[type[BaseModel], BaseModel], init=False)

    @cached_property
    def once(self) -> Once:
        """The dedupe by Idempotency-Key: `seen` after the right is decided, `keep` last, both in the transaction."""
        key, url = self.request.headers.get("idempotency-key"), self.request.url
        path = f"{url.path}?{url.query}"
        return Once(RequestKey.of(self.principal.name, self.operation, key, path, self.raw) if key else None)

    @property
    def uow(self) -> UnitOfWork:
        """The unit of work: `async with call.uow() as tx`. What changes something in it records this request, too."""
        return self.state.uow.recording(self.look)

    def get(self, kind: type[PartT]) -> PartT:
        """A part that the service's `on_start` put into the state."""
        return self.state.get(kind)

    def id(self, name: str) -> str:
        """A path parameter that is an opaque id; one that cannot be an id names nothing (404)."""
        return self._path(name, OPAQUE_ID)

    def code(self, name: str) -> str:
        """A path parameter that is a code; one that cannot be a code names nothing (404)."""
        return self._path(name, CODE)

    async def body(self, model: type[ModelT]) -> ModelT:
        """The validated body; a second call for the same model returns the same instance.

        Call it after 404 and 403 have been decided.

        Raises:
            UnsupportedMediaType: 415. Invalid: 422, with the places of what is wrong, never with the values.
        """
        if not is_json(self.request.headers.get("content-type")):
            raise UnsupportedMediaType()
        if model not in self._bodies:
            _ = self.json  # refuses what a model would let pass, for example the character NUL
            self._bodies[model] = validated(self.raw, model)
        return cast(ModelT, self._bodies[model])

    @property
    def json(self) -> Any:
        """The JSON value of the body, whatever its content type says; parsed once. Raises `Invalid`."""
        value, refusal = self._parsed
        if refusal is not None:
            raise refusal
        return value

    def peek(self, name: str) -> str | None:
        """The code that a field of the body holds, where the right depends on it; None for anything but a code."""
        try:
            return CODE.validate_python(self.json[name], strict=True)
        except (Invalid, ValidationError, KeyError, TypeError, IndexError):
            return None

    @cached_property
    def _parsed(self) -> tuple[Any, Invalid | None]:
        """The JSON value, or why the body has none."""
        try:
            return parse_json(self.raw), None
        except Invalid as refusal:
            return None, refusal

    def query(self, model: type[ModelT]) -> ModelT:
        """The validated query string; raises `Invalid`."""
        return parse_query(self.request.query_params, model)

    def authorize(self, subject: Any = None, *, operation: str | None = None, **context: Any) -> None:
        """Raises `Forbidden`, with a constant body, unless the caller may do this operation.

        Args:
            subject: what the decision depends on, for example who owns what is asked for.
            operation: `<service>.<operationId>` of another operation whose right counts instead.
            context: more that it depends on, by name.
        """
        asked = operation or self.operation
        self.look.part = context.get("lane")
        if not self.state.decide(self.principal, asked, subject, **context):
            raise Forbidden()
        self.look.ground = self.state.ground(self.principal, asked, subject, **context)

    def count(self, kind: Kind, number: int = 1) -> None:
        """Counts so many for the caller, or raises `TooManyRequests`."""
        if self.state.limits is not None:
            self.state.limits.take(self.principal, kind, number)

    def denied(self) -> None:
        """Counts a refusal of this call with 403."""
        if self.state.limits is not None:
            self.state.limits.denied(self.principal)

    def _path(self, name: str, kind: TypeAdapter[str]) -> str:
        try:
            return kind.validate_python(self.request.path_params[name])
        except ValidationError:
            raise NotFound() from None


class Operation(APIRoute):
    """A route that shows its documented signature to FastAPI and answers by itself."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function that answers; FastAPI would build one that validates first."""
        return cast(_Endpoint, self.endpoint).answer


@dataclass
class _Endpoint:
    """Callable only for its signature; `answer` does the work."""

    handler: Handler
    operation_id: str
    status: int
    documented: inspect.Signature
    strong: bool
    reads: bool
    reveals: tuple[str, ...] | None
    recorded: bool

    def __post_init__(self) -> None:
        self.__signature__ = self.documented
        self.__name__ = self.operation_id
        self.__doc__ = self.handler.__doc__

    def __call__(self, *_: Any, **__: Any) -> None:
        """Never called: `Operation` answers through `answer`."""

    async def answer(self, request: Request) -> Response:
        """Signs the caller in, reads the body, lets the service answer, and records it before the answer leaves."""
        state: State = request.app.state.kit
        look: Look | None = None
        call: Call | None = None
        try:
            principal = await state.verifier.principal(request.headers.get("authorization"))
            look = self._begun(state, principal, request)
            call = await self._call(state, principal, request, look)
            given = await self.handler(call)
            look.note_answer(given)
            response = self._respond(given)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # the one place where a fault becomes an opaque 500
            response = failure_response(error)
            if look is not None:
                _note_refusal(look, error)
            if call is not None and isinstance(error, Forbidden):
                call.denied()
        return response if look is None else await self._recorded(state, look, response)

    def _begun(self, state: State, principal: Principal, request: Request) -> Look:
        operation = f"{state.service}.{self.operation_id}"
        look = Look.of(principal, operation, state.clock.now(), request.path_params.get(FIELD))
        look.answer, look.strict, look.items = self.status, self.reveals is not None, self.reveals or ()
        state.looks.admit(look)
        return look

    async def _recorded(self, state: State, look: Look, response: Response) -> Response:
        """The response, once its entry is written; a refusal instead where nothing may be shown without it."""
        look.answer = response.status_code
        if not self.recorded and look.refusal is None:
            return response
        try:
            await state.looks.close(look)
        except Unavailable as error:
            return failure_response(error)
        return response

    async def _call(self, state: State, principal: Principal, request: Request, look: Look) -> Call:
        if state.membership is not None:
            principal = await state.membership.admit(principal, look.at)
        if state.limits is not None:
            state.limits.admit(principal)
        levels = state.settings.strong_acr if self.strong else None
        if levels and principal.acr not in levels:
            raise SignInTooWeak(levels)
        telemetry.correlate(request.path_params.get(FIELD, ""))
        if not self.reads:
            check_may_write(principal, look.operation)
        await state.before_request()
        raw = await read_raw(request, state.settings.max_body_bytes) if request.method != "GET" else b""
        return Call(request, state, principal, look.operation, raw, state.clock.now(), look)

    def _respond(self, answer: Answer) -> Response:
        if isinstance(answer, Response):
            return answer
        return Response(answer.model_dump_json() if answer else "{}", self.status, media_type="application/json")


def _note_refusal(look: Look, error: Exception) -> None:
    if isinstance(error, Forbidden):
        log.info("denied: %s to %s %s", look.operation, look.caller, look.actor)
    look.refusal = error.slug if isinstance(error, Problem) else Unexpected.slug
    look.note_what()


def operation(
    router: APIRouter,
    method: str,
    path: str,
    operation_id: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    refusals: tuple[type[Problem], ...] = (),
    shows: Bucket | None = None,
    strong: bool = False,
    reads: bool = False,
    reveals: tuple[str, ...] | None = None,
    recorded: bool = True,
) -> Callable[[Handler], Handler]:
    """Declares one operation; see the package's docstring.

    Args:
        router: of the service, without a prefix.
        method: GET or POST.
        path: with `{name}` parameters; the only thing of a URL that spans show.
        operation_id: as in the scenarios, without the service's name.
        body: model of the JSON body. query: model of the query string. answer: model of the answer.
        status: of the answer when it is accepted.
        refusals: the service's own problems; they are named in the document.
        shows: the bucket whose document the operation may change (`Tx.show`): the answer says the version in a header.
        reads: a POST that only reads, because what it names must not stand in an address. An auditor may call it.
        reveals: groups of what it shows of a person. Without its entry in `looks` it shows nothing (503).
        recorded: whether an answer makes an entry; a refusal always does.
        strong: the caller must have signed in with one of the levels of the setting `strong_acr`, if it names any.
    """
    named = (*refusals, SignInTooWeak) if strong else refusals

    def declare(handler: Handler) -> Handler:
        signature = _signature(path, method, body, query)
        router.add_api_route(
            path,
            _Endpoint(handler, operation_id, status, signature, strong, reads or method == "GET", reveals, recorded),
            methods=[method],
            operation_id=operation_id,
            name=operation_id,
            summary=operation_id.replace("_", " "),
            description=inspect.getdoc(handler) or "",
            status_code=status,
            response_model=answer,
            responses={**_accepted(status, shows), **_refusals(method, named)},
            openapi_extra={"security": [{"bearer": []}]},
            route_class_override=Operation,
        )
        return handler

    return declare


def _signature(
    path: str, method: str, body: type[BaseModel] | None, query: type[BaseModel] | None
) -> inspect.Signature:
    """The signature that FastAPI reads the document from."""
    kinds: dict[str, Any] = {}
    for name in PARAMETER.findall(path):
        kinds[name] = Annotated[OpaqueId if name.endswith("_id") else Code, Path()]
    if query:
        kinds["query"] = Annotated[query, Query()]
    if method == "POST":
        kinds["idempotency_key"] = Annotated[str | None, Header(description=ONCE)]
    if body:
        kinds["body"] = body
    parameter = inspect.Parameter
    optional = {"idempotency_key": None}
    return inspect.Signature(
        [
            parameter(name, parameter.KEYWORD_ONLY, annotation=kind, default=optional.get(name, parameter.empty))
            for name, kind in kinds.items()
        ]
    )


ONCE = "1 to 200 printable characters; the same request with the same key gets the same answer and acts once."
VERSION = (
    "Only if the call changed what rights depend on: the version that it made. Send the highest one with later calls."
)
_WORDS = {
    401: "No token, or one that is not valid here.",
    403: "The office has no right to this; the body is constant.",
    404: "There is nothing under this id.",
    408: "The body did not arrive in time.",
    409: "The state of things forbids it now; nothing was stored.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The input is not valid.",
    429: "More than the limit of the caller allows. Try again after `Retry-After` seconds.",
    500: "A fault of the service.",
    503: "Try again after `Retry-After` seconds.",
}
_READ = (401, 403, 404, 422, 429, 500, 503)
_WRITE = (401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503)


def _accepted(status: int, shows: Bucket | None) -> dict[int | str, dict[str, Any]]:
    """The header of an accepted answer, also of one that is repeated, for the `responses` of an operation."""
    if shows is None:
        return {}
    header = {"description": VERSION, "required": False, "schema": {"type": "integer", "minimum": 1}}
    return {status: {"headers": {shows.version_header: header}}}


def _refusals(method: str, named: tuple[type[Problem], ...]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation: every status it may refuse with, as problem documents."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*(_READ if method == "GET" else _WRITE), *(problem.status for problem in named)}):
        slugs = [f"`{problem.slug}`: {problem.title}." for problem in named if problem.status == status]
        found[status] = {
            "description": " ".join([_WORDS.get(status, "Refused."), *slugs]),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}},
        }
    return found
