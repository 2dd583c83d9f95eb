"""`POST /token` with JSON: one call, one token for all services. For the player, the scenarios and tests.

`{"office": "commune/lao-cai"}` or `{"service": …, "client_secret": …}` → `{access_token, expires_in}`. With `"person"`
it is for one of the demo people; without, for the system of an office that has them. It opens every service, so
only the embedded stack accepts it (`OTHER_AUDIENCES` of its services); others refuse it.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.ids import Code, OfficeRef
from stack.issuer.clients import Clients
from stack.issuer.signer import Signer

OFFICE_TOKEN_SECONDS = 3600
SERVICE_TOKEN_SECONDS = 900


class Refusal(Exception):
    """The issuer gives no token; the text says why."""


class OfficeGrant(BaseModel):
    """An office asks for a token. It needs no password: this is a demonstration."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    office: OfficeRef
    actor: Annotated[
        Code | None, Field(description="Which person of the office; each has an opaque id of its own.")
    ] = None
    person: Annotated[Code | None, Field(description="Id of one of the demo people of the office.")] = None


class ServiceGrant(BaseModel):
    """A service asks for a token with the secret that it was started with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    service: Code
    client_secret: str


class ShortForm:
    """Answers the short form.

    Args:
        signer: of the tokens.
        clients: the services with their secrets, and the offices.
        audiences: of all services.
    """

    def __init__(self, signer: Signer, clients: Clients, audiences: Sequence[str]) -> None:
        self._signer, self._clients, self._audiences = signer, clients, audiences

    async def grant(self, body: bytes) -> dict[str, Any]:
        """The answer to a request for a token.

        Raises:
            Refusal: the request is wrong, or nobody of this name may sign in.
        """
        try:
            asked = json.loads(body)
            if isinstance(asked, dict) and "service" in asked:
                return await self._for_service(ServiceGrant.model_validate(asked))
            return await self._for_office(OfficeGrant.model_validate(asked))
        except (ValidationError, ValueError):
            raise Refusal('Send {"office": "commune/lao-cai"} or {"service": …, "client_secret": …}.') from None

    async def _for_office(self, grant: OfficeGrant) -> dict[str, Any]:
        if not await self._clients.knows(grant.office):
            raise Refusal(f"There is no office {grant.office} in the demo directory.")
        claims = self._clients.person(grant.office, grant.actor, grant.person)
        if claims is None:
            raise Refusal(f"There is no such person in {grant.office}.")
        return self._signer.access_token(claims, self._audiences, grant.office, OFFICE_TOKEN_SECONDS)

    async def _for_service(self, grant: ServiceGrant) -> dict[str, Any]:
        claims = await self._clients.machine(grant.service, grant.client_secret)
        if claims is None:
            raise Refusal("Unknown service or wrong secret.")
        return self._signer.access_token(claims, self._audiences, grant.service, SERVICE_TOKEN_SECONDS)
