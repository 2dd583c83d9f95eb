"""The bus of one service: its durable consumers, and the one way to store a message in a stream.

    bus = Bus(settings, "casework")

    @bus.on("casework__on_case_opened")
    async def on_case_opened(event: CaseOpened, meta: Meta) -> None: ...

Streams and durables are never declared here, only compared with `contracts.topology`. `kit.settle` says what becomes
of a message. NATS may be down at any time: the client reconnects for ever, and if it gives up, all is built anew.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.security import NatsUserPassword
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError, NotFoundError
from pydantic import create_model

from contracts.envelope import Envelope
from contracts.problems import Invalid, Unavailable
from contracts.topology import DURABLES, Durable
from kit import telemetry, topology
from kit.ending import end
from kit.pulling import ASK_AGAIN_SECONDS, FIRST_PULL_SECONDS, Pull, put_pulls
from kit.settings import NatsSettings
from kit.settle import Settle
from kit.storing import DOWN, Message, stored

CONTENT_TYPE = "application/cloudevents+json"
START_SECONDS = 3.0
BATCH_SECONDS = 10.0
CHECK_SECONDS = 1.0
WELL_SECONDS = 10.0
"""Between two looks at a connection that is well. The client says when it loses one; this is in case it does not."""
RECONNECT_SECONDS = 0.5
REBUILD_SECONDS = 5.0
"""The client can give up for good (a refused password) without saying that it is closed."""
WORKERS = 8
"""Messages of one durable that are handled at the same time. Each may take a connection to the database."""
GRACE_SECONDS = 8.0
_log = logging.getLogger("kit.bus")
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
        self._at_once: dict[str, int] = {}
        self._broker: NatsBroker | None = None
        self._client: Client | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._pulls: list[Pull] = []
        self._lost = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._connected_to: list[Callable[[Client], Awaitable[None]]] = []

    def on_connection(self, call: Callable[[Client], Awaitable[None]]) -> None:
        """Call this with the client of each connection from now on, also when one that was lost has come back."""
        self._connected_to.append(call)

    def on(self, durable: str, at_once: int = WORKERS) -> Callable[[HandlerT], HandlerT]:
        """Registers `async def handler(event, meta)` for a durable of this service; returns it unchanged.

        Args:
            durable: its name.
            at_once: messages that are handled at the same time.
        """
        if durable not in self._durables or durable in self._handlers:
            raise ValueError(f"{durable} is not a durable of {self._service}, or has a handler already")

        def register(handler: HandlerT) -> HandlerT:
            self._handlers[durable] = handler
            self._at_once[durable] = at_once
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
        except DOWN as error:
            _log.warning("NATS is not there yet: %s", type(error).__name__)
        self._keeper = asyncio.create_task(self._keep_open(), name=f"{self._service}-bus")

    async def stop(self) -> None:
        """Let running handlers finish (at most 8 seconds) and disconnect."""
        await end(filter(None, (self._keeper, self._asking)))
        self._keeper = self._asking = None
        await self._close()

    async def ready(self) -> bool:
        """Whether NATS answers and every durable handled here is as declared (a deleted one is silent otherwise)."""
        if not (client := self._client) or not client.is_connected:
            return False
        try:
            async with asyncio.timeout(2 * CHECK_SECONDS):
                return not await topology.differences(client, self._consumed())
        except DOWN:
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
        broker = self._broker
        _ = self._connected()
        assert broker is not None
        every = {"content-type": CONTENT_TYPE, **headers, "Nats-Msg-Id": message_id}
        with stored(stream):
            await broker.publish(body, subject, headers=every, stream=stream)

    @property
    def server(self) -> str | None:
        """Which server answers: its own id, new at each start, or the name of its cluster. None while none does."""
        client = self._client
        if not client or not client.is_connected:
            return None
        info = client._server_info  # pyright: ignore[reportPrivateUsage]  # nats-py shows these two in no other way
        return str(info.get("cluster") or info.get("server_id") or "") or None

    async def last(self, stream: str, subject: str, seconds: float) -> Message | None:
        """The newest message of a subject, by a direct get; None if there is none.

        Raises:
            Unavailable: no answer within `seconds`, or the stream is missing.
        """
        js = topology.jetstream(self._connected())
        try:
            async with asyncio.timeout(seconds):
                found = await js.get_last_msg(stream, subject, direct=True)
        except NotFoundError:
            return None
        except (APIError, *DOWN) as error:
            raise Unavailable("The bus did not answer.") from error
        return Message(int(found.seq or 0), found.data or b"", found.subject or "")

    async def replace(self, stream: str, subject: str, body: bytes, after: int) -> int:
        """Store a message if the newest of its subject still has the number `after` (0: there is none).

        Returns:
            The number of the stored message.

        Raises:
            NotNewest: the newest message has another number. NotAccepted, Unavailable: as `publish`.
        """
        js = topology.jetstream(self._connected())
        headers = {"Nats-Expected-Last-Subject-Sequence": str(after)}
        with stored(stream):
            return (await js.publish(subject, body, stream=stream, headers=headers)).seq

    async def store_new(self, stream: str, messages: Sequence[tuple[str, bytes]]) -> int:
        """Store the first message of each of these subjects, all of them or none (an atomic batch, at most 1,000).

        The server syncs a batch once, and so takes a twentieth of the time that single messages take.

        Returns:
            The number of the last one; the others have the numbers before it.

        Raises:
            NotNewest: a subject has a message already. NotAccepted, Unavailable: as `publish`.
        """
        client, batch = self._connected(), secrets.token_hex(8)
        answer: Msg | None = None
        with stored(stream):
            for place, (subject, body) in enumerate(messages, 1):
                headers = {"Nats-Expected-Last-Subject-Sequence": "0", "Nats-Expected-Stream": stream}
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(place)}
                if place == len(messages):
                    headers["Nats-Batch-Commit"] = "1"
                    answer = await client.request(subject, body, timeout=BATCH_SECONDS, headers=headers)
                else:
                    await client.publish(subject, body, headers=headers)
            found: dict[str, Any] = json.loads(answer.data) if answer else {}
            if "error" in found:
                raise APIError.from_error(found["error"])
        return int(found["seq"])

    async def purge(self, stream: str) -> None:
        """Delete every message of a stream. Raises `Unavailable`."""
        with stored(stream):
            await topology.jetstream(self._connected()).purge_stream(stream)

    def _connected(self) -> Client:
        client = self._client
        if not self._broker or not client or not client.is_connected:
            raise Unavailable("The bus is not connected.")
        return client

    async def _keep_open(self) -> None:
        complaint, connected_at = "", monotonic()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            client = self._client
            if client and client.is_connected:
                await self._until_lost(client)
                connected_at = monotonic()
            elif client is None or client.is_closed or monotonic() - connected_at > REBUILD_SECONDS:
                complaint = await self._reopen(complaint)
                connected_at = monotonic()

    async def _until_lost(self, client: Client) -> None:
        """Returns when the connection is lost, or after `WELL_SECONDS`."""
        self._lost.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(WELL_SECONDS if client.is_connected else 0):
                await self._lost.wait()

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
        self._pulls = put_pulls(broker, client)
        self._broker, self._client = broker, client
        await self._say_connected()

    async def _say_connected(self) -> None:
        for call in self._connected_to:
            if self._client is not None:
                await call(self._client)

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
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._ask_again,
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
                max_workers=self._at_once[durable.name],
                inbox_prefix=f"{prefix}.".encode(),
                no_reply=True,  # a `reply_to` header of a message must not make us publish
                title=durable.name,
                decoder=decode,
            )
            subscribe(consume)
        return broker

    async def _on_disconnected(self) -> None:
        _log.warning("the bus lost its connection")
        self._lost.set()

    async def _ask_again(self) -> None:
        """With a new connection. The server may not answer at once after its own start, so this asks several times."""
        self._asking = asyncio.create_task(self._ask_often())

    async def _ask_often(self) -> None:
        with suppress(*DOWN):
            await self._say_connected()
        for pause in ASK_AGAIN_SECONDS:
            await asyncio.sleep(pause)
            for pull in self._pulls:
                with suppress(*DOWN):
                    await pull.ask()


async def _disconnect(broker: NatsBroker, client: Client | None) -> None:
    """Lets handlers finish and closes. Not by the broker's `stop`: it drains, which fails when the server is gone."""
    await asyncio.gather(*(subscriber.stop() for subscriber in broker.subscribers), return_exceptions=True)
    if client is None:
        return
    with suppress(*DOWN):
        await client.flush(timeout=1)
    with suppress(*DOWN):
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
