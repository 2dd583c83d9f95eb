"""What the vault refuses with."""

from collections.abc import Iterable

from contracts.codes import Purpose
from contracts.problems import Problem, Refused, Unavailable


class Damaged(Refused):
    """A stored text, or its key, is not what was sealed: changed, moved, or sealed under another master key."""

    slug, title = "seal-damaged", "This text is not as it was sealed, and is not shown"


class WrongMasterKey(Unavailable):
    """The loaded master key is not the one that wraps this vault's keys."""

    slug, title = "wrong-master-key", "The vault is not open"


class PurposeNotAllowed(Problem):
    """The office may open this, but not for this purpose; `purposes` names those for which it may. 403.

    It is no `Forbidden`, whose body is constant: only an office that may open the text is told.
    """

    slug, title, status = "purpose-not-allowed", "Your office may not open this for this purpose", 403

    def __init__(self, allowed: Iterable[Purpose]) -> None:
        super().__init__(purposes=sorted(allowed))


class ReasonNeeded(Refused):
    """A person opens text only with a reason in words, and none of this person lasts for this purpose and this text."""

    slug, title = "reason-needed", "Say in words why you open this"
