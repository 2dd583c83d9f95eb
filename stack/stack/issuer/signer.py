"""Access tokens (RFC 9068), ID tokens (OpenID Connect), and the claims of the demonstration's persons and services."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt

from stack.issuer.keys import ALGORITHM, LONGEST_TOKEN_SECONDS, Keys, digest

ID_TOKEN_SECONDS = 600


def person(office: str, actor: str) -> dict[str, str]:
    """The claims of one person of an office. The subject is opaque, and the same at every sign-in."""
    return {"sub": f"act_{digest(f'{office}#{actor}')[:26]}", "office": office}


def demo_subject(person_id: str) -> str:
    """The opaque subject of one of the demo people, the same in each of its offices."""
    return f"act_{digest(f'person:{person_id}')[:26]}"


def service(name: str) -> dict[str, str]:
    """The claims of a service."""
    return {"sub": f"svc_{name}", "service": name}


class Signer:
    """Signs tokens with the current key.

    Args:
        url: the `iss` of its tokens.
        keys: the signing keys.
        clock: seconds since 1970.
    """

    def __init__(self, url: str, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self.url, self.keys, self.clock = url, keys, clock

    def access_token(
        self, claims: Mapping[str, Any], audiences: Sequence[str], client_id: str, seconds: int
    ) -> dict[str, Any]:
        """The answer of the token endpoint with an access token.

        Args:
            claims: who signs in.
            audiences: the services that the token is for.
            client_id: who asked for it.
            seconds: how long it is valid, `LONGEST_TOKEN_SECONDS` at most.
        """
        assert seconds <= LONGEST_TOKEN_SECONDS
        named = {"aud": audiences[0] if len(audiences) == 1 else list(audiences), "client_id": client_id}
        token = self._sign({**named, **claims, "jti": secrets.token_hex(16)}, seconds, "at+jwt")
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}

    def id_token(self, claims: Mapping[str, Any], client_id: str) -> str:
        """An ID token for the client. It is no access token, and services refuse it."""
        return self._sign({"aud": client_id, **claims}, ID_TOKEN_SECONDS, "JWT")

    def own(self, id_token: str) -> dict[str, Any] | None:
        """The claims of an ID token of this issuer, also of one that has expired; None: it is not one."""
        known = {key["kid"]: key for key in self.keys.jwks["keys"]}
        try:
            key = jwt.PyJWK(known[jwt.get_unverified_header(id_token).get("kid", "")])
            options: Any = {"verify_exp": False, "verify_aud": False}
            return jwt.decode(id_token, key, algorithms=[ALGORITHM], issuer=self.url, options=options)
        except (jwt.PyJWTError, KeyError, ValueError):
            return None

    def _sign(self, claims: Mapping[str, Any], seconds: int, kind: str) -> str:
        now = int(self.clock())
        document = {"iss": self.url, "iat": now, "exp": now + seconds, **claims}
        return jwt.encode(document, self.keys.current, ALGORITHM, {"kid": self.keys.kid, "typ": kind})
