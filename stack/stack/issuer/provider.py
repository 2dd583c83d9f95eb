"""The parts of the issuer put together, what it says of itself (discovery), and signing out."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from stack.demo_offices import DemoOffices
from stack.demo_people import NOBODY, DemoPeople
from stack.issuer.authorize import LANGUAGES, LEVELS, Authorization
from stack.issuer.clients import Clients
from stack.issuer.founded import ClientMaker, Founded
from stack.issuer.grants import Grants
from stack.issuer.keys import ALGORITHM, Keys
from stack.issuer.short_form import ShortForm
from stack.issuer.signer import Signer
from stack.issuer.token import TokenEndpoint


class Issuer:
    """The parts of the issuer.

    Args:
        url: the `iss` of its tokens, where it is reached.
        audiences: of all services.
        key_file: of the signing key; made at the first start.
        services: service → secret.
        offices: the offices that may sign in.
        clock: seconds since 1970.
        casework: makes a client with its base URL; it is asked for offices that `offices` lacks. None: there is none.
        people: the demo people.
    """

    def __init__(
        self,
        url: str,
        audiences: Sequence[str],
        key_file: Path,
        services: Mapping[str, str],
        offices: DemoOffices,
        clock: Callable[[], float] = time.time,
        casework: ClientMaker | None = None,
        people: DemoPeople = NOBODY,
    ) -> None:
        self.url, self.offices = url, offices
        self.keys = Keys(key_file, clock)
        self.signer = Signer(url, self.keys, clock)
        self.clients = Clients(services, offices, Founded(self.signer, casework), people)
        self.grants = Grants(clock)
        self.short_form = ShortForm(self.signer, self.clients, audiences)
        self.token = TokenEndpoint(self.signer, self.clients, self.grants, audiences)
        self.authorization = Authorization(self.signer, self.clients, self.grants, audiences)

    @property
    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks.json",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid"],
            "acr_values_supported": list(LEVELS),
            "claims_supported": ["iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "acr", "sid", "office"],
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": list(LANGUAGES),
        }

    def sign_out(self, asked: Mapping[str, str]) -> str | None:
        """End the sign-in of an ID token, and say where the person goes next; None: nowhere (RP-initiated logout)."""
        claims = self.signer.own(asked.get("id_token_hint", "")) or {}
        self.grants.end(str(claims.get("sid", "")))
        client = self.clients.public(str(claims.get("aud", asked.get("client_id", ""))))
        url, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")
        if client is None or not client.after_logout.fullmatch(url):
            return None
        return f"{url}?{urlencode({'state': state})}" if state else url
