"""Every SQL statement of notify."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, delete, exists, func, or_, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from kit.paging import Position
from kit.telemetry.sql import UNTRACED
from kit.uow import Tx
from notify.models import EVERYBODY, Attempt, Delivery, Notice, ReadMark, Webhook, WebhookSecret

# Built once: SQLAlchemy takes longer to build a statement than to run it, and each notice needs these.
_LOCK = text("""
SELECT pg_advisory_xact_lock(hashtextextended(one.name, 0)) FROM unnest(:names) AS one(name)
""").bindparams(bindparam("names", type_=ARRAY(Text)))
_ADD_NOTICES = text("""
INSERT INTO notify.notices (notice_id, office, case_id, case_shown, kind, cause, at, lane, rule, due_at, confidence,
  amendment_id, count, result, about_office, person, unusual, recorded_at)
SELECT notice_id, office, case_id, case_shown, kind, cause, at, lane, rule, due_at, confidence, amendment_id, count,
  result, about_office, person, unusual, recorded_at
FROM jsonb_populate_recordset(NULL::notify.notices, :notices)
ON CONFLICT (office, case_id, cause) DO NOTHING RETURNING notice_id
""").bindparams(bindparam("notices", type_=JSONB))
_RESTRICTED = (
    text("""
SELECT key, body FROM notify.projections
WHERE kind = :kind AND key = ANY(:keys) AND jsonb_typeof(body->'restriction') = 'object'
""")
    .bindparams(bindparam("keys", type_=ARRAY(Text)))
    .columns(body=JSONB)
)
_WEBHOOKS = (
    select(Webhook)
    .where(col(Webhook.office) == any_(bindparam("offices", type_=ARRAY(Text))), col(Webhook.deleted_at).is_(None))
    .order_by(col(Webhook.created_at), col(Webhook.webhook_id))
)


async def lock(tx: Tx, *names: str) -> None:
    """Wait for the locks of these names, in the order of the names, held until the end of the transaction."""
    await tx.execute(_LOCK, {"names": sorted(set(names))})


async def add_notices(tx: Tx, notices: Sequence[dict[str, Any]]) -> set[str]:
    """Keep notices in this order; gives the ids of those that their office did not have already."""
    found = await tx.execute(_ADD_NOTICES, {"notices": to_jsonable_python(notices)})
    return set(found.scalars())


async def restricted(tx: Tx, kind: str, case_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of these kept standings (JSON) that have a restriction, by case."""
    rows = await tx.execute(_RESTRICTED, {"kind": kind, "keys": case_ids}) if case_ids else ()
    return {row.key: row.body for row in rows}


async def show_case(tx: Tx, case_id: str, offices: Iterable[str]) -> None:
    """Show these offices which case their notices are about."""
    hidden = col(Notice.case_shown).is_(False) & (col(Notice.case_id) == case_id)
    statement = update(Notice).where(hidden, col(Notice.office).in_(sorted(offices))).values(case_shown=True)
    await tx.session.exec(statement)


async def inbox(
    tx: Tx, office: str, reader: str, *, unread: bool, before: Position | None, limit: int
) -> list[tuple[Notice, bool]]:
    """The notices of an office, newest first, each with whether this reader has read it.

    Args:
        unread: only those that the reader has not read. before: (recorded_at, notice_id) of the last one seen.
    """
    marks = (col(ReadMark.notice_id) == col(Notice.notice_id)) & col(ReadMark.subject).in_((reader, EVERYBODY))
    read = exists().where(marks)
    query = select(Notice, read).where(Notice.office == office)
    if unread:
        query = query.where(~read)
    if before:
        query = query.where(tuple_(col(Notice.recorded_at), col(Notice.notice_id)) < before)
    ordered = query.order_by(col(Notice.recorded_at).desc(), col(Notice.notice_id).desc()).limit(limit)
    return list((await tx.session.exec(ordered)).all())


async def notice(tx: Tx, notice_id: str) -> Notice | None:
    """One notice; nobody else reads or marks it until the end of the transaction."""
    query = select(Notice).where(Notice.notice_id == notice_id).with_for_update()
    return (await tx.session.exec(query)).first()


async def mark_read(tx: Tx, notice_id: str, actor: str) -> None:
    """Note that this reader read it. The first reader of the office stays noted at the notice."""
    tx.insert(
        ReadMark,
        [{"notice_id": notice_id, "subject": actor, "read_at": tx.now}],
        conflict="ON CONFLICT DO NOTHING",
    )
    unread = (col(Notice.notice_id) == notice_id) & col(Notice.read_at).is_(None)
    await tx.session.exec(update(Notice).where(unread).values(read_at=tx.now, read_by=actor))


