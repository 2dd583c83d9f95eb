"""The bus of one service: its durable consumers, and the one way to store a message in a stream.

    bus = Bus(settings, "casework")

    @bus.on("casework__on_case_opened")
    async def on_case_opened(event: CaseOpened, meta: Meta) -> None: ...

Streams and durables are never declared here, only compared with `contracts.topology`. `kit.settle` says what becomes
of a message. NATS may be down at any time: the client reconnects for ever, and if it gives up, all is built anew.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import nats.errors
from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.security import NatsUserPassword
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError, ServerError, ServiceUnavailableError
from pydantic import create_model

from contracts.envelope import Envelope
from contracts.problems import Invalid, Unavailable
from contracts.topology import DURABLES, Durable
from kit import telemetry, topology
from kit.settings import NatsSettings
from kit.settle import Settle

CONTENT_TYPE = "application/cloudevents+json"
START_SECONDS = 3.0
CHECK_SECONDS = 1.0
RECONNECT_SECONDS = 0.5
REBUILD_SECONDS = 5.0
"""The client can give up for good (a refused password) without saying that it is closed."""
PULL_SECONDS = 10.0
"""How long a pull request waits at the server. One that was lost with the connection is made anew at the reconnect."""
FIRST_PULL_SECONDS = 1.0
"""The same for the first request of each durable, which nothing makes anew."""
PULL_PAUSE_SECONDS = 0.25
WORKERS = 8
"""Messages of one durable that are handled at the same time."""
GRACE_SECONDS = 8.0
_log = logging.getLogger("kit.bus")
_DOWN = (NatsError, OSError, TimeoutError)
_OTHER_STREAM = 10060
"""JetStream's error code: another stream than the expected one takes this subject."""

# Any: handlers take different event classes, which the durable's name decides at run time
Handler = Callable[[Any, "Meta"], Awaitable[None]]
HandlerT = TypeVar("HandlerT", bound=Handler)


@dataclass(frozen=True)
class Meta:
    """About a delivered event.

    Attributes:
        event_id: the same for every delivery and repetition; `kit.handled` notes it.
        deliveries: 1 for the first.
        recorded_at: when the producer recorded it (aware, UTC).
        durable: the durable that it was delivered to.
    """

    event_id: str
    deliveries: int
    recorded_at: datetime
    durable: str


class NotAccepted(RuntimeError):
    """NATS answered that it will never take this message, for example because it is too large."""


