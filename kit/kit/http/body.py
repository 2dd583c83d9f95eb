"""Reading and judging input: limits, JSON, models. Nothing here ever repeats an input value in a refusal."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json
from starlette.datastructures import QueryParams
from starlette.requests import Request

from contracts.problems import Invalid, Problem

ModelT = TypeVar("ModelT", bound=BaseModel)
BODY_TIMEOUT_SECONDS = 15
FUTURE_ALLOWED = timedelta(minutes=5)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
MAX_ERRORS = 20


class Body(BaseModel):
    """Base of request bodies and queries: unknown fields are refused, types not guessed, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BodyTooLarge(Problem):
    """The body is longer than the service takes."""

    slug, title, status = "body-too-large", "The body is too large", 413


class UnsupportedMediaType(Problem):
    """The content type of the body is not JSON."""

    slug, title, status = "unsupported-media-type", "Send application/json", 415


class TooSlow(Problem):
    """The body did not arrive in time."""

    slug, title, status = "body-too-slow", "The body did not arrive in time", 408


class InTheFuture(Invalid):
    """`occurred_at` lies after now."""

    slug, title = "in-the-future", "This cannot have occurred yet"


class Disconnected(Problem):
    """The client went away while it was sending; nobody reads this."""

    slug, title, status = "disconnected", "The client went away", 400
    headers: ClassVar[dict[str, str]] = {}


async def read_raw(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes, whether or not its length was announced."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise BodyTooLarge(limit_bytes=limit)
                chunks.append(chunk)
    except TimeoutError:
        raise TooSlow() from None
    return b"".join(chunks)


def is_json(content_type: str | None) -> bool:
    """True for `application/json` and `application/…+json`, with or without parameters."""
    media = (content_type or "").partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


def parse_json(raw: bytes) -> Any:
    """The JSON value of a body; refuses what JSON or PostgreSQL cannot hold (NaN, lone surrogates, NUL)."""
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise Invalid("The body is not well-formed JSON.") from None
    if b"\\u0000" in raw and _holds_nul(value):
        raise Invalid("A text must not contain the character NUL.")
    return value


def validated(raw: bytes, model: type[ModelT]) -> ModelT:
    """The model of a body that `parse_json` has accepted, or `Invalid` with the places of what is wrong.

    It reads the text and not the parsed value: only from JSON does strict validation accept an instant as a text.
    """
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def parse_query(params: QueryParams, model: type[ModelT]) -> ModelT:
    """A validated query string; a name given twice is a list where the model says list, else refused."""
    values: dict[str, Any] = {}
    for name in params:
        given = params.getlist(name)
        if any("\0" in value for value in given):
            raise Invalid("A text must not contain the character NUL.")
        field = model.model_fields.get(name)
        values[name] = given if (field and _is_list(field.annotation)) or len(given) > 1 else given[0]
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def invalid(wrong: ValidationError) -> Invalid:
    """The refusal for a validation error: where and what kind, never the value that was sent."""
    errors = [
        {"loc": _location(error["loc"]), "msg": _message(error["type"], error.get("ctx"))}
        for error in wrong.errors(include_url=False, include_input=False)[:MAX_ERRORS]
    ]
    return Invalid("Some fields are missing or not as the contract says.", errors=errors)


def check_occurred_at(occurred_at: datetime, now: datetime) -> datetime:
    """The instant itself when a fact may have occurred then: from 1990 to five minutes from `now` (both aware)."""
    if occurred_at > now + FUTURE_ALLOWED:
        raise InTheFuture()
    if occurred_at < EARLIEST:
        raise Invalid("This lies too far in the past.", errors=[{"loc": "occurred_at", "msg": "before 1990"}])
    return occurred_at


def _location(loc: tuple[int | str, ...]) -> str:
    """A dotted path; a name that the sender made up is not repeated."""
    return ".".join(str(part) if isinstance(part, int) or _plain(part) else "?" for part in loc) or "body"


def _plain(word: str) -> bool:
    return len(word) <= 40 and word.isascii() and word.replace("_", "").isalnum()


def _message(kind: str, context: Mapping[str, Any] | None) -> str:
    """The kind of error in words, with the limits and without the value that was sent."""
    limits = {k: v for k, v in (context or {}).items() if k in _LIMITS and isinstance(v, int | float | str)}
    words = kind.replace("_", " ")
    return f"{words} ({', '.join(f'{k} {v}' for k, v in limits.items())})" if limits else words


_LIMITS = frozenset(
    {"code_point", "expected", "ge", "gt", "le", "lt", "max_length", "min_length", "multiple_of", "pattern"}
)


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (list, tuple, set, frozenset):
        return True
    return any(_is_list(part) for part in get_args(annotation)) if origin is not None else False


def _holds_nul(value: Any) -> bool:
    """True when any text in a JSON value, key or not, holds NUL."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if "\0" in item:
                return True
        elif isinstance(item, dict):
            mapping = cast(dict[str, Any], item)
            stack.extend(mapping)
            stack.extend(mapping.values())
        elif isinstance(item, list):
            stack.extend(cast(Iterable[Any], item))
    return False
