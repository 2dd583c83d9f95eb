"""Which steps need the signature of a second person, and who may give it. Organisation, not law.

`four_eyes.toml` names the steps. Who may sign is one rule for all of them (`Signers`), used by casework and by notify.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from contracts.members import OfficeMembers, Position
from contracts.standing import Status
from regulations.directory import Directory
from regulations.pack import Pack
from regulations.toml_files import PackError, parse, read, root

FILE = "four_eyes.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Condition(_Part):
    """What of an operation needs the second signature. All that is given must hold; nothing given: always."""

    ends_duties: bool | None = Field(default=None, description="The outcome of the closing ends duties.")
    withdraws: Status | None = Field(default=None, description="The withdrawn fact gave the person this status.")
    lane: str | None = None
    state: str | None = None


ASKS: Mapping[str, tuple[frozenset[str], ...]] = {
    "casework.close_case": (frozenset({"ends_duties"}),),
    "casework.correct_fact": (frozenset({"withdraws"}), frozenset({"lane", "state"})),
    "casework.lift_restriction": (frozenset(),),
    "casework.record_fact": (frozenset({"lane", "state"}),),
    "casework.restrict_case": (frozenset(),),
    "notify.register_webhook": (frozenset(),),
}
"""Operations that can wait for a second signature, and what a row of each may say."""


class Step(_Part):
    """One row: an operation, and in which case it needs the second signature."""

    operation: str
    if_: Condition = Field(default=Condition(), alias="if")
    why: str = Field(min_length=3)
    law: str | None = Field(default=None, description="The only law whose packs have the state; none given: every law.")


class FourEyes(_Part):
    """The content of `four_eyes.toml`."""

    answer_hours: int = Field(gt=0, description="After this time the second signature is asked for again.")
    step: tuple[Step, ...]

    def needs(self, operation: str, **said: object) -> bool:
        """Whether an operation needs the second signature.

        Args:
            operation: `<service>.<operationId>`.
            said: what is known of it, by the names of `Condition`.
        """
        return any(
            all(said.get(name) == value for name, value in one.if_.model_dump(exclude_none=True).items())
            for one in self.step
            if one.operation == operation
        )


def load_four_eyes() -> FourEyes:
    """The file of this package.

    Raises:
        PackError: it is wrong; the message names the place.
    """
    found = parse(FourEyes, read(root() / FILE), FILE)
    for one in found.step:
        if one.operation not in ASKS:
            raise PackError(f"{FILE}: {one.operation}: no operation that can wait for a second signature")
        if one.if_.model_dump(exclude_none=True).keys() not in ASKS[one.operation]:
            said = " or ".join(", ".join(sorted(names)) or "nothing" for names in ASKS[one.operation])
            raise PackError(f"{FILE}: {one.operation}: its condition says {said}")
    return found


def four_eyes_mistakes(found: FourEyes, pack: Pack) -> Iterator[str]:
    """Lanes, states and conditions that a pack does not have, although the row is for its law: it would never hold."""
    statuses = {state.status for lane in pack.lanes.values() for state in lane.states}
    outcomes = {outcome.ends_duties for outcome in pack.outcomes.values()}
    for one in found.step:
        if one.law not in (None, pack.id):
            continue
        asked, lane = one.if_, pack.lanes.get(one.if_.lane or "")
        if asked.lane is not None and (lane is None or asked.state not in lane.by_code):
            yield f"{one.operation}: {pack.id} has no state {asked.state} of {asked.lane}"
        if asked.withdraws is not None and asked.withdraws not in statuses:
            yield f"{one.operation}: no state of {pack.id} gives the status {asked.withdraws}"
        if asked.ends_duties is not None and asked.ends_duties not in outcomes:
            yield f"{one.operation}: {pack.id} has no such outcome"


NEVER_SIGN = (Position.AUDITOR, Position.SYSTEM)
"""Positions that give no second signature: who only reads, and what is no person."""


@dataclass(frozen=True)
class People:
    """What is known of the people of an office on a day.

    Attributes:
        listed: whether the office has a list of its members.
        heads: subjects who are there that day as its head, or for its head who is absent.
        others: further subjects who are there that day and may sign; empty without a list.
    """

    listed: bool = False
    heads: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, members: OfficeMembers | None, on: date) -> "People":
        """Those of a list without absences; None: the office has no list."""
        there = {one.subject: one.position for one in members.members if one.holds(on)} if members is not None else {}
        heads = {subject for subject, position in there.items() if position == Position.HEAD}
        others = {subject for subject, position in there.items() if position not in (Position.HEAD, *NEVER_SIGN)}
        return cls(members is not None, frozenset(heads), frozenset(others))


@dataclass(frozen=True)
class Signers:
    """Who may sign a step of an office second: a head of the office, or a person of the office above it.

    An office without an office above it may sign by any other person of its own, and by the coordinating authority.

    Attributes:
        own: the office of the author, or its successor.
        above: the office that supervises it on the day; None if none does.
        authority: the coordinating authority of the office's place, where no office is above it; else None.
        author: subject of the author. Nobody signs their own step, whatever office they sign in with.
    """

    own: str
    above: str | None
    authority: str | None
    author: str

    @classmethod
    def of(cls, directory: Directory, office: str, author: str, on: date) -> "Signers":
        """Those of a step that this person of an office stated, as the directory is on a day."""
        own = directory.living(office, on) or office
        above, place = directory.supervisor(own, on), directory.place_of(own)
        authority = directory.coordinating(place, on) if above is None and place is not None else None
        return cls(own, above, None if authority == own else authority, author)

    @property
    def offices(self) -> tuple[str, ...]:
        """The offices of which somebody may sign."""
        return tuple(office for office in (self.own, self.above, self.authority) if office is not None)

    def asked(self, own: People) -> str:
        """The office in whose queue the step stands.

        Its own where another head is there that day, else the one above. Without one: its own as long as its list,
        if it has one, names another person, else the coordinating authority.
        """
        if own.heads - {self.author}:
            return self.own
        if self.above is not None:
            return self.above
        alone = own.listed and not own.others - {self.author}
        return (self.authority if alone else None) or self.own

    def may_sign(self, office: str, subject: str, position: str, people: People) -> bool:
        """Whether a person may give the second signature.

        Args:
            office: with which the person is signed in.
            subject, position: of the person; the position is empty where nobody states it.
            people: of that office, today.
        """
        if subject == self.author or position in NEVER_SIGN or office not in self.offices:
            return False
        heads = people.heads - {self.author}
        is_head = subject in heads or position == Position.HEAD
        if office == self.own and self.above is not None:
            return is_head
        return is_head or not heads
