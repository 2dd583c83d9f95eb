"""Writes the documents of one service into its key-value bucket, and fills the bucket anew when it is not whole.

A document is a row of `projections` in the writer's database. A version that is not newer than the one in the bucket is
never written, whatever is published again, and in whatever order: the writer names the message that it replaces, and
JetStream refuses if another one is the newest by now.

The relay that leads writes, so one process of the service. It compares the bucket with the database when the server
has started, and looks every few seconds whether its newest document and the marker are still there. A bucket that is
empty, older, incomplete or from another database is emptied and filled again. Its readers find in its marker whether
that is done (`kit.bucket.Marker`).
"""

import asyncio
import json
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from contracts.problems import Unavailable
from contracts.topology import Bucket
from kit.bucket import MARKER, Marker
from kit.bus import Bus
from kit.storing import NotAccepted, NotNewest

LOOK_SECONDS = 2.0
RETRY_SECONDS = 0.25
"""While the bucket waits to be compared; readers give 503 for unknown documents meanwhile."""
ANSWER_SECONDS = 2.0
TRIES = 5
"""A document is written by two tasks at most: the relay, and the one that fills the bucket."""
KNOWN = 10_000
"""For so many documents the number of their message is kept, which saves a read before the next write."""
RECENT = 20
"""So many of the newest published versions must be in the bucket. A bucket that was put back lacks some of them."""
PAGE = 500
AT_ONCE = 64
_DATABASE = """
SELECT system_identifier::text || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '-' || current_database()
FROM pg_control_system()
"""
"""Another one after a recovery to an earlier point, or where a standby has taken over: versions may repeat then.
The name of the log file begins with the timeline, and has the new one at once; the last checkpoint may have the old."""
_RECENT = """
SELECT data->>'subject' AS key, (data->>'version')::bigint AS version FROM outbox
WHERE stream = $1 AND published_at IS NOT NULL ORDER BY published_at DESC, seq DESC LIMIT $2
"""
_POSITION = "SELECT coalesce(max(seq), 0) FROM outbox"
_VERSION = "SELECT version FROM projections WHERE kind = $1 AND key = $2"
_PAGE = """
SELECT key, version, body::text AS body FROM projections WHERE kind = $1 AND key > $2 ORDER BY key LIMIT $3
"""
_log = logging.getLogger("kit.bucket")

# Any: asyncpg's connections and records are typed by parameters that say nothing here
Connection = Any


class _Stored(NamedTuple):
    """What the bucket holds of a document: number of the message, and version. Zeros if it holds nothing."""

    number: int
    version: int


_NOTHING = _Stored(0, 0)


def _value(version: int, body: str) -> bytes:
    return f'{{"version":{version},"body":{body}}}'.encode()


def _timeline(marker: Marker) -> str:
    """The database of a marker as `_DATABASE` gives it. What follows a `#` tells one filling from another."""
    return marker.database.partition("#")[0]


