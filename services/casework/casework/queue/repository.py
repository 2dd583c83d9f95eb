"""The SQL statements of the queue and of its assignees.

Who has the work of an office in a lane of a case is the row of `assignees` there that has not ended. The rows that have
ended are its history.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, String, TextClause, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from casework.models import Assignees
from casework.restrictions.hidden import NOTHING, Hidden
from kit.uow import Tx

Key = tuple[str, str]
"""Case and lane, in the queue of one office."""
_ASSIGNABLE = "w.body->>'kind' IS DISTINCT FROM 'sign'"
"""A step to sign goes to no assignee of its lane: who has the lane is often its author, and must not sign it."""
_IN_ORDER = f"""casework.work w LEFT JOIN LATERAL (SELECT s.subject FROM casework.assignees s
    WHERE s.office = w.office AND s.case_id = w.case_id AND s.lane = w.lane AND s.ended_at IS NULL
      AND {_ASSIGNABLE} LIMIT 1) a ON TRUE
  WHERE TRUE"""  # noqa: S608  # the inserted text is the constant above
"""Looks up the assignee of each line. `LIMIT` keeps PostgreSQL from joining the tables as a whole: a page is read in
the order of the queue and ends when it is full."""
_OF_SUBJECTS = f"""casework.assignees a
    JOIN LATERAL (SELECT * FROM casework.work o WHERE o.case_id = a.case_id OFFSET 0) w
      ON w.lane = a.lane AND {_ASSIGNABLE}
  WHERE a.office = :office AND a.subject = ANY(:subjects) AND a.ended_at IS NULL"""  # noqa: S608  # as above
"""Begins with what these subjects have: a member has some lines of a queue that may have thousands. `OFFSET 0` keeps
PostgreSQL from reading the whole queue instead (here and in `_NOW`)."""
_WORK = """
SELECT (w.body || jsonb_build_object('assignee', a.subject))::text FROM {lines}
  AND w.office = :office {narrower} AND (w.order_at, w.work_id) > (:after_at, :after_id)
ORDER BY w.order_at, w.work_id LIMIT :limit
"""
_ASSIGNEES = text("SELECT DISTINCT subject FROM casework.assignees WHERE office = :office AND ended_at IS NULL")
_COUNT = f"""
SELECT a.subject, w.lane, count(*) AS total, count(*) FILTER (WHERE w.overdue_from <= :now) AS overdue
FROM casework.work w LEFT JOIN casework.assignees a
  ON a.office = w.office AND a.case_id = w.case_id AND a.lane = w.lane AND a.ended_at IS NULL AND {_ASSIGNABLE}
WHERE w.office = :office {{narrower}}GROUP BY a.subject, w.lane ORDER BY a.subject, w.lane
"""  # noqa: S608  # the inserted text is the constant above
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('assignees:' || :office, 0))")
_NOW = text("""
SELECT jsonb_build_object('case_id', g.case_id, 'lane', g.lane, 'subject', a.subject, 'in_queue', EXISTS (SELECT FROM
  (SELECT o.office, o.lane, o.body FROM casework.work o WHERE o.case_id = g.case_id OFFSET 0) w
  WHERE w.office = :office AND w.lane = g.lane AND w.body->>'kind' IS DISTINCT FROM 'sign'))::text
FROM unnest(:cases, :lanes) AS g(case_id, lane) LEFT JOIN casework.assignees a
  ON a.office = :office AND a.case_id = g.case_id AND a.lane = g.lane AND a.ended_at IS NULL