class Bus:
    """Connection of a service to NATS.

    Args:
        settings: where and as whom.
        service: its name; decides durables, reply subjects and the client's name.
        durables: all that exist; others than the contract's only in tests.
        role: of this process; it handles the durables of this role.
    """

    def __init__(
        self, settings: NatsSettings, service: str, durables: Iterable[Durable] = DURABLES, role: str = "events"
    ) -> None:
        self._settings = settings
        self._service = service
        self._durables = {each.name: each for each in durables if each.service == service and each.role == role}
        self._handlers: dict[str, Handler] = {}
        self._broker: NatsBroker | None = None
        self._client: Client | None = None
        self._keeper: asyncio.Task[None] | None = None

    def on(self, durable: str) -> Callable[[HandlerT], HandlerT]:
        """Registers `async def handler(event, meta)` for a durable of this service; returns it unchanged."""
        if durable not in self._durables or durable in self._handlers:
            raise ValueError(f"{durable} is not a durable of {self._service}, or has a handler already")

        def register(handler: HandlerT) -> HandlerT:
            self._handlers[durable] = handler
            return handler

        return register

    async def start(self) -> None:
        """Connect and consume. While NATS is down or a durable is missing, this goes on in the background.

        Raises:
            Drift: a durable differs from what is declared; nothing is consumed.
        """
        for name in self._durables.keys() - self._handlers.keys():
            _log.error("nothing in this process handles %s", name)
        try:
            await self._open()
        except topology.Missing as missing:
            _log.error("not on the server yet: %s", missing.names)
        except _DOWN as error:
            _log.warning("NATS is not there yet: %s", type(error).__name__)
        self._keeper = asyncio.create_task(self._keep_open(), name=f"{self._service}-bus")

    async def stop(self) -> None:
        """Let running handlers finish (at most 8 seconds) and disconnect."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._close()

    async def ready(self) -> bool:
        """Whether NATS answers and every durable handled here is as declared (a deleted one is silent otherwise)."""
        if not (client := self._client) or not client.is_connected:
            return False
        try:
            async with asyncio.timeout(2 * CHECK_SECONDS):
                return not await topology.differences(client, self._consumed())
        except _DOWN:
            return False

    def _consumed(self) -> list[Durable]:
        return [self._durables[name] for name in self._handlers]

    async def publish(
        self, stream: str, subject: str, body: bytes, message_id: str, headers: Mapping[str, str]
    ) -> None:
        """Store a message in a stream; returns when the server has confirmed it.

        Raises:
            NotAccepted: the server answered no; the same message will not be taken later either.
            Unavailable: it did not answer, or cannot now. A missing stream is such an outage: the stream
                takes the message as soon as the topology is applied again.
        """
        broker, client = self._broker, self._client
        if not broker or not client or not client.is_connected:
            raise Unavailable("The bus is not connected.")
        every = {"content-type": CONTENT_TYPE, **headers, "Nats-Msg-Id": message_id}
        try:
            await broker.publish(body, subject, headers=every, stream=stream)
        except (nats.errors.MaxPayloadError, nats.errors.BadSubjectError) as error:
            raise NotAccepted(type(error).__name__) from error
        except (NoStreamResponseError, NotFoundError) as error:
            raise Unavailable(f"No stream takes the message; {stream} is missing or JetStream is away.") from error
        except (ServiceUnavailableError, ServerError) as error:
            raise Unavailable("JetStream cannot store now.") from error
        except APIError as error:
            if error.err_code == _OTHER_STREAM:
                raise Unavailable(f"{stream} does not take its subjects.") from error
            raise NotAccepted(f"jetstream-{error.err_code}") from error
        except _DOWN as error:
            raise Unavailable("The bus did not confirm.") from error

    async def _keep_open(self) -> None:
        complaint, connected_at = "", monotonic()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            client = self._client
            if client and client.is_connected:
                connected_at = monotonic()
            elif client is None or client.is_closed or monotonic() - connected_at > REBUILD_SECONDS:
                complaint = await self._reopen(complaint)
                connected_at = monotonic()

    async def _reopen(self, complaint: str) -> str:
        """Build everything anew; returns what went wrong, which is logged only when it changes."""
        try:
            await self._close()
            await self._open()
        except Exception as error:  # in any case the bus must come back
            problem = error.names if isinstance(error, topology.Drift) else type(error).__name__
            if problem != complaint:
                _log.error("the bus cannot start: %s", problem)
            return problem
        _log.info("the bus is connected")
        return ""

    async def _open(self) -> None:
        broker, client = self._build(), None
        try:
            async with asyncio.timeout(START_SECONDS):
                client = await broker.connect()
                await topology.check(client, self._consumed())
                await broker.start()
        except BaseException:
            await _disconnect(broker, client)
            raise
        _pace(broker)
        self._broker, self._client = broker, client

    async def _close(self) -> None:
        broker, client = self._broker, self._client
        self._broker = self._client = None
        if broker:
            await _disconnect(broker, client)

    def _build(self) -> NatsBroker:
        password = self._settings.nats_password.get_secret_value()
        prefix = topology.inbox_prefix(self._service)
        broker = NatsBroker(
            self._settings.nats_url.split(","),
            name=self._service,
            security=NatsUserPassword(self._settings.nats_user, password),
            inbox_prefix=prefix,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # pyright: ignore[reportArgumentType]  # fractions work
            disconnected_cb=self._log_disconnected,
            reconnected_cb=self._pull_again,
            ack_policy=AckPolicy.MANUAL,
            middlewares=[partial(Settle, self._durables, self.publish)],
            apply_types=False,  # its injection costs 0.5 ms a message, and a thread for each
            graceful_timeout=GRACE_SECONDS,
            logger=None,
        )
        for durable in self._consumed():
            decode, consume = _consumer(durable, self._handlers[durable.name])
            subscribe = broker.subscriber(
                durable.subject,
                durable=durable.name,
                stream=JStream(durable.stream, declare=False),
                pull_sub=PullSub(batch_size=1, timeout=FIRST_PULL_SECONDS),
                max_workers=WORKERS,
                inbox_prefix=f"{prefix}.".encode(),
                no_reply=True,  # a `reply_to` header of a message must not make us publish
                title=durable.name,
                decoder=decode,
            )
            subscribe(consume)
        return broker

    async def _log_disconnected(self) -> None:
        _log.warning("the bus lost its connection")

    async def _pull_again(self) -> None:
        """The server forgets a pull request with its connection."""
        for subscriber in self._broker.subscribers if self._broker else ():
            pulling: Any = subscriber  # Any: as in `_pace`
            pulling.subscription.pull_again()


class _Paced:
    """A pull subscription that waits before it fails.

    The client fails at once while a durable is missing or a connection is closed, and FastStream asks again at once:
    without a pause that keeps the processor, or the whole event loop, busy.
    """

    def __init__(self, subscription: Any) -> None:
        # Any: the type of nats-py's pull subscription is an inner class of another
        self._subscription = subscription
        self._pull: asyncio.Timeout | None = None

    def pull_again(self) -> None:
        """Give up the request that waits now, so that another is made."""
        pull, self._pull = self._pull, None
        if pull is not None:
            pull.reschedule(0)

    async def fetch(self, batch: int, timeout: float) -> list[Any]:  # noqa: ASYNC109  # FastStream's call
        """The next messages; `TimeoutError` if there are none. FastStream's `timeout` is that of the first request."""
        started = monotonic()
        try:
            async with asyncio.timeout(None) as pull:
                self._pull = pull
                try:
                    return await self._subscription.fetch(batch=batch, timeout=PULL_SECONDS)
                finally:
                    self._pull = None
        except _DOWN:
            await asyncio.sleep(max(0.0, PULL_PAUSE_SECONDS - (monotonic() - started)))
            raise nats.errors.TimeoutError from None

    async def unsubscribe(self) -> None:
        """Ends the subscription; a connection that is gone ended it already."""
        with suppress(*_DOWN):
            await self._subscription.unsubscribe()


