"""Links and seals. Both carry an HMAC: without the key nobody can write one that holds.

A **link** is one entry of `looks` in its chain. There is a chain for each case, and one for each service for what is
about no case. A link holds the hash of the one before it.

A **seal** is written with the links of one round of the collector. It says how many links there are by then and where
each chain that grew now ends, and holds the hash of the seal before. So a chain that is cut off at its end does not
reach what a seal says of it. Whoever cuts off seals as well is found by somebody who kept the newest one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from kit.crypto import mac, same
from regulations.lane_groups import PROTECTIVE_LANES
from vault.chain import GENESIS, Outcome

Head = tuple[int, str]
"""Number and hash of the last link of a chain."""


@dataclass(frozen=True)
class Link:
    """One entry in its chain. `service` and `number`: where it came from; the rest is as in `kit.looks.look.Look`."""

    chain: str
    seq: int
    look: str
    service: str
    number: int
    at: datetime
    caller: str
    actor: str
    on_behalf_of: str | None
    operation: str
    part: str | None
    several: int | None
    items: tuple[str, ...]
    ground: tuple[str, ...]
    purpose: str | None
    answer: int
    refusal: str | None
    previous: str

    def digest(self, key: bytes) -> str:
        """HMAC-SHA256 (hex) over every field, `previous` among them."""
        return _mac(key, "link", asdict(self))

    @property
    def is_about_protection(self) -> bool:
        """Whether it says that a person is protected or sheltered: by its operation or its lane."""
        return self.operation.startswith("protection.") or self.part in PROTECTIVE_LANES

    @property
    def outcome(self) -> Outcome:
        """How it ended, as the access log has always said it."""
        if self.refusal is None:
            return Outcome.DONE
        return Outcome.DAMAGED if self.refusal == "seal-damaged" else Outcome.DENIED


@dataclass(frozen=True)
class Seal:
    """The state of the chains after one round: how many links there are, and the heads of the chains that grew."""

    number: int
    at: datetime
    links: int
    heads: Mapping[str, Head]
    previous: str

    def digest(self, key: bytes) -> str:
        """HMAC-SHA256 (hex) over every field."""
        heads = {chain: list(head) for chain, head in self.heads.items()}
        return _mac(key, "seal", {**vars(self), "heads": heads})


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written. `where`: a chain, or `seals`; `seq`: the number of the link or seal.

    `what`: `changed`, `missing`, `swapped` (it stands in another's place), `cut off`, or `added` (no seal knows it).
    """

    where: str
    seq: int
    what: str


def wrong_in_chain(
    key: bytes, chain: str, links: Sequence[tuple[Link, str]], begin: Head, sealed: Head | None
) -> list[Finding]:
    """What is wrong with one chain.

    Args:
        chain: its name.
        links: all that are stored, by their number, each with its stored hash.
        begin: what the first link follows: the last entry of the log of an older release, or `(0, GENESIS)`.
        sealed: where the seals say that the chain ends.
    """
    found: list[Finding] = []
    expected, previous = begin
    places = {stored: link.seq for link, stored in links}
    for link, stored in links:
        expected += 1
        if link.seq > expected:
            found += [Finding(chain, missing, "missing") for missing in range(expected, link.seq)]
        elif link.previous != previous or not same(link.digest(key).encode(), stored.encode()):
            found.append(Finding(chain, link.seq, _kind(key, link, stored, places, begin)))
        expected, previous = link.seq, stored
    end = links[-1][0].seq if links else begin[0]
    if sealed is None or end > sealed[0]:
        found.append(Finding(chain, end, "added"))
    elif end < sealed[0]:
        found.append(Finding(chain, end + 1, "cut off"))
    elif links and links[-1][1] != sealed[1] and not found:
        found.append(Finding(chain, end, "changed"))
    return found


def _kind(key: bytes, link: Link, stored: str, places: Mapping[str, int], begin: Head) -> str:
    """`swapped` if the link holds at another place: behind the link whose hash it has, or beside where it stands."""
    before = begin[0] if link.previous == begin[1] else places.get(link.previous, link.seq)
    others = {before + 1, link.seq - 1, link.seq, link.seq + 1}
    return "swapped" if any(replace(link, seq=one).digest(key) == stored for one in others) else "changed"


def wrong_in_seals(key: bytes, seals: Sequence[tuple[Seal, str]], kept: Head | None = None) -> list[Finding]:
    """What is wrong with the seals.

    Args:
        seals: all that are stored, by their number, each with its stored hash.
        kept: number and hash of a seal that somebody kept elsewhere.
    """
    found: list[Finding] = []
    expected, previous = 0, GENESIS
    for seal, stored in seals:
        if seal.number != expected + 1:
            found.append(Finding("seals", expected + 1, "missing"))
        elif seal.previous != previous or not same(seal.digest(key).encode(), stored.encode()):
            found.append(Finding("seals", seal.number, "changed"))
        expected, previous = seal.number, stored
    if kept is not None:
        stored = {seal.number: stored for seal, stored in seals}.get(kept[0])
        if stored is None:
            found.append(Finding("seals", kept[0], "cut off"))
        elif stored != kept[1]:
            found.append(Finding("seals", kept[0], "changed"))
    return found


def heads_of(seals: Iterable[Seal]) -> dict[str, Head]:
    """Where each chain ends, by the seals in their order."""
    return {chain: head for seal in seals for chain, head in seal.heads.items()}


def _mac(key: bytes, kind: str, fields: Mapping[str, Any]) -> str:
    at: datetime = fields["at"]
    body = {**fields, "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return mac(key, f"{kind}|{text}".encode()).hex()
