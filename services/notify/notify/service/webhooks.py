"""Webhooks of an office: registration, secrets, what became of each message."""

from dataclasses import dataclass
from datetime import timedelta

from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound, SamePerson
from kit.auth import Principal
from kit.paging import cursor, position
from kit.uow import Tx
from notify import repository
from notify.domain import signing
from notify.errors import TooManyWebhooks, WebhookConfirmed, WebhookDisabled
from notify.keys import Sealer
from notify.models import Attempt, Delivery, Notice, Webhook, WebhookSecret
from notify.schemas import (
    AttemptView,
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    RotateIn,
    SecretRotated,
    SecretView,
    WebhookConfirmation,
    WebhookDeleted,
    WebhookIn,
    WebhookList,
    WebhookRegistered,
    WebhookToConfirm,
    WebhookView,
)
from notify.service import restricted
from regulations.directory import Directory
from regulations.four_eyes import FourEyes, People, Signers
from regulations.legal_time import legal_date

MAX_WEBHOOKS = 10
CHANNEL = "webhook"


@dataclass(frozen=True)
class Rotation:
    """How long two secrets sign side by side."""

    overlap: timedelta


REGISTER = "notify.register_webhook"


async def register(
    tx: Tx, sealer: Sealer, four_eyes: FourEyes, principal: Principal, given: WebhookIn
) -> WebhookRegistered:
    """Keep a webhook of the caller's office, with a fresh secret. A second person confirms it before it is called.

    Raises:
        TooManyWebhooks: the office has ten.
    """
    await repository.lock(tx, f"webhooks of {principal.office}")
    if len(await repository.webhooks(tx, principal.office)) >= MAX_WEBHOOKS:
        raise TooManyWebhooks()
    webhook_id, waits = new_id("hook"), four_eyes.needs(REGISTER)
    await repository.add_webhook(
        tx,
        {
            "webhook_id": webhook_id,
            "office": principal.office,
            "url": given.url,
            "kinds": sorted(set(given.kinds)),
            "created_at": tx.now,
            "created_by": principal.actor,
            "confirmed_at": None if waits else tx.now,
        },
    )
    secret = await _new_secret(tx, sealer, webhook_id)
    state = "waiting" if waits else "active"
    return WebhookRegistered(webhook_id=webhook_id, created_at=tx.now, state=state, secret=secret)


async def to_confirm(tx: Tx, directory: Directory, principal: Principal, there: People, webhook_id: str) -> Webhook:
    """A webhook that the caller may confirm. `there`: the people of the caller's office.

    Raises:
        NotFound: there is none under this id. SamePerson, Forbidden: the caller may not, 403.
    """
    found = await repository.webhook(tx, webhook_id, locked=True)
    if found is None:
        raise NotFound()
    if principal.actor == found.created_by:
        raise SamePerson
    if not _signers(tx, directory, found).may_sign(principal.office, principal.actor, principal.position, there):
        raise Forbidden()
    return found


def _signers(tx: Tx, directory: Directory, webhook: Webhook) -> Signers:
    return Signers.of(directory, webhook.office, webhook.created_by, legal_date(tx.now))


async def confirm(tx: Tx, principal: Principal, webhook: Webhook) -> WebhookConfirmation:
    """Call the webhook from now on. Raises `WebhookConfirmed`, 409."""
    if webhook.confirmed_at is not None:
        raise WebhookConfirmed()
    await repository.confirm_webhook(tx, webhook.webhook_id, principal.office, principal.actor)
    return WebhookConfirmation(webhook_id=webhook.webhook_id, confirmed_at=tx.now)


async def own(tx: Tx, principal: Principal, webhook_id: str, *, locked: bool = False) -> Webhook:
    """A webhook of the caller's office.

    Raises:
        NotFound: there is none under this id. Forbidden: it is another office's.
    """
    found = await repository.webhook(tx, webhook_id, locked=locked)
    if found is None:
        raise NotFound()
    if found.office != principal.office:
        raise Forbidden()
    return found


