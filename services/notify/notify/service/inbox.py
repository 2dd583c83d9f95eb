"""The inbox of an office: the notices that events make, and which of them the office has read."""

from collections.abc import Sequence

from casefile.standing import Standings
from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from contracts.ids import new_id
from contracts.problems import Forbidden, NotFound
from contracts.standing import Standing
from kit import handled, projections
from kit.auth import Principal
from kit.bus import Meta
from kit.paging import cursor, position
from kit.uow import Tx
from notify import repository
from notify.addresses import Addresses
from notify.domain import notices
from notify.domain.notices import NewNotice
from notify.models import Notice
from notify.schemas import InboxPage, InboxQuery, NoticeRead, NoticeView
from regulations.rights import Rights

TOLD = "standing"
"""Kind of the projection with the standing that the last notices of a case were made from: a notice tells what is new
since. No right is decided on it."""


async def on_attention(
    tx: Tx, rights: Rights, standings: Standings, addresses: Addresses, event: AttentionRaised, meta: Meta
) -> None:
    """A wait of a case fired: notify its office. Raises `Unavailable` where its standing is needed and not readable."""
    if await handled.first_time(tx, meta.durable, meta.event_id):
        # One case at a time: the order in which its notices are numbered is the order in which they are committed.
        await repository.lock(tx, event.case_id)
        found = await standings.newest(event.case_id) if event.kind in notices.ASKED else None
        new = notices.of_attention(rights, event, found.body if found else None)
        await _notify(tx, addresses, [new])


async def on_change(tx: Tx, rights: Rights, addresses: Addresses, event: CaseChanged, meta: Meta) -> None:
    """A case changed: notify each office that holds something new or is asked. An old version notifies nobody."""
    if not await handled.first_time(tx, meta.durable, meta.event_id):
        return
    await repository.lock(tx, event.case_id)
    known = await projections.get(tx, TOLD, event.case_id)
    before = Standing.model_validate(known) if known is not None else None
    body = event.standing.model_dump(mode="json")
    if not await projections.put(tx, TOLD, event.case_id, event.case_version, body):
        return
    if before is not None and before.proposed:
        parties = [office for office in before.proposed if notices.is_party(rights, office, event.standing)]
        await repository.show_case(tx, event.case_id, parties)
    await _notify(tx, addresses, notices.of_change(rights, event, before, meta.recorded_at))


async def on_amendment(tx: Tx, addresses: Addresses, event: AmendmentApplied, meta: Meta) -> None:
    """An amendment of the law moved due dates of an office's work: notify it once."""
    if await handled.first_time(tx, meta.durable, meta.event_id):
        await _notify(tx, addresses, [notices.of_amendment(event)])


async def _notify(tx: Tx, addresses: Addresses, new: Sequence[NewNotice]) -> None:
    """Put each notice into its office's inbox, with a message for every webhook and mailbox that wants it."""
    for one in new:
        notice_id = new_id("note")
        row = {**vars(one), "notice_id": notice_id, "recorded_at": tx.now}
        if not await repository.add_notice(tx, row):
            continue
        hooks = await repository.webhooks(tx, one.office)
        targets = [
            ("webhook", hook.webhook_id)
            for hook in hooks
            if hook.disabled_at is None and (not hook.kinds or one.kind in hook.kinds)
        ]
        if one.office in addresses.of:
            targets.append(("email", one.office))
        if targets:
            await repository.add_deliveries(tx, [_delivery(tx, one, notice_id, *target) for target in targets])


def _delivery(tx: Tx, new: NewNotice, notice_id: str, channel: str, target: str) -> dict[str, object]:
    return {
        "delivery_id": new_id("msg"),
        "notice_id": notice_id,
        "channel": channel,
        "target": target,
        "case_id": new.case_id,
        "state": "pending",
        "attempts": 0,
        "created_at": tx.now,
        "next_at": tx.now,
    }


async def list_inbox(tx: Tx, office: str, query: InboxQuery) -> InboxPage:
    """A page of the office's own inbox."""
    before = position(query.cursor)
    rows = await repository.inbox(tx, office, unread=query.unread, before=before, limit=query.limit + 1)
    shown, more = rows[: query.limit], len(rows) > query.limit
    following = cursor(shown[-1].recorded_at, shown[-1].notice_id) if more else None
    return InboxPage(items=[_view(row) for row in shown], next=following)


async def mark_read(tx: Tx, principal: Principal, notice_id: str) -> NoticeRead:
    """Note that the office read it; a repetition changes nothing.

    Raises:
        NotFound: no such notice. Forbidden: it is a notice of another office.
    """
    row = await repository.notice(tx, notice_id)
    if row is None:
        raise NotFound()
    if row.office != principal.office:
        raise Forbidden()
    await repository.mark_read(tx, notice_id, principal.actor)
    return NoticeRead(notice_id=notice_id, read_at=row.read_at or tx.now, read_by=row.read_by or principal.actor)


def _view(row: Notice) -> NoticeView:
    return NoticeView.model_validate(
        row.model_dump()
        | {
            "case_id": row.case_id if row.case_shown else None,
            "told_at": row.recorded_at,
            "read": row.read_at is not None,
        }
    )
