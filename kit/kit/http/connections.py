"""How many may be connected to a process, and how long a client may take to say what it wants (ADR 0033).

A client is told by its address. When there are too many, the oldest connection goes on which no request was ever
answered and none is being answered: it is silent, or slow. If there is none, the new one is refused.
"""

import asyncio
import logging
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any

from contracts.problems import Problem, Unavailable

if TYPE_CHECKING:
    _Base = asyncio.Protocol
else:
    _Base = object

HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the end of the headers; the same for a body that is
still sent after the answer. `kit.http.body` bounds the body that an operation reads."""
TAKE_SECONDS = 30.0
"""So long may a client leave an answer untaken."""
MAX_CONNECTIONS, MAX_OF_ONE = 900, 600
"""A process has often 1,024 open files. Who is refused comes again at once, and that costs more than to let it wait."""
COMPLAIN_SECONDS = 60.0
log = logging.getLogger(__name__)


class TooManyConnections(Unavailable):
    """So many are connected that this connection is closed."""

    slug, title = "too-many-connections", "Too many connections"


class TooSlow(Problem):
    """The request did not arrive in time."""

    slug, title, status = "request-too-slow", "The request did not arrive in time", 408


class Connections:
    """The connections of one process.

    Args:
        most: together. most_of_one: of one address.
    """

    def __init__(self, most: int = MAX_CONNECTIONS, most_of_one: int = MAX_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._complain_at, self._refused = 0.0, 0
        self._all: dict[Bounded, str] = {}
        self._of: dict[str, dict[Bounded, None]] = {}

    def join(self, one: "Bounded", address: str) -> bool:
        """Whether there is room for a connection; one that only waits may have to go for it."""
        own = self._of.get(address, {})
        fits = len(own) < self._most_of_one or _free(own)
        if not fits or (len(self._all) >= self._most and not _free(self._all)):
            return False
        self._all[one] = address
        self._of.setdefault(address, {})[one] = None
        return True

    def complain(self, problem: Problem) -> None:
        """Says it in the log, once a minute: a line for each would be a second way to take the machine's time."""
        self._refused += 1
        if monotonic() >= self._complain_at:
            log.warning("%d connections were refused: %s", self._refused, problem.slug)
            self._complain_at, self._refused = monotonic() + COMPLAIN_SECONDS, 0

    def leave(self, one: "Bounded") -> None:
        """The connection has ended, or is ending."""
        address = self._all.pop(one, None)
        if address is None:
            return
        own = self._of[address]
        own.pop(one, None)
        if not own:
            del self._of[address]


def _free(among: Iterable["Bounded"]) -> bool:
    """Close the oldest that only waits; whether there was one."""
    for one in among:
        if one.only_waits:
            one.give_way()
            return True
    return False


class Bounded(_Base):
    """Bounds of one connection, beside uvicorn's protocol for it (httptools or h11)."""

    among = Connections()
    answered = False
    """Whether a request was answered on it."""
    _late: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None
    # Any: uvicorn's two protocols declare these each for itself
    transport: Any
    cycle: Any
    client: Any
    timeout_keep_alive_task: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        super().connection_made(transport)
        if self.among.join(self, self.client[0] if self.client else ""):
            self._wait_for_request()
        else:
            self.refuse(TooManyConnections(retry_after=5))

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.among.leave(self)
        self._stop(self._late, self._untaken)
        super().connection_lost(exc)

    def watch(self) -> None:
        """To be called when something has come: a request that is not whole yet has an end."""
        if self.is_answering():
            self._stop(self._late)
            self._late = None
        elif self.timeout_keep_alive_task is None and self._late is None:
            self._wait_for_request()

    def on_response_complete(self) -> None:
        """Called by uvicorn."""
        self.answered = True
        super().on_response_complete()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # uvicorn's

    def pause_writing(self) -> None:
        """Called by asyncio when the client does not take what is sent."""
        super().pause_writing()
        self._untaken = asyncio.get_running_loop().call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._stop(self._untaken)
        super().resume_writing()

    @property
    def only_waits(self) -> bool:
        """Whether no request was ever answered on it, and none is being answered."""
        return not self.answered and not self.is_answering()

    def is_answering(self) -> bool:
        """Whether a request has come whose answer has not gone out."""
        return self.cycle is not None and not self.cycle.response_complete

    def give_way(self) -> None:
        """End at once, for another connection."""
        self.among.leave(self)
        self.transport.abort()

    def hand_over(self) -> None:
        """Another protocol goes on with the connection."""
        self.among.leave(self)
        self._stop(self._late, self._untaken)

    def refuse(self, problem: Problem) -> None:
        """Answer, if the protocol can, and close."""
        self.transport.close()

    def is_in_head(self) -> bool:
        """Whether a part of a head has come."""
        return False

    def _wait_for_request(self) -> None:
        self._late = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._too_late)

    def _too_late(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()  # it does not take what was said to it
        elif self.is_in_head():
            self.refuse(TooSlow())
        else:  # it said nothing, or still sends a body that was answered
            self.transport.close()

    @staticmethod
    def _stop(*timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()
