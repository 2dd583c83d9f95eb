"""Notify's operations. Each speaks of the caller's own office only."""

from kit.http import Answer, APIRouter, Call, operation
from notify.channels.webhook import WebhookChannel
from notify.errors import TargetRefused, TooManyWebhooks, WebhookDisabled
from notify.keys import Sealer
from notify.schemas import (
    DeliveryPage,
    DeliveryQuery,
    InboxPage,
    InboxQuery,
    NoticeRead,
    RotateIn,
    SecretRotated,
    WebhookDeleted,
    WebhookIn,
    WebhookList,
    WebhookRegistered,
)
from notify.service import inbox, webhooks
from notify.service.webhooks import Rotation

router = APIRouter()


@operation(router, "GET", "/v1/inbox", "list_inbox", query=InboxQuery, answer=InboxPage)
async def list_inbox(call: Call) -> InboxPage:
    """The office's notices, newest first."""
    call.authorize()
    query = call.query(InboxQuery)
    async with call.uow() as tx:
        return await inbox.list_inbox(tx, call.principal, query)


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
        made = await webhooks.register(tx, call.get(Sealer), call.principal, given)
        return await call.once.keep(tx, made, without="secret")


@operation(router, "GET", "/v1/webhooks", "list_webhooks", answer=WebhookList)
async def list_webhooks(call: Call) -> WebhookList:
    """The office's webhooks."""
    call.authorize()
    async with call.uow() as tx:
        return await webhooks.list_all(tx, call.principal.office)


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
        return await webhooks.list_deliveries(tx, webhook, call.query(DeliveryQuery))
