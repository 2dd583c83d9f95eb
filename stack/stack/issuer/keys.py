"""The signing keys: the current one signs; a former one is shown until the last token that it signed has expired."""

import base64
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

from stack.secrets import write_private

ALGORITHM = "EdDSA"
LONGEST_TOKEN_SECONDS = 3600
"""No token lives longer, so a former key is shown for as long, and a minute more for clocks that differ."""
MAX_FORMER = 5
FORMER = re.compile(r".*-until-(\d+)\.pem")


class TooManyKeys(Exception):
    """So many keys were changed within the last hour that another one must wait."""


class Keys:
    """The keys in one directory: `issuer.pem` signs, `issuer-until-<seconds since 1970>.pem` are former ones.

    Args:
        path: of the current key; made at the first start.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self.current = _load_or_make(path)
        former = path.parent.glob(f"{path.stem}-until-*.pem")
        self._former = {one: _public(_load(one)) for one in sorted(former, reverse=True)}

    @property
    def kid(self) -> str:
        """Id of the current key."""
        return _kid(self.current)

    @property
    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys as a key set, the current one first."""
        return {"keys": [_public(self.current), *self._shown()]}

    def rotate(self) -> str:
        """Make a new key the current one, and give its id.

        Raises:
            TooManyKeys: wait for a former one to go.
        """
        if len(self._shown()) >= MAX_FORMER:
            raise TooManyKeys()
        until = int(self._clock()) + LONGEST_TOKEN_SECONDS + 60
        former = self._path.with_name(f"{self._path.stem}-until-{until}.pem")
        while former.exists():  # two changes within a second
            until += 1
            former = self._path.with_name(f"{self._path.stem}-until-{until}.pem")
        self._former = {former: _public(self.current), **self._former}
        self._path.replace(former)
        self.current = _load_or_make(self._path)
        return self.kid

    def _shown(self) -> list[dict[str, Any]]:
        """The former keys that are still shown, the newest first; the files of the others are deleted."""
        for path in list(self._former):
            found = FORMER.fullmatch(path.name)
            if found is None or float(found[1]) < self._clock():
                path.unlink(missing_ok=True)
                del self._former[path]
        return list(self._former.values())


def digest(text: str) -> str:
    """A short word that stands for the text: 52 letters and digits."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=").lower()


def _kid(key: Ed25519PrivateKey) -> str:
    return _public(key)["kid"]


def _public(key: Ed25519PrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
    return jwk | {"kid": digest(jwk["x"])[:16], "use": "sig", "alg": ALGORITHM}


def _load_or_make(path: Path) -> Ed25519PrivateKey:
    """The key in a file; a new one if there is no such file."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = Ed25519PrivateKey.generate()
        write_private(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return _load(path)


def _load(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit(f"{path} holds no Ed25519 key.")
    return key
