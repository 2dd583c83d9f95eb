"""What a connection of the HTTP server may say: uvicorn with httptools, within bounds that httptools does not set.

httptools (llhttp, the parser of Node.js) takes less processor time than h11, and refuses more of what two servers could
read in two ways (`Content-Length` beside `Transfer-Encoding`). It knows no longest head, so this class counts. What h11
refused and httptools would take, it refuses too.
"""

from typing import cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from contracts.problems import Problem
from kit.http.connections import Bounded, Connections
from kit.http.problem import problem_response

MAX_HEAD_BYTES = 16 * 1024
"""Of the request line and the headers, as h11 takes; also of what stands between two parts of a body."""


class HeadTooLong(Problem):
    """The address and the headers of the request are longer than the service takes."""

    slug, title, status = "headers-too-long", "The headers are too long", 431


class Malformed(Problem):
    """What arrived is no HTTP request, or could be read in two ways; the connection is closed."""

    slug, title, status = "malformed-request", "This is no valid HTTP request", 400


class Protocol(Bounded, HttpToolsProtocol):
    """One connection. It answers a request before it takes the next; a client that does not wait sends it again."""

    _loose = 0
    """Bytes that came since a head was complete or a body went on; up to 256 KiB that came with these do not count."""
    _refusal: Problem | None = None

    @classmethod
    def within(cls, connections: Connections) -> "type[Protocol]":
        """This protocol for a server whose connections are counted together."""
        return cast("type[Protocol]", type(cls.__name__, (cls,), {"among": connections}))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio; at most 256 KiB at once."""
        if self._refusal:
            return
        assert self.parser is not None  # uvicorn lets go of it when the connection is lost
        self._unset_keepalive_if_required()
        self._loose += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._leave_to_h11(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self.refuse(error.__context__ if isinstance(error.__context__, Problem) else Malformed())
        else:
            if self._loose > MAX_HEAD_BYTES:
                self.refuse(HeadTooLong())
            else:
                self.watch()

    def on_headers_complete(self) -> None:
        """Called by httptools. Raises what `data_received` answers; then no operation has seen the request."""
        self._loose = 0
        self._judge()
        super().on_headers_complete()
        self.headers = []  # what follows a body are no headers of the request

    def on_body(self, body: bytes) -> None:
        """Called by httptools; `kit.http.body` says how long a body may be."""
        self._loose = 0
        super().on_body(body)

    def _judge(self) -> None:
        assert self.parser is not None
        names = [name for name, _ in self.headers]
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            raise HeadTooLong
        version, hosts = self.parser.get_http_version(), names.count(b"host")
        if version not in ("1.0", "1.1") or hosts > 1 or (version == "1.1" and not hosts):
            raise Malformed
        if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in self.headers):
            raise Malformed
        if self.is_answering():
            raise Malformed  # the client did not wait; what it sends is not kept

    def is_in_head(self) -> bool:
        """Whether a part of a head has come."""
        return self._loose > 0

    def refuse(self, problem: Problem) -> None:
        """Answer and close. If a whole request is being answered, its answer goes out first and is the last."""
        self._refusal = problem
        self.among.complain(problem)
        if self.is_answering() and not self.cycle.more_body:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not (self.is_answering() and self.cycle.response_started):
            self.transport.write(_bytes(problem))
        self.transport.close()

    def _should_upgrade(self) -> bool:
        """Asked by uvicorn where a request offers another protocol: it need not start this request."""
        return True

    def _leave_to_h11(self, rest: bytes) -> None:
        """A client may offer a newer protocol (that of Java does), and we do not take it.

        httptools would take the body for the first bytes of that protocol. h11 reads the request, and all later ones.
        """
        from kit.http.protocol_h11 import BoundedH11

        self.connections.discard(self)
        self.hand_over()
        version = self.scope["http_version"].encode()
        head = [self.scope["method"].encode(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.scope["headers"]:
            if name != b"upgrade":  # else uvicorn logs each offer
                head += [name, b": ", value, b"\r\n"]
        protocol = BoundedH11(self.config, self.server_state, self.app_state)
        protocol.among = self.among
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        protocol.data_received(b"".join([*head, b"\r\n", rest]))


def _bytes(problem: Problem) -> bytes:
    answer = problem_response(problem)
    headers = [*answer.raw_headers, (b"connection", b"close")]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", bytes(answer.body)])
