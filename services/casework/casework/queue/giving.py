"""What becomes of work that is given to a member while others give and take it too. Pure."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["given", "changed", "gone"]


@dataclass(frozen=True)
class Holding:
    """The work of the office in one lane of a case, as it is now.

    Attributes:
        subject: who has it; None: nobody.
        in_queue: whether the office has a line there now.
    """

    case_id: str
    lane: str
    subject: str | None = None
    in_queue: bool = True


@dataclass(frozen=True)
class Decided:
    """What becomes of it.

    Attributes:
        outcome: `gone`: the office has no line there any more. `changed`: somebody else has it than the giver saw. Both
            leave it as it is.
        assignee: who has it then.
        moves: whether that is somebody else than before.
    """

    outcome: Outcome
    assignee: str | None
    moves: bool = False


def decide(now: Holding, expected: str | None, to: str | None) -> Decided:
    """What becomes of work that somebody gives, and who has it then.

    Args:
        now: as it is. expected: who had it when the giver looked; None: nobody. to: who gets it; None: nobody.
    """
    if not now.in_queue:
        return Decided("gone", None)
    if now.subject != expected:
        return Decided("changed", now.subject)
    return Decided("given", to, moves=now.subject != to)
