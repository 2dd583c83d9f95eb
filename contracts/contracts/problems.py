"""Every kind of refusal. `kit` carries a refusal over HTTP (RFC 9457), Temporal and JetStream.

Refusals are pure exceptions, so domain code and workflow code may raise them. A service makes a subclass and sets
`slug` and `title`. One slug means one thing: a refusal that several services raise stands in the lowest package.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class Problem(Exception):
    """Base of every expected refusal. `slug` names its kind for ever, `title` says it in words, `status` is for HTTP.

    Args:
        detail: one sentence for the reader. It holds no personal data and no secret.
        extra: further members of the problem document, for example `rule` or `errors`; codes and ids only.
    """

    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", /, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


class Invalid(Problem):
    """The input is malformed or holds an unknown code. 422. On the bus the message is parked at once."""

    slug, title, status = "invalid", "The input is not valid", 422


class Unauthenticated(Problem):
    """The caller has no token, or its token is expired, forged or made for another service. 401."""

    slug, title, status = "unauthenticated", "Sign in first", 401

    @property
    def challenge(self) -> str:
        """The header `WWW-Authenticate` of the answer."""
        return "Bearer"


class SignInTooWeak(Unauthenticated):
    """This operation asks for a stronger sign-in than the token's (`acr`). Sign in again with one of `acr_values`.

    Args:
        acr_values: the levels that are enough, words of the provider without spaces.
    """

    slug, title = "sign-in-too-weak", "Sign in again, in a stronger way"

    def __init__(self, acr_values: Sequence[str]) -> None:
        super().__init__(acr_values=list(acr_values))
        self._values = " ".join(acr_values)

    @property
    def challenge(self) -> str:
        """As RFC 9470 has it."""
        return f'Bearer error="insufficient_user_authentication", acr_values="{self._values}"'


class NotFound(Problem):
    """There is nothing under this id. 404."""

    slug, title, status = "not-found", "There is nothing under this id", 404


class Forbidden(Problem):
    """The office has no right to this. 403 with a constant body, so that the answer shows nothing of the case."""

    slug, title, status = "not-your-case", "Your office may not do this here", 403


class CaseIsElsewhere(Forbidden):
    """A lane opens only where the case is. An office elsewhere proposes the step to the office that carries the case.

    The answer says that the case is not where the caller acts. It does not say where the case is.
    """

    slug, title = "case-elsewhere", "The case is elsewhere; propose this step to who carries it"


class PartIsOver(Forbidden):
    """An office whose part is over may not undo what ended it, or bring back a case to look at it again.

    Only a correction or a reopening is refused so. The office that has the case can do it; a new report is always
    taken.
    """

    slug, title = "part-is-over", "The part of your office is over; this would open the case to it again"


class SamePerson(Forbidden):
    """Nobody signs what they proposed or stated themselves; a second person must."""

    slug, title = "same-person", "A second person must sign this"


class Refused(Problem):
    """The state of the case forbids this now. 409, nothing stored. On the bus the message is parked at once."""

    slug, title, status = "refused", "This is not possible now", 409


class TooManyRequests(Problem):
    """The caller asked for more than its budget allows. 429 with Retry-After. The member `limit` names the budget.

    Args:
        retry_after: seconds after which the budget has room again.
    """

    slug, title, status = "too-many-requests", "This is more than the limit allows", 429

    def __init__(self, detail: str = "", /, *, retry_after: int, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after


class Unavailable(Problem):
    """A dependency is down, or something that this needs has not arrived yet.

    503 with Retry-After. On the bus the message is delivered again.

    Args:
        retry_after: seconds that the caller should wait before it tries again.
    """

    slug, title, status = "unavailable", "Try again shortly", 503

    def __init__(self, detail: str = "", /, *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after
