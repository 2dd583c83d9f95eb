"""What the fold refuses with. Services raise the same classes, so that one slug means one thing everywhere."""

from contracts.problems import Invalid, Refused


class UnknownState(Invalid):
    """The pack of the case has no such lane, no such state in it, or no such outcome."""

    slug, title = "unknown-state", "The regulation of this case knows no such lane, state or outcome"


class NotAskedFor(Refused):
    """The cause of the step is missing, and the pack does not let it be skipped."""

    slug, title = "not-asked-for", "Nothing in the case asks for this step yet"


class AfterTheEnd(Refused):
    """The lane or the case ended before the step."""

    slug, title = "after-the-end", "The lane or the case has ended before this step"


class OutOfOrder(Refused):
    """The step does not follow from what is recorded, or lies before the step that it follows."""

    slug, title = "out-of-order", "This step does not follow from what is recorded"


class AlreadyThere(Refused):
    """The step is recorded already, and the pack does not let it be repeated."""

    slug, title = "already-there", "This step is recorded already"


CONTRADICTIONS = (NotAskedFor, AfterTheEnd, OutOfOrder, AlreadyThere)
"""The contradictions that the fold can find."""
_TITLES = {one.slug: one.title for one in CONTRADICTIONS}


class Contradiction(Refused):
    """The fold found a fact that cannot be true beside the others. 409, nothing stored.

    Args:
        slug: of one of `CONTRADICTIONS`; the refusal has its slug and its title.
        fact_id: the fact that cannot be true.
        lane: lane of the fact.
        state: state or duty that the fact names.
        expected: states that the lane could take instead.
    """

    def __init__(self, slug: str, fact_id: str, lane: str, state: str, expected: tuple[str, ...] = ()) -> None:
        super().__init__(_TITLES[slug], lane=lane, state=state, fact_id=fact_id, expected=list(expected))
        self.slug, self.title = slug, _TITLES[slug]  # type: ignore[misc] # the slug is that of this contradiction
        self.fact_id, self.lane, self.state, self.expected = fact_id, lane, state, expected