async def add_webhook(tx: Tx, webhook: dict[str, Any]) -> None:
    """Keep a webhook."""
    await tx.session.exec(insert(Webhook).values(webhook))


async def webhook(tx: Tx, webhook_id: str, *, locked: bool = False) -> Webhook | None:
    """A webhook that was not deleted."""
    query = select(Webhook).where(Webhook.webhook_id == webhook_id, col(Webhook.deleted_at).is_(None))
    return (await tx.session.exec(query.with_for_update() if locked else query)).first()


async def webhooks(tx: Tx, *offices: str) -> list[Webhook]:
    """Those of these offices that were not deleted, oldest first."""
    return list((await tx.session.exec(_WEBHOOKS, params={"offices": list(offices)})).all())


async def unconfirmed(tx: Tx) -> list[Webhook]:
    """Webhooks of all offices that nobody has confirmed yet, oldest first."""
    waiting = select(Webhook).where(col(Webhook.confirmed_at).is_(None), col(Webhook.deleted_at).is_(None))
    return list((await tx.session.exec(waiting.order_by(col(Webhook.created_at), col(Webhook.webhook_id)))).all())


async def confirm_webhook(tx: Tx, webhook_id: str, office: str, actor: str) -> None:
    """Call the webhook from now on."""
    signed = {"confirmed_at": tx.now, "confirmed_office": office, "confirmed_by": actor}
    await tx.session.exec(update(Webhook).where(col(Webhook.webhook_id) == webhook_id).values(signed))


async def disable_webhook(tx: Tx, webhook_id: str, reason: str) -> None:
    """Stop calling a webhook; it stays in the list."""
    still = (col(Webhook.webhook_id) == webhook_id) & col(Webhook.disabled_at).is_(None)
    await tx.session.exec(update(Webhook).where(still).values(disabled_at=tx.now, disabled_reason=reason))


async def delete_webhook(tx: Tx, webhook_id: str, actor: str) -> None:
    """Take a webhook off the list and destroy its secrets."""
    await tx.session.exec(delete(WebhookSecret).where(col(WebhookSecret.webhook_id) == webhook_id))
    gone = update(Webhook).where(col(Webhook.webhook_id) == webhook_id)
    await tx.session.exec(gone.values(deleted_at=tx.now, deleted_by=actor))


async def add_secret(tx: Tx, secret: dict[str, Any]) -> None:
    """Keep a sealed secret."""
    await tx.session.exec(insert(WebhookSecret).values(secret))


async def retire_secrets(tx: Tx, webhook_id: str, until: datetime | None) -> None:
    """The secret in use signs until then beside the next one; older ones, and without `until` all, are destroyed."""
    of_it = col(WebhookSecret.webhook_id) == webhook_id
    older = of_it if until is None else of_it & col(WebhookSecret.retires_at).is_not(None)
    await tx.session.exec(delete(WebhookSecret).where(older))
    await tx.session.exec(update(WebhookSecret).where(of_it).values(retires_at=until))


async def secrets(tx: Tx, webhook_ids: Sequence[str]) -> list[WebhookSecret]:
    """The sealed secrets of these webhooks that are valid now, newest first."""
    valid = or_(col(WebhookSecret.retires_at).is_(None), col(WebhookSecret.retires_at) > tx.now)
    query = select(WebhookSecret).where(col(WebhookSecret.webhook_id).in_(webhook_ids), valid)
    return list((await tx.session.exec(query.order_by(col(WebhookSecret.retires_at).desc().nulls_first()))).all())


async def add_deliveries(tx: Tx, deliveries: list[dict[str, Any]]) -> None:
    """Keep messages for delivery."""
    await tx.session.exec(insert(Delivery), params=deliveries)


async def pending(tx: Tx, channel: str, targets: Sequence[str]) -> dict[str, int]:
    """Target → messages that wait."""
    query = (
        select(Delivery.target, func.count())
        .where(Delivery.channel == channel, Delivery.state == "pending", col(Delivery.target).in_(targets))
        .group_by(col(Delivery.target))
    )
    return dict((await tx.session.exec(query)).all())


async def due_targets(session: AsyncSession, now: datetime, channels: Iterable[str]) -> list[tuple[str, str]]:
    """Each (channel, target) that has a message due."""
    query = select(Delivery.channel, Delivery.target).distinct()
    query = query.where(*_due(now), col(Delivery.channel).in_(sorted(channels)))
    return list((await session.exec(query, execution_options={UNTRACED: True})).all())


async def in_flight(tx: Tx, channel: str, target: str) -> int:
    """Messages on their way to a target now."""
    leased = col(Delivery.leased_until) > tx.now
    query = select(func.count()).where(*_to(channel, target), Delivery.state == "pending", leased)
    return (await tx.session.exec(query)).one()


