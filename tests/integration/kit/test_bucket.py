"""A bucket of documents on a real server: nothing goes backwards, and what is missing is either gone or not known."""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from contracts.problems import Unavailable
from contracts.topology import STANDINGS, Durable
from kit import topology
from kit.bucket import BELIEVED_SECONDS, MARKER, Reader
from kit.bucket_writer import Writer
from kit.bus import Bus
from kit.ending import end
from kit.relay import Relay, connect

STREAM = STANDINGS.stream
Until = Callable[..., Awaitable[None]]


class House:
    """Casework's relay with its bucket, and a reader in the vault."""

    def __init__(self, database: Any, server: Any) -> None:
        self.database, self.server = database, server
        nothing: tuple[Durable, ...] = ()
        self.casework = Bus(server.settings("casework"), "casework", nothing)
        self.vault = Bus(server.settings("vault"), "vault", nothing)
        self.seconds = 0.0
        self.reader: Reader[Any] = self.new_reader()
        self._relay: asyncio.Task[None] | None = None

    def new_reader(self) -> Reader[Any]:
        """A process that remembers nothing."""
        return Reader(self.vault, STANDINGS, lambda body: body["is"], lambda: self.seconds)

    async def start(self) -> None:
        await self.casework.start()
        await self.vault.start()
        self.relay()

    def relay(self) -> None:
        self._relay = asyncio.create_task(Relay(self.database.engine, self.casework, [STANDINGS]).run())

    async def stop_relay(self) -> None:
        assert self._relay is not None
        await end([self._relay])

    async def stop(self) -> None:
        await self.stop_relay()
        await self.casework.stop()
        await self.vault.stop()

    async def change(self, key: str, version: int) -> None:
        """One transaction of the owner: the document, and that it is to be shown."""
        async with self.database.uow()() as tx:
            await self.store(key, version)
            tx.show(STANDINGS, key, version)

    async def store(self, key: str, version: int) -> None:
        body = json.dumps({"is": f"v{version}"})
        await self.database.execute(
            f"INSERT INTO projections VALUES ('standing', '{key}', {version}, '{body}', now()) "
            "ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version, body = excluded.body"
        )

    async def read(self, key: str, **given: Any) -> str | None:
        found = await self.reader.get(key, **given)
        return found.body if found else None

    async def reads(self, key: str, body: str | None) -> bool:
        """Whether a process that remembers nothing reads this."""
        try:
            found = await self.new_reader().get(key)
        except Unavailable:
            return False
        return (found.body if found else None) == body


@pytest_asyncio.fixture(loop_scope="session", name="house")
async def _house(database: Any, nats_server: Any, admin: Client, until: Until) -> AsyncIterator[House]:
    made = House(database, nats_server)
    await made.start()
    await until(lambda: made.reads("case_nobody", None), 10)
    yield made
    await made.stop()


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
async def test_a_document_never_goes_backwards(house: House, order: tuple[int, ...]) -> None:
    writers = [Writer(house.casework, STANDINGS, lambda: connect(house.database.engine)) for _ in range(2)]
    await house.stop_relay()
    for writer in writers:
        await writer.make_whole()
    key = f"case_{''.join(map(str, order))}"
    for writer, version in zip(itertools.cycle(writers), (*order, *order), strict=False):
        await writer.put(key, version, json.dumps({"is": f"v{version}"}))
    assert await house.read(key) == "v3"
    house.relay()


async def test_what_two_write_at_once_is_the_newest(house: House) -> None:
    await house.stop_relay()
    writers = [Writer(house.casework, STANDINGS, lambda: connect(house.database.engine)) for _ in range(2)]
    for writer in writers:
        await writer.make_whole()
    versions = [version for version in range(1, 8) for _ in writers]
    puts = [
        writer.put("case_both", version, json.dumps({"is": f"v{version}"}))
        for version, writer in zip(versions, itertools.cycle(writers), strict=False)
    ]
    written = await asyncio.gather(*puts, return_exceptions=True)
    assert all(isinstance(one, bool | Unavailable) for one in written)
    newest = max(version for version, one in zip(versions, written, strict=True) if one is True)
    assert await house.read("case_both") == f"v{newest}"
    await writers[0].put("case_both", 8, '{"is":"v8"}')
    assert await house.read("case_both") == "v8"
    house.relay()


async def test_a_row_that_is_published_again_does_no_harm(house: House, until: Until) -> None:
    await house.change("case_again", 1)
    await house.change("case_again", 2)
    await until(lambda: house.reads("case_again", "v2"))
    await house.database.execute("UPDATE outbox SET published_at = NULL WHERE (data->>'version')::int = 1")
    await until(lambda: _all_published(house))
    assert await house.read("case_again") == "v2"


async def _all_published(house: House) -> bool:
    return await house.database.fetch("SELECT 1 FROM outbox WHERE published_at IS NULL") == []


