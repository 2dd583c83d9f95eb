"""One line of `neove doctor`."""

from typing import Literal, NamedTuple

Health = Literal["ok", "look", "bad"]


class Finding(NamedTuple):
    """One line of the table. `look` asks a person to look; only `bad` makes the command fail."""

    part: str
    health: Health
    what: str
