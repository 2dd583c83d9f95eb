"""How often and how fast a target is tried: back-off, rest after failures, rate. Pure; instants are handed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES_TO_REST = 3
"""Failures of a target in a row after which it is left alone for a while and then tried with one message only."""


@dataclass(frozen=True)
class Pace:
    """The numbers of one installation; see `notify.settings`."""

    first_seconds: float
    cap_seconds: float
    give_up_hours: float
    rate_per_second: float
    in_flight: int
    lease_seconds: float = 30
    refused_hours: float = 24

    def backoff(self, failures: int, spread: float) -> timedelta:
        """Pause after the n-th failure in a row: doubles up to the cap, with ±20 % so that retries do not align.

        Args:
            failures: 1 for the first.
            spread: 0 to 1, by chance.
        """
        plain = min(self.cap_seconds, self.first_seconds * 2.0 ** min(failures - 1, 40))
        return timedelta(seconds=plain * (0.8 + 0.4 * spread))

    def gives_up(self, first_try: datetime, now: datetime, *, refused: bool) -> bool:
        """Whether a message that failed just now has been tried for long enough; less if it itself was refused."""
        hours = self.refused_hours if refused else self.give_up_hours
        return now - first_try >= timedelta(hours=hours)


@dataclass
class Health:
    """Whether a target answers at all; remembered while the process runs."""

    failures: int = 0
    rests_until: datetime | None = None

    @property
    def failing(self) -> bool:
        """Whether only one message at a time is tried."""
        return self.failures >= FAILURES_TO_REST

    def rests(self, now: datetime) -> bool:
        """Whether it is left alone now."""
        return self.rests_until is not None and now < self.rests_until

    def failed(self, now: datetime, pace: Pace, spread: float, wait_seconds: float | None) -> None:
        """It did not answer, or said that it cannot now; `wait_seconds` as it asked, at most the cap."""
        self.failures += 1
        pause = timedelta()
        if self.failing:
            pause = pace.backoff(self.failures - FAILURES_TO_REST + 1, spread)
        if wait_seconds is not None:
            pause = max(pause, timedelta(seconds=min(wait_seconds, pace.cap_seconds)))
        if pause:
            self.rests_until = max(now + pause, self.rests_until or now)

    def answered(self) -> bool:
        """It answered; true when it had been failing until now."""
        recovered = self.failing
        self.failures, self.rests_until = 0, None
        return recovered


class Bucket:
    """A token bucket: in any span of `t` seconds at most `burst + rate * t` messages go out.

    Args:
        rate: tokens a second.
        burst: tokens that it holds.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._next_at = float("-inf")

    def take(self, now: float) -> float:
        """Takes a token and says how many seconds to wait before using it; `now` in seconds of any steady clock."""
        full = now - (self._burst - 1) / self._rate  # where an idle bucket stands
        at = max(self._next_at, full)
        self._next_at = at + 1 / self._rate
        return max(0.0, at - now)
