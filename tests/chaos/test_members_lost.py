"""The bucket of members is away, lost or put back: known offices go on, and a leaver never gets in again."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from client.tokens import Issuer
from contracts.topology import MEMBERS
from kit.topology import jetstream
from stack.administrator import administrator
from stack.issuer.signer import person
from stack.trial import Trial
from tests.load.house import away, settled, until

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(240)]

ADMIN, FREE = "admin/ha-noi", "health_authority/lao-cai"
HEAD, LEAVER, STRANGER = "1", "2", "3"
SECONDS = 40
Lose = Callable[[Trial, Path], Awaitable[None]]


def status(running: Trial, office: str, actor: str) -> int:
    """What notify answers a person who asks for the inbox; 0 while it starts."""
    token = Issuer(running.stack.issuer_url, actor=actor).office(office)
    try:
        with running.client(service="notify") as client:
            return client.get("/v1/inbox", headers={"Authorization": f"Bearer {token}"}).status_code
    except httpx.TransportError:
        return 0


def imported(running: Trial, office: str, *members: dict[str, Any]) -> None:
    with running.client(ADMIN, "casework") as client:
        client.post(f"/v1/offices/{office}/members", json={"members": list(members)}).raise_for_status()


def member(office: str, actor: str, position: str = "officer", **more: Any) -> dict[str, Any]:
    return {"subject": person(office, actor)["sub"], "name": "Trần Ví Dụ", "position": position, **more}


async def answers(running: Trial, office: str, actor: str, expected: int) -> None:
    async def holds() -> bool:
        return status(running, office, actor) == expected

    await until(holds, SECONDS, f"person {actor} of {office} gets {expected}")


async def forgetful(running: Trial) -> None:
    """Notify starts again, so that it remembers nothing."""
    before = running.process("notify")
    before.kill()
    running.wait_ready("notify", before.pid)


async def deleted(running: Trial, saved: Path) -> None:
    async with administrator(running.stack) as client:
        await jetstream(client).delete_stream(MEMBERS.stream)
    await forgetful(running)


async def put_back(running: Trial, saved: Path) -> None:
    """The whole store of NATS as it was when the leaver was a member."""
    async with away(running, "nats"), away(running, "notify"):
        shutil.rmtree(running.state / "nats")
        shutil.copytree(saved, running.state / "nats")


@pytest.mark.parametrize(
    ("lose", "office"), [(deleted, "procuracy/lang-son"), (put_back, "procuracy/cao-bang")], ids=["deleted", "put back"]
)
async def test_a_leaver_does_not_come_back_with_a_bucket_that_is_lost(
    running: Trial, tmp_path: Path, lose: Lose, office: str
) -> None:
    imported(running, office, member(office, HEAD, "head"), member(office, LEAVER))
    await answers(running, office, LEAVER, 200)
    async with away(running, "nats"):
        shutil.copytree(running.state / "nats", tmp_path / "hour")
    imported(running, office, {"subject": person(office, LEAVER)["sub"], "active": False})
    await settled(running.stack)
    await forgetful(running)
    await answers(running, office, LEAVER, 401)
    await lose(running, tmp_path / "hour")
    seen: set[int] = set()

    async def is_whole() -> bool:
        seen.add(status(running, office, LEAVER))
        return await held(running, office)

    await until(is_whole, SECONDS, "the bucket is filled again")
    await forgetful(running)
    await answers(running, office, HEAD, 200)
    seen.add(status(running, office, LEAVER))
    assert 200 not in seen
    assert status(running, office, LEAVER) == 401


async def held(running: Trial, office: str) -> bool:
    """Whether the bucket holds the office again."""
    try:
        async with administrator(running.stack) as client:
            await jetstream(client).get_last_msg(MEMBERS.stream, MEMBERS.subject(office), direct=True)
    except Exception:  # the stream is missing, or the server starts
        return False
    return True


async def test_without_nats_known_offices_go_on_and_one_that_was_never_seen_waits(running: Trial) -> None:
    office = "procuracy/lao-cai"
    imported(running, office, member(office, HEAD, "head"))
    await answers(running, office, STRANGER, 401)
    assert status(running, FREE, STRANGER) == 200
    async with away(running, "nats"):
        assert status(running, office, HEAD) == 200
        assert status(running, office, STRANGER) == 401
        assert status(running, FREE, STRANGER) == 200
        assert status(running, "procuracy/thai-nguyen", HEAD) == 503
    await answers(running, "procuracy/thai-nguyen", HEAD, 200)
