"""RFC 9457 problem documents: one shape for every refusal."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.problems import Forbidden, Invalid, NotFound, Problem, TooManyRequests, Unauthenticated, Unavailable
from kit import telemetry

PROBLEM_TYPES = "https://neove.vn/problems/"
MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail", "instance", "trace_id"})
log = logging.getLogger(__name__)


class ProblemDocument(BaseModel):
    """A refusal. Further members (`errors`, `rule`, `citation` …) depend on its type."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description=f"`{PROBLEM_TYPES}<slug>`; the slug never changes its meaning.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Names this one occurrence; quote it to the operator.")
    trace_id: str = Field(description="32 hexadecimal digits: where to look in the traces.")


class MethodNotAllowed(Problem):
    """The path exists, the method does not."""

    slug, title, status = "method-not-allowed", "This address does not take that method", 405


class Unexpected(Problem):
    """A fault of ours; the reader learns nothing but where to look."""

    slug, title, status = "unexpected", "Something went wrong here", 500


def problem_response(problem: Problem) -> Response:
    """The response for a refusal. The body of a 403 is constant but for the trace."""
    trace_id = telemetry.trace_id()
    silent = isinstance(problem, Forbidden)
    document: dict[str, Any] = {
        "type": PROBLEM_TYPES + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.title if silent else problem.detail,
        "instance": f"urn:neove:trace:{trace_id}",
        "trace_id": trace_id,
    }
    if not silent:
        document |= {name: value for name, value in problem.extra.items() if name not in RESERVED}
    headers: dict[str, str] = {}
    if isinstance(problem, Unavailable | TooManyRequests):
        headers["Retry-After"] = str(problem.retry_after)
    if isinstance(problem, Unauthenticated):
        headers["WWW-Authenticate"] = problem.challenge
    return Response(to_json(document), problem.status, headers, MEDIA_TYPE)


def failure_response(error: Exception) -> Response:
    """The response for anything raised while a request was answered; what is not a refusal is logged as a fault."""
    if isinstance(error, Problem):
        log.info("refused: %s", error.slug)
        return problem_response(error)
    log.error("unexpected fault", exc_info=error)
    return problem_response(Unexpected())


def install_handlers(app: FastAPI) -> None:
    """Makes the framework's own refusals problem documents too."""

    async def on_failure(_: Request, error: Exception) -> Response:
        return failure_response(error)

    async def on_invalid(_: Request, __: Exception) -> Response:
        return problem_response(Invalid())  # without its details, which quote the input

    async def on_http(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == MethodNotAllowed.status:
            response = problem_response(MethodNotAllowed())
            allow = (error.headers or {}).get("Allow") if isinstance(error, HTTPException) else None
            if allow:
                response.headers["Allow"] = allow
            return response
        return problem_response(NotFound()) if status == NotFound.status else failure_response(error)

    app.add_exception_handler(Problem, on_failure)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_failure)
