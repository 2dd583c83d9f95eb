"""Intake and the vault in this process, each on a fresh database of the real server, joined by HTTP without sockets.

Clock, tokens and the way to the vault are the test's own, so that every fault can be made at will.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import intake.api
import intake.models
import intake.settings
import vault.api
import vault.audit.api
import vault.models
import vault.settings
from casefile.sealing import Sealer
from casefile.standing import Standings
from casefile.start import use_library
from contracts.ids import audience_of
from contracts.standing import LaneStanding, Standing
from kit import db, migrations
from kit.auth import ServiceToken, TokenVerifier
from kit.client import ServiceClient
from kit.clock import FixedClock
from kit.crypto import KeyRing
from kit.http import build_app
from kit.settings import ServiceSettings
from kit.state import State
from kit.uow import UnitOfWork
from stack.stack import AUDIT, Stack, sqlalchemy_url
from tests.integration.own_bucket import OwnBucket
from tests.library import LIBRARY
from vault.audit.start import collector
from vault.service import Vault

ISSUER = "https://issuer.test"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PROBLEM = "application/problem+json"


class Issuer:
    """Signs tokens with a key of its own and answers for it."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def token(self, **claims: str) -> str:
        """An access token of an office (`office=…`) or of a service (`service=…`); a claim replaces the usual one."""
        now = datetime.now(UTC)
        usual = {"iss": ISSUER, "sub": "actor-1", "iat": now, "exp": now + timedelta(minutes=10)}
        return jwt.encode(usual | claims, self._key, algorithm="EdDSA", headers={"kid": "k1", "typ": "at+jwt"})

    def answer(self, request: httpx.Request) -> httpx.Response:
        """`/jwks.json` and `/token`."""
        if request.url.path == "/jwks.json":
            key = jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
            return httpx.Response(200, json={"keys": [{**key, "kid": "k1", "use": "sig", "alg": "EdDSA"}]})
        asked = dict(parse_qsl(request.content.decode()))
        token = self.token(service="intake", aud=asked["resource"])
        return httpx.Response(200, json={"access_token": token, "expires_in": 600})


class Net(httpx.AsyncBaseTransport):
    """Sends a request to whoever bears its host name; `fault` may answer or fail in the vault's place."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.vault: httpx.ASGITransport | None = None
        self.fault: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        self.sealed: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Part of the interface of a transport."""
        if request.url.host == "issuer.test":
            return self._issuer.answer(request)
        self.sealed.append(request.url.path)
        if (instead := self.fault(request)) is not None:
            return instead
        assert self.vault is not None
        return await self.vault.handle_async_request(request)


@dataclass
class Running:
    """One service: its state, and an HTTP client for it."""

    name: str
    state: State
    client: httpx.AsyncClient
    engine: AsyncEngine
    issuer: Issuer
    bucket: OwnBucket

    async def close(self) -> None:
        """Let go of the database."""
        await self.client.aclose()
        await self.engine.dispose()

    async def post(self, path: str, office: str | None = None, json: Any = None, **headers: str) -> httpx.Response:
        """A POST as an office, or as a service (`service/<name>`)."""
        return await self.client.post(path, json={} if json is None else json, headers=self._signed(office) | headers)

    async def get(self, path: str, office: str | None = None) -> httpx.Response:
        """A GET as an office."""
        return await self.client.get(path, headers=self._signed(office))

    def _signed(self, office: str | None) -> dict[str, str]:
        """The header of a token; subject and position may stand behind the office: `commune/lao-cai#act_2@officer`."""
        if office is None:
            return {}
        office, _, subject = office.partition("#")
        subject, _, position = subject.partition("@")
        claims = {"service": office[8:]} if office.startswith("service/") else {"office": office}
        claims |= {"sub": subject} if subject else {}
        claims |= {"position": position} if position else {}
        return {"Authorization": f"Bearer {self.token(**claims)}"}

    def token(self, **claims: str) -> str:
        """A token for this service, as `Issuer.token`."""
        return self.issuer.token(**{"aud": audience_of(self.name), **claims})

    async def sql(self, statement: str, *values: object, runtime: bool = False) -> list[Any]:
        """Run a statement as the owner of the database, or as the runtime role."""
        given = self.state.settings
        url = given.database_url if runtime else given.owner_database_url
        connection: Any = await asyncpg.connect(str(url).replace("+asyncpg", ""))
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    async def script(self, statements: str) -> None:
        """Run statements without values as the owner of the database."""
        connection: Any = await asyncpg.connect(str(self.state.settings.owner_database_url).replace("+asyncpg", ""))
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    async def stand(self, case_id: str, standing: Standing, version: int = 1) -> None:
        """Let the service know how offices stand to a case, as casework would."""
        self.bucket.put(case_id, version, standing)


@dataclass
class House:
    """Both services and what a test may disturb."""

    vault: Running
    intake: Running
    net: Net
    clock: FixedClock
    master: KeyRing


