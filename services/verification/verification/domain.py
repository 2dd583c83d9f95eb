"""How a file advances: its stage from its own steps and from the lane state that casework published. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

LANE = "identification"
"""The lane whose facts verification states."""

Basis = Literal["evidence", "signs"]
Outcome = Literal["confirmed", "signs_review", "not_confirmed"]
Extent = Literal["complex", "prolonged"]
"""What an extension decides: the case is found complex, or its verification is prolonged once more. Each is a total."""
PaperKind = Literal["victim", "not_victim"]
"""What a certificate says of the person."""


class State(StrEnum):
    """States and duties of the lane that are stated here, by the codes of the packs."""

    INITIAL_CHECK_DONE = "INITIAL_CHECK_DONE"
    POLICE_VERIFICATION = "POLICE_VERIFICATION"
    POLICE_VERIFICATION_EXTENDED = "POLICE_VERIFICATION_EXTENDED"
    POLICE_VERIFICATION_PROLONGED = "POLICE_VERIFICATION_PROLONGED"
    SIGNS_REVIEW = "SIGNS_REVIEW"
    VICTIM_CONFIRMED = "VICTIM_CONFIRMED"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    VICTIM_PAPER_ISSUED = "VICTIM_PAPER_ISSUED"
    NOT_VICTIM_PAPER_ISSUED = "NOT_VICTIM_PAPER_ISSUED"
    CERTIFICATE_CANCELLED = "CERTIFICATE_CANCELLED"


STATE_OF: dict[str, State] = {
    "confirmed": State.VICTIM_CONFIRMED,
    "signs_review": State.SIGNS_REVIEW,
    "not_confirmed": State.NOT_CONFIRMED,
}
"""Outcome of a decision → state that it leads to."""
CERTIFIED: dict[str, State] = {
    "confirmed": State.VICTIM_PAPER_ISSUED,
    "not_confirmed": State.NOT_VICTIM_PAPER_ISSUED,
}
"""Outcome → the duty that a rescuing or receiving force states when it certifies by itself."""
CERTIFICATE = "certificate_issued"
"""Attribute of a refusal that its certificate was issued with it."""
PAPER_OF: dict[str, PaperKind] = {"confirmed": "victim", "not_confirmed": "not_victim"}
"""Outcome → the paper that is issued with it; a review of the signs has none."""
PREFIX_OF: dict[PaperKind, str] = {"victim": "NV", "not_victim": "KN"}
"""Kind of paper → how its number begins. Earlier papers of both kinds begin with `NV`."""
ENDS: dict[str, tuple[PaperKind, ...]] = {
    "confirmed": ("not_victim",),
    "signs_review": (),
    "not_confirmed": ("victim", "not_victim"),
}
"""Outcome of a decision → the papers of the case that it ends."""


class Kind(StrEnum):
    """Kinds of step in a file."""

    INITIAL_CHECK = "initial_check"
    REQUEST = "request"
    EXTENSION = "extension"
    PROLONGATION = "prolongation"
    DECISION = "decision"
    CANCELLATION = "cancellation"  # of a certificate that proved wrong; it is issued anew afterwards
    CERTIFICATE = "certificate"  # the rescuing or receiving force's own paper, without a request
    DECISION_WITHDRAWN = "decision_withdrawn"  # written by earlier releases; now a correction does this


class Stage(IntEnum):
    """How far a file is; a higher one comes later."""

    OPENED = 0
    CHECKED = 1
    REQUESTED = 2
    EXTENDED = 3
    PROLONGED = 4
    SIGNS_REVIEW = 5
    CANCELLED = 6
    DECIDED = 7

    @property
    def code(self) -> str:
        """As answers show it."""
        return self.name.lower()

    @property
    def waits_for_decision(self) -> bool:
        """True while a request is open, and after a certificate was cancelled."""
        return Stage.REQUESTED <= self < Stage.DECIDED


STAGE_OF: dict[str, Stage] = {
    State.INITIAL_CHECK_DONE: Stage.CHECKED,
    State.POLICE_VERIFICATION: Stage.REQUESTED,
    State.POLICE_VERIFICATION_EXTENDED: Stage.EXTENDED,
    State.POLICE_VERIFICATION_PROLONGED: Stage.PROLONGED,
    State.SIGNS_REVIEW: Stage.SIGNS_REVIEW,
}
"""Lane state → stage, for steps that were recorded in casework and not here."""


@dataclass(frozen=True)
class Done:
    """One step: only what the order of steps depends on."""

    kind: str
    office: str
    occurred_at: datetime
    outcome: str | None = None


@dataclass(frozen=True)
class Progress:
    """How far a file is. `last`: the newest step recorded here. `before`: the stage before the decision.

    `extended`: the highest extension so far, which a review of the signs does not undo.
    `shown`: whether a refusal may say all this to the office that asks.
    """

    stage: Stage = Stage.OPENED
    before: Stage = Stage.OPENED
    extended: Stage = Stage.OPENED
    certified: bool = False
    last: Done | None = None
    shown: bool = True

    def then(self, step: Done) -> "Progress":
        """After one more step."""
        if step.kind == Kind.CERTIFICATE:
            return replace(self, certified=True, last=step)
        if step.kind == Kind.DECISION_WITHDRAWN:
            # A withdrawal is no step of the procedure, so it is never the last step.
            return replace(self, stage=self.before if self.stage is Stage.DECIDED else self.stage)
        if step.kind == Kind.DECISION:
            stage = Stage.SIGNS_REVIEW if step.outcome == "signs_review" else Stage.DECIDED
            return replace(self, stage=stage, before=self.stage, last=step)
        reached = {
            Kind.INITIAL_CHECK: Stage.CHECKED,
            Kind.REQUEST: Stage.REQUESTED,
            Kind.EXTENSION: Stage.EXTENDED,
            Kind.PROLONGATION: Stage.PROLONGED,
            Kind.CANCELLATION: Stage.CANCELLED,
        }
        stage = reached[Kind(step.kind)]
        anew = stage is Stage.REQUESTED and self.stage is Stage.CANCELLED  # this request may be extended again
        extended = Stage.OPENED if anew else self.extended
        extended = max(extended, stage) if stage in (Stage.EXTENDED, Stage.PROLONGED) else extended
        certified = self.certified and stage is not Stage.CANCELLED
        return replace(self, stage=stage, extended=extended, certified=certified, last=step)


def progress(steps: Iterable[Done], lane_state: str | None, *, lane_ended: bool) -> Progress:
    """How far a file is.

    The state that casework published counts in two places only: at the end of the lane, and before a request. After a
    request the published state may be older than this file, and must not undo a step of it.

    Args:
        steps: the steps of this file, in the order of recording.
        lane_state: as casework published it last; None before it published any. If the person left, the state in which
            the lane stood before.
        lane_ended: whether that state is terminal in the case's pack.
    """
    found = Progress()
    for step in steps:
        found = found.then(step)
    if lane_ended:
        return replace(found, stage=Stage.DECIDED)
    published = STAGE_OF.get(lane_state or "", Stage.OPENED)
    extended = published if published in (Stage.EXTENDED, Stage.PROLONGED) else Stage.OPENED
    found = replace(found, extended=max(found.extended, extended))
    return replace(found, stage=max(found.stage, published)) if found.stage < Stage.REQUESTED else found


def source_code(given: str) -> str:
    """The code of a source of evidence: the letter of the law's list, `dd` for `đ`."""
    return "dd" if given == "đ" else given
