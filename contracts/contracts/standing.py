"""How each office is related to a case; every service decides rights on it.

Casework keeps the newest standing of each case in a bucket (`contracts.topology.STANDINGS`), where the services read it
when they decide. Its version is that of the case in which the standing last changed.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.ids import Code, OfficeRef, OpaqueId

Status = Literal["suspected", "in_process", "victim", "not_victim", "accompanying_u18", "closed"]
"""Status of the person in the procedure; `closed` is that of the case."""


class LaneStanding(BaseModel):
    """One lane: which office holds it, where, and which roles the pack lets act in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: Code
    holder: OfficeRef | None
    territory: Code
    became: Code | None = Field(default=None, description="Territory that `territory` is now part of.")
    since: AwareDatetime | None = Field(default=None, description="When the lane reached its state.")
    reached_by: Code | None = Field(
        default=None,
        description="The fact that brought the lane into its state; null in a standing of an older release.",
    )
    may_act: tuple[Code, ...] = Field(
        default=(), description="Roles that the pack names for the steps that can still come."
    )

    @property
    def place(self) -> str:
        """The territory of the lane as it is today."""
        return self.became or self.territory

    def in_territory(self, code: str) -> bool:
        """Whether the lane is in this territory, or in a former territory that is now part of it."""
        return code in (self.territory, self.became)

    def names(self, role: str, territory: str) -> bool:
        """Whether the lane is in this territory and the pack names this role in it."""
        return self.in_territory(territory) and role in self.may_act


class Standing(BaseModel):
    """Everything a service needs to decide on a right in a case, and nothing about the person."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reporter: OfficeRef
    lanes: dict[Code, LaneStanding] = Field(default_factory=dict)
    past: tuple[OfficeRef, ...] = Field(default=(), description="Offices that hold or held a lane, or accepted one.")
    accepted: tuple[OfficeRef, ...] = Field(default=(), description="Offices of `past` that accepted a hand-over.")
    proposed: tuple[OfficeRef, ...] = Field(default=(), description="Offices that must answer a hand-over.")
    supervisors: tuple[OfficeRef, ...] = Field(default=(), description="Supervisors of the offices above.")
    status: Status = "in_process"
    regime_procedure: Code
    pack_hash: Code | None = Field(
        default=None, description="Content hash of the pack `regime_procedure`: its version."
    )
    regime_support: Code | None = None
    route: Code
    age_band: Code = "unknown"
    foreign: bool = False
    linked: tuple[OpaqueId, ...] = ()

    def holders(self) -> frozenset[str]:
        """Offices that hold any lane now."""
        return frozenset(lane.holder for lane in self.lanes.values() if lane.holder)
