"""What `waits` takes beside a folded case, and the wait that it gives: pure data."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from regulations.case import Frozen
from regulations.model import Confidence

WaitKind = Literal[
    "warning", "reminder", "breach", "acknowledge", "answer", "escalation", "attention", "gap", "fallback", "sign"
]


class OpenHandover(Frozen):
    """A proposed hand-over without an answer, as `waits` needs it. The time for the answer runs from `recorded_at`."""

    handover_id: str
    lane: str
    sender: str
    receiver: str
    recorded_at: AwareDatetime


class OpenSigning(Frozen):
    """A step without its second signature, as `waits` needs it. `asked`: the office that is to sign, until `due_at`."""

    signing_id: str
    lane: str
    asked: str
    due_at: AwareDatetime


class Wait(Frozen):
    """An instant at which casework acts if no office does. If `at` lies in the past, it is due at once.

    `wait_id` is stable: the same obligation at the same instant always has the same id. If the due instant changes, it
    is another wait. `stage`: `warning`, `breach`, `reminder`, `immediate`, `acknowledge`, `answer`, `fallback`, `gap`,
    `sign`, `attention-1` … and `escalate-1` (supervisor), `escalate-2` (coordinating authority).
    """

    wait_id: str
    kind: WaitKind
    stage: str
    at: datetime
    lane: str
    rule: str | None = None
    office: str | None
    clock_id: str | None = None
    handover_id: str | None = None
    due_at: datetime | None = None
    confidence: Confidence | None = Field(default=None, description="Of the limit of the clock, if not verified text.")
