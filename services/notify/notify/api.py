"""Notify's operations. Each speaks of the caller's own office only."""

from contracts.problems import SamePerson
from kit.http import Answer, APIRouter, Call, operation
from notify.channels.webhook import WebhookChannel
from notify.errors import TargetRefused, TooManyWebhooks, WebhookConfirmed, WebhookDisabled
from notify.keys import Sealer
from notify.schemas import (
    DeliveryPage,
    DeliveryQuery,
    InboxPage,
    InboxQuery,
    NoticeRead,
    RotateIn,
    SecretRotated,
    WebhookConfirmation,
    WebhookDeleted,
    WebhookIn,
    WebhookList,
    WebhookRegistered,
)
from notify.service import inbox, webhooks
from notify.service.webhooks import Rotation
from regulations import Library
from regulations.four_eyes import People
from regulations.legal_time import legal_date

router = APIRouter()


@operation(router, "GET", "/v1/inbox", "list_inbox", query=InboxQuery, answer=InboxPage)
async def list_inbox(call: Call) -> InboxPage:
    """The office's notices, newest first."""
    call.authorize()
    query = call.query(InboxQuery)
    async with call.uow() as tx:
        return await inbox.list_inbox(tx, call.get(Library).titles, call.principal, query)


@operation(router, "POST", "/v1/inbox/{notice_id}/read", "mark_read", answer=NoticeRead)
async def mark_read(call: Call) -> Answer:
    """Note that the caller has read it. The answer says who of the office read it first."""
    notice_id = call.id("notice_id")
    call.authorize()
    async with call.uow() as tx:
        read = await inbox.mark_read(tx, call.principal, notice_id)
        if seen := await call.once.seen(tx):
            return seen
        return await call.once.keep(tx, read)


@operation(
    router,
    "POST",
    "/v1/webhooks",
    "register_webhook",
    body=WebhookIn,
    answer=WebhookRegistered,
    refusals=(TargetRefused, TooManyWebhooks),
)
async def register_webhook(call: Call) -> Answer:
    """Have the office's own system called. The secret in the answer is never shown again."""
    call.authorize()
    given = await call.body(WebhookIn)
    await call.get(WebhookChannel).check(given.url)
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        made = await webhooks.register(tx, call.get(Sealer), call.get(Library).four_eyes, call.principal, given)
        return await call.once.keep(tx, made, without="secret")


@operation(router, "GET", "/v1/webhooks", "list_webhooks", answer=WebhookList)
async def list_webhooks(call: Call) -> WebhookList:
    """The office's webhooks, and those of other offices that wait for a confirmation by this one."""
    call.authorize()
    async with call.uow() as tx:
        return await webhooks.list_all(tx, call.get(Library).world.directory, call.principal.office)


@operation(
    router,
    "POST",
    "/v1/webhooks/{webhook_id}/confirm",
    "confirm_webhook",
    answer=WebhookConfirmation,
    refusals=(SamePerson, WebhookConfirmed),
)
async def confirm_webhook(call: Call) -> Answer:
    """Confirm a webhook as a second person: a head of its office, or somebody of the office above."""
    webhook_id = call.id("webhook_id")
    call.authorize()
    membership, directory = call.state.membership, call.get(Library).world.directory
    members = await membership.members(call.principal.office) if membership is not None else None
    async with call.uow() as tx:
        there = People.of(members, legal_date(tx.now))
        webhook = await webhooks.to_confirm(tx, directory, call.principal, there, webhook_id)
        if seen := await call.once.seen(tx):
            return seen
        return await call.once.keep(tx, await webhooks.confirm(tx, call.principal, webhook))


@operation(
    router,
    "POST",
    "/v1/webhooks/{webhook_id}/secret",
    "rotate_webhook_secret",
    body=RotateIn,
    answer=SecretRotated,
    refusals=(WebhookDisabled,),
)
async def rotate_webhook_secret(call: Call) -> Answer:
    """A new secret; for a while messages carry signatures by both. The answer alone shows it."""
    webhook_id = call.id("webhook_id")
    call.authorize()
    async with call.uow() as tx:
        webhook = await webhooks.own(tx, call.principal, webhook_id, locked=True)
        if seen := await call.once.seen(tx):
            return seen
        given = await call.body(RotateIn)
        made = await webhooks.rotate(tx, call.get(Sealer), call.get(Rotation), webhook, given)
        return await call.once.keep(tx, made, without="secret")


@operation(router, "POST", "/v1/webhooks/{webhook_id}/delete", "delete_webhook", answer=WebhookDeleted)
async def delete_webhook(call: Call) -> Answer:
    """No more calls; messages that wait for it are dropped. The inbox keeps everything."""
    webhook_id = call.id("webhook_id")
    call.authorize()
    async with call.uow() as tx:
        if seen := await call.once.seen(tx):
            return seen
        webhook = await webhooks.own(tx, call.principal, webhook_id, locked=True)
        return await call.once.keep(tx, await webhooks.remove(tx, call.principal, webhook))


@operation(
    router,
    "GET",
    "/v1/webhooks/{webhook_id}/deliveries",
    "list_deliveries",
    query=DeliveryQuery,
    answer=DeliveryPage,
)
async def list_deliveries(call: Call) -> DeliveryPage:
    """What became of the messages to a webhook, newest first, with every try."""
    webhook_id = call.id("webhook_id")
    call.authorize()
    async with call.uow() as tx:
        webhook = await webhooks.own(tx, call.principal, webhook_id)
        return await webhooks.list_deliveries(tx, call.principal, webhook, call.query(DeliveryQuery))
