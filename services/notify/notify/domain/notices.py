"""Which notices an event makes, and for which offices. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.events.casework import AmendmentApplied, AttentionKind, AttentionRaised, CaseChanged
from contracts.limits import LimitReached
from contracts.standing import Standing
from regulations.case import OPEN_AFTER_CLOSING
from regulations.rights import PARTIES, Rights

NoticeKind = Literal["new_work", "handover", AttentionKind, "dates_moved", "unusual_use"]
ASKED = frozenset({"handover", "answer"})
"""Kinds about a proposal: an office that is only asked learns no case id before it accepts (as in casework)."""


@dataclass(frozen=True)
class NewNotice:
    """A notice for one office about one case, not stored yet. `cause` is unique for the office in the case.

    An amendment of the law makes one notice for an office, about all its cases together: `case_id` is the amendment's.
    A limit that somebody reached is about no case: `case_id` is the id of the limit, `unusual` says what was counted.
    """

    office: str
    case_id: str
    case_shown: bool
    kind: NoticeKind
    cause: str
    at: datetime
    lane: str | None = None
    rule: str | None = None
    due_at: datetime | None = None
    confidence: str | None = None
    amendment_id: str | None = None
    count: int | None = None
    result: str | None = None
    about_office: str | None = None
    person: str | None = None
    unusual: str | None = None


def of_attention(rights: Rights, event: AttentionRaised, standing: Standing | None) -> NewNotice:
    """The notice for the office of a wait that fired; `standing` is None for a case that is not known yet."""
    shown = event.kind not in ASKED or (standing is not None and is_party(rights, event.office, standing))
    return NewNotice(
        office=event.office,
        case_id=event.case_id,
        case_shown=shown,
        kind=event.kind,
        cause=f"wait:{event.wait_id}:{event.stage}",
        at=event.raised_at,
        lane=event.lane,
        rule=event.rule,
        due_at=event.due_at,
        confidence=event.confidence,
        result=event.result,
    )


def of_change(rights: Rights, event: CaseChanged, before: Standing | None, at: datetime) -> list[NewNotice]:
    """New work for each office that holds a lane which it did not hold, a request for each office that is newly asked.

    The office that opened the case gets no notice of what it opened and holds itself. The closing of a case makes no
    work. A lane that goes on after the closing may get another holder, and that office has new work. Another lane may
    get one by a step that came after the closing and is earlier; casework notifies that office of the end.
    """
    now, case_id = event.standing, event.case_id
    if now.status == "closed" and (before is None or before.status != "closed"):
        return []
    held = {lane: one.holder for lane, one in before.lanes.items()} if before else {}
    own = now.reporter if event.case_version == 1 else None
    work = [
        NewNotice(one.holder, case_id, True, "new_work", f"v{event.case_version}:{lane}", at, lane)
        for lane, one in now.lanes.items()
        if one.holder
        and one.holder not in (held.get(lane), own)
        and (now.status != "closed" or lane in OPEN_AFTER_CLOSING)
    ]
    asked_before = before.proposed if before else ()
    asked = [
        NewNotice(office, case_id, is_party(rights, office, now), "handover", f"v{event.case_version}:handover", at)
        for office in now.proposed
        if office not in asked_before
    ]
    return work + asked


def of_amendment(event: AmendmentApplied) -> NewNotice:
    """How many due dates of its work an amendment moved, with all that came to it from another office."""
    return NewNotice(
        office=event.office,
        case_id=event.amendment_id,
        case_shown=False,
        kind="dates_moved",
        cause="amendment",
        at=event.applied_at,
        amendment_id=event.amendment_id,
        count=event.moved,
    )


def of_limit(event: LimitReached, above: str | None) -> list[NewNotice]:
    """Somebody asked for an unusual number: for the office above, and for the office itself, whose head reads it.

    Args:
        above: the office that supervises it; None for the highest one.
    """
    return [
        NewNotice(
            office=office,
            case_id=event.limit_id,
            case_shown=False,
            kind="unusual_use",
            cause="limit",
            at=event.reached_at,
            count=event.amount,
            about_office=event.office,
            person=event.actor,
            unusual=event.kind,
        )
        for office in dict.fromkeys(one for one in (above, event.office) if one)
    ]


def is_party(rights: Rights, office: str, standing: Standing) -> bool:
    """Whether the office may know which case it is."""
    return bool(rights.relations(office, standing) & PARTIES)
