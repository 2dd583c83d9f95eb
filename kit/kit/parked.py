"""Messages that a durable could not handle: an operator lists them and sends them again.

There are two kinds. The service stored some under `parked.<durable>`. Others were with the service when it died in
their last delivery; only an advisory of the server names these. Both kinds are found here.
"""

import json
import secrets
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from contracts.topology import ADVISORY_STREAM, PARKED_STREAM
from kit.topology import jetstream

_ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"


@dataclass(frozen=True)
class Parked:
    """A message that waits for an operator.

    Attributes:
        number: its place in the stream that it waits in; with `stream` the handle for `replay`.
        stream: `PARKED` or `ADVISORIES`.
        durable: the one that could not handle it.
        slug: why; of a problem, or `undecodable`, `internal` (a bug) or `gave-up` (no answer to the last delivery).
        subject: of the event.
        deliveries: how often it was tried.
        correlation_id: `subject` of the envelope, if that could be read.
        parked_at: aware, UTC.
        body: the envelope as it was sent.
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


async def list_parked(nats: Client, durable: str) -> list[Parked]:
    """All messages that wait for this durable, the oldest of each kind first.

    Args:
        nats: connected as a user who may read the streams.
        durable: whose messages.
    """
    js = jetstream(nats)
    stored = [_of_parked(durable, message) async for message in _all(js, PARKED_STREAM, f"parked.{durable}")]
    given_up = [
        await _of_advisory(js, durable, each) async for each in _all(js, ADVISORY_STREAM, f"{_ADVISORY}.*.{durable}")
    ]
    return sorted([*stored, *(each for each in given_up if each)], key=lambda each: (each.stream, each.number))


async def replay(nats: Client, durable: str, numbers: Collection[int] | None = None) -> int:
    """Send the messages that wait for this durable again, and take them off the list.

    Other durables of the same event see it too; they know it by its event id and ignore it.

    Args:
        nats: connected as a user who may publish events and delete parked messages.
        durable: whose messages.
        numbers: only these; without it all.

    Returns:
        How many were sent.
    """
    js = jetstream(nats)
    chosen = [each for each in await list_parked(nats, durable) if numbers is None or each.number in numbers]
    for each in chosen:
        # Another message id: under its own one JetStream would drop it as a repetition.
        headers = {"content-type": "application/cloudevents+json", "Nats-Msg-Id": f"replay:{secrets.token_hex(8)}"}
        await js.publish(each.subject, each.body, headers=headers)
        await js.delete_msg(each.stream, each.number)
    return len(chosen)


async def _all(js: JetStreamContext, stream: str, subject: str) -> AsyncGenerator[RawStreamMsg]:
    number = 1
    while True:
        try:
            message = await js.get_msg(stream, seq=number, subject=subject, next=True)
        except NotFoundError:
            return
        yield message
        number = int(message.seq or 0) + 1


def _of_parked(durable: str, message: RawStreamMsg) -> Parked:
    headers = cast(dict[str, str], message.headers or {})  # pyright: ignore[reportUnknownMemberType]  # not typed
    body = message.data or b""
    return Parked(
        number=int(message.seq or 0),
        stream=PARKED_STREAM,
        durable=durable,
        slug=headers.get("Neove-Slug", "unknown"),
        subject=headers.get("Neove-Subject", ""),
        deliveries=int(headers.get("Neove-Deliveries", "0")),
        correlation_id=_correlation_id(body),
        parked_at=message.time,
        body=body,
    )


async def _of_advisory(js: JetStreamContext, durable: str, message: RawStreamMsg) -> Parked | None:
    """The event behind an advisory; None if its stream does not hold it any more."""
    advisory = json.loads(message.data or b"{}")
    try:
        original = await js.get_msg(advisory["stream"], seq=advisory["stream_seq"])
    except NotFoundError:
        return None
    body = original.data or b""
    return Parked(
        number=int(message.seq or 0),
        stream=ADVISORY_STREAM,
        durable=durable,
        slug="gave-up",
        subject=str(original.subject),
        deliveries=int(advisory["deliveries"]),
        correlation_id=_correlation_id(body),
        parked_at=message.time,
        body=body,
    )


def _correlation_id(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["subject"])
    except (ValueError, KeyError, TypeError):
        return None
