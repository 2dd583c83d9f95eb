"""The steps of a sign-in at the development issuer, as a client takes them."""

from typing import Any

import httpx
import jwt
from authlib.integrations.httpx_client import AsyncOAuth2Client

OFFICE = "border_guard/lao-cai"
URL = "http://127.0.0.1:8100"
BACK = "http://127.0.0.1:43117/callback"
VAULT, CASEWORK = "urn:neove:vault", "urn:neove:casework"
VERIFIER = "v" * 50
CHOICE = {"office": OFFICE, "actor": "2", "level": "two-factors"}


def request_of(portal: AsyncOAuth2Client, **more: Any) -> tuple[str, str]:
    """The address of the page, and the state."""
    asked = {"code_verifier": VERIFIER, "nonce": "n-0S6", "resource": [CASEWORK, VAULT], **more}
    return portal.create_authorization_url(f"{URL}/authorize", **{k: v for k, v in asked.items() if v is not None})


async def chosen(client: httpx.AsyncClient, address: str, **choice: str) -> str:
    """Where a person is sent who has filled in the form."""
    answer = await client.post(address, data={**CHOICE, **choice})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def signed_in(portal: AsyncOAuth2Client, client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """The tokens of a person who signed in."""
    address, state = request_of(portal, **more)
    back = await chosen(client, address)
    return await portal.fetch_token(authorization_response=back, code_verifier=VERIFIER, resource=CASEWORK, state=state)


async def claims_of(client: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    keys = {key["kid"]: key for key in (await client.get("/jwks.json")).json()["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]])
    return jwt.decode(token, key, algorithms=["EdDSA"], audience=audience, issuer=URL)
