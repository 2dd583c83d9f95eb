"""What goes out: taking messages in order, and noting what became of each try."""

from dataclasses import dataclass
from datetime import timedelta

from kit.uow import Tx
from notify import repository
from notify.channels import Message, Outcome
from notify.domain.pace import Pace
from notify.keys import Sealer
from notify.models import Delivery, Notice
from notify.service.webhooks import CHANNEL


@dataclass(frozen=True)
class Target:
    """Where messages go: a webhook, or the mailboxes of an office."""

    channel: str
    name: str


async def take(tx: Tx, sealer: Sealer, pace: Pace, target: Target, limit: int) -> list[Message]:
    """Messages to a target that are due, at most `limit` with what is on its way already, at most one of each case.

    They are leased: until the lease ends nobody else sends them, nor a later one of their cases.
    """
    await repository.lock(tx, f"{target.channel} {target.name}")
    url, secrets = "", ()
    if target.channel == CHANNEL:
        webhook = await repository.webhook(tx, target.name)
        if webhook is None or webhook.disabled_at is not None:
            await repository.drop_pending(tx, *vars(target).values())
            return []
        sealed = await repository.secrets(tx, [target.name])
        url = webhook.url
        secrets = tuple(sealer.open(one.sealed, target.name, one.secret_id) for one in sealed)
    free = limit - await repository.in_flight(tx, target.channel, target.name)
    if free <= 0:
        return []
    until = tx.now + timedelta(seconds=pace.lease_seconds)
    rows = await repository.lease(tx, target.channel, target.name, free, until)
    return [_message(delivery, notice, url, secrets) for delivery, notice in rows]


def _message(delivery: Delivery, notice: Notice, url: str, secrets: tuple[str, ...]) -> Message:
    return Message(
        delivery_id=delivery.delivery_id,
        office=notice.office,
        case_id=notice.case_id if notice.case_shown else None,
        kind=notice.kind,
        lane=notice.lane,
        at=notice.at,
        due_at=notice.due_at,
        confidence=notice.confidence,
        result=notice.result,
        url=url,
        secrets=secrets,
    )


async def note(
    tx: Tx, pace: Pace, target: Target, message: Message, outcome: Outcome, *, spread: float, millis: int
) -> None:
    """Log a try and act on its outcome.

    Args:
        spread: chance from 0 to 1, for the pause before the next try.
        millis: how long the try took.
    """
    waiting = await repository.waiting(tx, message.delivery_id)
    row = {"delivery_id": message.delivery_id, "at": tx.now, "millis": millis}
    await repository.add_attempt(tx, row | {"status": outcome.status, "error": outcome.error})
    if waiting is None:
        return  # dropped while it was being sent
    tried = waiting.attempts + 1
    if outcome.ok:
        await repository.change_delivery(tx, message.delivery_id, state="delivered", attempts=tried, done_at=tx.now)
    elif outcome.gone:
        await repository.change_delivery(tx, message.delivery_id, attempts=tried)
        await repository.disable_webhook(tx, target.name, "gone")
        await repository.drop_pending(tx, target.channel, target.name)
    elif pace.gives_up(await repository.first_try(tx, message.delivery_id), tx.now, refused=outcome.own):
        await repository.change_delivery(tx, message.delivery_id, state="failed", attempts=tried, done_at=tx.now)
    else:
        later = tx.now + pace.backoff(tried, spread)
        await repository.change_delivery(tx, message.delivery_id, attempts=tried, next_at=later)
