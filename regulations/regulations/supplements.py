"""Reads `packs/supplements.toml`: what the law says that code asks for and that no pack holds yet.

A pack is read with the rows of its id, whatever its version; they are not part of its content hash. For example,
`pack.certifying_routes` names the routes on which the receiving force issues a victim paper by itself.
"""

from collections.abc import Iterator, Set
from typing import Any

from pydantic import Field

from regulations.catalogue import CertifyingRoute, PauseText, ReceivingRole
from regulations.model import Part, Verified
from regulations.toml_files import PackError, parse, read, root

SUPPLEMENTS = "supplements.toml"
SOURCE = f"packs/{SUPPLEMENTS}"
"""Name of the file in messages."""


class Norm(Verified):
    """A norm that all laws share and that is applied before a case has a pack."""

    code: str
    years: int | None = Field(default=None, description="The age that it names, if it names one.")
    citation: str = Field(min_length=3)
    note: str = ""


class CitationWords(Part):
    """Words by which a check recognises a kind of citation."""

    second_hand: tuple[str, ...] = Field(description="The text itself was not read.")
    criminal_procedure: tuple[str, ...] = Field(description="The text is one of criminal procedure.")
    yearly_plan: tuple[str, ...] = Field(description="The text is the plan of one year, and ends with it.")
    of_a_province: tuple[str, ...] = Field(description="The text was issued by one province, and binds no other.")


class PackRows(Part):
    """The rows of one pack."""

    id: str
    certifying_route: tuple[CertifyingRoute, ...] = ()
    receiving_role: tuple[ReceivingRole, ...] = ()
    pause_text: tuple[PauseText, ...] = ()

    def fields(self) -> dict[str, Any]:
        """Field of `Pack` → its rows by their code."""
        return {
            "certifying_routes": {row.route: row for row in self.certifying_route},
            "receiving_roles": {row.role: row for row in self.receiving_role},
            "pause_texts": {row.code: row for row in self.pause_text},
        }


class Supplements(Part):
    """The whole file."""

    pack: tuple[PackRows, ...]
    norm: tuple[Norm, ...]
    citation_words: CitationWords

    def of(self, pack_id: str) -> PackRows:
        """The rows of a pack; none for an unknown pack."""
        return next((rows for rows in self.pack if rows.id == pack_id), PackRows(id=pack_id))


def load_supplements() -> Supplements:
    """The supplements of this package.

    Raises:
        PackError: the file is wrong, or a pack, a norm or a row stands twice in it.
    """
    found = parse(Supplements, read(root() / "packs" / SUPPLEMENTS), SOURCE)
    for name in _repeated(found):
        raise PackError(f"{SOURCE}: {name} stands twice")
    return found


def _repeated(found: Supplements) -> Iterator[str]:
    yield from _twice([rows.id for rows in found.pack])
    yield from _twice([norm.code for norm in found.norm])
    for rows in found.pack:
        yield from _twice([row.route for row in rows.certifying_route])
        yield from _twice([row.role for row in rows.receiving_role])
        yield from _twice([row.code for row in rows.pause_text])


def _twice(names: list[str]) -> Set[str]:
    return {name for name in names if names.count(name) > 1}
