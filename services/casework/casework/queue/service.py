"""Use cases of the queue: list it, count it, and give its work to members of the office."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from casework.domain.work import WorkLine
from casework.errors import AlreadyTaken, CannotHaveWork, MemberIsAbsent, NoSuchWork, NotYours
from casework.members import service as members
from casework.queue import repository
from casework.queue.giving import Holding, decide
from casework.queue.repository import Key, Whose
from casework.queue.schemas import (
    MINE,
    TEAM,
    UNASSIGNED,
    AssigneeCount,
    AssigneeOut,
    Count,
    GiveIn,
    GivenLine,
    GivenOut,
    LaneCount,
    WorkCount,
    WorkIn,
    WorkOut,
    WorkPage,
    WorkQuery,
)
from casework.queue.team import Team
from casework.restrictions.hidden import Hidden, kept_from
from casework.service.author import Author
from contracts.problems import Forbidden
from kit import telemetry
from kit.paging import Position, cursor, position
from kit.uow import Tx
from regulations.legal_time import legal_date
from regulations.model import Label

FIRST: Position = (datetime(1, 1, 2, tzinfo=UTC), "")
_HOLDING: TypeAdapter[Holding] = TypeAdapter(Holding)


class _Listed(WorkLine):
    """A row of `repository.work`."""

    assignee: str | None


async def team(tx: Tx, office: str) -> Team:
    """Who can have work in an office today."""
    return Team.of(await members.roster(tx, office), legal_date(tx.now))


async def page(tx: Tx, titles: Mapping[str, Label], author: Author, hidden: Hidden, query: WorkQuery) -> WorkPage:
    """A page of the office's queue, in the order in which its lines are due.

    Nobody sees an empty list while the office has work: if nothing in the whole queue is for the caller, `mine` shows
    the list of the team. `titles`: of the rules. `hidden`: what is kept from the caller.
    """
    the_team, whose = await team(tx, author.office), query.whose
    chosen = await _chosen(tx, the_team, author, whose)
    lines = await _lines(tx, author.office, chosen, hidden, query)
    narrowed = query.cursor or query.lane or query.overdue
    if whose == MINE and not lines and not (narrowed and await _any(tx, author.office, chosen, hidden)):
        whose, lines = TEAM, await _lines(tx, author.office, None, hidden, query)
    shown, more = lines[: query.limit], len(lines) > query.limit
    return WorkPage(
        items=[_view(line, titles, the_team, author.actor, tx.now) for line in shown],
        next=cursor(shown[-1].order_at, shown[-1].work_id) if more else None,
        whose=whose,
    )


async def _chosen(tx: Tx, the_team: Team, author: Author, whose: str) -> Whose | None:
    """The assignees whose lines are asked for; None: all lines."""
    if whose == TEAM:
        return None
    if whose == UNASSIGNED:
        return Whose(unassigned=True)
    if whose != MINE:
        return Whose(frozenset({whose}))
    having = await repository.assignees(tx.session, author.office)
    subjects = frozenset(one for one in having if the_team.is_for(author.actor, one))
    unassigned = the_team.is_for(author.actor, None)
    return None if unassigned and len(subjects) == len(having) else Whose(subjects, unassigned)


async def _lines(tx: Tx, office: str, chosen: Whose | None, hidden: Hidden, query: WorkQuery) -> list[_Listed]:
    rows = await repository.work(
        tx.session,
        office,
        hidden,
        whose=chosen,
        lane=query.lane,
        overdue_at=tx.now if query.overdue else None,
        after=position(query.cursor) or FIRST,
        limit=query.limit + 1,
    )
    return [_Listed.model_validate_json(row) for row in rows]


async def _any(tx: Tx, office: str, chosen: Whose | None, hidden: Hidden) -> bool:
    """Whether the whole queue has a line of these assignees."""
    return bool(await repository.work(tx.session, office, hidden, whose=chosen, after=FIRST, limit=1))


def _view(line: _Listed, titles: Mapping[str, Label], the_team: Team, subject: str, now: datetime) -> WorkOut:
    shown = set(WorkOut.model_fields) - {"title", "state", "for_me", "signing_id", "break_glass_id"}
    return WorkOut(
        **line.model_dump(include=shown),
        title=titles.get(line.rule or ""),
        state=line.state_at(now),
        for_me=the_team.is_for(subject, line.assignee),
        signing_id=line.signing_id,
        break_glass_id=line.break_glass_id,
    )


async def count(tx: Tx, author: Author, hidden: Hidden) -> WorkCount:
    """How many lines the office has, for each assignee and for each lane. `hidden`: what is kept from the caller."""
    the_team = await team(tx, author.office)
    cells = await repository.count(tx.session, author.office, tx.now, hidden)
    by_assignee = [
        AssigneeCount(assignee=one, for_me=the_team.is_for(author.actor, one), **_sum(cells, subject=one))
        for one in dict.fromkeys(cell.subject for cell in cells)
    ]
    by_lane = [
        LaneCount(lane=lane, unassigned=_sum(cells, lane=lane, subject=None)["total"], **_sum(cells, lane=lane))
        for lane in sorted({cell.lane for cell in cells})
    ]
    mine = [one for one in by_assignee if one.for_me]
    return WorkCount(
        **_sum(cells),
        mine=Count(total=sum(one.total for one in mine), overdue=sum(one.overdue for one in mine)),
        by_assignee=by_assignee,
        by_lane=by_lane,
    )


def _sum(cells: Sequence[Any], **only: str | None) -> dict[str, int]:
    """`total` and `overdue` of the cells that have these values."""
    summed = [cell for cell in cells if all(getattr(cell, name) == value for name, value in only.items())]
    return {"total": sum(cell.total for cell in summed), "overdue": sum(cell.overdue for cell in summed)}


async def take(tx: Tx, author: Author, hidden: Hidden, given: WorkIn) -> AssigneeOut:
    """The caller takes work that nobody has, or that fell to the team.

    Raises:
        CannotHaveWork: 422. NoSuchWork, AlreadyTaken: 409.
    """
    the_team = await team(tx, author.office)
    if not the_team.is_worker(author.actor):
        raise CannotHaveWork
    now = await _locked(tx, author.office, hidden, given)
    if now.subject != author.actor:
        if not the_team.is_free(now.subject):
            raise AlreadyTaken(assignee=now.subject)
        await repository.put(tx, author.office, [(now.case_id, now.lane)], author.actor, author.actor)
    return AssigneeOut(case_id=now.case_id, lane=now.lane, assignee=author.actor)


async def give_back(tx: Tx, author: Author, hidden: Hidden, given: WorkIn) -> AssigneeOut:
    """The caller returns work that it has, or that it does as a deputy, to the team.

    Raises:
        NoSuchWork, NotYours: 409.
    """
    the_team = await team(tx, author.office)
    now = await _locked(tx, author.office, hidden, given)
    if now.subject is None or author.actor not in {now.subject, *the_team.carriers(now.subject)}:
        raise NotYours(assignee=now.subject)
    await repository.put(tx, author.office, [(now.case_id, now.lane)], None, author.actor)
    return AssigneeOut(case_id=now.case_id, lane=now.lane, assignee=None)


async def _locked(tx: Tx, office: str, hidden: Hidden, given: WorkIn) -> Holding:
    telemetry.correlate(given.case_id)
    if given.case_id in hidden.cases:
        raise NoSuchWork
    found = (await _holdings(tx, office, [(given.case_id, given.lane)]))[given.case_id, given.lane]
    if not found.in_queue:
        raise NoSuchWork
    return found


def check_may_give(the_team: Team, author: Author) -> None:
    """Refuse (403) whoever may not give work to others."""
    if not the_team.may_give(author.actor):
        raise Forbidden


async def give(tx: Tx, the_team: Team, author: Author, hidden: Hidden, given: GiveIn) -> GivenOut:
    """Give work to a member, or back to the team. A line that somebody else has than the caller saw stays as it is.

    Raises:
        CannotHaveWork, MemberIsAbsent: 422, whoever gets it cannot have it.
    """
    _check_receiver(the_team, given.to)
    kept = await kept_from(tx, author.office, given.to) if given.to is not None else frozenset[str]()
    holdings = await _holdings(tx, author.office, [(line.case_id, line.lane) for line in given.lines])
    items: list[GivenLine] = []
    moved: list[Key] = []
    for line in given.lines:
        if line.case_id in kept and line.case_id not in hidden.cases:
            raise CannotHaveWork(errors=[{"loc": "to", "msg": "the case is restricted, and closed to this member"}])
        holding = holdings[line.case_id, line.lane]
        if line.case_id in hidden.cases:
            holding = Holding(line.case_id, line.lane, None, in_queue=False)
        decided = decide(holding, line.expected, given.to)
        if decided.moves:
            moved.append((line.case_id, line.lane))
        items.append(
            GivenLine(case_id=line.case_id, lane=line.lane, assignee=decided.assignee, outcome=decided.outcome)
        )
    if moved:
        await repository.put(tx, author.office, moved, given.to, author.actor)
    return GivenOut(items=items)


def _check_receiver(the_team: Team, to: str | None) -> None:
    if to is None:
        return
    if not the_team.is_worker(to):
        raise CannotHaveWork(errors=[{"loc": "to", "msg": "no member who can be given work today"}])
    if to in the_team.absent:
        raise MemberIsAbsent(deputies=sorted(the_team.absent[to]), errors=[{"loc": "to", "msg": "is absent today"}])


async def _holdings(tx: Tx, office: str, keys: Collection[Key]) -> dict[Key, Holding]:
    """The work in these lanes of cases as it is now. Nobody else changes who has it before the transaction ends."""
    await repository.lock(tx, office)
    found = [_HOLDING.validate_json(row) for row in await repository.holdings(tx, office, keys)]
    return {(one.case_id, one.lane): one for one in found}
