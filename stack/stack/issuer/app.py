"""The addresses of the development issuer. It answers to loopback names only, so no web page reaches it by another.

The form on the page leads to the client's own address, so the page's policy does not name where forms may go.
"""

from collections.abc import Mapping
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stack.issuer import page
from stack.issuer.authorize import LEVELS, Asked, Choice, NotRegistered, SendBack, language
from stack.issuer.keys import TooManyKeys
from stack.issuer.provider import Issuer
from stack.issuer.short_form import Refusal
from stack.issuer.token import Form, OAuthError

MAX_BODY_BYTES = 4096
WARNING = "Development issuer: anybody who reaches it can act as any office. Never use it with real cases."
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}


def build_app(issuer: Issuer) -> Starlette:
    """The HTTP application."""
    answers = _Answers(issuer)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", answers.metadata),
            Route("/authorize", answers.authorize, methods=["GET", "POST"]),
            Route("/token", answers.token, methods=["POST"]),
            Route("/logout", answers.logout, methods=["GET", "POST"]),
            Route("/jwks.json", answers.jwks),
            Route("/rotate", answers.rotate, methods=["POST"]),
            Route("/offices", answers.offices),
        ],
        middleware=[
            Middleware(Dated),
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"]),
        ],
        exception_handlers={HTTPException: _on_http, Refusal: _on_refusal, OAuthError: _on_oauth},
    )


class Dated:
    """Adds the header `Date`, which `kit.server.Server` leaves to the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", formatdate(usegmt=True).encode())
                message["headers"] = [*message.get("headers", []), date]
            await send(message)

        await self._app(scope, receive, sending)


class _Answers:
    """One method for each address."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(self._issuer.metadata)

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(self._issuer.keys.jwks)

    async def offices(self, request: Request) -> Response:
        place, offices = request.query_params.get("place"), self._issuer.offices
        found = offices.listed() if place is None else offices.of(place)
        return JSONResponse({"warning": WARNING, "offices": sorted(found)})

    async def token(self, request: Request) -> Response:
        kind, body = _kind(request), await _body(request)
        if kind == JSON:
            return JSONResponse(await self._issuer.short_form.grant(body), headers=NO_STORE)
        signed_in = await self._issuer.token.answer(body, request.headers.get("authorization"))
        return JSONResponse(signed_in, headers=NO_STORE)

    async def authorize(self, request: Request) -> Response:
        query, authorization = request.query_params, self._issuer.authorization
        try:
            asked = authorization.asked(query)
        except NotRegistered:
            return page.message("nowhere", language(query), 400)
        except SendBack as back:
            return _redirect(back.url)
        if request.method == "GET":
            return self._form(query, asked, page.Shown(level=asked.level))
        fields = Form(await _body(request)).fields
        if fields.get("do") == "cancel":
            return _redirect(authorization.refused(asked))
        choice = await Choice.of(fields, self._issuer.clients)
        if choice is None:
            level = fields["level"] if fields.get("level") in LEVELS else asked.level
            shown = page.Shown(fields.get("office", ""), fields.get("actor", ""), level, wrong=True)
            return self._form(query, asked, shown)
        claims = choice.claims(self._issuer.clients)
        if claims is None:
            people = self._issuer.clients.people.by_office[choice.office]
            return page.choose_person(query, asked.language, people, page.Shown(choice.office, level=choice.level))
        return _redirect(authorization.signed_in(asked, claims, choice.level))

    async def logout(self, request: Request) -> Response:
        asked: Mapping[str, str] = request.query_params
        if request.method == "POST":
            asked = Form(await _body(request)).fields
        following = self._issuer.sign_out(asked)
        return _redirect(following) if following else page.message("signed_out", language(QueryParams(dict(asked))))

    async def rotate(self, request: Request) -> Response:
        if _kind(request) != JSON:  # which a web page may not send here
            return _problem(415, f"Send {JSON}.")
        try:
            return JSONResponse({"kid": self._issuer.keys.rotate()})
        except TooManyKeys:
            return _problem(409, "The key was changed too often within the last hour.")

    def _form(self, query: QueryParams, asked: Asked, shown: page.Shown) -> Response:
        return page.sign_in(query, asked.language, self._issuer.offices.listed(), shown)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes:
    """The body of a request that a form or JSON makes.

    Raises:
        HTTPException: 415 for another content type, 413 for a long body or one of unknown length.
    """
    if _kind(request) not in (JSON, FORM):
        raise HTTPException(415, f"Send {JSON} or {FORM}.")
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise HTTPException(413, f"Send at most {MAX_BODY_BYTES} bytes, and their length.")
    return await request.body()


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303, {**NO_STORE, "Referrer-Policy": "no-referrer"})


async def _on_refusal(_: Request, error: Exception) -> Response:
    return _problem(400, str(error))


async def _on_oauth(_: Request, error: Exception) -> Response:
    assert isinstance(error, OAuthError)
    challenge = {"WWW-Authenticate": "Basic"} if error.status == 401 else {}
    said = {"error": error.code, "error_description": error.description}
    return JSONResponse(said, error.status, NO_STORE | challenge)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, error.detail)


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