async def lease(tx: Tx, channel: str, target: str, limit: int, until: datetime) -> list[tuple[Delivery, Notice]]:
    """Take messages to a target that are due, at most one of each case: the oldest that waits, or none of that case."""
    earlier = aliased(Delivery)
    waits_before = exists().where(
        col(earlier.channel) == col(Delivery.channel),
        col(earlier.target) == col(Delivery.target),
        col(earlier.case_id) == col(Delivery.case_id),
        col(earlier.state) == "pending",
        col(earlier.seq) < col(Delivery.seq),
    )
    query = (
        select(Delivery, Notice)
        .join(Notice, col(Notice.notice_id) == col(Delivery.notice_id))
        .where(*_to(channel, target), *_due(tx.now), ~waits_before)
        .order_by(col(Delivery.seq))
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    rows = list((await tx.session.exec(query)).all())
    ids = [row.delivery_id for row, _ in rows]
    await tx.session.exec(update(Delivery).where(col(Delivery.delivery_id).in_(ids)).values(leased_until=until))
    return rows


async def waiting(tx: Tx, delivery_id: str) -> Delivery | None:
    """A message if it still waits, locked."""
    query = select(Delivery).where(Delivery.delivery_id == delivery_id, Delivery.state == "pending")
    return (await tx.session.exec(query.with_for_update())).first()


async def add_attempt(tx: Tx, attempt: dict[str, Any]) -> None:
    """Note a try; its number is the next of its message."""
    number = select(func.coalesce(func.max(Attempt.number), 0) + 1).where(Attempt.delivery_id == attempt["delivery_id"])
    await tx.session.exec(insert(Attempt).values(number=number.scalar_subquery(), **attempt))


async def first_try(tx: Tx, delivery_id: str) -> datetime:
    """When a message was first tried."""
    query = select(func.min(Attempt.at)).where(Attempt.delivery_id == delivery_id)
    return (await tx.session.exec(query)).one() or tx.now


async def change_delivery(tx: Tx, delivery_id: str, **changed: Any) -> None:
    """Change a message's row; its lease ends."""
    statement = update(Delivery).where(col(Delivery.delivery_id) == delivery_id)
    await tx.session.exec(statement.values(leased_until=None, **changed))


async def drop_pending(tx: Tx, channel: str, target: str) -> int:
    """Drop the messages that wait for a target; returns how many."""
    which = update(Delivery).where(*_to(channel, target), col(Delivery.state) == "pending")
    dropped = which.values(state="dropped", done_at=tx.now, leased_until=None).returning(col(Delivery.delivery_id))
    return len((await tx.session.exec(dropped)).all())


async def release(tx: Tx, channel: str, target: str) -> None:
    """The target answers again: what was put off is due now."""
    late = col(Delivery.next_at) > tx.now
    which = update(Delivery).where(*_to(channel, target), col(Delivery.state) == "pending", late)
    await tx.session.exec(which.values(next_at=tx.now))


async def deliveries(
    tx: Tx, webhook_id: str, *, state: str | None, before: Position | None, limit: int
) -> list[tuple[Delivery, Notice]]:
    """Messages to a webhook, newest first."""
    query = (
        select(Delivery, Notice)
        .join(Notice, col(Notice.notice_id) == col(Delivery.notice_id))
        .where(*_to("webhook", webhook_id))
    )
    if state:
        query = query.where(Delivery.state == state)
    if before:
        query = query.where(tuple_(col(Delivery.created_at), col(Delivery.delivery_id)) < before)
    ordered = query.order_by(col(Delivery.created_at).desc(), col(Delivery.delivery_id).desc()).limit(limit)
    return list((await tx.session.exec(ordered)).all())


async def attempts(tx: Tx, delivery_ids: Sequence[str]) -> list[Attempt]:
    """The tries of these messages, in order."""
    query = select(Attempt).where(col(Attempt.delivery_id).in_(delivery_ids))
    return list((await tx.session.exec(query.order_by(col(Attempt.delivery_id), col(Attempt.number)))).all())


def _to(channel: str, target: str) -> tuple[ColumnElement[bool], ...]:
    return col(Delivery.channel) == channel, col(Delivery.target) == target


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(col(Delivery.leased_until).is_(None), col(Delivery.leased_until) <= now)
    return col(Delivery.state) == "pending", col(Delivery.next_at) <= now, free


async def forget_deliveries(tx: Tx, before: datetime) -> None:
    """Delete deliveries that have ended and were made before an instant, with their tries."""
    old = (col(Delivery.created_at) < before) & col(Delivery.done_at).is_not(None)
    await tx.session.exec(delete(Delivery).where(old))
