"""The ASGI application of a service: routers, problem documents, health, documents, headers.

The server span of a request is FastAPI's own; the allow-list of `kit.telemetry` takes paths and queries from it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import formatdate
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.writing import FREE_TEXT, NO_STATE_SECRETS
from kit import telemetry
from kit.asyncapi import asyncapi
from kit.http.docs_page import docs_router
from kit.http.looks import router as hand_over
from kit.http.problem import ProblemDocument, install_handlers
from kit.http.turns import Turns
from kit.state import State

ReadyCheck = Callable[[], Awaitable[bool]]
Tell = Callable[[], Awaitable[str]]
CONTRACT_VERSION = "1"
READY_SECONDS = 2.0
TYPED = f"Fields with `{FREE_TEXT}` take text that a person types. {NO_STATE_SECRETS['vi']} {NO_STATE_SECRETS['en']}"
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


def build_app(
    title: str, routers: Sequence[APIRouter], state: State | None, *, ready: Mapping[str, ReadyCheck] | None = None
) -> FastAPI:
    """The application of one service.

    Args:
        title: of the OpenAPI document; the service's name.
        routers: with the operations, declared by `kit.http.operation`.
        state: handed to every `Call`; None where only the OpenAPI document is wanted.
        ready: name → check for `/healthz/ready`; a check that raises counts as not ready.
    """
    app = FastAPI(
        title=title,
        version=CONTRACT_VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        telemetry={"operation_spans": False, "metrics": False, "logs": False, "exclude": _is_health},
    )
    app.state.kit = state
    for router in (*routers, hand_over):
        app.include_router(router)
    app.include_router(_health(ready or {}, state.tells if state else {}))
    _document(app)
    app.include_router(docs_router(app.openapi, lambda: asyncapi(title)))
    install_handlers(app)
    if state is not None:
        app.add_middleware(Turns, who=state.verifier.who_came_with)
    app.add_middleware(Edge)
    return app


def _health(checks: Mapping[str, ReadyCheck], tells: Mapping[str, Tell]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz/live")
    async def live() -> Response:
        return Response(b'{"live":true}', media_type="application/json")

    @router.get("/healthz/ready")
    async def ready() -> Response:
        found = {name: await _holds(check) for name, check in checks.items()}
        well = all(found.values())
        told = {name: word for name, tell in tells.items() if (word := await _told(tell)) is not None}
        body = to_json({"ready": well, "checks": found, **told})
        return Response(body, 200 if well else 503, media_type="application/json")

    _ = live, ready
    return router


async def _holds(check: ReadyCheck) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await check()
    except Exception:  # readiness answers in any case
        return False


async def _told(tell: Tell) -> str | None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            return await tell()
    except Exception:  # readiness answers in any case
        return None


def _document(app: FastAPI) -> None:
    """Completes the OpenAPI document with the problem document and the bearer token; made once."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(title=app.title, version=app.version, description=TYPED, routes=app.routes)
            components: dict[str, Any] = document.setdefault("components", {})
            schemas: dict[str, Any] = components.setdefault("schemas", {})
            schemas[ProblemDocument.__name__] = ProblemDocument.model_json_schema()
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


class Edge:
    """Outermost: adds the headers that an answer lacks, and starts every request without a correlation id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        with telemetry.uncorrelated():
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)


def _is_health(scope: Scope) -> bool:
    """Health checks get no span: they would drown the rest."""
    return scope["path"].startswith("/healthz/")


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = message.get("headers", [])
            named = {name.lower() for name, _ in own}
            date = (b"date", formatdate(usegmt=True).encode())
            message["headers"] = [*own, date, *(header for header in HEADERS if header[0] not in named)]
        await send(message)

    return sending
