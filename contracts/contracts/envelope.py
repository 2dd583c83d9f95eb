"""CloudEvents 1.0 (structured JSON) for NATS, and the base of every event.

Each event is a frozen model. Its fields can hold `SAFE_FIELDS` only, so no event can carry personal data;
`tests/contract/test_events.py` checks this. A reader ignores fields that it does not know.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.ids import Code, EventId, OpaqueId, new_id

SAFE_FIELDS = "ids, codes, office references, instants, numbers, flags, and lists or maps of these"
REVERSE_DNS = "vn.neove"


class Event(BaseModel, ABC):
    """Base of every event. It says what it is about; an event that concerns a case is a `CaseEvent`.

    For example: `class CaseOpened(CaseEvent, producer="intake", name="case.opened", version=1)`. Within one version
    fields are only added, with defaults; anything else is a new class and a new version.
    """

    # Built at the first use: no process uses all of them.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    producer: ClassVar[str] = ""
    name: ClassVar[str] = ""
    version: ClassVar[int] = 1

    @abstractmethod
    def about(self) -> str:
        """Opaque id of the one thing that this event is about; it becomes the `subject` of the envelope."""

    def __init_subclass__(cls, producer: str = "", name: str = "", version: int = 1, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if producer:
            cls.producer, cls.name, cls.version = producer, name, version

    @classmethod
    def event_type(cls) -> str:
        """CloudEvents `type`, for example `vn.neove.intake.case.opened.v1`."""
        return f"{REVERSE_DNS}.{cls.producer}.{cls.name}.v{cls.version}"

    @classmethod
    def nats_subject(cls) -> str:
        """The NATS subject, for example `evt.intake.case.opened.v1`."""
        return f"evt.{cls.producer}.{cls.name}.v{cls.version}"

    @classmethod
    def dataschema(cls) -> str:
        """Path of the JSON schema below `contracts/schemas`."""
        return f"events/{cls.producer}.{cls.name}.v{cls.version}.json"


class CaseEvent(Event):
    """Base of every event that concerns one case."""

    case_id: OpaqueId = Field(description="The case that this is about.")

    def about(self) -> str:
        """Id of the case."""
        return self.case_id


class Envelope(BaseModel):
    """A CloudEvents 1.0 envelope in structured JSON.

    `subject` is the id of what the event is about, for most events the case id; `time` is UTC.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: EventId
    source: Code | str = Field(description="`/services/<producer>`.")
    type: Code
    subject: OpaqueId
    time: AwareDatetime
    datacontenttype: str = "application/json"
    dataschema: str
    traceparent: str | None = Field(default=None, description="W3C trace context of the step that caused this.")
    data: dict[str, Any]

    @classmethod
    def wrap(cls, event: Event, *, at: datetime, traceparent: str | None = None) -> Self:
        """The envelope around an event.

        Args:
            event: what happened.
            at: aware instant at which it was recorded.
            traceparent: W3C trace context of the step that caused it.
        """
        return cls(
            id=new_id("evt"),
            source=f"/services/{event.producer}",
            type=event.event_type(),
            subject=event.about(),
            time=at.astimezone(UTC),
            dataschema=event.dataschema(),
            traceparent=traceparent,
            data=event.model_dump(mode="json"),
        )
