"""Since when a person counts as identified as a victim."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

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
        a certificate that the person is not a victim, an earlier one does not count any more.
        """
        if spec.cancels:
            return Identified(cancelled=self.at or self.cancelled)
        if spec.status == "victim":
            return Identified(at=self.at or self.cancelled or occurred_at)
        return replace(self, cancelled=None) if spec.status == "not_victim" else self