class Writer:
    """The writer of one bucket.

    Args:
        bus: of the service.
        bucket: which bucket.
        connect: makes a connection to the service's database, outside the pool.
    """

    def __init__(self, bus: Bus, bucket: Bucket, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._bus, self._connect = bus, connect
        self.bucket = bucket
        self._server: str | None = None
        self._known: OrderedDict[str, _Stored] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._number = 0  # the highest number of a message that was seen on this server
        self._stream_put_back = False

    async def keep(self) -> None:
        """Keep the bucket whole until cancelled. Outlives every failure of PostgreSQL and NATS.

        The relay starts it with each new connection to the database, so it compares anew: the database may have been
        put back, or a standby may have taken over.
        """
        complaint, self._server = "", None
        while True:
            try:
                await self.make_whole()
                complaint = ""
            except Exception as error:  # in any case the bucket must become whole again
                if complaint != (complaint := f"{type(error).__name__}: {error}"):
                    _log.warning("the bucket %s is not whole: %s", self.bucket.name, complaint)
            compared = self._server is not None and self._server == self._bus.server
            await asyncio.sleep(LOOK_SECONDS if compared else RETRY_SECONDS)

    async def make_whole(self) -> None:
        """Compare the bucket with the database, and fill it anew if it is not whole. Raises `Unavailable`."""
        server = self._bus.server
        if server is None:
            return
        if server != self._server:
            await self._compare(server)
            return
        marker = await self._marker()
        whole = marker is not None and marker.complete and await self._holds(self._newest)
        if not whole or self._stream_put_back:
            await self._fill(server, marker)

    async def _compare(self, server: str) -> None:
        self._server = None  # until it is compared, nothing is written: a write would hide what is missing
        self._known.clear()
        self._number = 0
        connection = await self._connect()
        try:
            marker = await self._marker()
            another = marker is not None and await self._database_put_back(connection, marker)
            if another or self._stream_put_back or not await self._is_whole(connection, marker):
                await self._fill(server, marker, another=another)
            elif marker is not None and marker.server != server:
                position = await connection.fetchval(_POSITION)
                await self._mark(marker.model_copy(update={"server": server, "position": position}))
            self._server = server
        finally:
            await connection.close(timeout=1)

    async def put(self, key: str, version: int, body: str, *, empty: bool = False) -> bool:
        """Write a version of a document; false if the bucket holds the same or a newer one.

        Args:
            key: of the document.
            version: grows with each change.
            body: JSON.
            empty: the bucket probably holds nothing of this document, so it is not read first.

        Raises:
            Unavailable: NATS does not answer, or the bucket is not compared with the database yet.
            NotAccepted: NATS will never take it.
        """
        self._check_server()
        stored = self._known.get(key) or (_NOTHING if empty or version == 1 else await self._stored(key))
        for _ in range(TRIES):
            if stored.version >= version:
                self._note(key, stored)
                return False
            try:
                value, newest = _value(version, body), self._number
                number = await self._bus.replace(self.bucket.stream, self.bucket.subject(key), value, stored.number)
            except NotNewest:
                stored = await self._stored(key)
                continue
            self._note(key, _Stored(number, version))
            self._newest = {key: version}
            self._stream_put_back |= number <= newest  # numbers only grow, also over a purge
            self._number = max(number, self._number)
            return True
        raise Unavailable("The document changes faster than it can be written.")

    async def _is_whole(self, connection: Connection, marker: Marker | None) -> bool:
        database = await connection.fetchval(_DATABASE)
        if marker is None or not marker.complete or _timeline(marker) != database:
            return False
        rows = await connection.fetch(_RECENT, self.bucket.stream, RECENT)
        recent: dict[str, int] = {}
        for row in rows:
            recent[row["key"]] = max(row["version"], recent.get(row["key"], 0))
        self._newest = dict(list(recent.items())[:1])
        return bool(recent) and await self._holds(recent)

    async def _database_put_back(self, connection: Connection, marker: Marker) -> bool:
        """Whether the bucket knows of changes that the database lacks: it was restored, and kept its timeline."""
        if await connection.fetchval(_POSITION) < marker.position:
            return True
        found = await self._bus.last(self.bucket.stream, self.bucket.subject("*"), ANSWER_SECONDS)
        if found is None or found.subject == self.bucket.subject(MARKER):
            return False
        key = found.subject.removeprefix(self.bucket.subject(""))
        held = await connection.fetchval(_VERSION, self.bucket.kind, key)
        return (held or 0) < json.loads(found.body)["version"]

    async def _holds(self, versions: Mapping[str, int]) -> bool:
        """Whether the bucket holds these versions, or newer ones."""
        return all([(await self._stored(key)).version >= version for key, version in versions.items()])

    async def _fill(self, server: str, before: Marker | None, *, another: bool = False) -> None:
        """Empty the bucket and write every document. A document can be read as soon as it is there.

        Args:
            server: that answers. before: the marker, if there is one.
            another: the database was put back and kept its timeline: readers must forget what they read before.
        """
        _log.warning("the bucket %s is filled from the database", self.bucket.name)
        connection = await self._connect()
        try:
            database, position = await connection.fetchval(_DATABASE), await connection.fetchval(_POSITION)
            if another:
                database = f"{database}#{secrets.token_hex(4)}"
            elif before is not None and _timeline(before) == database:
                database = before.database
            marker = Marker(server=server, database=database, complete=False, position=position)
            await self._bus.purge(self.bucket.stream)
            self._known.clear()
            self._newest, self._number, self._stream_put_back = {}, 0, False
            number = await self._mark(marker)
            self._server = server
            count, after = 0, ""
            while rows := await connection.fetch(_PAGE, self.bucket.kind, after, PAGE):
                await self._put_all(rows)
                count, after = count + len(rows), rows[-1]["key"]
            await self._mark(marker.model_copy(update={"complete": True}), over=number)
            _log.warning("the bucket %s holds %d documents again", self.bucket.name, count)
        finally:
            await connection.close(timeout=1)

    async def _put_all(self, rows: Any) -> None:
        """Write a page into the bucket that was emptied: at once, or one by one if the relay wrote one of them."""
        self._check_server()
        new = [(self.bucket.subject(row["key"]), _value(row["version"], row["body"])) for row in rows]
        try:
            await self._bus.store_new(self.bucket.stream, new)
        except (NotNewest, NotAccepted):
            for start in range(0, len(rows), AT_ONCE):
                chunk = rows[start : start + AT_ONCE]
                await asyncio.gather(*(self.put(row["key"], row["version"], row["body"], empty=True) for row in chunk))

    async def _marker(self) -> Marker | None:
        found = await self._bus.last(self.bucket.stream, self.bucket.subject(MARKER), ANSWER_SECONDS)
        return Marker.model_validate_json(found.body) if found else None

    async def _mark(self, marker: Marker, over: int | None = None) -> int:
        """Write the marker; gives the number of its message.

        Args:
            over: number of the marker that it replaces; None: whichever is there.

        Raises:
            Unavailable: also where the server is another one by now. NotNewest: another process marked the bucket.
        """
        subject = self.bucket.subject(MARKER)
        if over is None:
            found = await self._bus.last(self.bucket.stream, subject, ANSWER_SECONDS)
            over = found.number if found else 0
        if self._bus.server != marker.server:
            raise Unavailable("The server started again.")
        return await self._bus.replace(self.bucket.stream, subject, marker.model_dump_json().encode(), over)

    async def _stored(self, key: str) -> _Stored:
        found = await self._bus.last(self.bucket.stream, self.bucket.subject(key), ANSWER_SECONDS)
        if found is None:
            return _NOTHING
        self._number = max(found.number, self._number)
        return _Stored(found.number, json.loads(found.body)["version"])

    def _check_server(self) -> None:
        if self._server is None or self._bus.server != self._server:
            raise Unavailable("The bucket is not compared with the database yet.")

    def _note(self, key: str, stored: _Stored) -> None:
        self._known[key] = stored
        self._known.move_to_end(key)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
