"""What ends what: the rows of `endings.toml`.

A row names the lanes and duties that one outcome of a closing, or one step of a lane, ends, and by which text. What no
row names goes on, whoever states the outcome: a duty ends when it is done, by a rule of its own, or by such a row.
"""

from pydantic import Field

from regulations.lanes import FAMILY
from regulations.model import Verified


class Named(Verified):
    """Lanes and rules that a row names, and its source."""

    lanes: tuple[str, ...] = Field(default=(), description="Every duty in these lanes; a family is `support:*`.")
    rules: tuple[str, ...] = Field(default=(), description="Single duties, by the rule.")
    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)

    def has_lane(self, lane: str) -> bool:
        """Whether the row names a whole lane."""
        return lane in self.lanes or lane.partition(":")[0] + FAMILY in self.lanes

    def has(self, lane: str, rule: str) -> bool:
        """Whether the row names a duty, by its rule or with its whole lane."""
        return rule in self.rules or self.has_lane(lane)


class OwnDuties(Verified):
    """On what ground an outcome also ends what the office that states it owes itself."""

    citation: str = Field(min_length=3)
    note: str = Field(min_length=3)


class Ending(Named):
    """What one outcome or one step ends, whichever office owes it.

    An outcome with `ends_duties` (`pack.toml`) also ends what the office that states it owes itself, wherever no
    `[[goes_on]]` names it.
    """

    own: OwnDuties | None = Field(default=None, description="Only of an outcome with `ends_duties`: its source.")

    of: str = Field(description="An outcome of the pack, or a step: `identification PERSON_DIED`.")
    stated_by: tuple[str, ...] = Field(
        default=(),
        description="Roles that may state the outcome. `@holder`: every office that may close a case. Of a step the "
        "lane says it.",
    )
    age_from: int | None = Field(
        default=None,
        description="18: the row ends something only for an adult; an unknown age counts as under 18. An outcome then "
        "does not end the duties of the office that states it either.",
    )


class GoesOn(Named):
    """Lanes and duties that no outcome ends. Each has an end of its own, by a step."""

    code: str
    stays: bool = Field(default=False, description="The case stays open until these lanes have ended by their steps.")
    keeps_open: tuple[str, ...] = Field(
        default=(),
        description="Further lanes that keep the case open until they have ended by their steps. An outcome may end "
        "duties in them.",
    )
    ends_with: tuple[str, ...] = Field(
        default=(), description="Attributes of such a lane. With one of them it keeps the case open no longer."
    )
    not_for: tuple[str, ...] = Field(
        default=(),
        description="Outcomes for which the row does not hold: the office may end what it owes itself here, and the "
        "lanes do not keep the case open. Example: the same person has another case.",
    )
    companions: bool = Field(
        default=True, description="The lanes also keep the case of a minor open who accompanies another person."
    )


def step_of(lane: str, state: str) -> str:
    """How a row names a step."""
    return f"{lane} {state}"
