"""The vault's keys: one master key in a file, under it one data key per case and one key for look-up digests.

No key leaves the process: no operation returns one, none is logged, and the database holds wrapped ones only.
"""

from dataclasses import dataclass, field

from kit import crypto
from kit.crypto import KeyRing, Tampered
from vault.domain import IndexKind, Token
from vault.errors import Damaged

_INDEX = b"vault|look-ups"


@dataclass(frozen=True)
class CaseKey:
    """The data key of one case, unwrapped for the time of one operation."""

    case_id: str
    _key: bytes = field(repr=False)

    @classmethod
    def new(cls, master: KeyRing, case_id: str) -> tuple["CaseKey", bytes]:
        """A fresh key and its wrapped form."""
        key = crypto.new_key()
        return cls(case_id, key), master.wrap(key, context=_of_case(case_id))

    @classmethod
    def unwrap(cls, master: KeyRing, case_id: str, wrapped: bytes) -> "CaseKey":
        """The key of its wrapped form; raises `Damaged`, also for another master key or another case."""
        try:
            return cls(case_id, master.unwrap(wrapped, context=_of_case(case_id)))
        except Tampered:
            raise Damaged() from None

    def seal(self, text: str, *, ref: str, group: str, name: str | None) -> bytes:
        """The sealed text; bound to case, reference, group and name, so that a row cannot stand in for another."""
        return crypto.seal(self._key, text.encode(), key_id="case", context=self._context(ref, group, name))

    def open(self, sealed: bytes, *, ref: str, group: str, name: str | None) -> str:
        """The text; raises `Damaged`."""
        try:
            return crypto.open_sealed(self._key, sealed, context=self._context(ref, group, name)).decode()
        except Tampered:
            raise Damaged() from None

    def _context(self, ref: str, group: str, name: str | None) -> bytes:
        return "|".join((self.case_id, ref, group, name or "")).encode()


@dataclass(frozen=True)
class IndexKey:
    """Makes the digests that an identity is found by; without this key the digests reveal nothing."""

    _key: bytes = field(repr=False)

    @classmethod
    def new(cls, master: KeyRing) -> bytes:
        """A fresh key, wrapped."""
        return master.wrap(crypto.new_key(), context=_INDEX)

    @classmethod
    def unwrap(cls, master: KeyRing, wrapped: bytes) -> "IndexKey":
        """The key of its wrapped form; raises `kit.crypto.Tampered` for another master key."""
        return cls(master.unwrap(wrapped, context=_INDEX))

    def stored(self, tokens: list[Token]) -> list[tuple[IndexKind, bytes]]:
        """The digests that are stored for a case."""
        return [(kind, self._digest(token)) for token in tokens for kind in token.kinds]

    def sought(self, tokens: list[Token]) -> list[tuple[IndexKind, bytes]]:
        """The digests that are looked for in other cases."""
        return [(kind, self._digest(token)) for token in tokens for kind in token.finds]

    def _digest(self, token: Token) -> bytes:
        return crypto.mac(self._key, token.value.encode())


def _of_case(case_id: str) -> bytes:
    return f"vault|case|{case_id}".encode()
