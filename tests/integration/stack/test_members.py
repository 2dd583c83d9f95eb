"""The lists of members at every service: the real bucket, each service's own rights in NATS, tokens of the real issuer.

The services here answer in this process, so that the test moves the clock by which they look at a list again.
"""

import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from client.tokens import Issuer
from contracts.times import legal_date
from kit import db
from kit.auth import TokenVerifier
from kit.bus import Bus
from kit.clock import SystemClock
from kit.http import build_app
from kit.membership import LOOK_SECONDS, Copies, Membership
from kit.state import State
from kit.uow import UnitOfWork
from stack.issuer.signer import person
from stack.trial import Trial
from tests.integration.stack.test_sign_in import SERVICES, operations
from tests.load.house import settled, until

pytestmark = pytest.mark.stack

ADMIN = "admin/ha-noi"
OFFICE, OTHER = "procuracy/dien-bien", "procuracy/lai-chau"
"""Other tests of this stack use neither, so no person of theirs is shut out."""
HEAD, LEAVER, COMER, ELSEWHERE, AUDITOR, STRANGER, RUNNING = "1", "2", "3", "4", "5", "6", "7"
"""Numbers of persons at the development issuer."""
SECONDS = 30


@dataclass
class Door:
    """One service in this process, and the clock by which it looks at a list again."""

    name: str
    client: httpx.AsyncClient
    state: State
    seconds: list[float]

    async def asks(self, token: str, method: str, path: str) -> int:
        """The status of one call."""
        answer = await self.client.request(method, path, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    async def admits(self, token: str) -> bool:
        """Whether it takes the token for its first operation."""
        self.seconds[0] += LOOK_SECONDS
        return await self.asks(token, *min(operations(self.name))) not in (401, 503)


async def door(stack: Trial, name: str, monkeypatch: pytest.MonkeyPatch, http: httpx.AsyncClient) -> tuple[Door, Bus]:
    for key, word in stack.stack.environment(name).items():
        monkeypatch.setenv(key, word)
    service: Any = importlib.import_module(f"{name}.__main__").SERVICE
    settings = service.settings_type()
    bus, seconds = Bus(settings, name, ()), [0.0]
    await bus.start()
    uow = UnitOfWork(db.sessions(db.engine(settings)), SystemClock())
    membership = Membership(bus, Copies(uow), lambda: seconds[0])
    state = State(name, settings, SystemClock(), uow, TokenVerifier(name, settings, http), http, membership)
    app = httpx.ASGITransport(build_app(name, service.routers, state), raise_app_exceptions=False)
    return Door(name, httpx.AsyncClient(transport=app, base_url="http://test"), state, seconds), bus


@pytest_asyncio.fixture(loop_scope="session", scope="module", name="doors")
async def _doors(stack: Trial) -> AsyncIterator[list[Door]]:
    """Every service."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        async with httpx.AsyncClient(trust_env=False) as http:
            made = [await door(stack, name, monkeypatch, http) for name in SERVICES]
            yield [one for one, _ in made]
            for one, bus in made:
                await one.client.aclose()
                await bus.stop()


def token(stack: Trial, actor: str, office: str = OFFICE) -> str:
    return Issuer(stack.stack.issuer_url, actor=actor).office(office)


def member(actor: str, position: str = "officer", office: str = OFFICE, **more: Any) -> dict[str, Any]:
    return {"subject": person(office, actor)["sub"], "name": "Nguyễn Thử Nghiệm", "position": position, **more}


def imported(stack: Trial, *members: dict[str, Any], office: str = OFFICE, **more: Any) -> None:
    with stack.client(ADMIN, "casework") as client:
        body = {"members": list(members), **more}
        client.post(f"/v1/offices/{office}/members", json=body).raise_for_status()


async def test_who_is_no_member_that_day_is_refused_by_every_operation_of_every_service(
    stack: Trial, doors: list[Door], capsys: pytest.CaptureFixture[str]
) -> None:
    tomorrow = legal_date(datetime.now(UTC)) + timedelta(1)
    imported(
        stack,
        member(HEAD, "head"),
        member(LEAVER),
        member(COMER, valid_from=tomorrow.isoformat()),
        member(AUDITOR, "auditor"),
        member("system", "system"),
    )
    imported(stack, member(ELSEWHERE, office=OTHER), office=OTHER)
    leaver = token(stack, LEAVER)
    for one in doors:
        await until(lambda one=one: one.admits(leaver), SECONDS, f"{one.name} has the list")
    imported(stack, {"subject": person(OFFICE, LEAVER)["sub"], "active": False})
    await settled(stack.stack)
    refused = {
        "leaver": leaver,
        "not a member yet": token(stack, COMER),
        "member of another office": token(stack, ELSEWHERE),
        "stranger": token(stack, STRANGER),
    }
    lines: list[str] = []
    for one in doors:
        one.seconds[0] += LOOK_SECONDS
        tried = operations(one.name)
        for who, given in refused.items():
            answers = [await one.asks(given, *operation) for operation in tried]
            assert answers == [401] * len(tried), (one.name, who)
        lines.append(f"{', '.join(refused)}: refused by {one.name} ({len(tried)} of {len(tried)} operations)")
        assert await one.admits(token(stack, HEAD))
        assert await one.admits(token(stack, "system")), "the system of the office is in the list"
        assert await one.admits(token(stack, STRANGER, "health_authority/lao-cai")), "an office without a list"
    with capsys.disabled():
        print("", *lines, sep="\n")


ONLY_READ = ("/access-log", "/reasons/reason_id", "/looks/by-person", "/v1/reports/find")
"""Ends of the paths of a POST that only reads."""


async def test_an_auditor_reads_and_changes_nothing(stack: Trial, doors: list[Door]) -> None:
    imported(stack, member(HEAD, "head"), member(AUDITOR, "auditor"))
    auditor = token(stack, AUDITOR)
    for one in doors:
        await until(lambda one=one: one.admits(auditor), SECONDS, f"{one.name} has the list")
        for method, path in operations(one.name):
            status = await one.asks(auditor, method, path)
            changes = method == "POST" and not path.endswith(ONLY_READ)
            assert (status == 403) if changes else status != 401, (one.name, method, path, status)


async def test_the_running_services_let_in_members_only(stack: Trial) -> None:
    """An office that no service has met before, so that all of them look at once."""
    office = "procuracy/son-la"
    imported(stack, member(RUNNING, "head", office), office=office)
    await settled(stack.stack)
    for service in SERVICES:
        method, path = min(operations(service))
        for actor, let_in in ((RUNNING, True), (STRANGER, False)):
            headers = {"Authorization": f"Bearer {token(stack, actor, office)}"}
            async with httpx.AsyncClient(trust_env=False, base_url=stack.url(service)) as http:
                answer = await http.request(method, path, headers=headers)
            assert (answer.status_code != 401) == let_in, (service, actor, answer.text)


async def test_a_service_that_starts_while_nats_is_away_knows_the_offices_that_it_knew(
    stack: Trial, doors: list[Door]
) -> None:
    imported(stack, member(HEAD, "head"))
    for one in doors:
        await until(lambda one=one: one.admits(token(stack, HEAD)), SECONDS, f"{one.name} has the list")
        assert await one.admits(token(stack, STRANGER, "health_authority/lao-cai"))
        away = Bus(one.state.settings, one.name, ())  # never started: nothing answers
        before, one.state.membership = one.state.membership, Membership(away, Copies(one.state.uow))
        first = min(operations(one.name))
        assert await one.asks(token(stack, HEAD), *first) != 401
        assert await one.asks(token(stack, STRANGER), *first) == 401
        assert await one.asks(token(stack, STRANGER, "health_authority/lao-cai"), *first) not in (401, 503)
        assert await one.asks(token(stack, HEAD, "legal_aid/son-la"), *first) == 503, "never seen"
        one.state.membership = before
