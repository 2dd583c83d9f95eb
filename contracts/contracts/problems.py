"""Every kind of refusal. `kit` carries each over HTTP (RFC 9457), Temporal and JetStream.

They are plain exceptions, so domain code and workflow code may raise them. A service subclasses one and sets `slug`.
"""

from typing import Any, ClassVar


class Problem(Exception):
    """Base of every expected refusal.

    Args:
        detail: one sentence for the reader; never personal data, never a secret.
        extra: further members of the problem document (`rule`, `citation`, `errors` …); codes and ids only.
    """

    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", /, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


class Invalid(Problem):
    """The input is malformed or holds an unknown code. 422; on the bus: parked at once."""

    slug, title, status = "invalid", "The input is not valid", 422


class Unauthenticated(Problem):
    """No token, or one that is expired, forged or meant for another audience. 401."""

    slug, title, status = "unauthenticated", "Sign in first", 401


class NotFound(Problem):
    """No such thing. 404."""

    slug, title, status = "not-found", "There is nothing under this id", 404


class Forbidden(Problem):
    """The office has no right to this. 403 with a constant body: it must not tell what the case holds."""

    slug, title, status = "not-your-case", "Your office may not do this here", 403


class CaseIsElsewhere(Forbidden):
    """A lane opens only where the case is; an office elsewhere proposes the step to the one that carries the case.

    It tells a party of the case that the case is not in its territory, and not where it is.
    """

    slug, title = "case-elsewhere", "The case is in another territory; propose this step to who carries it"


class Refused(Problem):
    """Understood, but the state of things forbids it now. 409, nothing stored; on the bus: parked at once."""

    slug, title, status = "refused", "This is not possible now", 409


class Unavailable(Problem):
    """A dependency is down, or what this needs has not arrived yet. 503 with Retry-After; on the bus: tried again.

    Args:
        retry_after: seconds after which trying again makes sense.
    """

    slug, title, status = "unavailable", "Try again shortly", 503

    def __init__(self, detail: str = "", /, *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after
