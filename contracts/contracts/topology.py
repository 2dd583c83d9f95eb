"""Streams and durable consumers of NATS as data. `neove topology` creates them; each service compares them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.envelope import Event
from contracts.events import EVENTS
from contracts.events.casework import (
    AmendmentApplied,
    AttentionRaised,
    CaseChanged,
    ClocksMoved,
    FactCorrected,
    TransferChanged,
)
from contracts.events.intake import CaseOpened, CaseReportedAgain, CasesLinked, ScreeningRecorded
from contracts.events.protection import ProtectionFactStated
from contracts.events.support import SupportFactStated
from contracts.events.verification import VerificationFactStated
from contracts.limits import EVERY_SERVICE, LimitReached

PARKED_STREAM = "PARKED"
ADVISORY_STREAM = "ADVISORIES"
BACKOFF_SECONDS: tuple[float, ...] = (0.1, 0.3, 1, 2, 5, 10, 20, 30)
"""Seconds before the first, second … redelivery; the last value repeats. If a fact arrives before its cause, the cause
usually arrives within the first second."""


class Durable(BaseModel):
    """One durable pull consumer: `<service>__on_<what>`."""

    model_config = ConfigDict(frozen=True)

    name: str
    service: str
    event: type[Event]
    role: Literal["events", "worker"] = "events"
    """The process that consumes it: the worker, with the workflows, if the consumer only sends waits to Temporal."""
    ack_wait_seconds: float = 5
    park_after: int = 12
    """After so many deliveries a message is parked if our own code fails on it."""
    max_deliver: int = 20_000
    """The server's limit: about a week at the last delay. While a dependency is down, no message is parked before."""
    max_ack_pending: int = 200

    @property
    def stream(self) -> str:
        """The stream that keeps the event."""
        return stream_of(self.event.producer)

    @property
    def subject(self) -> str:
        """The filter subject."""
        return self.event.nats_subject()


class Bucket(BaseModel):
    """A key-value bucket of JetStream: the newest version of one document for each key."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    """Of the rows of `projections` in the writer's database that the bucket shows."""
    writer: str
    """The one service that may write it."""
    readers: tuple[str, ...]
    """Services that may get a document whose key they know. They may neither list nor watch the bucket."""
    version_header: str = ""
    """Of HTTP: an answer says in it which version it made, and a request which version its caller has seen. Empty: no
    answer says it."""

    @property
    def stream(self) -> str:
        """The stream behind the bucket, as NATS names it."""
        return f"KV_{self.name}"

    def subject(self, key: str) -> str:
        """The subject of a document."""
        return f"$KV.{self.name}.{key}"


def stream_of(producer: str) -> str:
    """Name of the stream of a producer, for example `INTAKE_EVENTS`."""
    return f"{producer.upper()}_EVENTS"


PRODUCERS: tuple[str, ...] = tuple(dict.fromkeys(event.producer for event in EVENTS if event.producer != EVERY_SERVICE))
"""The services that send events of their own."""
STREAMS: dict[str, tuple[str, ...]] = {
    **{stream_of(producer): (f"evt.{producer}.>",) for producer in (*PRODUCERS, EVERY_SERVICE)},
    PARKED_STREAM: ("parked.>",),
    ADVISORY_STREAM: (
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
    ),
}
"""Stream → its subjects. `kit.topology` sets store, replicas and limits."""

DURABLES: tuple[Durable, ...] = (
    Durable(name="casework__on_case_opened", service="casework", event=CaseOpened),
    Durable(name="casework__on_cases_linked", service="casework", event=CasesLinked),
    Durable(name="casework__on_case_reported_again", service="casework", event=CaseReportedAgain),
    Durable(name="casework__on_screening_recorded", service="casework", event=ScreeningRecorded),
    Durable(name="casework__arm_waits", service="casework", event=CaseChanged, role="worker"),
    Durable(name="casework__arm_transfer", service="casework", event=TransferChanged, role="worker"),
    Durable(name="casework__arm_moved", service="casework", event=ClocksMoved, role="worker"),
    Durable(name="casework__on_verification_fact", service="casework", event=VerificationFactStated),
    Durable(name="casework__on_protection_fact", service="casework", event=ProtectionFactStated),
    Durable(name="casework__on_support_fact", service="casework", event=SupportFactStated),
    Durable(name="vault__on_case_opened", service="vault", event=CaseOpened),
    Durable(name="support__on_case_changed", service="support", event=CaseChanged),
    Durable(name="verification__on_fact_corrected", service="verification", event=FactCorrected),
    Durable(name="protection__on_fact_corrected", service="protection", event=FactCorrected),
    Durable(name="support__on_fact_corrected", service="support", event=FactCorrected),
    Durable(name="notify__on_attention_raised", service="notify", event=AttentionRaised),
    Durable(name="notify__on_case_changed", service="notify", event=CaseChanged),
    Durable(name="notify__on_amendment_applied", service="notify", event=AmendmentApplied),
    Durable(name="notify__on_limit_reached", service="notify", event=LimitReached),
)


RETIRED: tuple[tuple[str, str], ...] = (
    ("CASEWORK_EVENTS", "intake__on_case_changed"),
    ("CASEWORK_EVENTS", "vault__on_case_changed"),
    ("CASEWORK_EVENTS", "verification__on_case_changed"),
    ("CASEWORK_EVENTS", "protection__on_case_changed"),
)
"""(stream, durable) that an earlier release had. `neove topology` deletes them: nothing consumes them any more."""

STANDINGS = Bucket(
    name="standings",
    kind="standing",
    version_header="Standing-Version",
    writer="casework",
    readers=("intake", "vault", "verification", "protection", "support", "notify"),
)
"""How each office is related to a case (`contracts.standing`), by the id of the case."""
OFFICES = Bucket(
    name="offices",
    kind="offices",
    writer="casework",
    readers=("intake", "vault", "verification", "protection", "support", "notify"),
)
"""The signed changes of the offices (`regulations.signed_offices`): public data, one document for all of them."""
MEMBERS = Bucket(
    name="members",
    kind="members",
    writer="casework",
    readers=("intake", "casework", "vault", "verification", "protection", "support", "notify"),
)
"""The members of an office (`contracts.members`), by the id of the office; none for one without a list."""
BUCKETS: tuple[Bucket, ...] = (STANDINGS, OFFICES, MEMBERS)


def durables_of(service: str) -> tuple[Durable, ...]:
    """The durables of a service."""
    return tuple(durable for durable in DURABLES if durable.service == service)
