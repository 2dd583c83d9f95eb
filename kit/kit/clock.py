"""The only place that reads the time, so that a test can set it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant."""

    def now(self) -> datetime:
        """The present instant: aware, UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant: aware, UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests: it stands still until it is moved.

    Args:
        instant: aware.
    """

    def __init__(self, instant: datetime) -> None:
        self.set(instant)

    def now(self) -> datetime:
        """The instant that was set: aware, UTC."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Jump to an instant (aware)."""
        if instant.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._instant = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move by a span."""
        self._instant += by
