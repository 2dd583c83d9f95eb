"""Messages that a durable could not handle: an operator lists them and sends them again.

There are two kinds. The service stored some under `parked.<durable>`. Others were with the service when it died in
their last delivery; only an advisory of the server names these. Both kinds are found here.

A service may store anything under its own `parked.<durable>`, and its login may be stolen. So only the event that its
producer published, found in its own stream, is ever sent again; never what the service stored.
"""

import json
import re
import secrets
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from contracts.topology import ADVISORY_STREAM, DURABLES, PARKED_STREAM, Durable
from kit.telemetry.safe import is_opaque_id
from kit.topology import jetstream

_ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"
_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Parked:
    """A message that waits for an operator.

    Attributes:
        number: its place in the stream that it waits in; with `stream` the handle for `replay`.
        stream: `PARKED` or `ADVISORIES`.
        durable: the one that could not handle it.
        slug: why; of a problem, or `undecodable`, `internal` (a bug), `gave-up` (no answer to the last delivery) or
            `unknown` (the service stored no slug).
        subject: that the durable consumes.
        deliveries: how often it was tried.
        correlation_id: `subject` of the envelope, if that is an opaque id.
        parked_at: aware, UTC.
        body: the envelope as it was sent; empty if only an advisory names it and its stream no longer holds it.
        replayable: whether the event is in the stream of the durable exactly as it waits here. It is not if the stream
            is too old or was lost and made again, or if the service stored what nobody published.
    """

    number: int
    stream: str
    durable: str
    slug: str
    subject: str
    deliveries: int
    correlation_id: str | None
    parked_at: datetime | None
    body: bytes
    replayable: bool


@dataclass(frozen=True)
class Replayed:
    """What became of messages that were to be sent again.

    Attributes:
        sent: how many were sent; they are off the list.
        refused: those that are not replayable; they stay on the list.
    """

    sent: int
    refused: list[Parked]


async def list_parked(nats: Client, durable: str) -> list[Parked]:
    """All messages that wait for this durable, the oldest of each kind first.

    Args:
        nats: connected as a user who may read the streams.
        durable: whose messages; one of the contract's.
    """
    js = jetstream(nats)
    [declared] = [each for each in DURABLES if each.name == durable]
    found = [await _of_parked(js, declared, each) async for each in _all(js, PARKED_STREAM, f"parked.{durable}")]
    advisories = _all(js, ADVISORY_STREAM, f"{_ADVISORY}.{declared.stream}.{durable}")
    found += [await _of_advisory(js, declared, each) async for each in advisories]
    return sorted(found, key=lambda each: (each.stream, each.number))


async def replay(nats: Client, durable: str, numbers: Collection[int] | None = None) -> Replayed:
    """Send the messages that wait for this durable again, and take them off the list.

    Other durables of the same event see it too; they know it by its event id and ignore it. NATS cannot deliver one
    message, which was taken off, to one durable again.

    Args:
        nats: connected as a user who may publish events and delete parked messages.
        durable: whose messages; one of the contract's.
        numbers: only these; without it all.
    """
    js = jetstream(nats)
    chosen = [each for each in await list_parked(nats, durable) if numbers is None or each.number in numbers]
    [declared] = [each for each in DURABLES if each.name == durable]
    sent = [each for each in chosen if each.replayable]
    for each in sent:
        # Another message id: under its own one JetStream would drop it as a repetition.
        headers = {"content-type": "application/cloudevents+json", "Nats-Msg-Id": f"replay:{secrets.token_hex(8)}"}
        await js.publish(declared.subject, each.body, stream=declared.stream, headers=headers)
        await js.delete_msg(each.stream, each.number)
    return Replayed(len(sent), [each for each in chosen if not each.replayable])


async def _all(js: JetStreamContext, stream: str, subject: str) -> AsyncGenerator[RawStreamMsg]:
    number = 1
    while True:
        try:
            message = await js.get_msg(stream, seq=number, subject=subject, next=True)
        except NotFoundError:
            return
        yield message
        number = int(message.seq or 0) + 1


async def _of_parked(js: JetStreamContext, durable: Durable, message: RawStreamMsg) -> Parked:
    headers = cast(dict[str, str], message.headers or {})  # pyright: ignore[reportUnknownMemberType]  # not typed
    body, slug = message.data or b"", headers.get("Neove-Slug", "")
    original = await _original(js, durable, headers.get("Neove-Stream-Seq", ""))
    return Parked(
        number=int(message.seq or 0),
        stream=PARKED_STREAM,
        durable=durable.name,
        slug=slug if _SLUG.fullmatch(slug) else "unknown",
        subject=durable.subject,
        deliveries=_number(headers.get("Neove-Deliveries", "")),
        correlation_id=_correlation_id(body),
        parked_at=message.time,
        body=body,
        replayable=original is not None and (original.data or b"") == body,
    )


async def _of_advisory(js: JetStreamContext, durable: Durable, message: RawStreamMsg) -> Parked:
    """The event behind an advisory, which only the server can publish."""
    advisory = json.loads(message.data or b"{}")
    original = await _original(js, durable, str(advisory["stream_seq"]))
    # In a stream that was made again, another event may have its number; that one is younger than the advisory.
    if original and original.time and message.time and original.time > message.time:
        original = None
    body = (original.data or b"") if original else b""
    return Parked(
        number=int(message.seq or 0),
        stream=ADVISORY_STREAM,
        durable=durable.name,
        slug="gave-up",
        subject=durable.subject,
        deliveries=int(advisory["deliveries"]),
        correlation_id=_correlation_id(body),
        parked_at=message.time,
        body=body,
        replayable=original is not None,
    )


async def _original(js: JetStreamContext, durable: Durable, number: str) -> RawStreamMsg | None:
    """The message of this number in the stream of the durable; None if there is none that the durable consumes."""
    try:
        found = await js.get_msg(durable.stream, seq=_number(number)) if _number(number) else None
    except NotFoundError:
        return None
    return found if found and found.subject == durable.subject else None


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _correlation_id(body: bytes) -> str | None:
    try:
        found = str(json.loads(body)["subject"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if is_opaque_id(found) else None
