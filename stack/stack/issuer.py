"""Development issuer: gives every demo office and every service of this stack a token, on loopback only.

Anybody who can reach it can act as any office. A demonstration needs that, and nothing else may have it. So the issuer
listens on loopback only, and warns of this in its log and in its list of offices.

`POST /token` `{"office": "commune/lao-cai"}` or `{"service": …, "client_secret": …}` → `{access_token, expires_in}`;
`GET /jwks.json` → its public key; `GET /offices` → the offices of the demonstration, `?place=sa-pa` those of one place.
Every office of the directory may sign in, also one that is not listed. An office that is not in the directory of the
release is asked for at casework, because a signed change may have founded it.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from contracts.ids import Code, OfficeRef
from kit.server import Server
from regulations import Library
from regulations.rights import ISSUER
from stack.demo_offices import DemoOffices
from stack.secrets import Secrets, write_private

OFFICE_TOKEN_SECONDS = 3600
SERVICE_TOKEN_SECONDS = 900
MAX_BODY_BYTES = 4096
WARNING = "Development issuer: anybody who reaches it can act as any office. Never use it with real cases."
ALGORITHM = "EdDSA"
log = logging.getLogger("stack.issuer")


Founded = Callable[[str, str], Awaitable[bool]]


async def nobody_founded(office: str, token: str) -> bool:
    """The answer where no casework can be asked."""
    return False


class Refusal(Exception):
    """The issuer gives no token; the text says why."""


class OfficeGrant(BaseModel):
    """An office asks for a token. It needs no password: this is a demonstration."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    office: OfficeRef
    actor: Annotated[Code, Field(description="Which person of the office; each has an opaque id of its own.")] = "1"


class ServiceGrant(BaseModel):
    """A service asks for a token with the secret that it was started with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    service: Code
    client_secret: str


class Issuer:
    """Signs tokens.

    Args:
        url: the `iss` of its tokens.
        audience: the `aud` of its tokens.
        key: private.
        clients: service → secret.
        offices: the offices that may sign in.
        founded: whether a signed change founded this office, asked with a token of the issuer itself.
    """

    def __init__(
        self,
        url: str,
        audience: str,
        key: Ed25519PrivateKey,
        clients: Mapping[str, str],
        offices: DemoOffices,
        founded: Founded = nobody_founded,
    ) -> None:
        self._url, self._audience, self._key, self._clients = url, audience, key, clients
        self.offices, self._founded = offices, founded
        self._public: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
        self._kid = _digest(self._public["x"])[:16]

    @property
    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Its public key as a key set."""
        return {"keys": [self._public | {"kid": self._kid, "use": "sig", "alg": ALGORITHM}]}

    async def grant(self, body: bytes) -> dict[str, Any]:
        """The answer to a request for a token.

        Raises:
            Refusal: the request is wrong, or nobody of this name may sign in.
        """
        try:
            asked = json.loads(body)
            if isinstance(asked, dict) and "service" in asked:
                return self._for_service(ServiceGrant.model_validate(asked))
            return await self._for_office(OfficeGrant.model_validate(asked))
        except (ValidationError, ValueError):
            raise Refusal('Send {"office": "commune/lao-cai"} or {"service": …, "client_secret": …}.') from None

    async def _for_office(self, grant: OfficeGrant) -> dict[str, Any]:
        if grant.office not in self.offices and not await self._founded(grant.office, self._own_token()):
            raise Refusal(f"There is no office {grant.office} in the demo directory.")
        subject = f"act_{_digest(f'{grant.office}#{grant.actor}')[:26]}"
        return self._sign({"sub": subject, "office": grant.office}, OFFICE_TOKEN_SECONDS)

    def _for_service(self, grant: ServiceGrant) -> dict[str, Any]:
        secret = self._clients.get(grant.service, "")
        if not secret or not hmac.compare_digest(secret.encode(), grant.client_secret.encode()):
            raise Refusal("Unknown service or wrong secret.")
        return self._sign({"sub": f"svc_{grant.service}", "service": grant.service}, SERVICE_TOKEN_SECONDS)

    def _own_token(self) -> str:
        return self._sign({"sub": "svc_issuer", "service": ISSUER}, SERVICE_TOKEN_SECONDS)["access_token"]

    def _sign(self, claims: dict[str, str], seconds: int) -> dict[str, Any]:
        now = int(time.time())
        document = {"iss": self._url, "aud": self._audience, "iat": now, "exp": now + seconds, **claims}
        token = jwt.encode(document, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})
        return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


def build_app(issuer: Issuer) -> Starlette:
    """The HTTP application. It answers to loopback names only, so that a web page cannot reach it by another name."""

    async def token(request: Request) -> JSONResponse:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _problem(415, "Send application/json.")
        if int(request.headers.get("content-length", MAX_BODY_BYTES + 1)) > MAX_BODY_BYTES:
            return _problem(413, f"Send at most {MAX_BODY_BYTES} bytes, and their length.")
        try:
            return JSONResponse(await issuer.grant(await request.body()), headers={"Cache-Control": "no-store"})
        except Refusal as refusal:
            return _problem(400, str(refusal))

    async def jwks(_: Request) -> JSONResponse:
        return JSONResponse(issuer.jwks)

    async def offices(request: Request) -> JSONResponse:
        place = request.query_params.get("place")
        found = issuer.offices.listed() if place is None else issuer.offices.of(place)
        return JSONResponse({"warning": WARNING, "offices": sorted(found)})

    return Starlette(
        routes=[
            Route("/token", token, methods=["POST"]),
            Route("/jwks.json", jwks),
            Route("/offices", offices),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])],
    )


def asked_at(casework: str, http: httpx.AsyncClient) -> Founded:
    """Asks casework for an office. While it does not answer, nobody new signs in.

    Args:
        casework: its base URL.
        http: the client to use.
    """

    async def founded(office: str, token: str) -> bool:
        try:
            answer = await http.get(f"{casework}/v1/offices/{office}", headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            log.warning("casework cannot be asked for an office: %s", type(error).__name__)
            return False
        return answer.is_success

    return founded


def require_loopback(host: str) -> None:
    """End the process unless this is a loopback address."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        sys.exit(f"The development issuer listens on loopback only, not on {host}. Use a real identity provider there.")


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key of this file, made at the first start."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = Ed25519PrivateKey.generate()
        write_private(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit(f"{path} holds no Ed25519 key.")
    return key


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve, as the variables `NEOVE_ISSUER_…` say."""
    host, port = environment.get("NEOVE_ISSUER_HOST", "127.0.0.1"), int(environment["NEOVE_ISSUER_PORT"])
    require_loopback(host)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    log.warning(WARNING)
    issuer = Issuer(
        url=environment["NEOVE_ISSUER_URL"],
        audience=environment["NEOVE_ISSUER_AUDIENCE"],
        key=signing_key(Path(environment["NEOVE_ISSUER_KEY_FILE"])),
        clients=Secrets.read(Path(environment["NEOVE_ISSUER_SECRETS_FILE"])).clients,
        offices=DemoOffices(Library().world.directory),
        founded=asked_at(environment["NEOVE_ISSUER_CASEWORK"], httpx.AsyncClient(timeout=3, trust_env=False)),
    )
    config = uvicorn.Config(
        build_app(issuer), host=host, port=port, log_level="warning", access_log=False, date_header=False
    )
    asyncio.run(Server(config).serve())


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=").lower()


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


if __name__ == "__main__":
    main()
