"""What the vault refuses with."""

from contracts.problems import Refused, Unavailable


class Damaged(Refused):
    """A stored text, or its key, is not what was sealed: changed, moved, or sealed under another master key."""

    slug, title = "seal-damaged", "This text is not as it was sealed, and is not shown"


class WrongMasterKey(Unavailable):
    """The loaded master key is not the one that wraps this vault's keys."""

    slug, title = "wrong-master-key", "The vault is not open"
