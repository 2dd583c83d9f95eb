"""The token endpoint with forms (RFC 6749): code with PKCE, refresh, client credentials. A token is for one service."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from stack.issuer.clients import Clients, PublicClient
from stack.issuer.grants import Grants, InvalidGrant, SignIn
from stack.issuer.signer import Signer

MACHINE_TOKEN_SECONDS = 900
PERSON_TOKEN_SECONDS = 600
"""Short: the program has a refresh token."""


class OAuthError(Exception):
    """A refusal as RFC 6749 has it.

    Args:
        code: for programs. description: for developers.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description

    @property
    def status(self) -> int:
        """Of the answer."""
        return 401 if self.code == "invalid_client" else 400


class Form:
    """The fields of a request; each at most once, but `resource`.

    Raises:
        OAuthError: a field stands twice, or the body is no form.
    """

    def __init__(self, body: bytes) -> None:
        try:
            self._fields = parse_qs(body.decode("ascii"), max_num_fields=50)
        except ValueError:
            raise OAuthError("invalid_request", "The body is not a form.") from None
        if twice := [name for name, values in self._fields.items() if len(values) > 1 and name != "resource"]:
            raise OAuthError("invalid_request", f"Twice: {', '.join(sorted(twice))}.")

    @property
    def resources(self) -> list[str]:
        """The services that the token shall be for."""
        return self._fields.get("resource", [])

    @property
    def fields(self) -> dict[str, str]:
        """Each field, without those that are empty."""
        return {name: values[0] for name, values in self._fields.items()}

    def get(self, name: str) -> str:
        """The field, or nothing."""
        return self._fields.get(name, [""])[0]


class TokenEndpoint:
    """Answers forms.

    Args:
        signer: of the tokens. clients: who may ask. grants: codes and sign-ins.
        audiences: of all services; a token is for one of them.
    """

    def __init__(self, signer: Signer, clients: Clients, grants: Grants, audiences: Sequence[str]) -> None:
        self._signer, self._clients, self._grants, self._audiences = signer, clients, grants, audiences
        self._kinds: dict[str, Callable[[Form, str, str], Awaitable[dict[str, Any]]]] = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            "client_credentials": self._machine,
        }

    async def answer(self, body: bytes, authorization: str | None) -> dict[str, Any]:
        """The tokens that the form asks for.

        Raises:
            OAuthError: it gets none.
        """
        form = Form(body)
        kind = self._kinds.get(form.get("grant_type"))
        if kind is None:
            raise OAuthError("unsupported_grant_type", f"One of {', '.join(self._kinds)}.")
        try:
            return await kind(form, *_client(form, authorization))
        except InvalidGrant:
            raise OAuthError("invalid_grant", "Unknown, used before, expired, or not yours: sign in again.") from None

    async def _machine(self, form: Form, client_id: str, secret: str) -> dict[str, Any]:
        claims = await self._clients.machine(client_id, secret)
        if claims is None:
            raise OAuthError("invalid_client", "Unknown client or wrong secret.")
        resource = _one(form.resources, self._audiences)
        return self._signer.access_token(claims, [resource], client_id, MACHINE_TOKEN_SECONDS)

    async def _code(self, form: Form, client_id: str, secret: str) -> dict[str, Any]:
        client = self._public(client_id, secret)
        found = self._grants.redeem(
            form.get("code"), client.client_id, form.get("redirect_uri"), form.get("code_verifier")
        )
        answer = self._tokens(form, found.sign_in, found.nonce)
        return answer | {"refresh_token": self._grants.begin(found.sign_in)}

    async def _refresh(self, form: Form, client_id: str, secret: str) -> dict[str, Any]:
        client = self._public(client_id, secret)
        sign_in = self._grants.of(form.get("refresh_token"), client.client_id)
        answer = self._tokens(form, sign_in, "")  # a wrong resource leaves the refresh token unused
        return answer | {"refresh_token": self._grants.renew(sign_in.sid)}

    def _public(self, client_id: str, secret: str) -> PublicClient:
        client = self._clients.public(client_id)
        if client is None or secret:
            raise OAuthError("invalid_client", "Only a public client without a secret gets tokens of a person.")
        return client

    def _tokens(self, form: Form, sign_in: SignIn, nonce: str) -> dict[str, Any]:
        resource = _one(form.resources or list(sign_in.resources), sign_in.resources)
        said = {name: value for name, value in sign_in.claims.items() if name != "auth_time"}
        answer = self._signer.access_token(said, [resource], sign_in.client_id, PERSON_TOKEN_SECONDS)
        if "openid" in sign_in.scope.split():
            claims = {**sign_in.claims, "sid": sign_in.sid, **({"nonce": nonce} if nonce else {})}
            answer["id_token"] = self._signer.id_token(claims, sign_in.client_id)
        return answer | {"scope": sign_in.scope}


def _one(asked: Sequence[str], allowed: Sequence[str]) -> str:
    """The one service that a token is for: a token for several would open each of them to all others."""
    if len(asked) == 1 and asked[0] in allowed:
        return asked[0]
    raise OAuthError("invalid_target", f"Name one resource: {', '.join(allowed)}.")


def _client(form: Form, authorization: str | None) -> tuple[str, str]:
    """Id and secret, from the header or from the form; a public client has no secret."""
    scheme, _, given = (authorization or "").partition(" ")
    if not authorization:
        return form.get("client_id"), form.get("client_secret")
    try:
        if scheme.lower() != "basic":
            raise ValueError
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise OAuthError("invalid_client", "Sign in with Basic, or in the form.") from None
    return unquote_plus(name), unquote_plus(secret)
