"""An office that a signed change founded is known to every service within a moment, and none needs NATS to start."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from client.errors import NotOffered
from client.tokens import Issuer
from contracts.ids import new_id
from contracts.topology import OFFICES
from regulations.legal_time import legal_date
from stack.trial import Trial
from tests.load.desk import report
from tests.load.house import settled, until

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(180)]
NATIONAL, HEALTH = "steering_committee/ha-noi", "health_authority/lao-cai"
FOLLOWING = ("casework", *OFFICES.readers)
SECONDS = 60


def sent(running: Trial, office: str, service: str, path: str, actor: str = "1", **body: Any) -> httpx.Response:
    """A POST as a person of an office, sent once."""
    token = Issuer(running.stack.issuer_url, actor=actor).office(office)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id("key")}
    return httpx.post(running.url(service) + path, json=body, headers=headers, timeout=15, trust_env=False)


def found(running: Trial, office: str) -> None:
    """Found an office in Sa Pa: one person proposes it, another one signs.

    It exists since yesterday: what its reports tell of happened an hour ago, which may be before midnight.
    """
    yesterday = legal_date(datetime.now(UTC)) - timedelta(days=1)
    change = {"kind": "founded", "office": office, "place": "sa-pa", "on": yesterday.isoformat()}
    given = {"kind": "offices", "decision": "QĐ 1/QĐ-UBND", "reason": "Bài thử", "rows": [], "changes": [change]}
    proposed = sent(running, NATIONAL, "casework", "/v1/amendments", **given).raise_for_status().json()
    path = f"/v1/amendments/{proposed['amendment_id']}/sign"
    sent(running, NATIONAL, "casework", path, "2", content_hash=proposed["content_hash"]).raise_for_status()


def reported(running: Trial, office: str) -> httpx.Response:
    taken = report(place={"province": "lao-cai", "commune": "sa-pa"}, channel="in_person", route="self_report")
    return sent(running, office, "intake", "/v1/reports", **taken)


def directories(running: Trial) -> set[str]:
    """The version of the directory that each service says it uses."""
    answers = [httpx.get(f"{running.url(one)}/healthz/ready", timeout=15, trust_env=False).json() for one in FOLLOWING]
    return {answer["directory"] for answer in answers}


@contextmanager
def silent(running: Trial, name: str) -> Iterator[None]:
    """The server takes connections and answers nothing. Unlike a killed one, it is not started again meanwhile."""
    process = running.process(name)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


async def test_a_founded_office_signs_in_reports_and_receives_without_a_restart(running: Trial) -> None:
    new = f"facility/moi-{secrets.token_hex(4)}"
    with pytest.raises(NotOffered):
        running.token(new)
    found(running, new)
    assert running.token(new), "casework knows it at once"

    async def takes_its_report() -> bool:
        return reported(running, new).is_success

    await until(takes_its_report, SECONDS, "intake knows the office")
    case_id = reported(running, HEALTH).raise_for_status().json()["cases"]["A"]
    asked = {"lane": "identification", "to": new, "reason": "safety", "occurred_at": datetime.now(UTC).isoformat()}

    async def proposed() -> bool:
        answer = sent(running, HEALTH, "casework", f"/v1/cases/{case_id}/handovers", **asked)
        return answer.is_success

    await until(proposed, SECONDS, "the case is in the register, and handed over")
    with running.client(new, "casework") as client:
        [handover] = client.get("/v1/handovers?direction=incoming").raise_for_status().json()["items"]
        answer = {"accept": True, "occurred_at": datetime.now(UTC).isoformat()}
        sent(running, new, "casework", f"/v1/handovers/{handover['handover_id']}/answer", **answer).raise_for_status()
        assert client.get(f"/v1/cases/{case_id}").json()["lanes"]["identification"]["holder"] == new

    async def agree() -> bool:
        return len(directories(running)) == 1

    await until(agree, SECONDS, "every service uses the same offices")
    assert directories(running) != {"release"}


async def test_a_service_that_starts_without_nats_uses_the_release_and_catches_up(running: Trial) -> None:
    new = f"facility/moi-{secrets.token_hex(4)}"
    with silent(running, "nats"):
        before = running.process("intake")
        before.kill()
        found(running, new)

        async def serves() -> bool:
            try:
                return running.process("intake").pid != before.pid and reported(running, HEALTH).is_success
            except httpx.HTTPError:
                return False

        await until(serves, SECONDS, "intake takes reports of offices of the release that it knows")
        assert reported(running, new).status_code == 503, "whether it has a list of members cannot be known"

    async def takes_its_report() -> bool:
        return reported(running, new).is_success

    await until(takes_its_report, SECONDS, "intake has caught up")
    await settled(running.stack)
