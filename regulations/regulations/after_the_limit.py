"""What comes after a limit was over: it lengthens nothing, and the breach stays with the office that missed it."""

from datetime import datetime

from regulations.case import Clock, Fact
from regulations.directory import Directory
from regulations.legal_time import midnight
from regulations.model import Rule
from regulations.pack import Pack


def too_late(clock: Clock, fact: Fact) -> bool:
    """Whether a decision about an open limit comes after the limit was breached.

    A decision counts only if it was made and *entered* before the limit was over. So a decision that is dated back does
    not undo a breach. Where the start of the clock was itself entered after the limit, only the date of the decision
    counts: nobody could see the limit run.

    Args:
        clock: open. fact: states the decision, for example that the case is complex.
    """
    late_entry = clock.due_at is not None and clock.recorded_at >= clock.due_at
    return clock.state_at(fact.occurred_at if late_entry else max(fact.occurred_at, fact.recorded_at)) == "breached"


def held_until(directory: Directory, sender: str | None, at: datetime) -> datetime:
    """Until when an office owed what its receiver takes over at an instant: at most until the office was dissolved."""
    office = directory.office(sender or "")
    return at if office is None or office.valid_to is None else min(at, midnight(office.valid_to))


def covers(pack: Pack, running: Rule, rule: Rule) -> bool:
    """Whether a rule whose clock is open is another rule, or an extension of it."""
    return running.id == rule.id or (bool(running.replaces) and rule.id in lengthened(pack, running))


def lengthened(pack: Pack, rule: Rule) -> set[str]:
    """The rules whose limits an extension makes longer, also through the extensions before it."""
    found, ahead = set[str](), [*rule.replaces]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += pack.rules[name].replaces if name in pack.rules else ()
    return found
