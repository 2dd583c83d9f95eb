"""Since when a person counts as identified as a victim."""

from dataclasses import dataclass, replace
from datetime import datetime

from regulations.model import StateSpec


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
