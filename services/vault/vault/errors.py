"""What the vault refuses with."""

from contracts.problems import Refused, Unavailable


class Damaged(Refused):
    """A stored text, or its key, is not what was sealed: changed, moved, or sealed under another master key."""

    slug, title = "seal-damaged", "This text is not as it was sealed, and is not shown"


class WrongMasterKey(Unavailable):
    """The master key at hand is not the one that this vault's data is under."""

    slug, title = "wrong-master-key", "The vault is not open"
