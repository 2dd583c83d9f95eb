"""Whose request is worked on next: one client's crowd of requests does not hold up another client (ADR 0033).

A client is the person or system of a token that was believed before, else an address. A client that is alone may have
`ALONE` requests at work in this process. While others work too it may have `BESIDE_OTHERS`; its further ones wait in
their order. If more than `CROWD` of a client are there, it has one at a time, and rests after each as long as that one
took; all crowds together have one. The services of Nẻo Về always go on: many persons wait behind them.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from kit.auth import Principal

ALONE, BESIDE_OTHERS = 32, 4
CROWD = 64
OTHERS_SECONDS = 1.0
"""So long after its last request a client counts as one that works."""
LEAST_REST_SECONDS = 0.005


@dataclass
class Line:
    """The requests of one client: at work, and waiting for their turn."""

    at_work: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    last_at: float = 0.0
    wakes: asyncio.TimerHandle | None = None

    @property
    def here(self) -> int:
        """All of its requests."""
        return self.at_work + len(self.waiting)


class Lines:
    """The lines of all clients of a process.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lines: dict[str, Line] = {}
        self._forget_at = 0.0
        self._crowd: str | None = None
        """The client whose crowd has a request at work."""
        self._rests_until = 0.0

    async def enter(self, client: str) -> None:
        """Wait for the turn of a request; `leave` ends it."""
        line = self._lines.setdefault(client, Line())
        line.last_at = self._now()
        if not line.waiting and self._may_work(client, line):
            self._work(client, line)
            return
        turn = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        self._advance(client, line)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(client, 0.0)
            else:
                with suppress(ValueError):  # it may have been passed over already
                    line.waiting.remove(turn)
            raise

    def leave(self, client: str, took: float) -> None:
        """The request is answered; it took so many seconds from its turn on."""
        line = self._lines[client]
        line.at_work -= 1
        now = line.last_at = self._now()
        if client == self._crowd:
            self._crowd = None
            self._rests_until = now + max(took, LEAST_REST_SECONDS)
        self._advance(client, line)
        if now >= self._forget_at:
            self._forget(now)

    def _advance(self, client: str, line: Line) -> None:
        """Give turns to those of a client that may work now; look again when its rest is over."""
        while line.waiting and self._may_work(client, line):
            turn = line.waiting.popleft()
            if not turn.cancelled():
                self._work(client, line)
                turn.set_result(None)
        if line.waiting and not line.at_work and line.wakes is None:
            pause = max(self._rests_until - self._now(), LEAST_REST_SECONDS)
            line.wakes = asyncio.get_running_loop().call_later(pause, self._wake, client, line)

    def _work(self, client: str, line: Line) -> None:
        if line.here > CROWD and self._others(client, self._now()):
            self._crowd = client
        line.at_work += 1

    def _wake(self, client: str, line: Line) -> None:
        line.wakes = None
        self._advance(client, line)

    def _may_work(self, client: str, line: Line) -> bool:
        now = self._now()
        if not self._others(client, now):
            return line.at_work < ALONE
        if line.here > CROWD:
            return self._crowd is None and not line.at_work and now >= self._rests_until
        return line.at_work < BESIDE_OTHERS

    def _others(self, client: str, now: float) -> bool:
        """Whether another client has a request here, or had one just now."""
        return any(
            other.here or now - other.last_at < OTHERS_SECONDS for name, other in self._lines.items() if name != client
        )

    def _forget(self, now: float) -> None:
        self._forget_at = now + OTHERS_SECONDS
        gone = [name for name, line in self._lines.items() if not line.here and now - line.last_at >= OTHERS_SECONDS]
        for name in gone:
            del self._lines[name]


class Turns:
    """Lets a request into the application when its client has a turn.

    Args:
        app: the application.
        who: came with a token before (`TokenVerifier.who_came_with`).
    """

    def __init__(self, app: ASGIApp, who: Callable[[str | None], Principal | None]) -> None:
        self._app, self._who = app, who
        self._lines = Lines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        client = self._client(scope)
        if client is None:
            await self._app(scope, receive, send)
            return
        await self._lines.enter(client)
        began = monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            self._lines.leave(client, monotonic() - began)

    def _client(self, scope: Scope) -> str | None:
        """None: a request that never waits."""
        if scope["type"] != "http" or scope["path"].startswith("/healthz/"):
            return None
        shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
        principal = self._who(shown) if shown else None
        if principal is None:
            address = scope.get("client")
            return f"address {address[0] if address else ''}"
        return None if principal.service is not None else f"{principal.office} {principal.actor}"
