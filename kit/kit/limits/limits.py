"""Counts what callers ask for, refuses what is over a budget (429), and has the supervisor told of it."""

import asyncio
import logging
from base64 import b32encode
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex

from contracts.limits import LimitReached
from contracts.problems import TooManyRequests
from kit.auth import Principal
from kit.clock import Clock
from kit.limits.budgets import HOUR, Budget, Budgets, Kind, Who
from kit.limits.counts import Counts, Told
from kit.limits.exchange import Exchange
from kit.uow import UnitOfWork

MAX_ALARMS = 1_000
"""So many alarms wait for the database at most; so many are remembered as raised."""
AGAIN_SECONDS = 5.0
log = logging.getLogger(__name__)


class Limits:
    """The limits of one process of a service.

    Args:
        service: its name.
        budgets: of the service.
        clock: of the process; processes of one service must agree within a second or two.
        uow: for the event of an alarm.
        exchange: with the other processes; None: this process counts alone.
    """

    def __init__(
        self, service: str, budgets: Budgets, clock: Clock, uow: UnitOfWork, exchange: Exchange | None = None
    ) -> None:
        self._service, self._budgets, self._clock, self._uow = service, budgets, clock, uow
        self._exchange = exchange
        tell: Callable[[Told], None] = exchange.tell if exchange else lambda _: None
        self._counts = Counts(token_hex(8), budgets.all, tell)
        if exchange:
            exchange.hear, exchange.joined = self._hear, self._joined
        self._alarms: deque[LimitReached] = deque(maxlen=MAX_ALARMS)
        self._raised: dict[str, None] = {}
        self._alarmed = asyncio.Event()

    def admit(self, principal: Principal) -> None:
        """Count a request. Raises `TooManyRequests`, also for who was denied too often."""
        self._check(principal, Kind.DENIALS, 1)
        self.take(principal, Kind.REQUESTS)

    def take(self, principal: Principal, kind: Kind, number: int = 1) -> None:
        """Count so many, or raise `TooManyRequests` and count nothing."""
        now = self._check(principal, kind, number)
        for budget, name in self._budgets.of(principal, kind):
            self._counts.add(budget, name, number, now)

    def denied(self, principal: Principal) -> None:
        """Count a refusal with 403."""
        now = self._clock.now().timestamp()
        for budget, name in self._budgets.of(principal, Kind.DENIALS):
            self._counts.add(budget, name, 1, now)

    async def run(self) -> None:
        """Endless: tells the other processes, and hands alarms to the outbox."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._raise_alarms())
            if self._exchange is not None:
                tasks.create_task(self._exchange.run())

    def _check(self, principal: Principal, kind: Kind, number: int) -> float:
        now = self._clock.now().timestamp()
        for budget, name in self._budgets.of(principal, kind):
            if self._counts.left(budget, name, now) < number:
                self._alarm(principal, budget)
                raise TooManyRequests(retry_after=self._counts.wait(budget, name, number, now), limit=budget.name)
        return now

    def _hear(self, told: Told) -> None:
        self._counts.hear(told, self._clock.now().timestamp())

    def _joined(self) -> None:
        self._counts.meet(self._clock.now().timestamp())

    def _alarm(self, principal: Principal, budget: Budget) -> None:
        """Once for a person, a kind and an hour, whichever process or service it is: the id says so."""
        at = self._clock.now()
        actor = None if budget.who == Who.OFFICE else principal.actor
        limit_id = _limit_id(principal.office, actor or "", budget.kind, str(int(at.timestamp()) // HOUR))
        if limit_id in self._raised:
            return
        self._raised[limit_id] = None
        if len(self._raised) > MAX_ALARMS:
            del self._raised[next(iter(self._raised))]
        log.warning("limit reached: %s by %s %s", budget.name, principal.office, actor)
        reached = LimitReached(
            limit_id=limit_id,
            service=self._service,
            office=principal.office,
            actor=actor,
            who=budget.who.value,
            kind=budget.kind.value,
            amount=budget.amount,
            seconds=budget.seconds,
            reached_at=at,
        )
        self._alarms.append(reached)
        self._alarmed.set()

    async def _raise_alarms(self) -> None:
        while True:
            await self._alarmed.wait()
            self._alarmed.clear()
            while self._alarms:
                reached = self._alarms.popleft()
                try:
                    async with self._uow() as tx:
                        tx.emit(reached)
                except Exception as error:  # the database is away: the alarm waits for it
                    log.warning("an alarm waits: %s", type(error).__name__)
                    self._alarms.appendleft(reached)
                    await asyncio.sleep(AGAIN_SECONDS)


def _limit_id(*parts: str) -> str:
    digest = sha256("\n".join(parts).encode()).digest()[:16]
    return f"limit_{b32encode(digest).decode().rstrip('=').lower()}"
