"""What services say of limits (`kit.limits`): the event that every service may send, and the subject of counts."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Event
from contracts.ids import Code, OfficeRef, OpaqueId

EVERY_SERVICE = "limits"
"""Producer of the event. It is no service: `kit.limits` is in each of them."""

CountedKind = Literal["requests", "identity_reads", "new_cases", "denials"]


class LimitReached(Event, producer=EVERY_SERVICE, name="limit.reached", version=1):
    """Somebody asked for more than a budget allows, and was refused. Sent once for a person, a kind and an hour."""

    limit_id: OpaqueId = Field(description="The same from every process and service for this person, kind and hour.")
    service: Code = Field(description="Where it was reached first.")
    office: OfficeRef
    actor: Code | None = Field(description="The person or system; null: all persons of the office together.")
    who: Literal["person", "office", "token", "system"] = Field(description="Whose budget it was.")
    kind: CountedKind = Field(description="What was counted.")
    amount: int = Field(ge=1, description="The budget: so many …")
    seconds: int = Field(ge=1, description="… in so many seconds.")
    reached_at: AwareDatetime

    def about(self) -> str:
        """Id of what was reached."""
        return self.limit_id


def limits_subject(service: str) -> str:
    """Where the processes of a service tell each other what they counted; no stream keeps it."""
    return f"limits.{service}"
