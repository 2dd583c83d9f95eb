"""Signs in at an issuer of tokens: the development issuer of `make up`, or one that answers in the same way."""

import time
from typing import Any

import httpx

from client.answers import parsed, problem_text
from client.errors import NotOffered, Unreachable
from client.patience import patiently

SIGN_IN_SECONDS = 5
EARLY_SECONDS = 30
"""A token is renewed this many seconds before it expires."""


class Issuer:
    """Gets access tokens, and keeps each until shortly before it expires.

    Args:
        url: base URL of the issuer.
        http: the client to use; a test gives one with a transport of its own.
        actor: which person of an office signs in, for example `2` for a second person; any code.
        person: the same for an office that has demo people: the id of one of them.
    """

    def __init__(
        self, url: str, http: httpx.Client | None = None, actor: str | None = None, person: str | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._http = http or httpx.Client(timeout=SIGN_IN_SECONDS, trust_env=False)
        self._person = {name: word for name, word in (("actor", actor), ("person", person)) if word}
        self._tokens: dict[str, tuple[str, float]] = {}

    def office(self, office: str) -> str:
        """An access token of an office (for example `border_guard/lao-cai`), or of a person of it (`…#2`).

        Raises:
            NotOffered: the issuer knows no such office.
            Unreachable: the issuer does not answer.
        """
        name, _, actor = office.partition("#")
        return self._token(office, {"office": name} | ({"actor": actor} if actor else self._person))

    def service(self, service: str, client_secret: str) -> str:
        """An access token of a service, by its client secret. Raises as `office` does."""
        return self._token(f"service {service}", {"service": service, "client_secret": client_secret})

    def _token(self, who: str, asked: dict[str, str]) -> str:
        token, until = self._tokens.get(who, ("", 0.0))
        if time.monotonic() < until:
            return token
        given = self._ask(who, asked)
        lasts = float(given.get("expires_in", 0)) - EARLY_SECONDS
        self._tokens[who] = (str(given["access_token"]), time.monotonic() + lasts)
        return str(given["access_token"])

    def _ask(self, who: str, asked: dict[str, str]) -> dict[str, Any]:
        answer = patiently(lambda: self._http.post(f"{self._url}/token", json=asked), "issuer")
        if answer.is_server_error:
            raise Unreachable(f"the issuer at {self._url} answers {answer.status_code}")
        if answer.is_error:
            raise NotOffered(f"the issuer does not sign in `{who}`: {problem_text(parsed(answer))}")
        return answer.json()
