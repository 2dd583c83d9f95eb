"""Every event, by producer. Topology, schemas and documents are made from the list `EVENTS`."""

from contracts.envelope import Event
from contracts.events import casework, intake, protection, support, verification
from contracts.events.facts import FactStated
from contracts.limits import LimitReached

EVENTS: tuple[type[Event], ...] = (
    intake.CaseOpened,
    intake.CasesLinked,
    intake.CaseReportedAgain,
    intake.ScreeningRecorded,
    casework.CaseChanged,
    casework.FactCorrected,
    casework.AttentionRaised,
    casework.TransferChanged,
    casework.ClocksMoved,
    casework.AmendmentApplied,
    verification.VerificationFactStated,
    protection.ProtectionFactStated,
    support.SupportFactStated,
    LimitReached,
)

BY_TYPE: dict[str, type[Event]] = {event.event_type(): event for event in EVENTS}

__all__ = ["BY_TYPE", "EVENTS", "FactStated"]
