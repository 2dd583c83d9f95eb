"""Reads documents of another service from a key-value bucket of JetStream, and remembers those that it has read.

The bucket can be deleted, emptied, or put back to an earlier state. So a reader believes it only while its marker says
that its writer compared it with the database since this server started (`kit.bucket_writer`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.problems import Unavailable
from contracts.topology import Bucket
from kit.storing import Message

MARKER = "complete"
"""Key of the marker. No document has it, because it is no opaque id."""
ANSWER_SECONDS = 0.3
"""How long a reader waits in all: for NATS, and for a version that its caller has seen."""
PAUSE_SECONDS = 0.02
BELIEVED_SECONDS = 1.0
"""How long a marker that was read is believed."""
REMEMBERED = 5_000
"""So many documents are remembered; the one that was asked for longest ago is forgotten first. One takes about 8 kB."""

BodyT = TypeVar("BodyT")


class Marker(BaseModel):
    """What the writer says of the whole bucket.

    Attributes:
        server: the NATS server (or cluster) on which the writer compared the bucket; a server that started again has
            another id, because its data may have been replaced while it was down.
        database: the database that the bucket was filled from; another text after the database was put back.
        complete: whether every document is in the bucket.
        position: number of the newest row of the outbox when this was written.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    server: str
    database: str
    complete: bool
    position: int = 0


class Value(BaseModel):
    """A document as the bucket holds it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int
    body: dict[str, Any]


class Source(Protocol):
    """What a reader needs of the bus (`kit.bus.Bus`)."""

    @property
    def server(self) -> str | None:
        """Which server answers; None while none does."""
        ...

    async def last(self, stream: str, subject: str, seconds: float) -> Message | None:
        """The newest message of a subject; raises `Unavailable`."""
        ...


@dataclass(frozen=True)
class Document(Generic[BodyT]):
    """A document that was read. `read_at` is when the bucket last confirmed it (seconds of the reader's clock)."""

    version: int
    body: BodyT
    raw: bytes
    read_at: float


@dataclass(frozen=True)
class _Belief:
    server: str
    number: int
    complete: bool
    until: float


class Reader(Generic[BodyT]):
    """Gets documents of one bucket.

    Args:
        source: the bus.
        bucket: which bucket.
        parse: makes the body; the same body is not parsed twice.
        now: seconds that never go back, for the age of what is remembered.
    """

    def __init__(
        self, source: Source, bucket: Bucket, parse: Callable[[Any], BodyT], now: Callable[[], float] = monotonic
    ) -> None:
        self._source, self._bucket, self._parse, self._now = source, bucket, parse, now
        self._remembered: OrderedDict[str, Document[BodyT]] = OrderedDict()
        self._belief: _Belief | None = None
        self._database: str | None = None

    async def get(
        self, key: str, *, at_least: int = 0, remembered_seconds: float | None = None
    ) -> Document[BodyT] | None:
        """The newest version of a document; None if there is surely none.

        Args:
            key: of the document.
            at_least: a version that the caller has seen: an older one is not given, but waited for.
            remembered_seconds: how old a remembered document may be that is given while the bucket does not answer;
                None: as old as it is.

        Raises:
            Unavailable: the bucket does not answer, cannot be believed, or has not got that version yet, and no
                remembered document serves.
        """
        ends = monotonic() + ANSWER_SECONDS
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                # the timeout cancels once, and in Python 3.11 the client of NATS may lose that (`kit.ending`)
                while monotonic() < ends:
                    found, known = await self._ask(key), self._remembered.get(key)
                    if found is None and known is None and not at_least:
                        return None
                    if found is not None and found.version >= max(at_least, known.version if known else 0):
                        return self._remember(key, found)
                    if known is not None and known.version >= at_least:
                        break
                    await asyncio.sleep(PAUSE_SECONDS)
        except (Unavailable, TimeoutError):
            pass
        return self._recall(key, at_least, remembered_seconds)

    async def _ask(self, key: str) -> Document[BodyT] | None:
        """The document in the bucket; None only if the bucket was complete before and after it was not found."""
        belief = await self._believed()
        message = await self._last(key)
        if message is None:
            belief = await self._look()
            message = await self._last(key)
            if message is None and belief.complete and (await self._look()).number == belief.number:
                return None
        if message is None or self._source.server != belief.server:
            raise Unavailable("The bucket is not complete.")
        return self._document(key, message.body)

    def _document(self, key: str, raw: bytes) -> Document[BodyT]:
        known = self._remembered.get(key)
        if known is not None and known.raw == raw:
            return Document(known.version, known.body, raw, self._now())
        value = Value.model_validate_json(raw)
        return Document(value.version, self._parse(value.body), raw, self._now())

    async def _believed(self) -> _Belief:
        belief = self._belief
        if belief is not None and belief.server == self._source.server and self._now() < belief.until:
            return belief
        return await self._look()

    async def _look(self) -> _Belief:
        """Read the marker. Raises `Unavailable` if it is missing, or is about another start of the server.

        What was read from another database is forgotten: after a recovery, versions are counted from an earlier one.
        """
        self._belief, server, asked_at = None, self._source.server, self._now()
        found = await self._last(MARKER)
        marker = Marker.model_validate_json(found.body) if found else None
        if found is None or marker is None or server is None or marker.server != server:
            raise Unavailable("The bucket is not compared with the database yet.")
        if marker.database != self._database:
            self._remembered.clear()
        self._database = marker.database
        self._belief = _Belief(server, found.number, marker.complete, asked_at + BELIEVED_SECONDS)
        return self._belief

    async def _last(self, key: str) -> Message | None:
        return await self._source.last(self._bucket.stream, self._bucket.subject(key), ANSWER_SECONDS)

    def _remember(self, key: str, found: Document[BodyT]) -> Document[BodyT]:
        self._remembered[key] = found
        self._remembered.move_to_end(key)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _recall(self, key: str, at_least: int, seconds: float | None) -> Document[BodyT]:
        known = self._remembered.get(key)
        if known is None or known.version < at_least:
            raise Unavailable("What this depends on cannot be read now.")
        if seconds is not None and self._now() - known.read_at > seconds:
            raise Unavailable("What this depends on was last read too long ago.")
        return known
