"""How a delivered message is settled: acknowledged, tried again after a while, or parked.

| The handler                              | The message                                                    |
|------------------------------------------|----------------------------------------------------------------|
| returns                                  | acknowledged                                                   |
| raises Unavailable, or fails by a bug    | given back; delivered again after `BACKOFF_SECONDS`            |
| raises another Problem; not decodable    | stored under `parked.<durable>`, then taken off                |
| fails by a bug for the `park_after`th time | the same: a defect of ours must not wait unseen              |
| is unavailable on the last delivery      | the same; a week has passed by then                            |

FastStream's own policies lose the message or repeat it at once, so the broker is set to MANUAL and this decides.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from faststream import BaseMiddleware
from faststream.nats.message import NatsMessage
from nats.errors import Error as NatsError
from opentelemetry import propagate, trace
from pydantic import ValidationError

from contracts.problems import Problem, Unavailable
from contracts.topology import BACKOFF_SECONDS, PARKED_STREAM, Durable
from kit import telemetry

PUT_SECONDS = 3.0
_UNREADABLE = (ValidationError, JSONDecodeError, UnicodeDecodeError)
_LOST = (NatsError, TimeoutError, OSError)
_log = logging.getLogger("kit.bus")
_tracer = trace.get_tracer("kit.bus")

Put = Callable[[str, str, bytes, str, Mapping[str, str]], Awaitable[None]]
"""Stores a message: stream, subject, body, message id, headers."""


@dataclass(frozen=True)
class Delivery:
    """One delivery of one message to one durable."""

    durable: Durable
    message: NatsMessage
    number: int
    stream_seq: int

    @classmethod
    def of(cls, message: NatsMessage, durables: Mapping[str, Durable]) -> "Delivery":
        """Reads what the server says about the delivery."""
        metadata = message.raw_message.metadata
        return cls(durables[metadata.consumer], message, metadata.num_delivered, metadata.sequence.stream)

    @property
    def is_last(self) -> bool:
        """Whether the server will not deliver it again by itself."""
        return self.number >= self.durable.max_deliver

    def is_over(self, slug: str) -> bool:
        """Whether a failure with this slug is not worth another delivery."""
        if slug == "unavailable":
            return self.is_last
        return slug != "internal" or self.is_last or self.number >= self.durable.park_after

    @property
    def delay_seconds(self) -> float:
        """How long to wait for the next delivery."""
        return BACKOFF_SECONDS[min(self.number, len(BACKOFF_SECONDS)) - 1]


class Settle(BaseMiddleware):
    """FastStream middleware around every handler; also continues the sender's trace."""

    def __init__(self, durables: Mapping[str, Durable], put: Put, msg: Any, /, *, context: Any) -> None:
        # Any: FastStream's own signature; the message is NATS's raw one and is not used here
        super().__init__(msg, context=context)
        self._durables = durables
        self._put = put

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> None:
        """Run the handler and settle its message. Never raises: an unsettled message is delivered again."""
        delivery = Delivery.of(msg, self._durables)
        with telemetry.uncorrelated(), _span(delivery):
            alive = asyncio.create_task(_keep_alive(delivery))
            try:
                await call_next(msg)
            except Exception as error:  # in any case the message must be settled
                await self._failed(delivery, error)
            else:
                with _settling(delivery):
                    # Not waited for: a lost one means another delivery, which is known as handled.
                    await delivery.message.ack()
            finally:
                alive.cancel()

    async def _failed(self, delivery: Delivery, error: Exception) -> None:
        slug = _slug(error)
        trace.get_current_span().set_attribute("problem.slug", slug)
        hopeless = slug not in ("unavailable", "internal")
        _log_failure(delivery, slug, None if hopeless or isinstance(error, Unavailable) else error)
        with _settling(delivery):
            if delivery.is_over(slug) and await self._parked(delivery, slug):
                await delivery.message.reject()
            else:
                await delivery.message.nack(delay=delivery.delay_seconds)

    async def _parked(self, delivery: Delivery, slug: str) -> bool:
        """Whether the message could be stored for an operator; if not, it must not be taken off."""
        raw, durable = delivery.message.raw_message, delivery.durable
        headers = {
            **_kept(delivery.message.headers),
            "Neove-Slug": slug,
            "Neove-Subject": str(raw.subject),
            "Neove-Stream": durable.stream,
            "Neove-Stream-Seq": str(delivery.stream_seq),
            "Neove-Deliveries": str(delivery.number),
        }
        message_id = f"{durable.name}:{delivery.stream_seq}:{delivery.number}"
        try:
            await self._put(PARKED_STREAM, f"parked.{durable.name}", raw.data, message_id, headers)
        except Exception:  # stays in its stream; the server notes the last delivery as an advisory
            _log.exception("could not park a message of %s", durable.name)
            return False
        _log.error("parked a message of %s: %s", durable.name, slug)
        return True


def _slug(error: Exception) -> str:
    if isinstance(error, Problem):
        return "unavailable" if isinstance(error, Unavailable) else error.slug
    return "undecodable" if isinstance(error, _UNREADABLE) else "internal"


def _kept(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(headers[name]) for name in ("traceparent", "content-type") if name in headers}


def _log_failure(delivery: Delivery, slug: str, bug: Exception | None) -> None:
    text, values = "%s: delivery %d failed: %s", (delivery.durable.name, delivery.number, slug)
    if bug is None:
        _log.info(text, *values)
    else:
        _log.error(text, *values, exc_info=bug)


@contextmanager
def _settling(delivery: Delivery) -> Generator[None]:
    try:
        yield
    except _LOST:
        # the server delivers it again after ack_wait; the note of handled events makes that harmless
        _log.warning("%s: the bus did not confirm how a message was settled", delivery.durable.name)


@contextmanager
def _span(delivery: Delivery) -> Generator[None]:
    attributes: dict[str, str | int] = {
        "messaging.system": "nats",
        "messaging.operation": "process",
        "messaging.destination.name": str(delivery.message.raw_message.subject),
        "messaging.consumer.group.name": delivery.durable.name,
        "neove.deliveries": delivery.number,
    }
    context = propagate.extract(_kept(delivery.message.headers))
    kind = trace.SpanKind.CONSUMER
    with _tracer.start_as_current_span(delivery.durable.name, context, kind, attributes, record_exception=False):
        yield


async def _keep_alive(delivery: Delivery) -> None:
    while True:
        await asyncio.sleep(delivery.durable.ack_wait_seconds / 3)
        with suppress(*_LOST):
            await delivery.message.in_progress()
