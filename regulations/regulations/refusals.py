"""What the fold refuses with. Services raise the same classes, so that one slug means one thing everywhere."""

from contracts.problems import Invalid, Refused


class UnknownState(Invalid):
    """The pack of the case has no such lane, no such state in it, or no such outcome."""

    slug, title = "unknown-state", "The regulation of this case knows no such lane, state or outcome"


class Contradiction(Refused):
    """The step cannot be true beside what is recorded. It is always one of `CONTRADICTIONS`. 409, nothing stored.

    A refusal of the fold has the members `lane` and `state` of the step, `fact_id`, and `expected`: the states that the
    lane could take instead.
    """


class NotAskedFor(Contradiction):
    """The cause of the step is missing, and the pack does not let it be skipped."""

    slug, title = "not-asked-for", "Nothing in the case asks for this step yet"


class AfterTheEnd(Contradiction):
    """The lane or the case ended before the step."""

    slug, title = "after-the-end", "The lane or the case has ended before this step"


class OutOfOrder(Contradiction):
    """The step does not follow from what is recorded, or lies before the step that it follows."""

    slug, title = "out-of-order", "This step does not follow from what is recorded"


class AlreadyThere(Contradiction):
    """The step is recorded already, and the pack does not let it be repeated."""

    slug, title = "already-there", "This step is recorded already"


CONTRADICTIONS = (NotAskedFor, AfterTheEnd, OutOfOrder, AlreadyThere)
"""Every kind of contradiction."""
