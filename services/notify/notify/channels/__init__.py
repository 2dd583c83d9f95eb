"""Channels to offices and their systems: each tries to send a message, returns the outcome and never raises."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """One notice on its way to one target.

    Args:
        delivery_id: the same in every try.
        case_id: None where the office may not know it yet.
        at, due_at: aware.
        url, secrets: of a webhook; the newest secret first.
        confidence: of the limit, if it is not verified text.
        result: what became of a case that the office reported.
    """

    delivery_id: str
    office: str
    case_id: str | None
    kind: str
    lane: str | None
    at: datetime
    due_at: datetime | None
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    confidence: str | None = None
    result: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    Args:
        status: that the other side answered with, if it did.
        error: a code, where it was not delivered.
        gone: the other side wants no further messages.
        own: the other side works, and refuses this message alone.
        wait_seconds: how long the other side asks us to wait.
    """

    status: int | None = None
    error: str | None = None
    gone: bool = False
    own: bool = False
    wait_seconds: float | None = None

    @property
    def ok(self) -> bool:
        """Delivered."""
        return self.error is None


class Channel(Protocol):
    """One kind of way to a target."""

    async def send(self, message: Message) -> Outcome:
        """Try once, within a bounded time."""
        ...