def standing(**given: Any) -> Standing:
    """A case of Lào Cai that the provincial police holds and the border guard reported."""
    lane = LaneStanding(state="POLICE_VERIFICATION", holder="provincial_police/lao-cai", place="lao-cai")
    usual = {"reporter": "border_guard/lao-cai", "lanes": {"identification": lane}}
    return Standing(**{**usual, "regime_procedure": "law-53-2024", "route": "self_report", **given})


@asynccontextmanager
async def house(stack: Stack, folder: Path) -> AsyncIterator[House]:
    """Both services, on fresh databases that are dropped at the end."""
    issuer, clock, master = Issuer(), FixedClock(NOW), KeyRing.fresh()
    net = Net(issuer)
    http = httpx.AsyncClient(transport=net)
    async with database(stack, "vault") as vault_urls, database(stack, "intake") as intake_urls:
        audit_url = make_url(vault_urls[0]).set(username=AUDIT, password=stack.secrets.audit)
        keys = {
            "master_key_file": folder / "master.json",
            "audit_database_url": audit_url.render_as_string(hide_password=False),
        }
        given = vault.settings.Settings(**settings(vault_urls), **keys)
        the_vault = running("vault", given, http, clock, issuer)
        the_vault.state.put(Vault(master))
        the_vault.state.put(collector(the_vault.state, given, master))
        net.vault = httpx.ASGITransport(app(the_vault.state))
        own = intake.settings.Settings(**settings(intake_urls), vault_url="http://vault.test")
        the_intake = running("intake", own, http, clock, issuer)
        token = ServiceToken("intake", own, http)
        client = ServiceClient("http://vault.test", token, http, resource=audience_of("vault"))
        the_intake.state.put(client)
        the_intake.state.put(Sealer(client))
        try:
            yield House(the_vault, the_intake, net, clock, master)
        finally:
            await the_vault.close()
            await the_intake.close()
            await http.aclose()


def running(name: str, given: ServiceSettings, http: httpx.AsyncClient, clock: FixedClock, issuer: Issuer) -> Running:
    """One service on its own engine; the caller puts the service's parts into its state."""
    engine = db.engine(given)
    state = State(name, given, clock, UnitOfWork(db.sessions(engine), clock), TokenVerifier(name, given, http), http)
    use_library(state, LIBRARY)
    bucket = OwnBucket()
    state.put(Standings(bucket, lambda: clock.now().timestamp()))
    transport = httpx.ASGITransport(app(state), raise_app_exceptions=False)
    return Running(name, state, httpx.AsyncClient(transport=transport, base_url="http://test"), engine, issuer, bucket)


def app(state: State) -> Any:
    """The service's application."""
    routers = {"vault": [vault.api.router, vault.audit.api.router], "intake": [intake.api.router]}
    return build_app(state.service, routers[state.service], state)


def settings(urls: tuple[str, str]) -> dict[str, Any]:
    """What every service is told; the bus is not used here. `urls`: of the runtime role, of the owner."""
    nats = {"nats_url": "nats://nowhere.test", "nats_user": "x", "nats_password": SecretStr("x")}
    auth = {"issuer": ISSUER, "jwks_url": f"{ISSUER}/jwks.json", "token_url": f"{ISSUER}/token"}
    database = {"database_url": urls[0], "owner_database_url": urls[1]}
    return {**database, "client_secret": SecretStr("x"), "port": 1, **nats, **auth}


@asynccontextmanager
async def database(stack: Stack, service: str) -> AsyncIterator[tuple[str, str]]:
    """A fresh, migrated database with the service's own two roles: (URL of the runtime role, URL of the owner).

    The migrations run once for each service of a run; every test file gets a copy.
    """
    migrated = f"{service}_migrated"
    if (stack.state, service) not in _MIGRATED:
        await run(stack, f'CREATE DATABASE "{migrated}" OWNER "{service}_owner" TEMPLATE template0')
        await asyncio.to_thread(migrations.upgrade, service, service, _url(stack, migrated, service, owner=True))
        _MIGRATED.add((stack.state, service))
    name = f"{service}_{secrets.token_hex(4)}"
    await run(stack, f'CREATE DATABASE "{name}" OWNER "{service}_owner" TEMPLATE "{migrated}"')
    # Rights on a database itself are not copied.
    await run(stack, f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "{name}" TO "{service}"')
    await run(stack, f'GRANT CONNECT ON DATABASE "{name}" TO "{AUDIT}"')
    try:
        yield _url(stack, name, service, owner=False), _url(stack, name, service, owner=True)
    finally:
        await run(stack, f'DROP DATABASE "{name}" WITH (FORCE)')


_MIGRATED: set[tuple[Path, str]] = set()
"""(state of the stack, service) of the databases that the others are copied from."""


def _url(stack: Stack, database: str, service: str, *, owner: bool) -> str:
    """URL of a database for one of the service's two roles."""
    passwords = stack.secrets.postgres[service]
    role, password = (f"{service}_owner", passwords.owner) if owner else (service, passwords.runtime)
    return sqlalchemy_url(stack.postgres_url(database, role, password))


async def run(stack: Stack, statement: str) -> None:
    """One statement as the administrator of the server."""
    connection: Any = await asyncpg.connect(stack.postgres_url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
