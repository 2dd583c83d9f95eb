"""What verification refuses with, besides the common problems. Each 409 says in `last` which step stands last."""

from contracts.problems import Refused


class AlreadyChecked(Refused):
    """One initial check in each file; its instant is corrected in the case's timeline."""

    slug, title = "already-checked", "The initial check is recorded already"


class NotChecked(Refused):
    """Verification is asked for after the initial check."""

    slug, title = "no-initial-check", "The initial check is not recorded yet"


class NoOpenRequest(Refused):
    """Nobody asked for verification, so there is nothing to extend or to decide."""

    slug, title = "no-open-request", "No request for verification is open"


class AlreadyExtended(Refused):
    """A request is extended once."""

    slug, title = "already-extended", "The verification is extended already"


class AlreadyUnderReview(Refused):
    """The signs are being reviewed; the way out is a decision or new evidence."""

    slug, title = "already-under-review", "The signs are under review already"


class SignsNotReviewed(Refused):
    """A decision on signs follows their review."""

    slug, title = "signs-not-reviewed", "The signs have not been reviewed"
