"""What persons have granted: codes, each for one minute and one use, and one refresh token for each sign-in.

All of it is in memory and bounded: after a restart everybody signs in again. A refresh token is used once and replaced
by the next one; one that comes a second time was stolen, or the answer was, so its sign-in ends.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

CODE_SECONDS = 60
SIGN_IN_SECONDS = 12 * 3600
MAX_CODES = 1_000
MAX_SIGN_INS = 10_000


class InvalidGrant(Exception):
    """The code or the refresh token is unknown, used, expired, or not this client's."""


@dataclass(frozen=True)
class SignIn:
    """One person who signed in at one client.

    Attributes:
        client_id: of the program.
        claims: of the person, as in `stack.issuer.signer.person`, with `acr` and `auth_time`.
        resources: the services that tokens may be for.
        scope: what was asked for.
        sid: names this sign-in.
    """

    client_id: str
    claims: dict[str, str | int]
    resources: tuple[str, ...]
    scope: str
    sid: str = field(default_factory=lambda: secrets.token_urlsafe(16))


@dataclass(frozen=True)
class Code:
    """What a code stands for, and what must come with it."""

    sign_in: SignIn
    redirect_uri: str
    challenge: str
    nonce: str
    until: float


@dataclass
class _Kept:
    """A sign-in and its newest refresh token."""

    sign_in: SignIn
    secret: str
    until: float


class Grants:
    """The codes and refresh tokens of this process.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._codes: OrderedDict[str, Code] = OrderedDict()
        self._used: OrderedDict[str, str] = OrderedDict()  # code → sign-in
        self._sign_ins: OrderedDict[str, _Kept] = OrderedDict()

    def code(self, sign_in: SignIn, redirect_uri: str, challenge: str, nonce: str) -> str:
        """A new code."""
        made = secrets.token_urlsafe(32)
        self._codes[made] = Code(sign_in, redirect_uri, challenge, nonce, self._clock() + CODE_SECONDS)
        _bound(self._codes, MAX_CODES)
        return made

    def redeem(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> Code:
        """What the code stands for. A code that comes a second time ends the sign-in that came of it.

        Raises:
            InvalidGrant: the code does not stand for anything, or not for this.
        """
        if sid := self._used.get(code):
            self.end(sid)
        found = self._codes.pop(code, None)
        if found is None:
            raise InvalidGrant()
        self._used[code] = found.sign_in.sid
        _bound(self._used, MAX_CODES)
        fits = (found.sign_in.client_id, found.redirect_uri) == (client_id, redirect_uri)
        if not fits or self._clock() > found.until or not hmac.compare_digest(s256(verifier), found.challenge):
            raise InvalidGrant()
        return found

    def begin(self, sign_in: SignIn) -> str:
        """The first refresh token of a sign-in."""
        kept = _Kept(sign_in, secrets.token_urlsafe(32), self._clock() + SIGN_IN_SECONDS)
        self._sign_ins[sign_in.sid] = kept
        _bound(self._sign_ins, MAX_SIGN_INS)
        return f"{sign_in.sid}.{kept.secret}"

    def of(self, refresh_token: str, client_id: str) -> SignIn:
        """The sign-in of a refresh token; `renew` then replaces the token.

        Raises:
            InvalidGrant: it is unknown, was used before (then the sign-in ends), or is not this client's.
        """
        sid, _, secret = refresh_token.partition(".")
        kept = self._sign_ins.get(sid)
        if kept is None or kept.sign_in.client_id != client_id:
            raise InvalidGrant()
        if self._clock() > kept.until or not hmac.compare_digest(kept.secret.encode(), secret.encode()):
            self.end(sid)
            raise InvalidGrant()
        return kept.sign_in

    def renew(self, sid: str) -> str:
        """The next refresh token of a sign-in; the one before it is used now."""
        kept = self._sign_ins[sid]
        kept.secret = secrets.token_urlsafe(32)
        return f"{sid}.{kept.secret}"

    def end(self, sid: str) -> None:
        """The person has signed out, or the sign-in was stolen: its refresh token is worth nothing from now on."""
        self._sign_ins.pop(sid, None)


def s256(verifier: str) -> str:
    """The challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _bound(kept: "OrderedDict[str, Code] | OrderedDict[str, str] | OrderedDict[str, _Kept]", most: int) -> None:
    """Drops the oldest."""
    while len(kept) > most:
        kept.popitem(last=False)
