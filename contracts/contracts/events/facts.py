"""The one shape in which a service states to `casework` that a step was done."""

from fnmatch import fnmatchcase

from pydantic import AwareDatetime, Field

from contracts.envelope import CaseEvent
from contracts.ids import Code, OfficeRef, OpaqueId


class FactStated(CaseEvent):
    """A step of a case, as the office that did it states it. Each producer has a subclass with its own name."""

    fact_id: OpaqueId = Field(description="Id of the fact. Casework stores the same id once.")
    lane: Code = Field(description="Lane, for example `identification` or `support:vocational`.")
    state: Code = Field(description="State that the lane reached, or the duty that was done.")
    occurred_at: AwareDatetime = Field(description="When it happened. Legal clocks run from here.")
    recorded_at: AwareDatetime = Field(description="When it was entered.")
    office: OfficeRef = Field(description="The office that did it.")
    actor: Code = Field(description="Opaque id of the signed-in person or system.")
    documents: tuple[OpaqueId, ...] = Field(default=(), description="References to sealed texts or documents.")
    attributes: dict[Code, Code | OfficeRef | bool | int] = Field(
        default_factory=dict,
        description="Codes, flags and numbers that rules ask for, and the office that gets the lane.",
    )


LANES_OF: dict[str, tuple[str, ...]] = {
    "verification": ("identification",),
    "protection": ("protection", "shelter"),
    "support": ("support:*",),
}
"""Producer → lanes in which it may state steps; `*` stands for every kind. A producer that an attacker has taken over
can move no other lane."""


def may_state_in(producer: str, lane: str) -> bool:
    """Whether a producer may state facts of this lane."""
    return any(fnmatchcase(lane, one) for one in LANES_OF.get(producer, ()))
