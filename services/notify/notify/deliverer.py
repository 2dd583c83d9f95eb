"""Delivers waiting messages: in order for each case, not faster than agreed, for days if need be.

Only the oldest message of each target and case is under way (`repository.lease`), so a case's messages arrive in their
order. A target that fails several times in a row rests for growing pauses and is then tried with one message. When it
answers, the other messages go out at the agreed rate. A message that was sent but not noted goes out again under the
same id.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from contracts.problems import Unavailable
from kit import telemetry
from kit.state import State
from kit.uow import UnitOfWork
from notify import repository
from notify.channels import Channel, Message, Outcome
from notify.domain.pace import Bucket, Health, Pace
from notify.keys import Sealer
from notify.service import deliveries
from notify.service.deliveries import Target

POLL_SECONDS = 2.0
"""Between two looks if nothing wakes it; only a repeated attempt waits for it."""
PAUSE_SECONDS = 0.1
"""Between two looks, however often it is woken: a burst of notices must not cost a look for each."""
log = logging.getLogger(__name__)
_chance = secrets.SystemRandom()


class Deliverer:
    """The worker of one process.

    Args:
        uow: for its own transactions.
        sealer: opens webhook secrets.
        pace: how fast, how often, how long.
        channels: name → way out; messages of other channels wait.
    """

    def __init__(self, uow: UnitOfWork, sealer: Sealer, pace: Pace, channels: Mapping[str, Channel]) -> None:
        self._uow, self._sealer, self._pace, self._channels = uow, sealer, pace, channels
        self._health: dict[Target, Health] = {}
        self._buckets: dict[Target, Bucket] = {}
        self._running: dict[Target, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something new waits."""
        self._woken.set()

    async def run(self, state: State) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._woken.clear()
                await self.round()
                await asyncio.sleep(PAUSE_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._running.clear()

    async def round(self) -> None:
        """Set to work on every target for which something is due, unless it rests or is being worked on."""
        async with self._uow.unlocked() as tx:
            due = [Target(*found) for found in await repository.due_targets(tx.session, tx.now, self._channels)]
        for target in due:
            if target not in self._running and not self._health.setdefault(target, Health()).rests(tx.now):
                task = asyncio.create_task(self._drain(target), name="deliveries")
                self._running[target] = task
                task.add_done_callback(lambda _, target=target: self._running.pop(target, None))

    async def idle(self) -> None:
        """Wait until no target is being worked on."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _drain(self, target: Target) -> None:
        """Send what is due to one target, until nothing is or the target has to rest."""
        health = self._health[target]
        try:
            while True:
                limit = 1 if health.failing else self._pace.in_flight
                async with self._uow() as tx:
                    if health.rests(tx.now):
                        return
                    messages = await deliveries.take(tx, self._sealer, self._pace, target, limit)
                if not messages:
                    return
                await asyncio.gather(*(self._deliver(target, health, message) for message in messages))
        except Unavailable as error:
            log.warning("deliveries wait: %s", error)
        except Exception as error:  # one target's trouble must not stop the others
            log.error("deliveries to one target failed", exc_info=error)

    async def _deliver(self, target: Target, health: Health, message: Message) -> None:
        """One try of one message, and what follows from it."""
        bucket = self._buckets.setdefault(target, Bucket(self._pace.rate_per_second, self._pace.in_flight))
        await asyncio.sleep(bucket.take(monotonic()))
        telemetry.correlate(message.case_id or "")
        started = monotonic()
        outcome = await self._channels[target.channel].send(message)
        millis = int((monotonic() - started) * 1000)
        async with self._uow() as tx:
            spread = _chance.random()
            await deliveries.note(tx, self._pace, target, message, outcome, spread=spread, millis=millis)
            if outcome.ok or outcome.own:
                if health.answered():
                    await repository.release(tx, target.channel, target.name)
            else:
                health.failed(tx.now, self._pace, spread, outcome.wait_seconds)
        _log_outcome(target, message, outcome)


def _log_outcome(target: Target, message: Message, outcome: Outcome) -> None:
    if outcome.ok:
        log.info("delivered %s by %s", message.delivery_id, target.channel)
    else:
        said = outcome.status or outcome.error
        log.warning("not delivered %s by %s to %s: %s", message.delivery_id, target.channel, target.name, said)
