"""`python -m vault.audit [NUMBER:HASH]` verifies every chain and seal, and prints what it found as JSON.

It needs the vault's settings, its master key and no running service. `NUMBER:HASH` is a seal that was kept elsewhere,
for example the `seal` that it printed the last time: so chains that were cut off together with the seals are found.
Status 1: something is not as it was written.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from kit.clock import SystemClock
from kit.crypto import KeyRing
from kit.db import engine, sessions
from kit.settings import PostgresSettings
from kit.uow import Tx, UnitOfWork
from vault.audit import repository
from vault.audit.chain import Finding, Head, heads_of, wrong_in_chain, wrong_in_seals
from vault.audit.collector import key_of
from vault.chain import GENESIS, first_broken
from vault.repository import entries
from vault.settings import Settings


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is not as it was written.

    Attributes:
        entries, chains, seals: how many.
        seal: number and hash of the newest seal; keep it elsewhere. `0:…` where there is none.
        gaps: service → numbers that it never handed over: rolled back, or gone before they were fetched.
    """

    entries: int
    chains: int
    seals: int
    seal: str
    gaps: dict[str, int]
    findings: list[Finding]


async def verify(tx: Tx, master: KeyRing, kept: Head | None = None) -> Verified:
    """Recompute everything. Raises `WrongMasterKey`.

    Args:
        kept: number and hash of a seal that somebody kept elsewhere.
    """
    key, seals = await key_of(tx, master), await repository.seals(tx)
    if key is None:
        lost = [Finding("seals", 0, "cut off")] if seals or kept else []
        return Verified(0, 0, 0, f"0:{GENESIS}", await repository.gaps(tx), lost)
    findings = wrong_in_seals(key, seals, kept)
    ends, count, chains = heads_of(seal for seal, _ in seals), 0, 0
    async for chain, links in repository.chains(tx):
        begin = (await repository.begins(tx, [chain])).get(chain, (0, GENESIS))
        findings += wrong_in_chain(key, chain, links, begin, ends.pop(chain, None))
        broken = first_broken(await entries(tx, chain)) if begin[0] else None
        findings += [Finding(chain, broken, "changed")] if broken else []
        count, chains = count + len(links), chains + 1
    findings += [Finding(chain, 1, "cut off") for chain in ends]
    if seals and not findings and count != seals[-1][0].links:
        findings.append(Finding("seals", seals[-1][0].number, "changed"))
    newest = f"{seals[-1][0].number}:{seals[-1][1]}" if seals else f"0:{GENESIS}"
    return Verified(count, chains, len(seals), newest, await repository.gaps(tx), findings)


async def _run(settings: Settings, kept: Head | None) -> Verified:
    made = engine(PostgresSettings(database_url=settings.audit_database_url, pool_size=1))
    try:
        async with UnitOfWork(sessions(made), SystemClock())() as tx:
            await repository.one_view(tx)
            return await verify(tx, KeyRing.load_private(settings.master_key_file), kept)
    finally:
        await made.dispose()


def _kept(arguments: list[str]) -> Head | None:
    if not arguments:
        return None
    number, _, stored = arguments[0].partition(":")
    if len(arguments) != 1 or not number.isdigit() or len(stored) != len(GENESIS):
        sys.exit("usage: python -m vault.audit [NUMBER:HASH]")
    return int(number), stored


def main() -> None:
    """Verify, print, and say by the status whether all is as it was written."""
    kept = _kept(sys.argv[1:])
    settings: Any = Settings
    found = asyncio.run(_run(settings(), kept))
    print(json.dumps(asdict(found), indent=1))
    sys.exit(1 if found.findings else 0)


if __name__ == "__main__":
    main()