async def rotate(tx: Tx, sealer: Sealer, rotation: Rotation, webhook: Webhook, given: RotateIn) -> SecretRotated:
    """A fresh secret; the one before it signs beside it for a while, unless it is revoked.

    Raises:
        WebhookDisabled: it is called no more.
    """
    if webhook.disabled_at is not None:
        raise WebhookDisabled()
    until = None if given.revoke_previous else tx.now + rotation.overlap
    await repository.retire_secrets(tx, webhook.webhook_id, until)
    secret = await _new_secret(tx, sealer, webhook.webhook_id)
    return SecretRotated(webhook_id=webhook.webhook_id, secret=secret, previous_until=until)


async def remove(tx: Tx, principal: Principal, webhook: Webhook) -> WebhookDeleted:
    """No more calls, no more secrets; the log of what was delivered stays."""
    dropped = await repository.drop_pending(tx, CHANNEL, webhook.webhook_id)
    await repository.delete_webhook(tx, webhook.webhook_id, principal.actor)
    return WebhookDeleted(webhook_id=webhook.webhook_id, dropped=dropped)


async def _new_secret(tx: Tx, sealer: Sealer, webhook_id: str) -> str:
    secret, secret_id = signing.new_secret(), new_id("secret")
    sealed = sealer.seal(secret, webhook_id, secret_id)
    row = {"secret_id": secret_id, "webhook_id": webhook_id, "sealed": sealed, "created_at": tx.now}
    await repository.add_secret(tx, row)
    return secret


async def list_all(tx: Tx, directory: Directory, office: str) -> WebhookList:
    """The office's webhooks, and those of other offices that it may confirm."""
    rows = await repository.webhooks(tx, office)
    ids = [row.webhook_id for row in rows]
    waiting = await repository.pending(tx, CHANNEL, ids)
    secrets = await repository.secrets(tx, ids)
    return WebhookList(
        items=[_view(row, waiting.get(row.webhook_id, 0), secrets) for row in rows],
        to_confirm=[
            WebhookToConfirm.model_validate(row.model_dump())
            for row in await repository.unconfirmed(tx)
            if row.office != office and office in _signers(tx, directory, row).offices
        ],
    )


def _view(row: Webhook, waiting: int, secrets: list[WebhookSecret]) -> WebhookView:
    mine = [one for one in secrets if one.webhook_id == row.webhook_id]
    return WebhookView.model_validate(
        row.model_dump()
        | {
            "state": "disabled" if row.disabled_at else "active" if row.confirmed_at else "waiting",
            "pending": waiting,
            "secrets": [SecretView(created_at=one.created_at, retires_at=one.retires_at) for one in mine],
        }
    )


async def list_deliveries(tx: Tx, principal: Principal, webhook: Webhook, query: DeliveryQuery) -> DeliveryPage:
    """A page of the messages to a webhook, with every try; without those about cases that are closed to the caller."""
    rows = await repository.deliveries(
        tx, webhook.webhook_id, state=query.state, before=position(query.cursor), limit=query.limit + 1
    )
    shown, more = rows[: query.limit], len(rows) > query.limit
    tries = await repository.attempts(tx, [delivery.delivery_id for delivery, _ in shown])
    hidden = await restricted.hidden_from(tx, principal, (notice.case_id for _, notice in shown))
    items = [_delivery_view(delivery, notice, tries) for delivery, notice in shown if not hidden(notice)]
    last = shown[-1][0] if more else None
    return DeliveryPage(items=items, next=cursor(last.created_at, last.delivery_id) if last else None)


def _delivery_view(row: Delivery, notice: Notice, tries: list[Attempt]) -> DeliveryView:
    mine = [one for one in tries if one.delivery_id == row.delivery_id]
    return DeliveryView.model_validate(
        row.model_dump()
        | {
            "case_id": notice.case_id if notice.case_shown else None,
            "kind": notice.kind,
            "next_at": row.next_at if row.state == "pending" else None,
            "attempts": [AttemptView.model_validate(one.model_dump()) for one in mine],
        }
    )
