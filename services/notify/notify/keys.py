"""Webhook secrets at rest: sealed under a key ring in a file that only its owner may read."""

from pathlib import Path

from kit.crypto import KeyRing


class Sealer:
    """Seals and opens webhook secrets; each is bound to its webhook and its own id."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @classmethod
    def load(cls, path: Path) -> "Sealer":
        """With the ring of a file, which is made at the first start; raises `KeyFileTooOpen`."""
        return cls(KeyRing.load_private(path))

    def seal(self, secret: str, webhook_id: str, secret_id: str) -> bytes:
        """The sealed secret."""
        return self._ring.seal(secret.encode("ascii"), context=_context(webhook_id, secret_id))

    def open(self, sealed: bytes, webhook_id: str, secret_id: str) -> str:
        """The secret; raises `kit.crypto.Tampered`."""
        return self._ring.open(sealed, context=_context(webhook_id, secret_id)).decode("ascii")


def _context(webhook_id: str, secret_id: str) -> bytes:
    return f"notify|webhook|{webhook_id}|{secret_id}".encode("ascii")
