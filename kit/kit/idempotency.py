"""A request that is sent again gets the answer of the first time; its effect happens once.

The key's row is written in the effect's transaction. Where its first statement writes the row (`Once.seen`), a second
request with the same key waits on it and then reads the answer; if the first rolls back, the row is gone and the second
does the work. Where the statement that reads the case also looks for the row (`ANSWERED`, `Once.answered`), the row is
written with the effect (`kit.uow.UnitOfWork.step`); of two requests at one instant, one is overtaken and reads again.

A caller may use anything as the key, even an identity number, and a body can be guessed. So the table holds
neither. It holds a digest of the key, and of the request a digest keyed by that key, which is not in the table.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from contracts.problems import Invalid
from kit.tables import idempotency
from kit.uow import Tx

MAX_KEY_CHARACTERS = 200
REPLAYED = {"Idempotency-Replayed": "true"}
ANSWERED = """(SELECT json_build_object('fingerprint', i.fingerprint, 'status', i.status, 'body', i.body,
    'headers', i.headers)
    FROM idempotency i WHERE i.office = :caller AND i.operation = :operation AND i.key = :request_key)"""
"""SQL: the answer that was kept for a key, or null. Its parameters: `Once.asked`."""
# Built once: SQLAlchemy takes longer to build a statement than to run it.
_TAKE = insert(idempotency).on_conflict_do_nothing().returning(idempotency.c.key)


class KeyReused(Invalid):
    """The key was sent before with another path or body."""

    slug, title = "idempotency-key-reused", "This Idempotency-Key belongs to another request"


@dataclass(frozen=True)
class RequestKey:
    """Two requests are one when caller, operation and key are the same; the fingerprint is of what they ask.

    `key` and `fingerprint` are digests.
    """

    caller: str
    operation: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, caller: str, operation: str, key: str, path: str, body: bytes) -> "RequestKey":
        """The key of a request.

        Args:
            caller: name of the signed-in principal: an office, or a service.
            operation: operationId.
            key: header `Idempotency-Key`.
            path: path and query of the URL: the same key for another case is another request.
            body: as received.
        """
        if len(key) > MAX_KEY_CHARACTERS:
            raise Invalid(f"Idempotency-Key is longer than {MAX_KEY_CHARACTERS} characters.")
        secret = f"{caller}\0{operation}\0{key}".encode()
        fingerprint = hmac.new(secret, path.encode() + b"\0" + body, hashlib.sha256).hexdigest()
        return cls(caller, operation, hashlib.sha256(secret).hexdigest(), fingerprint)


@dataclass(frozen=True)
class Stored:
    """An answer that was given: JSON body, HTTP status, and the headers that say which version it made."""

    body: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


async def replay(tx: Tx, request_key: RequestKey) -> Stored | None:
    """The stored answer, or nothing if this is the first time (then the key is taken by this transaction).

    Raises:
        KeyReused: the same key came with another path or body.
    """
    if await _take(tx, request_key):
        tx.key_taken = True
        return None
    kept = idempotency.c
    query = select(kept.fingerprint, kept.status, kept.body, kept.headers).where(*_is(request_key))
    return _stored(request_key, *(await tx.session.exec(query)).one())


def _stored(
    request_key: RequestKey, fingerprint: str, status: int | None, body: dict[str, Any], headers: dict[str, str] | None
) -> Stored:
    """`headers` is null where an earlier release kept the answer."""
    if fingerprint != request_key.fingerprint:
        raise KeyReused
    if status is None:
        raise RuntimeError(f"operation {request_key.operation} took an idempotency key and kept no answer")
    return Stored(body, status, headers or {})


def store(tx: Tx, request_key: RequestKey, answer: Stored) -> None:
    """Keep the answer of the request; written at the end of its transaction, with its events."""
    tx.answer(
        {"office": request_key.caller, "operation": request_key.operation, "key": request_key.key}
        | {"fingerprint": request_key.fingerprint, "status": answer.status, "body": answer.body}
        | {"headers": answer.headers}
    )


class Once:
    """The idempotency of one request; without a key it does nothing.

    async with uow() as tx:
        if seen := await once.seen(tx):
            return seen
        ...
        return await once.keep(tx, Answer(...))
    """

    def __init__(self, request_key: RequestKey | None) -> None:
        self._key = request_key

    @property
    def asked(self) -> dict[str, str | None]:
        """The parameters of `ANSWERED`."""
        key = self._key
        return {
            "caller": key and key.caller,
            "operation": key and key.operation,
            "request_key": key and key.key,
        }

    def answered(self, found: dict[str, Any] | None) -> Response | None:
        """As `seen`, from what `ANSWERED` found in the same statement as the case."""
        if self._key is None or found is None:
            return None
        return _response(_stored(self._key, **found), replayed=True)

    async def seen(self, tx: Tx) -> Response | None:
        """The answer of the first time, marked `Idempotency-Replayed: true`; nothing if this is the first time."""
        stored = await replay(tx, self._key) if self._key else None
        return None if stored is None else _response(stored, replayed=True)

    async def keep(self, tx: Tx, body: BaseModel, status: int = 200, *, without: str | None = None) -> Response:
        """Keep the answer in the effect's transaction, and make the response of it.

        Its headers say which version of a document the transaction brings into a bucket (`contracts.topology.Bucket`).
        `without` names a field that the first answer alone shows: what is kept lies in the clear, so it has null there.
        """
        versions = {
            bucket.version_header: str(version) for bucket, version in tx.shown.items() if bucket.version_header
        }
        answer = Stored(body.model_dump(mode="json"), status, versions)
        tx.answers = True
        if self._key:
            kept = {name: None if name == without else value for name, value in answer.body.items()}
            store(tx, self._key, replace(answer, body=kept))
        return _response(answer)


NO_KEY = Once(None)
"""Of a request without a key, and of an event."""


def _response(stored: Stored, *, replayed: bool = False) -> Response:
    return JSONResponse(stored.body, stored.status, stored.headers | (REPLAYED if replayed else {}))


async def _take(tx: Tx, request_key: RequestKey) -> bool:
    row = {
        "office": request_key.caller,
        "operation": request_key.operation,
        "key": request_key.key,
        "fingerprint": request_key.fingerprint,
        "created_at": tx.now,
    }
    return (await tx.execute(_TAKE, row)).first() is not None


def _is(request_key: RequestKey) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency.c.office == request_key.caller,
        idempotency.c.operation == request_key.operation,
        idempotency.c.key == request_key.key,
    )