async def test_a_caller_is_decided_on_what_it_has_seen_or_later(house: House, until: Until) -> None:
    await house.change("case_seen", 1)
    await until(lambda: house.reads("case_seen", "v1"))
    began = monotonic()
    with pytest.raises(Unavailable):
        await house.read("case_seen", at_least=2)
    assert 0.3 <= monotonic() - began < 1
    await house.change("case_seen", 2)

    async def decided() -> bool:
        try:
            assert await house.read("case_seen", at_least=2) == "v2"
        except Unavailable:
            return False
        return True

    await until(decided)


async def test_a_reader_ignores_what_is_older_than_it_has_used(house: House, admin: Client, until: Until) -> None:
    await house.change("case_older", 5)
    await until(lambda: house.reads("case_older", "v5"))
    assert await house.read("case_older") == "v5"
    await admin.jetstream().publish(STANDINGS.subject("case_older"), b'{"version":4,"body":{"is":"v4"}}')
    assert await house.read("case_older") == "v5"


async def test_while_nats_is_away_what_was_read_serves_and_reads_for_a_minute_only(house: House, until: Until) -> None:
    await house.change("case_known", 1)
    await until(lambda: house.reads("case_known", "v1"))
    assert await house.read("case_known") == "v1"
    house.server.kill()
    try:
        assert await house.read("case_known", remembered_seconds=60) == "v1"
        with pytest.raises(Unavailable):
            await house.read("case_unknown")
        house.seconds += 61
        assert await house.read("case_known") == "v1"
        with pytest.raises(Unavailable):
            await house.read("case_known", remembered_seconds=60)
        await house.change("case_known", 2)
    finally:
        house.server.start()
    await until(lambda: house.reads("case_known", "v2"), 15)
    assert await house.read("case_known", remembered_seconds=60) == "v2"


async def _delete(house: House, admin: Client) -> None:
    await admin.jetstream().delete_stream(STREAM)
    with pytest.raises(Unavailable):
        await house.new_reader().get("case_there")
    await topology.apply(admin)


async def _empty(house: House, admin: Client) -> None:
    await admin.jetstream().purge_stream(STREAM)


@pytest.mark.parametrize("lose", [_delete, _empty])
async def test_what_was_lost_is_not_taken_for_nothing(house: House, admin: Client, until: Until, lose: Any) -> None:
    """Between the loss and the end of the filling a miss is never taken for an unknown case."""
    await house.change("case_there", 3)
    await until(lambda: house.reads("case_there", "v3"))
    await lose(house, admin)
    answers: list[str | None] = []

    async def back() -> bool:
        try:
            found = await house.new_reader().get("case_there")
        except Unavailable:
            return False
        answers.append(found.body if found else None)
        return found is not None

    await until(back, 10)
    assert answers == ["v3"]
    await until(lambda: house.reads("case_nobody", None), 10)


