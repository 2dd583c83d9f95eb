"""What an event of a case makes an office be told. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.events.casework import AmendmentApplied, AttentionRaised, CaseChanged
from contracts.standing import Standing
from regulations.rights import PARTIES, Rights

NoticeKind = Literal[
    "new_work",
    "handover",
    "warning",
    "reminder",
    "breach",
    "acknowledge",
    "answer",
    "escalation",
    "attention",
    "gap",
    "fallback",
    "closed",
    "dates_moved",
]
ASKED = frozenset({"handover", "answer"})
"""Kinds that tell of a proposal: whoever is only asked learns no case id before it accepts (as in casework)."""


@dataclass(frozen=True)
class NewNotice:
    """One thing that one office is told of one case. `cause` is unique for the office in the case.

    Of an amendment of the law an office is told once, of all its cases together: then `case_id` is the amendment's.
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
    amendment_id: str | None = None
    count: int | None = None


def of_attention(rights: Rights, event: AttentionRaised, standing: Standing | None) -> NewNotice:
    """What a wait that fired tells its office; `standing` as far as it is known."""
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
    )


def of_change(rights: Rights, event: CaseChanged, before: Standing | None, at: datetime) -> list[NewNotice]:
    """Work for every office that holds a lane which it did not hold, a request for every office newly asked.

    The office that opened the case and holds what it opened itself is not told so. The closing of a case is no work;
    a lane that goes on after it may change its holder, which is.
    """
    now, case_id = event.standing, event.case_id
    if now.status == "closed" and (before is None or before.status != "closed"):
        return []
    held = {lane: one.holder for lane, one in before.lanes.items()} if before else {}
    own = now.reporter if event.case_version == 1 else None
    work = [
        NewNotice(one.holder, case_id, True, "new_work", f"v{event.case_version}:{lane}", at, lane)
        for lane, one in now.lanes.items()
        if one.holder and one.holder not in (held.get(lane), own)
    ]
    asked_before = before.proposed if before else ()
    asked = [
        NewNotice(office, case_id, is_party(rights, office, now), "handover", f"v{event.case_version}:handover", at)
        for office in now.proposed
        if office not in asked_before
    ]
    return work + asked


def of_amendment(event: AmendmentApplied) -> NewNotice:
    """How many due dates of its work an amendment of the law moved."""
    return NewNotice(
        office=event.office,
        case_id=event.case_id,
        case_shown=False,
        kind="dates_moved",
        cause="amendment",
        at=event.applied_at,
        amendment_id=event.case_id,
        count=event.moved,
    )


def is_party(rights: Rights, office: str, standing: Standing) -> bool:
    """Whether the office may know which case it is."""
    return bool(rights.relations(office, standing) & PARTIES)
