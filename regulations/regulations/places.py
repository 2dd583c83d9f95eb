"""Places of the country and abroad: what lies in what on which day, and what became of a place that ended.

A code of a place is opaque. What a place is, where it lies and from when to when it exists stands in its row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol

from regulations.model import Label

NATION, ABROAD = "vn", "abroad"
"""Codes of the two places in which all others lie."""
Kind = Literal["commune", "post", "district", "province", "country", "abroad", "nation"]
LOCAL: tuple[Kind, ...] = ("commune", "post", "district", "country")
"""Kinds of place that a report may name inside a province, or abroad. The island districts had no communes."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place.

    Attributes:
        code: never changes, and a place that goes on after a reform keeps it.
        kind: commune, border post, district (before 2025-07-01), province, country, `abroad` or the nation.
        parents: since when it lies directly in which place, in the order of days; None: since always.
        valid_from, valid_to: first day on which it exists; first day on which it no longer does. None: no such day.
        successors: what it became on `valid_to`. With more than one it was divided.
        remote: in the mountains, on an island or hard to reach; None if no source says so or denies it.
        name: for people; None if another file has it.
        title: as it stands inside the name of an office, `phường Sa Pa`; None: as the name.
        number: official number of an administrative unit.
    """

    code: str
    kind: Kind
    parents: tuple[tuple[date | None, str], ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    remote: bool | None = None
    name: Label | None = None
    title: Label | None = None
    number: str | None = None

    def exists(self, on: date) -> bool:
        """Whether it exists on this day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)

    def parent(self, on: date) -> str | None:
        """The place in which it lies directly on a day; on a day before the first one the first."""
        known = [code for since, code in self.parents if since is None or since <= on]
        return known[-1] if known else next((code for _, code in self.parents), None)


class Atlas(Protocol):
    """Further places that are read one by one, because there are many of them."""

    def place(self, code: str) -> Place | None:
        """The place of this code; None if there is none."""
        ...

    def codes(self, kind: Kind) -> Iterator[str]:
        """Codes of the places of a kind."""
        ...


@dataclass(frozen=True, slots=True)
class Alias:
    """Another word for a place: for which one now, and for which one on the days before that one begins."""

    code: str
    former: str | None = None


class Places:
    """Every place, by its code or by another word for it.

    Args:
        places: those that are kept in memory.
        aliases: another word → the place. A word is known on every day.
        atlas: further places.
        remote: code → whether this commune is remote, where it is not what its place says.
    """

    def __init__(
        self,
        places: Iterable[Place],
        aliases: Mapping[str, Alias],
        atlas: Atlas | None = None,
        remote: Mapping[str, bool] | None = None,
    ) -> None:
        self._kept = {place.code: place for place in places}
        self._aliases, self._atlas = dict(aliases), atlas
        self._flagged: dict[str, Place] = {}
        for code, flag in (remote or {}).items():
            if place := self._of_code(code):
                self._flagged[code] = replace(place, remote=flag)

    def amended(self, places: Iterable[Place]) -> "Places":
        """These places with other rows for some codes."""
        found = Places(self._kept.values(), self._aliases, self._atlas)
        changed = {place.code: place for place in places}
        found._kept |= changed
        found._flagged = {code: place for code, place in self._flagged.items() if code not in changed}
        return found

    @property
    def kept(self) -> Mapping[str, Place]:
        """Code → place, without those of the atlas."""
        return self._kept

    def get(self, word: str, on: date | None = None) -> Place | None:
        """The place that a code or another word names on a day (default: now); None if there is none."""
        alias = self._aliases.get(word)
        if alias is None:
            return self._of_code(word)
        place = self._of_code(alias.code)
        begins_later = on is not None and place is not None and place.valid_from is not None and on < place.valid_from
        return self._of_code(alias.former) if alias.former and begins_later else place

    def _of_code(self, code: str) -> Place | None:
        place = self._flagged.get(code) or self._kept.get(code)
        return self._atlas.place(code) if place is None and self._atlas is not None else place

    def known(self, word: str, on: date) -> bool:
        """Whether a word names a place on a day: it exists then, or the word is one that is known on every day."""
        place = self.get(word, on)
        return place is not None and (word in self._aliases or place.exists(on))

    def now(self, word: str, on: date) -> Place | None:
        """The place itself, or what it has become by a day. A place that was divided has become the place around it.

        A place that begins later counts as itself: a day before it lies where the place lies. None for an unknown one.
        """
        place = self.get(word, on)
        while place is not None and place.valid_to is not None and on >= place.valid_to:
            ends = place.successors
            follows = ends[0] if len(ends) == 1 else self._around(ends, on) or place.parent(on)
            place = self.get(follows) if follows else None
        return place

    def _around(self, codes: Iterable[str], on: date) -> str | None:
        """The narrowest place that all of these lie in."""
        chains = [self.chain(code, on) for code in codes]
        return (
            next((code for code in chains[0][1:] if all(code in chain for chain in chains)), None) if chains else None
        )

    def chain(self, word: str, on: date) -> tuple[str, ...]:
        """The place as it is on a day, then what it lies in, up to the nation. Of an unknown place the nation alone.

        `abroad` lies in the nation too: what no office abroad has is for an office of the nation.
        """
        found: list[str] = []
        place = self.now(word, on)
        while place is not None and place.code not in found:
            found.append(place.code)
            above = place.parent(on)
            place = self.now(above, on) if above else None
        return tuple(found) if NATION in found else (*found, NATION)

    def became(self, word: str) -> frozenset[str]:
        """A place with everything that it has become or will become."""
        return self._reached(word, parents=False)

    def around(self, word: str) -> frozenset[str]:
        """A place with everything that it becomes or lies in on any day."""
        return self._reached(word, parents=True)

    def _reached(self, word: str, *, parents: bool) -> frozenset[str]:
        found, left = set[str](), {word}
        while left:
            place = self.get(left.pop())
            if place is not None and place.code not in found:
                found.add(place.code)
                left.update(place.successors, (code for _, code in place.parents if parents))
        return frozenset(found)

    def of_kind(self, kind: Kind) -> Iterator[Place]:
        """The places of a kind, with those that ended."""
        yield from (one for one in self._kept.values() if one.kind == kind)
        for code in self._atlas.codes(kind) if self._atlas is not None else ():
            if code not in self._kept and (place := self._of_code(code)):
                yield place
