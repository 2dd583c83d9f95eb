"""The authorization request: what is checked before the page is shown, and the answer to the client (RFC 6749, 7636).

A request whose client or address is not registered is never sent back: the person sees what is wrong. Everything else
goes back to the client as an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import QueryParams

from contracts.ids import Code, OfficeRef
from stack.issuer.clients import Clients
from stack.issuer.grants import Grants, SignIn
from stack.issuer.signer import Signer

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LEVELS = ("one-factor", "two-factors")
"""`acr` of the demonstration. Nothing is checked: the page asks which one to pretend."""
MAX_WORD = 1_000
LANGUAGES = ("vi", "en")


class NotRegistered(Exception):
    """The client or the address is unknown: the person must not be sent there."""


class SendBack(Exception):
    """The request is wrong in a way that the client learns.

    Args:
        url: where the person is sent.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Choice(BaseModel):
    """What the person chose on the page."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    office: OfficeRef
    actor: Code = "1"
    person: Code | None = None
    level: str = LEVELS[0]

    @classmethod
    async def of(cls, fields: Mapping[str, str], clients: Clients) -> "Choice | None":
        """The choice in a form; None: there is no such office, person or level."""
        try:
            chosen = cls.model_validate({name: value.strip() for name, value in fields.items() if value.strip()})
        except ValidationError:
            return None
        there = chosen.level in LEVELS and await clients.knows(chosen.office)
        return chosen if there and (chosen.person is None or chosen.claims(clients)) else None

    def claims(self, clients: Clients) -> dict[str, str] | None:
        """The claims of the person; None: the office has demo people, and one of them must be chosen yet."""
        if self.person is None and clients.people.of(self.office):
            return None
        return clients.person(self.office, None if self.person else self.actor, self.person)


class Asked(NamedTuple):
    """A sound request."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scope: str
    resources: tuple[str, ...]
    level: str
    language: str


@dataclass(frozen=True)
class Authorization:
    """The authorization endpoint without its page.

    Attributes:
        signer: whose url answers name. clients: who may ask. grants: where codes are kept.
        audiences: of all services.
    """

    signer: Signer
    clients: Clients
    grants: Grants
    audiences: Sequence[str]

    def asked(self, query: QueryParams) -> Asked:
        """The request.

        Raises:
            NotRegistered: show it to the person. SendBack: send the person back with the error.
        """
        client = self.clients.public(query.get("client_id", ""))
        back, state = query.get("redirect_uri", ""), query.get("state", "")
        if client is None or not client.back.fullmatch(back) or len(query.getlist("redirect_uri")) != 1:
            raise NotRegistered()
        if wrong := self._wrong(query):
            raise SendBack(self._back(back, state, error=wrong))
        levels = [one for one in query.get("acr_values", "").split() if one in LEVELS]
        return Asked(
            client_id=client.client_id,
            redirect_uri=back,
            state=state,
            nonce=query.get("nonce", ""),
            challenge=query.get("code_challenge", ""),
            scope=" ".join(word for word in query.get("scope", "").split() if word == "openid"),
            resources=tuple(query.getlist("resource")),
            level=levels[0] if levels else LEVELS[0],
            language=language(query),
        )

    def signed_in(self, asked: Asked, person: Mapping[str, str], level: str) -> str:
        """Where the person of these claims is sent with a code."""
        claims = {**person, "acr": level, "auth_time": int(self.signer.clock())}
        sign_in = SignIn(asked.client_id, claims, asked.resources, asked.scope)
        code = self.grants.code(sign_in, asked.redirect_uri, asked.challenge, asked.nonce)
        return self._back(asked.redirect_uri, asked.state, code=code)

    def refused(self, asked: Asked) -> str:
        """Where the person is sent who does not want to sign in."""
        return self._back(asked.redirect_uri, asked.state, error="access_denied")

    def _wrong(self, query: QueryParams) -> str | None:
        """The error of the request, in the words of the standards; None: it is sound."""
        resources = query.getlist("resource")
        if any(len(value) > MAX_WORD for value in query.values()):
            return "invalid_request"
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(query.get("code_challenge", "")):
            return "invalid_request"
        if not resources or not set(resources) <= set(self.audiences) or len(set(resources)) < len(resources):
            return "invalid_target"
        return "login_required" if "none" in query.get("prompt", "").split() else None

    def _back(self, url: str, state: str, **answer: str) -> str:
        fields = {**answer, "iss": self.signer.url, **({"state": state} if state else {})}
        return f"{url}?{urlencode(fields)}"


def language(query: QueryParams) -> str:
    """The language of the page: as the person switched it, or as the client asks."""
    wanted = [query.get("lang", ""), *query.get("ui_locales", "").split()]
    return next((one.partition("-")[0] for one in wanted if one.partition("-")[0] in LANGUAGES), LANGUAGES[0])
