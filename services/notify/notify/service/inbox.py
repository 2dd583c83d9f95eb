"""The inbox of an office: the notices that events make, and which of its persons have read them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from casefile.standing import Standings
from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from contracts.ids import new_id
from contracts.limits import LimitReached
from contracts.problems import Forbidden, NotFound
from contracts.standing import Standing
from contracts.times import legal_date
from kit import handled, projections
from kit.auth import Principal
from kit.bus import Meta
from kit.paging import cursor, position
from kit.uow import Tx
from notify import repository
from notify.addresses import Addresses
from notify.domain import notices
from notify.domain.notices import NewNotice
from notify.models import Notice, Webhook
from notify.schemas import InboxPage, InboxQuery, NoticeRead, NoticeView
from notify.service import restricted
from notify.service.restricted import TOLD
from regulations.model import Label
from regulations.rights import Rights


async def on_attentions(
    tx: Tx, rights: Rights, standings: Standings, addresses: Addresses, events: Sequence[AttentionRaised]
) -> bool:
    """Waits of cases fired: notify their offices. Gives whether there is a message to deliver.

    Raises:
        Unavailable: the standing of a case is needed and not readable.
    """
    # One case at a time: the order in which its notices are numbered is the order in which they are committed.
    await repository.lock(tx, *(event.case_id for event in events))
    new: list[NewNotice] = []
    for event in events:
        found = await standings.newest(event.case_id) if event.kind in notices.ASKED else None
        new.append(notices.of_attention(rights, event, found.body if found else None))
    return await _notify(tx, addresses, new, await restricted.standings(tx, (event.case_id for event in events)))


async def on_changes(tx: Tx, rights: Rights, addresses: Addresses, events: Sequence[tuple[CaseChanged, Meta]]) -> bool:
    """Cases changed: notify each office that holds something new or is asked. An old version notifies nobody.

    Gives whether there is a message to deliver.
    """
    cases = {event.case_id for event, _ in events}
    await repository.lock(tx, *cases)
    told = await projections.get(tx, TOLD, cases)
    new: list[NewNotice] = []
    for event, meta in events:
        known = told.get(event.case_id)
        if known is not None and known.version >= event.case_version:
            continue
        before = Standing.model_validate(known.body) if known is not None else None
        told[event.case_id] = projections.Document(event.case_version, event.standing.model_dump(mode="json"))
        if before is not None and before.proposed:
            parties = {office for office in before.proposed if notices.is_party(rights, office, event.standing)}
            new = [_shown(one, event.case_id, parties) for one in new]
            await repository.show_case(tx, event.case_id, parties)
        new += notices.of_change(rights, event, before, meta.recorded_at)
    await projections.put_all(tx, TOLD, told)
    return await _notify(tx, addresses, new, await restricted.standings(tx, cases))


def _shown(one: NewNotice, case_id: str, offices: set[str]) -> NewNotice:
    """A notice that is not stored yet, after these offices may know the case."""
    return replace(one, case_shown=True) if one.case_id == case_id and one.office in offices else one


async def on_amendment(tx: Tx, addresses: Addresses, event: AmendmentApplied, meta: Meta) -> bool:
    """An amendment of the law moved due dates of an office's work: notify it once. Gives as `on_changes`."""
    if not await handled.first_time(tx, meta.durable, meta.event_id):
        return False
    return await _notify(tx, addresses, [notices.of_amendment(event)], {})


async def on_limit(tx: Tx, rights: Rights, addresses: Addresses, event: LimitReached) -> bool:
    """Somebody used the system to an unusual extent: notify who supervises the office. Gives as `on_changes`.

    The id of what was reached makes a repetition harmless.
    """
    above = rights.library.world.directory.supervisor(event.office, legal_date(event.reached_at))
    return await _notify(tx, addresses, notices.of_limit(event, above), {})


async def _notify(tx: Tx, addresses: Addresses, new: Sequence[NewNotice], closed: Mapping[str, Standing]) -> bool:
    """Put each notice into its office's inbox, with a message for every webhook and mailbox that wants it and may have
    it.

    Gives whether there is such a message. `closed`: the restricted cases among theirs.
    """
    if not new:
        return False
    by_id = {new_id("note"): one for one in new}
    rows = [{**vars(one), "notice_id": notice_id, "recorded_at": tx.now} for notice_id, one in by_id.items()]
    added = await repository.add_notices(tx, rows)
    hooks = await repository.webhooks(tx, *{one.office for one in new})
    messages = [
        _delivery(tx, one, notice_id, *target)
        for notice_id, one in by_id.items()
        if notice_id in added and restricted.goes_out(closed, one)
        for target in _targets(one, hooks, addresses)
    ]
    if messages:
        await repository.add_deliveries(tx, messages)
    return bool(messages)


def _targets(new: NewNotice, hooks: Sequence[Webhook], addresses: Addresses) -> Iterator[tuple[str, str]]:
    """(channel, target) of each webhook and mailbox of its office that wants the notice."""
    for hook in hooks:
        called = hook.confirmed_at is not None and hook.disabled_at is None
        if hook.office == new.office and called and (not hook.kinds or new.kind in hook.kinds):
            yield "webhook", hook.webhook_id
    if new.office in addresses.of:
        yield "email", new.office


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


async def list_inbox(tx: Tx, titles: Mapping[str, Label], principal: Principal, query: InboxQuery) -> InboxPage:
    """A page of the inbox of the caller's office. `titles`: of the rules."""
    rows = await repository.inbox(
        tx,
        principal.office,
        principal.actor,
        unread=query.unread,
        before=position(query.cursor),
        limit=query.limit + 1,
    )
    shown, more = rows[: query.limit], len(rows) > query.limit
    last = shown[-1][0] if more else None
    following = cursor(last.recorded_at, last.notice_id) if last else None
    hidden = await restricted.hidden_from(tx, principal, (notice.case_id for notice, _ in shown))
    items = [_view(notice, read, titles) for notice, read in shown if not hidden(notice)]
    return InboxPage(items=items, next=following)


async def mark_read(tx: Tx, principal: Principal, notice_id: str) -> NoticeRead:
    """Note that the caller, and so the office, read it; a repetition changes nothing.

    Raises:
        NotFound: no such notice, or its case is restricted and closed to the caller.
        Forbidden: it is a notice of another office.
    """
    row = await repository.notice(tx, notice_id)
    if row is None:
        raise NotFound()
    if row.office != principal.office:
        raise Forbidden()
    if (await restricted.hidden_from(tx, principal, [row.case_id]))(row):
        raise NotFound()
    await repository.mark_read(tx, notice_id, principal.actor)
    return NoticeRead(notice_id=notice_id, read_at=row.read_at or tx.now, read_by=row.read_by or principal.actor)


def _view(row: Notice, read_by_me: bool, titles: Mapping[str, Label]) -> NoticeView:
    return NoticeView.model_validate(
        row.model_dump()
        | {
            "case_id": row.case_id if row.case_shown else None,
            "title": titles.get(row.rule or ""),
            "told_at": row.recorded_at,
            "read": row.read_at is not None,
            "read_by_me": read_by_me,
        }
    )
