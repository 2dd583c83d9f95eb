"""What a connection may say: a head has an end, what could be read in two ways is refused, what h11 took is taken."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import repeat
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from kit.http.protocol import MAX_HEAD_BYTES, Protocol
from kit.server import Server

PATIENCE_SECONDS = 20
READ_AT_ONCE = 256 * 1024
"""So much asyncio hands on at once."""
HOST = b"Host: neove.test\r\n"
NEXT = b"GET /next HTTP/1.1\r\n" + HOST + b"\r\n"


class Served:
    """A server on a free port, whose application notes each request and answers with its body."""

    def __init__(self) -> None:
        self.seen = list[tuple[str, str, bytes, bytes]]()
        self.headers = list[list[tuple[bytes, bytes]]]()
        self.came, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.seen.append((scope["method"], scope["path"], scope["query_string"], body))
        self.headers.append(list(scope["headers"]))
        self.came.set()
        await self.go_on.wait()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.seen]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                yield reader, writer
        finally:
            writer.close()

    async def says(self, *parts: bytes) -> bytes:
        """All that the server says until it closes the connection."""
        async with self.connected() as (reader, writer):
            await _write(writer, parts)
            return await _rest(reader)

    async def answers(self, *requests: bytes) -> list[int]:
        """The status of each of these requests on one connection, which stays open."""
        async with self.connected() as (reader, writer):
            found = list[int]()
            for request in requests:
                writer.write(request)
                found.append((await _answer(reader))[0])
            return found


async def _write(writer: asyncio.StreamWriter, parts: Iterable[bytes]) -> int:
    """Send until all is sent or the server closes; gives how many bytes went."""
    sent = 0
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            sent += len(part)
    return sent


async def _rest(reader: asyncio.StreamReader) -> bytes:
    found = b""
    with suppress(ConnectionError):  # the server closed while we were still sending
        while piece := await reader.read(READ_AT_ONCE):
            found += piece
    return found


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    if status == 100:
        return await _answer(reader)
    [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    return status, await reader.readexactly(int(length.partition(b":")[2]))


@asynccontextmanager
async def serving(http: Any) -> AsyncIterator[Served]:
    app = Served()
    config = uvicorn.Config(app, port=0, http=http, lifespan="off", log_config=None, date_header=False)
    server = Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    app.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield app
    finally:
        app.go_on.set()
        server.end()
        await server.shutdown()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving(Protocol) as app:
        yield app


@pytest.fixture(params=[Protocol, "h11"], ids=["ours", "h11"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with serving(request.param) as app:
        yield app


def get(*headers: bytes, path: bytes = b"/") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"".join(one + b"\r\n" for one in headers) + b"\r\n"


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"POST /first HTTP/1.1\r\n" + HOST + b"".join(one + b"\r\n" for one in headers) + b"\r\n" + body


def refused(answer: bytes, status: int, slug: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    document = json.loads(body)
    assert (document["status"], document["type"].rpartition("/")[2]) == (status, slug)


TOO_LONG = {
    "one header": [get(b"A: " + b"x" * MAX_HEAD_BYTES)],
    "many headers": [get(*repeat(b"a: b", MAX_HEAD_BYTES // 6))],
    "an address": [get(path=b"/" + b"x" * MAX_HEAD_BYTES)],
    "one header without an end": [get()[:-2], b"A: " + b"x" * MAX_HEAD_BYTES],
    "an address without an end": [b"GET /" + b"x" * MAX_HEAD_BYTES],
    "a name of a header": [get()[:-2], b"x" * MAX_HEAD_BYTES],
    "the second request": [get(), get(b"A: " + b"x" * MAX_HEAD_BYTES)],
}


@pytest.mark.parametrize("parts", TOO_LONG.values(), ids=TOO_LONG.keys())
async def test_a_head_that_is_too_long_is_refused(served: Served, parts: list[bytes]) -> None:
    async with served.connected() as (reader, writer):
        if len(parts) == 2 and parts[0].endswith(b"\r\n\r\n"):
            writer.write(parts.pop(0))
            assert (await _answer(reader))[0] == 200
        before = len(served.seen)
        await _write(writer, parts)
        refused(await _rest(reader), 431, "headers-too-long")
    assert len(served.seen) == before
    assert await served.answers(get()) == [200]


async def test_a_head_of_nearly_the_limit_is_taken(either: Served) -> None:
    head = get(b"A: " + b"x" * (MAX_HEAD_BYTES - len(get()) - 100))
    assert await either.answers(head, head, get(), head) == [200] * 4


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "headers": (get()[:-2], b"Abc: defghij\r\n" * 40),
    "a header": (get()[:-2] + b"A: ", b"x" * 600),
    "an address": (b"GET /", b"x" * 600),
    "empty lines": (b"", b"\r\n" * 300),
    "trailers": (post(b"Transfer-Encoding: chunked", body=b"2\r\nab\r\n0\r\n"), b"Abc: defghij\r\n" * 40),
    "an extension of a chunk": (post(b"Transfer-Encoding: chunked", body=b"2;"), b"x" * 600),
}


@pytest.mark.parametrize(("first", "drip"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_what_never_ends_is_cut_off(served: Served, first: bytes, drip: bytes) -> None:
    async with served.connected() as (reader, writer):
        writing = asyncio.create_task(_write(writer, _drips(first, drip)))
        answer = await _rest(reader)
        writer.close()
        await writing
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 "), "nothing if the client was still sending"
    assert served.seen == []
    assert await served.answers(get()) == [200]


def _drips(first: bytes, drip: bytes) -> Iterator[bytes]:
    yield first
    yield from repeat(drip)


async def test_drips_are_refused_at_the_limit(served: Served) -> None:
    """What is sent in drips is refused at the limit, not at what asyncio hands on at once."""
    async with served.connected() as (reader, writer):
        writer.write(get()[:-2])
        sent = await _write(writer, repeat(b"Abc: defghij\r\n", MAX_HEAD_BYTES // 14 + 1))
        refused(await _rest(reader), 431, "headers-too-long")
    assert sent <= MAX_HEAD_BYTES + 14
    assert served.seen == []


async def test_a_long_body_in_pieces_is_no_head(either: Served) -> None:
    piece = b"x" * 5000
    chunks = b"%x\r\n%s\r\n" % (len(piece), piece) * 30 + b"0\r\n\r\n"
    assert (
        await either.answers(
            post(b"Content-Length: 150000", body=piece * 30), post(b"Transfer-Encoding: chunked", body=chunks), get()
        )
        == [200] * 3
    )
    assert [len(body) for *_, body in either.seen] == [150000, 150000, 0]


NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "version 0.9": b"GET / HTTP/0.9\r\n" + HOST + b"\r\n",
    "version 2.0": b"GET / HTTP/2.0\r\n" + HOST + b"\r\n",
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": get(HOST.strip()),
    "no colon": get(b"Abc"),
    "no name": get(b": b"),
    "space before the colon": get(b"A : b"),
    "NUL": get(b"A: b\0c"),
    "a control character": get(b"A: b\x01c"),
    "a bare CR": get(b"A: b\rc"),
    "a folded header": get(b"A: b\r\n c"),
    "not ASCII": get(path="/Lào".encode()),
    "negative length": post(b"Content-Length: -2", body=b"ab"),
    "length with a sign": post(b"Content-Length: +2", body=b"ab"),
    "length in hexadecimal": post(b"Content-Length: 0x2", body=b"ab"),
    "length without a number": post(b"Content-Length: "),
    "length beyond 64 bits": post(b"Content-Length: 99999999999999999999", body=b"ab"),
}
CHUNKED = b"Transfer-Encoding: chunked"
EMPTY = b"0\r\n\r\n"
TWO_WAYS = {
    "length, then chunked": post(b"Content-Length: 5", CHUNKED, body=EMPTY + NEXT),
    "chunked, then length": post(CHUNKED, b"Content-Length: 5", body=EMPTY + NEXT),
    "length 0, and chunked": post(b"Content-Length: 0", CHUNKED, body=EMPTY + NEXT),
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 0", body=EMPTY + NEXT),
    "a list of lengths": post(b"Content-Length: 5, 0", body=EMPTY + NEXT),
    "chunked twice": post(CHUNKED, CHUNKED, body=EMPTY + NEXT),
    "chunked is not last": post(b"Transfer-Encoding: chunked, identity", body=EMPTY + NEXT),
    "chunked of something": post(b"Transfer-Encoding: gzip, chunked", body=EMPTY + NEXT),
    "nearly chunked": post(b"Transfer-Encoding: xchunked", body=EMPTY + NEXT),
    "chunked with a parameter": post(b"Transfer-Encoding: chunked;a=b", body=EMPTY + NEXT),
    "identity": post(b"Transfer-Encoding: identity", body=EMPTY + NEXT),
    "chunked after a control character": post(b"Transfer-Encoding: \x0bchunked", body=EMPTY + NEXT),
    "space before the colon": post(b"Transfer-Encoding : chunked", body=EMPTY + NEXT),
    "a folded encoding": post(b"Transfer-Encoding:\r\n chunked", body=EMPTY + NEXT),
    "chunk without a number": post(CHUNKED, body=b"zz\r\nab\r\n" + EMPTY + NEXT),
    "chunk of 0x2": post(CHUNKED, body=b"0x2\r\nab\r\n" + EMPTY + NEXT),
    "chunk of -2": post(CHUNKED, body=b"-2\r\nab\r\n" + EMPTY + NEXT),
    "chunk beyond 64 bits": post(CHUNKED, body=b"fffffffffffffffff0\r\nab\r\n" + EMPTY + NEXT),
    "chunk longer than it says": post(CHUNKED, body=b"2\r\nabc\r\n" + EMPTY + NEXT),
    "chunk that ends in LF": post(CHUNKED, body=b"2\nab\n0\n\n" + NEXT),
    "extension that ends in LF": post(CHUNKED, body=b"2;\nab\r\n" + EMPTY + NEXT),
}


@pytest.mark.parametrize("said", NOT_HTTP.values(), ids=NOT_HTTP.keys())
async def test_what_is_no_http_is_refused(served: Served, said: bytes) -> None:
    refused(await served.says(said), 400, "malformed-request")
    assert served.seen == []
    assert await served.answers(get()) == [200]


@pytest.mark.parametrize("said", TWO_WAYS.values(), ids=TWO_WAYS.keys())
async def test_what_could_be_read_in_two_ways_is_refused(served: Served, said: bytes) -> None:
    refused(await served.says(said), 400, "malformed-request")
    assert served.seen == [], "neither the request nor what may be hidden in it"
    assert await served.answers(get()) == [200]


TAKEN: dict[str, tuple[bytes, tuple[str, str, bytes, bytes]]] = {
    "get": (get(path=b"/a/b?c=d&e=%20"), ("GET", "/a/b", b"c=d&e=%20", b"")),
    "an encoded path": (get(path=b"/L%C3%A0o%2Fb"), ("GET", "/Lào/b", b"", b"")),
    "two slashes": (get(path=b"//a"), ("GET", "//a", b"", b"")),
    "a body": (post(b"Content-Length: 2", body=b"ab"), ("POST", "/first", b"", b"ab")),
    "chunks": (post(b"transfer-encoding: Chunked", body=b"2;a=b\r\nab\r\n" + EMPTY), ("POST", "/first", b"", b"ab")),
    "a length and no body": (post(b"Content-Length: 0"), ("POST", "/first", b"", b"")),
    "100-continue": (post(b"Expect: 100-continue", b"Content-Length: 2", body=b"ab"), ("POST", "/first", b"", b"ab")),
    "an offer of HTTP/2": (
        post(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"Content-Length: 2", body=b"ab"),
        ("POST", "/first", b"", b"ab"),
    ),
    "an offer of WebSocket": (get(b"Connection: Upgrade", b"Upgrade: websocket"), ("GET", "/", b"", b"")),
}


@pytest.mark.parametrize(("said", "read"), TAKEN.values(), ids=TAKEN.keys())
async def test_what_h11_takes_is_taken_the_same_way(either: Served, said: bytes, read: object) -> None:
    assert await either.answers(said, said, get()) == [200] * 3
    assert either.seen[:2] == [read, read]


async def test_an_offer_in_pieces_is_taken_too(either: Served) -> None:
    offer, _ = TAKEN["an offer of HTTP/2"]
    async with either.connected() as (reader, writer):
        for byte in offer:
            writer.write(bytes([byte]))
            await writer.drain()
        assert await _answer(reader) == (200, b"ab")


async def test_what_follows_the_body_is_no_header(either: Served) -> None:
    chunked = post(CHUNKED, body=b"2\r\nab\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    assert await either.answers(chunked) == [200]
    assert [name for name, _ in either.headers[0]] == [b"host", b"transfer-encoding"]


async def test_who_does_not_wait_gets_one_answer(served: Served) -> None:
    served.go_on.clear()
    async with served.connected() as (reader, writer):
        writing = asyncio.create_task(_write(writer, [get(path=b"/held"), *repeat(NEXT, 20_000)]))
        await served.came.wait()
        served.go_on.set()
        answer = await _rest(reader)
        writer.close()
        await writing
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer
    assert served.paths == ["/held"]
    assert await served.answers(get(), get()) == [200, 200]


async def test_a_whole_request_is_answered_before_what_is_wrong_after_it(served: Served) -> None:
    answer = await served.says(post(b"Content-Length: 2", body=b"ab") + b"\0\1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\nab")
    assert answer.count(b"HTTP/1.1") == 1


async def test_many_requests_of_one_connection_are_counted_one_by_one(served: Served) -> None:
    request = get(b"Authorization: " + b"x" * 1000)
    assert await served.answers(*repeat(request, 100)) == [200] * 100
