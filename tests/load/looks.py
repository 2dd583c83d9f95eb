"""Calls of every kind on a running stack, and whether the chains hold an entry of each."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import httpx

from client.answers import Answer
from client.openapi import Request
from client.services import OperationName, Services
from client.tokens import Issuer
from contracts.ids import new_id
from stack.config import ROOT
from stack.issuer.signer import person
from stack.trial import Trial
from tests.load.house import until

Kind = tuple[str, str, int]
"""Office, operation (`<service>.<operationId>`), status of the answer."""
NOT_RECORDED = frozenset({401, 503})
"""Nobody is known, or nothing was decided and nothing shown."""
OFFICES = ("border_guard/lao-cai", "health_authority/lao-cai", "steering_committee/lao-cai")
FOUND_SECONDS = 60.0


class Recorded(Services):
    """Services that remember what was sent to them."""

    def __init__(self, urls: Mapping[str, str], issuer: str) -> None:
        super().__init__(urls, issuer)
        self.sent: Counter[Kind] = Counter()

    def send(
        self, name: OperationName, request: Request, *, office: str, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        """As `Services.send`."""
        answer = super().send(name, request, office=office, headers=headers, timeout=timeout)
        if answer.status not in NOT_RECORDED:
            self.sent[office, str(name), answer.status] += 1
        return answer


def operations(service: str) -> Iterator[tuple[str, str, str]]:
    """Name, method and path of every operation of a service, with ids of nothing."""
    document = json.loads((ROOT / f"contracts/schemas/openapi/{service}.json").read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            filled = "/".join(new_id("case") if part.endswith("_id}") else part.strip("{}") for part in path.split("/"))
            yield f"{service}.{one['operationId']}", method.upper(), filled


def call_everything(running: Trial, actor: str) -> Counter[Kind]:
    """Call every operation of every service as a person of several offices; what was called and answered."""
    issuer, sent = Issuer(running.stack.issuer_url, actor=actor), Counter[Kind]()
    with httpx.Client(trust_env=False, timeout=30) as http:
        for office in OFFICES:
            headers = {"Authorization": f"Bearer {issuer.office(office)}"}
            for service, url in running.endpoints.services.items():
                for name, method, path in operations(service):
                    body = {"json": {}} if method == "POST" else {}
                    answer = http.request(method, url + path, headers=headers, **body)
                    sent[office, name, answer.status_code] += 1
    return sent


def subjects(actor: str) -> list[str]:
    """The subjects of this person in the offices."""
    return [person(office, actor)["sub"] for office in OFFICES]


async def chained(running: Trial, actors: Sequence[str] | None = None) -> Counter[Kind]:
    """What the chains hold, of these persons or of everybody."""
    connection: Any = await asyncpg.connect(running.stack.owner_url("vault"))
    try:
        rows = await connection.fetch(
            "SELECT caller, operation, answer FROM vault.look_links WHERE $1::text[] IS NULL OR actor = ANY($1)", actors
        )
    finally:
        await connection.close()
    return Counter((row["caller"], row["operation"], row["answer"]) for row in rows)


async def missing(running: Trial, sent: Counter[Kind], actors: Sequence[str] | None = None) -> Counter[Kind]:
    """Those that are not in the chains within a minute."""
    wanted = Counter({kind: count for kind, count in sent.items() if kind[2] not in NOT_RECORDED})

    async def all_there() -> bool:
        return not wanted - await chained(running, actors)

    with suppress(AssertionError):
        await until(all_there, FOUND_SECONDS, "the chains have an entry of every call")
    return wanted - await chained(running, actors)