""").bindparams(bindparam("cases", type_=ARRAY(String)), bindparam("lanes", type_=ARRAY(String)))
_END = text("""
UPDATE casework.assignees a SET ended_at = :now, ended_by = :by FROM unnest(:cases, :lanes) AS g(case_id, lane)
WHERE a.office = :office AND a.case_id = g.case_id AND a.lane = g.lane AND a.ended_at IS NULL
""").bindparams(bindparam("cases", type_=ARRAY(String)), bindparam("lanes", type_=ARRAY(String)))


@dataclass(frozen=True)
class Whose:
    """Lines that one of these subjects has, and also those that nobody has if `unassigned`."""

    subjects: frozenset[str] = frozenset()
    unassigned: bool = False


async def work(
    session: AsyncSession,
    office: str,
    hidden: Hidden = NOTHING,
    *,
    whose: Whose | None = None,
    lane: str | None = None,
    overdue_at: datetime | None = None,
    after: tuple[datetime, str],
    limit: int,
) -> Sequence[str]:
    """Lines (JSON) of an office's queue after a position, in the order of due, each with its assignee.

    Args:
        hidden: what is kept from the reader.
        whose: only these; None: all. lane: only this lane. overdue_at: only what is overdue at that instant.
        after: (order_at, work_id) of the last line seen.
    """
    values: dict[str, Any] = {"office": office, "after_at": after[0], "after_id": after[1], "limit": limit}
    narrower: list[str] = []
    if lane:
        narrower.append("w.lane = :lane")
        values["lane"] = lane
    if overdue_at:
        narrower.append("w.overdue_from <= :overdue_at")
        values["overdue_at"] = overdue_at
    without, values_of_hidden = _without(hidden)
    narrower += without
    values |= values_of_hidden
    if whose:
        values["subjects"] = sorted(whose.subjects)
    if whose and whose.unassigned:
        narrower.append("(a.subject IS NULL OR a.subject = ANY(:subjects))")
    lines = _OF_SUBJECTS if whose and not whose.unassigned else _IN_ORDER
    statement = text(_WORK.format(lines=lines, narrower="".join(f"AND {one} " for one in narrower)))
    arrays = [name for name in ("subjects", *values_of_hidden) if name in values]
    statement = statement.bindparams(*(bindparam(name, type_=ARRAY(String)) for name in arrays))
    return await _all(session, statement, values)


async def assignees(session: AsyncSession, office: str) -> Sequence[str]:
    """Every subject that has work in an office, or had it when it last was in the queue."""
    return await _all(session, _ASSIGNEES, {"office": office})


async def count(session: AsyncSession, office: str, now: datetime, hidden: Hidden) -> Sequence[Any]:
    """Rows of `subject`, `lane`, `total` and `overdue`: the whole queue of an office without what is `hidden`."""
    without, values = _without(hidden)
    statement = text(_COUNT.format(narrower="".join(f"AND {one} " for one in without)))
    statement = statement.bindparams(*(bindparam(name, type_=ARRAY(String)) for name in values))
    return (await (await session.connection()).execute(statement, {"office": office, "now": now, **values})).all()


def _without(hidden: Hidden) -> tuple[list[str], dict[str, list[str]]]:
    """Conditions and values of a queue without what is kept from the reader; none where nothing is.

    A step to sign and a review stand there for who may do them in a closed case, but for nobody who is shut out.
    """
    conditions = {
        "closed": ("NOT (w.case_id = ANY(:closed) AND w.body->>'kind' NOT IN ('sign', 'review'))", hidden.cases),
        "shut_out": ("NOT w.case_id = ANY(:shut_out)", hidden.shut_out),
        "unseen": (
            "NOT w.work_id = ANY(:unseen)",
            {f"{case_id}:sign:{signing_id}" for signing_id, case_id in hidden.signings.items()},
        ),
    }
    needed = {name: one for name, one in conditions.items() if one[1]}
    return [one for one, _ in needed.values()], {name: sorted(found) for name, (_, found) in needed.items()}


async def lock(tx: Tx, office: str) -> None:
    """Let one transaction at a time change the assignees of an office.

    There is one lock for each office, so two transactions cannot wait for each other.
    """
    await tx.execute(_LOCK, {"office": office})


async def holdings(tx: Tx, office: str, keys: Collection[Key]) -> Sequence[str]:
    """The work of an office in these lanes of cases, as it is now (JSON); call `lock` before."""
    return (await tx.execute(_NOW, {"office": office, **_columns(keys)})).scalars().all()


async def put(tx: Tx, office: str, keys: Collection[Key], subject: str | None, by: str) -> None:
    """Give the work of an office in these lanes of cases to a subject, or to nobody; call `lock` before."""
    await tx.execute(_END, {"office": office, "now": tx.now, "by": by, **_columns(keys)})
    if subject is not None:
        row = {"office": office, "subject": subject, "given_by": by, "given_at": tx.now}
        tx.insert(Assignees, [{"case_id": case_id, "lane": lane, **row} for case_id, lane in keys])


def _columns(keys: Collection[Key]) -> dict[str, list[str]]:
    return {"cases": [case_id for case_id, _ in keys], "lanes": [lane for _, lane in keys]}


async def _all(session: AsyncSession, statement: TextClause, values: dict[str, Any]) -> Sequence[str]:
    return (await (await session.connection()).execute(statement, values)).scalars().all()
