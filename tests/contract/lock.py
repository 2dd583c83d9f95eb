"""What `requirements.lock` names: each package, who needs it, where it is used, and its licence."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from license_expression import get_spdx_licensing

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
BY_HAND: dict[str, str] = tomllib.loads((Path(__file__).parent / "licences.toml").read_text("utf-8"))["licence"]
"""Package → licence, where its metadata do not give an SPDX expression. Somebody read the licence file of each."""
OWN = "neove"
"""The members of the workspace have this prefix. The one without a suffix has what only tests and checks need."""
SPDX = get_spdx_licensing()


@dataclass(frozen=True)
class Locked:
    """One package of the lock.

    Attributes:
        needed_by: packages of the lock, and members of the workspace, that ask for it.
        licence: an SPDX expression; empty if nobody has found out.
    """

    name: str
    version: str
    needed_by: tuple[str, ...]
    licence: str

    @property
    def licences(self) -> frozenset[str]:
        """Every licence that the expression names.

        Raises:
            ExpressionError: it is no SPDX expression.
        """
        return frozenset(SPDX.license_keys(SPDX.parse(self.licence, validate=True)))


def packages(text: str = "") -> list[Locked]:
    """The packages of the lock, in its order. `text`: another lock."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text or LOCK.read_text(encoding="utf-8"))
    return [_locked(block) for block in blocks if block]


def _locked(block: str) -> Locked:
    head = re.match(r"([a-z0-9.-]+)==([^\s;]+)", block)
    assert head is not None, f"not a line of a lock: {block[:80]}"
    needed_by = re.findall(r"(?m)^    #   (?: *via )?([a-z0-9-]+)|^    # via ([a-z0-9-]+)", block)
    asking = tuple(dict.fromkeys(one or other for one, other in needed_by))
    return Locked(head[1], head[2], asking, licence_of(head[1]))


def licence_of(name: str) -> str:
    """The licence by hand, else that of the installed package if its metadata give an SPDX expression."""
    if name in BY_HAND:
        return BY_HAND[name]
    try:
        return metadata(name).get("License-Expression") or ""
    except PackageNotFoundError:
        return ""


def in_production(everything: Iterable[Locked]) -> frozenset[str]:
    """The packages that a service, the client, the stack or the command needs; the others are for tests and checks."""
    rows = {one.name: one.needed_by for one in everything}
    found = {name for name, by in rows.items() if any(one.startswith(f"{OWN}-") for one in by)}
    while more := {name for name, by in rows.items() if name not in found and found & {*by}}:
        found |= more
    return frozenset(found)
