"""The pull of messages that stands where FastStream has its own, and keeps one request open for many messages."""

import asyncio
import json
from contextlib import suppress
from time import monotonic
from typing import Any

import nats.errors
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StatusCode
from nats.js.errors import ServiceUnavailableError

from kit.storing import DOWN

FIRST_PULL_SECONDS = 1.0
PULL_SECONDS = 10.0
"""A request for messages ends after this long. One that was lost without a new connection is noticed then."""
ASK_AGAIN_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Pauses before each request on a new connection: a slow server takes seconds until it has its durables again."""
PULL_MESSAGES = 64
"""Messages of one request: few enough to be handled within `ack_wait`, which counts from when the server sends them."""
PULL_PAUSE_SECONDS = 0.25


class Pull:
    """Pulls for one durable.

    The client's own pull asks the server for each message. This one asks again when the request is used up, has ended,
    or was lost with its connection. It waits before it fails: the client fails at once while a durable is missing or a
    connection is closed, and FastStream asks again at once, which without a pause keeps the processor, or the whole
    event loop, busy.

    Args:
        subscription: the client's pull subscription to the durable.
        client: the connection that it belongs to.
    """

    def __init__(self, subscription: Any, client: Client) -> None:
        # Any: the type of nats-py's pull subscription is an inner class of another
        self._subscription, self._client = subscription, client
        self._left, self._until = 0, 0.0

    async def fetch(self, batch: int, timeout: float) -> list[Any]:  # noqa: ASYNC109  # FastStream's call
        """The next message, in a list; `TimeoutError` if there is none. `PULL_SECONDS` count, not `timeout`."""
        started = monotonic()
        try:
            return [await self._next()]
        except DOWN:
            await asyncio.sleep(max(0.0, PULL_PAUSE_SECONDS - (monotonic() - started)))
            raise nats.errors.TimeoutError from None

    async def _next(self) -> Any:
        while True:
            if self._left <= 0 or self._until < monotonic():
                await self.ask()
            # Any: nats-py has no public way to take from a pull subscription without a request of its own
            message: Any = await self._subscription._sub.next_msg(timeout=PULL_SECONDS + PULL_PAUSE_SECONDS)
            status = JetStreamContext.is_status_msg(message)
            if status is None:
                self._left -= 1
                return message
            self._left = 0  # a message with a status ends the request
            if status != StatusCode.REQUEST_TIMEOUT:
                raise ServiceUnavailableError

    async def ask(self) -> None:
        """Ask for messages. The bus does it too when it has a new connection, because the server forgot the request."""
        asked = {"batch": PULL_MESSAGES, "expires": int(PULL_SECONDS * 1_000_000_000)}
        pulling = self._subscription
        await self._client.publish(pulling._nms, json.dumps(asked).encode(), pulling._deliver)
        self._left, self._until = PULL_MESSAGES, monotonic() + PULL_SECONDS + PULL_PAUSE_SECONDS

    async def unsubscribe(self) -> None:
        """Ends the subscription; a connection that is gone ended it already."""
        with suppress(*DOWN):
            await self._subscription.unsubscribe()


def put_pulls(broker: NatsBroker, client: Client) -> list[Pull]:
    """Puts our pull in the place of the client's."""
    made: list[Pull] = []
    for subscriber in broker.subscribers:
        # Any: FastStream declares this attribute by protocols that differ between kinds of subscribers
        pulling: Any = subscriber
        pulling.subscription = Pull(pulling.subscription, client)
        made.append(pulling.subscription)
    return made