def _pace(broker: NatsBroker) -> None:
    for subscriber in broker.subscribers:
        # Any: FastStream declares this attribute by protocols that differ between kinds of subscribers
        pulling: Any = subscriber
        pulling.subscription = _Paced(pulling.subscription)


async def _disconnect(broker: NatsBroker, client: Client | None) -> None:
    """Lets handlers finish and closes. Not by the broker's `stop`: it drains, which fails when the server is gone."""
    await asyncio.gather(*(subscriber.stop() for subscriber in broker.subscribers), return_exceptions=True)
    if client is None:
        return
    with suppress(*_DOWN):
        await client.flush(timeout=1)
    with suppress(*_DOWN):
        await client.close()


# Any: as the envelope's type is made below, nothing can name it
Decode = Callable[[StreamMessage[Any]], Awaitable[tuple[Any, int]]]
Consume = Callable[[tuple[Any, int]], Awaitable[None]]


def _consumer(durable: Durable, handler: Handler) -> tuple[Decode, Consume]:
    """What FastStream calls with a message, and then with the result: the envelope and the number of the delivery."""
    carrier = create_model(f"{durable.event.__name__}Envelope", __base__=Envelope, data=(durable.event, ...))

    async def decode(message: StreamMessage[Any]) -> tuple[Any, int]:
        """Read JSON under every content type: FastStream does not know the one of CloudEvents."""
        return carrier.model_validate_json(message.body), message.raw_message.metadata.num_delivered

    async def consume(delivered: tuple[Any, int]) -> None:
        envelope, deliveries = delivered
        if envelope.type != durable.event.event_type():
            raise Invalid("The event is of another type than its subject says.")
        telemetry.correlate(envelope.subject)
        await handler(envelope.data, Meta(envelope.id, deliveries, envelope.time, durable.name))

    consume.__name__ = durable.name
    return decode, consume
