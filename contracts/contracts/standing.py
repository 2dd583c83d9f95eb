"""How each office is related to a case; every service decides rights on it.

Casework keeps the newest standing of each case in a bucket (`contracts.topology.STANDINGS`), where the services read it
when they decide. Its version is that of the case in which the standing last changed. It names offices, so that a right
is decided without the office directory.
"""

from collections.abc import Mapping
from typing import Any, Literal, cast

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from contracts.ids import Code, OfficeRef, OpaqueId

Status = Literal["suspected", "in_process", "victim", "not_victim", "accompanying_u18", "closed"]
"""Status of the person in the procedure; `closed` is that of the case."""


class Tenure(BaseModel):
    """From when until when one office held a lane, by the entries of the facts: nobody acts on what is not entered."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    office: OfficeRef
    since: AwareDatetime
    until: AwareDatetime | None = Field(default=None, description="Null while it holds the lane.")


class LaneStanding(BaseModel):
    """One lane: which office holds it, where, and which offices may act in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)

    state: Code
    holder: OfficeRef | None
    place: Code = Field(
        validation_alias=AliasChoices("territory", "place"),
        serialization_alias="territory",
        description="Code of the place where the lane is: commune, border post, province or country. No right is "
        "decided on it.",
    )
    since: AwareDatetime | None = Field(default=None, description="When the lane reached its state.")
    reached_by: Code | None = Field(
        default=None,
        description="The fact that brought the lane into its state; null in a standing of an older release.",
    )
    acting: tuple[OfficeRef, ...] = Field(
        default=(), description="Offices at this place whose role the pack names for the steps that can still come."
    )
    former: tuple[OfficeRef, ...] = Field(
        default=(),
        description="Dissolved offices that had such a role at this place. They may still state what they did.",
    )
    entering: OfficeRef | None = Field(
        default=None,
        description="A dissolved office that holds the lane by the newest fact of the case, which lies within its "
        "life. It acts as the holder until a later fact is entered.",
    )
    elsewhere: bool = Field(default=False, description="The case is no longer where this lane is.")
    ended: bool | None = Field(
        default=None,
        description="Whether the lane has ended. A lane that the person left has not, as long as anything is owed in "
        "it. Null in a standing of an older release: the pack says it by the state.",
    )
    stood: Code | None = Field(
        default=None, description="The state from which the lane goes on, if it is another one: the person left."
    )
    tenures: tuple[Tenure, ...] = Field(
        default=(), description="Who held the lane, in order. Empty in a standing of an older release."
    )


class StatusPeriod(BaseModel):
    """From when a person has a status, and what else a right to support depends on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: AwareDatetime
    status: Status
    identified_at: AwareDatetime | None = Field(
        default=None, description="When the person was identified as a victim, if that counts in this period."
    )
    abroad: bool = False
    of_age: bool = Field(default=False, description="Eighteen or older; of a minor who accompanies somebody only.")


class Restriction(BaseModel):
    """Who may work on a restricted case (ADR 0040). `regulations.restricted` decides on it.

    A person is a digest that holds in this case alone, so that the standing does not say who is kept out. It is no
    secret to somebody who has the list of members.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    salt: Code = Field(description="Goes into each digest of a person; the id of the case.")
    closed: bool = Field(default=False, description="Only `members` work on the case.")
    members: dict[OfficeRef, tuple[Code, ...]] = Field(
        default_factory=dict, description="Office → digests of its persons who may. One that names none: its head."
    )
    offices: tuple[OfficeRef, ...] = Field(default=(), description="Offices that are shut out.")
    persons: tuple[Code, ...] = Field(default=(), description="Digests of persons who are shut out, in every office.")


class OpenedCase(BaseModel):
    """An office opened the case for danger to life (break-glass, ADR 0039), and nobody has reviewed it yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    break_glass_id: OpaqueId
    office: OfficeRef
    persons: tuple[Code, ...] = Field(description="Digests of the two persons who may read; the salt is the id above.")
    since: AwareDatetime
    until: AwareDatetime = Field(description="From this instant on nobody reads by it.")
    reviewer: OfficeRef = Field(description="The office that reviews it. It may read the reason.")
    reasons: tuple[OpaqueId, ...] = Field(default=(), description="References of the sealed reason.")


class Standing(BaseModel):
    """Everything a service needs to decide on a right in a case, and nothing about the person."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reporter: OfficeRef
    lanes: dict[Code, LaneStanding] = Field(default_factory=dict)
    left: bool = Field(
        default=False,
        description="The case has left who reported it: it is elsewhere, or another office has accepted it.",
    )
    received_at: AwareDatetime | None = Field(
        default=None,
        description="When it was first entered that another office than the reporter has the case. From then on the "
        "part of the reporter is over. Null in a standing of an older release, where `left` alone counts.",
    )
    support: tuple[OfficeRef, ...] = Field(
        default=(), description="Offices that are or were the support authority where the identification lane is."
    )
    past: tuple[OfficeRef, ...] = Field(default=(), description="Offices that hold or held a lane, or accepted one.")
    dissolved: tuple[OfficeRef, ...] = Field(
        default=(),
        description="Offices with a part in the case that no longer exist. They enter what they did, and read nothing.",
    )
    accepted: tuple[OfficeRef, ...] = Field(default=(), description="Offices of `past` that accepted a hand-over.")
    proposed: tuple[OfficeRef, ...] = Field(default=(), description="Offices that must answer a hand-over.")
    proposed_since: dict[OfficeRef, AwareDatetime] = Field(
        default_factory=dict, description="Office of `proposed` → since when it is asked."
    )
    supervisors: tuple[OfficeRef, ...] = Field(default=(), description="Supervisors of the offices above.")
    status: Status = "in_process"
    regime_procedure: Code
    pack_hash: Code | None = Field(
        default=None, description="Content hash of the pack `regime_procedure`: its version."
    )
    beside_hash: Code | None = Field(
        default=None, description="Content hash of the pack of the law after it, which may govern some lanes."
    )
    laws: dict[Code, Code] = Field(
        default_factory=dict, description="Lane → pack that governs it, where that is not `regime_procedure`."
    )
    periods: tuple[StatusPeriod, ...] = Field(
        default=(), description="The status of the person from the report on; empty in a standing of an older release."
    )
    accompanies: Code | None = Field(default=None, description="Case of the person whom this minor accompanies.")
    regime_support: Code | None = None
    route: Code
    age_band: Code = "unknown"
    foreign: bool = False
    linked: tuple[OpaqueId, ...] = ()
    restriction: Restriction | None = Field(default=None, description="Null: the case is not restricted.")
    opened: tuple[OpenedCase, ...] = Field(default=(), description="Break-glass that nobody has reviewed yet.")

    @model_validator(mode="before")
    @classmethod
    def _of_an_older_release(cls, given: Any) -> Any:
        """A stored lane without `acting` is of a release that named territories instead of offices.

        It must not be read as if nobody had left: until casework has written the case again, its reporter and the
        holders of lanes that ended look at nothing, and nobody acts by his role alone.
        """
        if not isinstance(given, Mapping):
            return given
        told = cast(Mapping[str, Any], given)
        lanes = cast(Mapping[str, Any], told.get("lanes") or {})
        older = {code for code, one in lanes.items() if isinstance(one, Mapping) and "acting" not in one}
        if not older:
            return told
        marked = {code: {"elsewhere": True, **one} if code in older else one for code, one in lanes.items()}
        return {"left": True, **told, "lanes": marked}

    def holders(self) -> frozenset[str]:
        """Offices that hold any lane now."""
        return frozenset(lane.holder for lane in self.lanes.values() if lane.holder)
