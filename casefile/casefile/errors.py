"""Refusals that mean the same in every service that works on a case."""

from contracts.problems import Refused


class CaseIsClosed(Refused):
    """The case is closed; it must be reopened first."""

    slug, title = "case-closed", "The case is closed"


class OutOfOrder(Refused):
    """The step does not follow from the recorded steps, or happened before the step that it follows."""

    slug, title = "out-of-order", "This step does not follow from what is recorded"
