"""AES-256-GCM with named keys, HMAC-SHA256, key files. No mode, length or algorithm can be chosen by a caller.

A sealed value is `version(1) | length of key id(1) | key id | nonce(12) | ciphertext and tag`; version, key id and the
caller's `context` (what the value is, and what it belongs to) are authenticated, so that nobody can move a value.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = 1
OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
KEY_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class KeyFileTooOpen(RuntimeError):
    """A key file may be read by others than its owner."""


class Tampered(Exception):
    """The value does not open: wrong key, wrong context, or changed. Says nothing more on purpose."""


def new_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, *, key_id: str, context: bytes) -> bytes:
    """The sealed value.

    Args:
        key: 32 bytes.
        plaintext: any length.
        key_id: what the key is called; stands in the clear.
        context: authenticated, not stored; the same bytes are needed to open.
    """
    head = _head(key_id)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return head + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, head + context)


def open_sealed(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """The plaintext; raises `Tampered`."""
    head, rest = _split(sealed)
    try:
        return AESGCM(_checked(key)).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head + context)
    except (InvalidTag, ValueError):
        raise Tampered() from None


def key_id_of(sealed: bytes) -> str:
    """The name of the key that a value was sealed with; raises `Tampered` when it is no sealed value."""
    head, _ = _split(sealed)
    return head[2:].decode("ascii")


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.new(_checked(key), message, hashlib.sha256).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one, other)


@dataclass(frozen=True)
class KeyRing:
    """Named keys: the primary one seals, any opens. To rotate: add a key, make it primary, drop the old one at last."""

    primary: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.primary not in self.keys:
            raise ValueError("the primary key is not on the ring")
        for key in self.keys.values():
            _checked(key)

    @classmethod
    def fresh(cls, key_id: str = "k1") -> Self:
        """A ring with one new key."""
        return cls(key_id, {key_id: new_key()})

    @classmethod
    def load(cls, path: Path) -> Self:
        """The ring of a key file: JSON `{"primary": id, "keys": {id: base64}}`."""
        document = json.loads(path.read_text("utf-8"))
        return cls(document["primary"], {name: b64decode(key, validate=True) for name, key in document["keys"].items()})

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """The ring of a key file; made with one new key when there is none. Two processes make one file."""
        if not path.exists():
            with suppress(FileExistsError):
                write_private(path, cls.fresh().dump())
        return cls.load(path)

    @classmethod
    def load_private(cls, path: Path) -> Self:
        """The ring of a key file, made (0600) with one new key when there is none.

        Raises:
            KeyFileTooOpen: group or others have any right on the file; the service must not start.
        """
        ring = cls.load_or_create(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS_MAY:
            raise KeyFileTooOpen(f"{path} has the rights {mode:04o}; take them from group and others: chmod 600 {path}")
        return ring

    def dump(self) -> str:
        """The text of a key file."""
        keys = {name: b64encode(key).decode("ascii") for name, key in self.keys.items()}
        return json.dumps({"primary": self.primary, "keys": keys}, indent=1)

    def seal(self, plaintext: bytes, *, context: bytes) -> bytes:
        """Seals with the primary key."""
        return seal(self.keys[self.primary], plaintext, key_id=self.primary, context=context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Opens with the key that the value names; raises `Tampered`, also for a key that is not on the ring."""
        key = self.keys.get(key_id_of(sealed))
        if key is None:
            raise Tampered()
        return open_sealed(key, sealed, context=context)

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """A data key, sealed for storage beside what it seals."""
        return self.seal(_checked(key), context=b"key:" + context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """The data key; raises `Tampered`."""
        return self.open(wrapped, context=b"key:" + context)


def write_private(path: Path, text: str) -> None:
    """Writes a new file that only its owner may read (0600), whole or not at all; raises `FileExistsError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, refuses to replace
    finally:
        draft.unlink()


def _head(key_id: str) -> bytes:
    if not KEY_ID.fullmatch(key_id):
        raise ValueError("a key id takes 1 to 64 letters, digits and _.:-")
    return bytes([VERSION, len(key_id)]) + key_id.encode("ascii")


def _split(sealed: bytes) -> tuple[bytes, bytes]:
    """Head and rest of a sealed value."""
    if len(sealed) < 2 or sealed[0] != VERSION or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise Tampered()
    head = sealed[: 2 + sealed[1]]
    if not head[2:].isascii():
        raise Tampered()
    return head, sealed[2 + sealed[1] :]


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key
