"""Verification's own problems, besides the common ones. Each 409 names the last step of the file in `last`."""

from contracts.problems import Refused


class AlreadyChecked(Refused):
    """A file has one initial check; its date is corrected in the case's timeline."""

    slug, title = "already-checked", "The initial check is recorded already"


class NotChecked(Refused):
    """Verification can be requested only after the initial check."""

    slug, title = "no-initial-check", "The initial check is not recorded yet"


class NoOpenRequest(Refused):
    """Nobody asked for verification, so there is nothing to extend or to decide."""

    slug, title = "no-open-request", "No request for verification is open"


class AlreadyExtended(Refused):
    """A case is found complex once, and prolonged once."""

    slug, title = "already-extended", "The verification is extended already"


class NotExtended(Refused):
    """Only a case that was found complex can be prolonged."""

    slug, title = "not-extended", "The verification was not found complex before"


class NoPaper(Refused):
    """The case has no valid paper with this id, so there is none to cancel."""

    slug, title = "no-valid-paper", "There is no valid paper to cancel"


class PaperNotNamed(Refused):
    """The case has a valid paper here, so the cancellation must name it."""

    slug, title = "paper-not-named", "Name the paper to cancel"


class DocumentMissing(Refused):
    """The law asks for a document with one of the grounds, and the file has no evidence."""

    slug, title = "document-missing", "A ground needs a document, and the file has no evidence"


class AlreadyUnderReview(Refused):
    """The signs are being reviewed already; a decision or a new request with evidence comes next."""

    slug, title = "already-under-review", "The signs are under review already"


class SignsNotReviewed(Refused):
    """A decision on the basis of signs needs a review of the signs first."""

    slug, title = "signs-not-reviewed", "The signs have not been reviewed"
