"""Refusals that mean the same in every service that works on a case."""

from contracts.problems import Refused


class CaseIsClosed(Refused):
    """The case is closed; it must be reopened first."""

    slug, title = "case-closed", "The case is closed"


class AlreadyRequested(Refused):
    """An earlier request asked for this, and is open or granted. The members of the problem say which request."""

    slug, title = "already-requested", "This is asked for already"


class AlreadyDecided(Refused):
    """The request has its decision. The members of the problem say since when."""

    slug, title = "already-decided", "This is decided already"


class AlreadyAnswered(Refused):
    """The proposal or the referral has its answer, or no longer holds. The first valid answer counts."""

    slug, title = "already-answered", "No answer is awaited here"