async def test_a_recovered_database_is_shown_though_nats_went_on(
    house: House, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is put back to an earlier point: the bucket has versions that no longer exist."""
    await house.change("case_recovered", 10)
    await until(lambda: house.reads("case_recovered", "v10"))
    assert await house.read("case_recovered") == "v10"
    await house.database.execute(
        "UPDATE projections SET version = 7, body = '{\"is\": \"v7\"}' WHERE key = 'case_recovered'"
    )
    monkeypatch.setattr("kit.bucket_writer._DATABASE", "SELECT 'recovered'")
    await house.database.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    await until(lambda: house.reads("case_recovered", "v7"), 20)
    house.seconds += 2 * BELIEVED_SECONDS
    assert await house.read("case_recovered") == "v7", "also where the lost version was read before"


@pytest.mark.parametrize("away", ["before", "after"])
async def test_a_bucket_that_was_put_back_gives_nothing_old(
    house: House, until: Until, tmp_path: Path, away: str
) -> None:
    """The data of the server is replaced by an earlier state; casework's relay starts again before or after it."""
    store = Path(house.server.config).parent / "js"
    await house.change("case_moved", 1)
    await house.change("case_still", 1)
    await until(lambda: house.reads("case_moved", "v1"))
    house.server.kill()
    shutil.copytree(store, tmp_path / "hour")
    house.server.start()
    await until(lambda: house.reads("case_moved", "v1"), 15)
    await house.change("case_moved", 2)
    await until(lambda: house.reads("case_moved", "v2"))
    await house.stop_relay()
    house.server.kill()
    shutil.rmtree(store)
    shutil.copytree(tmp_path / "hour", store)
    house.server.start()
    await until(lambda: house.vault.server is not None, 15)
    if away == "after":
        await house.store("case_moved", 3)
    with pytest.raises(Unavailable):
        await house.new_reader().get("case_moved")
    with pytest.raises(Unavailable):
        await house.new_reader().get("case_still")
    house.relay()
    newest = "v3" if away == "after" else "v2"
    seen: set[str | None] = set()

    async def whole() -> bool:
        try:
            found = await house.new_reader().get("case_moved")
        except Unavailable:
            return False
        seen.add(found.body if found else None)
        return True

    await until(whole, 15)
    assert seen == {newest}
    await until(lambda: house.reads("case_still", "v1"), 10)


async def _messages(admin: Client) -> list[tuple[str, bytes]]:
    js = admin.jetstream()
    last, found = (await js.stream_info(STREAM)).state.last_seq, list[tuple[str, bytes]]()
    for number in range(1, last + 1):
        with suppress(NotFoundError):
            message = await js.get_msg(STREAM, number)
            found.append((str(message.subject), message.data or b""))
    return found


@pytest.mark.parametrize("busy", [False, True])
async def test_a_stream_that_is_put_back_alone_is_noticed(
    house: House, admin: Client, until: Until, *, busy: bool
) -> None:
    """The server goes on with an earlier state of the stream; nothing is written after it, or many other documents."""
    for key in ("case_back", "case_other"):
        await house.change(key, 1)
        await until(lambda key=key: house.reads(key, "v1"))
    saved = await _messages(admin)
    await house.change("case_back", 2)
    await until(lambda: house.reads("case_back", "v2"))
    await until(lambda: _all_published(house))
    await house.stop_relay()
    writer = Writer(house.casework, STANDINGS, lambda: connect(house.database.engine))
    await writer.make_whole()
    await admin.jetstream().delete_stream(STREAM)
    await topology.apply(admin)
    for subject, body in saved:
        await admin.jetstream().publish(subject, body)
    for version in range(2, 30) if busy else ():
        await house.store("case_other", version)
        await writer.put("case_other", version, json.dumps({"is": f"v{version}"}))
    await writer.make_whole()
    assert await house.reads("case_back", "v2")
    house.relay()


@pytest.mark.parametrize("filled", [False, True])
async def test_a_database_that_is_put_back_on_its_own_timeline_is_shown(
    house: House, admin: Client, until: Until, *, filled: bool
) -> None:
    """A dump or a copy of the files gives the database no new timeline. `filled`: the marker is the newest message."""
    await house.change("case_dump", 1)
    await until(lambda: house.reads("case_dump", "v1"))
    await until(lambda: _all_published(house))
    await house.change("case_dump", 2)
    await until(lambda: house.reads("case_dump", "v2"))
    if filled:
        await admin.jetstream().purge_stream(STREAM)
        await until(lambda: house.reads("case_dump", "v2"), 10)
        await until(lambda: house.reads("case_nobody", None), 10)
    await until(lambda: _all_published(house))
    assert await house.read("case_dump") == "v2"
    await house.stop_relay()
    await house.store("case_dump", 1)
    await house.database.execute("DELETE FROM outbox WHERE (data->>'version')::int = 2")
    house.relay()
    await until(lambda: house.reads("case_dump", "v1"), 10)
    house.seconds += 2 * BELIEVED_SECONDS
    assert await house.read("case_dump") == "v1", "also where the lost version was read before"
    await house.change("case_dump", 2)
    await until(lambda: house.reads("case_dump", "v2"))


GET = f"$JS.API.DIRECT.GET.{STREAM}"
KEY = STANDINGS.subject("case_x")
FORBIDDEN = {
    "write": (KEY, b"{}"),
    "list": (GET, b'{"multi_last":[">"],"batch":10}'),
    "get by number": (GET, b'{"seq":1}'),
    "get slowly": (f"$JS.API.STREAM.MSG.GET.{STREAM}", b'{"seq":1}'),
    "info": (f"$JS.API.STREAM.INFO.{STREAM}", b'{"subjects_filter":">"}'),
    "watch": (f"$JS.API.CONSUMER.CREATE.{STREAM}.w.$KV.standings.>", b'{"stream_name":"KV_standings","config":{}}'),
    "purge": (f"$JS.API.STREAM.PURGE.{STREAM}", b"{}"),
    "delete": (f"$JS.API.STREAM.DELETE.{STREAM}", b"{}"),
    "delete one": (f"$JS.API.STREAM.MSG.DELETE.{STREAM}", b'{"seq":1}'),
    "change": (f"$JS.API.STREAM.UPDATE.{STREAM}", b"{}"),
    "snapshot": (f"$JS.API.STREAM.SNAPSHOT.{STREAM}", b'{"deliver_subject":"_INBOX_vault.x"}'),
}
ALLOWED = {"casework": {"write", "purge"}, "vault": set[str](), "notify": set[str]()}


@pytest.mark.parametrize("user", ALLOWED)
@pytest.mark.parametrize("call", FORBIDDEN)
async def test_only_casework_writes_and_nobody_lists(nats_server: Any, admin: Client, user: str, call: str) -> None:
    client, errors = await nats_server.connect(user), list[str]()

    async def note(error: Exception) -> None:
        errors.append(str(error).lower())

    client._error_cb = note  # pyright: ignore[reportPrivateUsage]
    subject, body = FORBIDDEN[call]
    if call in ALLOWED[user]:
        await client.request(subject, body, timeout=1)
    else:
        with pytest.raises(NatsError):
            await client.request(subject, body, timeout=0.3)
        assert "permissions violation" in str(errors)
    if call == "list":
        await client.request(f"{GET}.{STANDINGS.subject(MARKER)}", b"", timeout=1)
        answer = await client.request(f"{GET}.{KEY}", FORBIDDEN["list"][1], timeout=1)
        assert answer.headers["Status"] == "408", "a get of one document takes no further question"
    await client.close()
