"""Since when a person counts as identified as a victim, and the status after a step of the identification."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from contracts.standing import Status
from regulations.case import Fact
from regulations.clocks import legal_day
from regulations.legal_time import legal_date, midnight
from regulations.model import StateSpec

IDENTIFIED_ON = "identified_on"
"""Attribute of a step by a paper that the person holds: the day of the paper, for example `2025-06-20`."""


def identified_by(fact: Fact, by_paper: Collection[str]) -> datetime:
    """Since when a person is identified who is found to be a victim by a step.

    Args:
        fact: the step.
        by_paper: the steps that only accept a paper of an earlier day. Without that day the day of the step counts.
    """
    day = legal_day(fact.attributes.get(IDENTIFIED_ON)) if fact.state in by_paper else None
    return fact.occurred_at if day is None or day >= legal_date(fact.occurred_at) else midnight(day)


@dataclass(frozen=True)
class Identified:
    """The instants that count.

    Attributes:
        at: since when the person is identified; None if the person is not.
        cancelled: since when the person was identified by a certificate that is cancelled and not issued anew yet.
    """

    at: datetime | None = None
    cancelled: datetime | None = None

    def after(self, spec: StateSpec, occurred_at: datetime) -> "Identified":
        """After a step of the identification lane.

        A certificate that is issued anew corrects the first one, so the person is identified since the first one. After
        a result that the person is not a victim, an earlier certificate does not count any more.
        """
        if spec.cancels:
            return Identified(cancelled=self.at or self.cancelled)
        if spec.status == "victim":
            return Identified(at=self.at or self.cancelled or occurred_at)
        return Identified() if spec.status == "not_victim" else self


def status_after(before: Status, spec: StateSpec, *, accompanies: bool) -> Status:
    """The status of the person after a step of the identification that says one.

    Who was identified stays a victim until the certificate is cancelled or a result says otherwise. That the case is
    handed over, checked or verified further takes nothing away: any of the papers of the law identifies the person. A
    minor who accompanies somebody follows that person whatever his or her own result is, unless it says victim.

    Args:
        before: the status until this step.
        spec: the step; it has a status, or cancels the certificate.
        accompanies: whether the person is a minor who accompanies somebody.
    """
    if before == "victim" and not spec.cancels and spec.status != "not_victim":
        return before
    return "accompanying_u18" if accompanies and spec.status != "victim" else spec.status or before
