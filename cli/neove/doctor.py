"""`neove doctor`: which part is healthy."""

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import asyncpg
import psutil
import typer
from alembic.script import ScriptDirectory
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from client.services import Services
from contracts.problems import Problem
from contracts.topology import ADVISORY_STREAM, DURABLES, PARKED_STREAM
from kit import db, migrations, relay, topology
from kit.settings import PostgresSettings
from neove.law.amendments import Register
from regulations import Library, PackError
from stack import lock, status, temporal
from stack.administrator import administrator
from stack.config import Failure, state_dir
from stack.processes import Child, Records
from stack.stack import Stack, sqlalchemy_url

Health = Literal["ok", "look", "bad"]
SHOWN: dict[Health, str] = {"ok": "[green]ok[/]", "look": "[yellow]look[/]", "bad": "[red]bad[/]"}
LOW_DISK_BYTES = 1_000_000_000
OLD_EVENT_SECONDS = 30
MEGABYTE = 1_000_000
_UNCONFIRMED = """
SELECT count(*) FILTER (WHERE abandoned_at IS NULL AND created_at < now() - interval '27 hours'),
       count(*) FILTER (WHERE abandoned_at IS NOT NULL)
FROM case_keys WHERE known_at IS NULL
"""
"""Intake is asked after 24 hours and gives its word every hour."""
PINNED = "SELECT pack_id, pack_hash, count(*) AS cases FROM casework.cases WHERE NOT closed GROUP BY 1, 2 ORDER BY 1, 2"


class Finding(NamedTuple):
    """One line of the table; only `bad` makes the command fail."""

    part: str
    health: Health
    told: str


def command(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list instead of a table.")] = False,
) -> None:
    """Say of each part whether it is healthy; status 1 if one is not."""
    stack = Stack.load(state_dir())
    found = [*_processes(stack), *asyncio.run(_dependencies(stack)), _law(stack), _disk(stack)]
    if as_json:
        print(json.dumps([finding._asdict() for finding in found], indent=1, ensure_ascii=False))
    else:
        table = Table()
        for heading in ("part", "", "what"):
            table.add_column(heading, overflow="fold")
        for finding in found:
            table.add_row(finding.part, SHOWN[finding.health], finding.told)
        Console().print(table)
    if any(finding.health == "bad" for finding in found):
        raise typer.Exit(1)


def _processes(stack: Stack) -> Iterator[Finding]:
    pid = lock.holder(stack.state)
    supervisor = [psutil.Process(pid)] if pid else []
    yield Finding("supervisor", "ok", _described(supervisor)) if pid else Finding("supervisor", "bad", "does not run")
    known = status.read(stack.state)
    restarts = {part.name: part.restarts for part in known.parts} if known else {}
    records, everything = Records(stack.state), supervisor
    for child in (*stack.servers(), *stack.processes()):
        process = records.process(child.name)
        family = [process, *process.children(recursive=True)] if process else []
        everything = everything + family
        yield _process(child, family, restarts.get(child.name, 0))
    yield Finding("memory", "ok", f"{_megabytes(everything):.0f} MB in {len(everything)} processes")


def _process(child: Child, family: list[psutil.Process], restarts: int) -> Finding:
    if not family:
        return Finding(child.name, "bad", "does not run")
    told = _described(family) + (f", started again {restarts} times" if restarts else "")
    if not child.ready():
        return Finding(child.name, "bad", f"{told}, does not answer at {child.where}")
    return Finding(child.name, "look" if restarts else "ok", told)


def _described(family: list[psutil.Process]) -> str:
    """Pid and age of the first, memory of all."""
    minutes = (time.time() - family[0].create_time()) / 60
    return f"pid {family[0].pid}, {minutes:.0f} min, {_megabytes(family):.0f} MB"


def _megabytes(family: list[psutil.Process]) -> float:
    """Memory of these processes, pages that they share counted once."""
    total = 0
    for process in family:
        with suppress(psutil.Error, OSError):
            total += process.memory_full_info().pss
    return total / MEGABYTE


async def _dependencies(stack: Stack) -> list[Finding]:
    found: list[Finding] = []
    for service in stack.service_names:
        found += await _guarded(f"{service}: database", lambda service=service: _database(stack, service))
    found += await _guarded("packs", lambda: _packs(stack))
    found += await _guarded("streams", lambda: _streams(stack))
    found += await _guarded("vault: unconfirmed", lambda: _unconfirmed(stack))
    found.append(signals_finding(await asyncio.to_thread(temporal.runs_that_ignored_signals, stack.temporal_address)))
    if stack.outside.temporal:
        missing = await asyncio.to_thread(temporal.missing_attributes, stack.outside.temporal)
        told = f"missing search attributes: {', '.join(sorted(missing))}" if missing else "answers"
        found.append(Finding("temporal, outside", "bad" if missing else "ok", told))
    return found


def signals_finding(runs: int | None) -> Finding:
    """Whether somebody sends workflows what is not theirs.

    Args:
        runs: running workflows that ignored something; None when Temporal does not answer.
    """
    if runs is None:
        return Finding("foreign signals", "bad", "Temporal cannot be asked")
    if runs:
        told = f"{runs} workflows ignored signals that are not theirs: see who reaches Temporal (docs/runbook.md)"
        return Finding("foreign signals", "look", told)
    return Finding("foreign signals", "ok", "none")


async def _guarded(part: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        return await look()
    except (Failure, OSError, TimeoutError, asyncpg.PostgresError, NatsError) as error:
        return [Finding(part, "bad", f"cannot be asked: {error or type(error).__name__}")]


async def _database(stack: Stack, service: str) -> list[Finding]:
    engine = db.engine(PostgresSettings(database_url=sqlalchemy_url(stack.runtime_url(service))))
    try:
        return [await _version(engine, service), await _outbox(engine, service)]
    finally:
        await engine.dispose()


async def _version(engine: AsyncEngine, service: str) -> Finding:
    connection = await relay.connect(engine)
    try:
        version = await connection.fetchval(f"SELECT version_num FROM {migrations.VERSION_TABLE}")  # noqa: S608 - a constant
    finally:
        await connection.close()
    versions = Path(str(files(service))) / "migrations" / "versions"
    newest = ScriptDirectory(str(files("kit") / "alembic"), version_locations=[str(versions)]).get_heads()
    if [version] == newest:
        return Finding(f"{service}: migrations", "ok", f"newest, {version}")
    return Finding(f"{service}: migrations", "bad", f"at {version}, the newest is {', '.join(newest)}: run `neove up`")


async def _outbox(engine: AsyncEngine, service: str) -> Finding:
    waiting = await relay.backlog(engine)
    part, told = f"{service}: outbox", f"{waiting.waiting} wait, the oldest for {waiting.oldest_seconds:.0f} s"
    if waiting.parked:
        return Finding(part, "look", f"{told}; {waiting.parked} were refused for good: see `neove outbox`")
    return Finding(part, "bad" if waiting.oldest_seconds > OLD_EVENT_SECONDS else "ok", told)


async def _unconfirmed(stack: Stack) -> list[Finding]:
    engine = db.engine(PostgresSettings(database_url=sqlalchemy_url(stack.runtime_url("vault"))))
    try:
        connection = await relay.connect(engine)
        try:
            return [unconfirmed_finding(*await connection.fetchrow(_UNCONFIRMED))]
        finally:
            await connection.close()
    finally:
        await engine.dispose()


def unconfirmed_finding(waiting: int, binned: int) -> Finding:
    """Whether intake says of every sealed case that nothing confirmed whether it exists.

    Args:
        waiting: cases that have waited for intake's word for longer than intake needs.
        binned: cases that intake declared abandoned, and whose text is not destroyed yet.
    """
    told = f"{waiting} sealed cases wait for intake's word; {binned} are in the bin"
    return Finding("vault: unconfirmed", "look" if waiting else "ok", told)


async def _packs(stack: Stack) -> list[Finding]:
    engine = db.engine(PostgresSettings(database_url=sqlalchemy_url(stack.runtime_url("casework"))))
    try:
        connection = await relay.connect(engine)
        rows = await connection.fetch(PINNED)
        await connection.close()
    finally:
        await engine.dispose()
    library = Library(stack.regulations)
    return [packs_finding(library, [(row["pack_id"], row["pack_hash"], row["cases"]) for row in rows])]


def packs_finding(library: Library, pinned: Iterable[tuple[str, str, int]]) -> Finding:
    """Whether every open case can be folded: whether its version of the pack is here, and this release reads it.

    Args:
        library: of the packs that are installed here.
        pinned: pack, content hash of its version, and how many open cases are pinned to it.
    """
    versions, lost, reasons = 0, 0, list[str]()
    for pack_id, content_hash, cases in pinned:
        versions += 1
        try:
            library.pack(pack_id, content_hash)
        except (Problem, PackError) as error:
            lost += cases
            reasons.append(f"{pack_id} {content_hash[:12]} ({cases}): {error}")
    if reasons:
        return Finding("packs", "bad", f"{lost} open cases cannot be folded; {'; '.join(reasons)}")
    return Finding("packs", "ok", f"every open case can be folded, under {versions} versions of the packs")


async def _streams(stack: Stack) -> list[Finding]:
    async with administrator(stack) as client:
        drift = await topology.differences(client, DURABLES)
        js = topology.jetstream(client)
        found = [Finding("topology", "bad" if drift else "ok", "; ".join(drift) or "as declared")]
        parked = await _messages(js, PARKED_STREAM, "parked.>")
        parked += await _messages(js, ADVISORY_STREAM, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>")
        told = f"{parked} messages wait for `neove replay-parked`" if parked else "none"
        return [*found, Finding("parked", "look" if parked else "ok", told)]


async def _messages(js: JetStreamContext, stream: str, subjects: str) -> int:
    try:
        info = await js.stream_info(stream, subjects_filter=subjects)
    except NotFoundError:
        return 0
    return sum((info.state.subjects or {}).values())


def _law(stack: Stack) -> Finding:
    try:
        return law_finding(Register(Services(stack.endpoints().services, stack.issuer_url)).all())
    except Failure as failure:
        return Finding("law", "bad", f"cannot be asked: {failure}")


def law_finding(found: Mapping[str, Any]) -> Finding:
    """Whether the signed amendments are as they were signed, and all open cases under them.

    Args:
        found: answer of `list_amendments`.
    """
    chain = found["chain"]
    if not chain["ok"]:
        return Finding("law", "bad", f"{chain['broken_at']} is not as it was signed")
    left = [one["amendment_id"] for one in found["items"] if one["state"] == "signed" and not one["applied_at"]]
    if left:
        return Finding("law", "look", f"open cases are still to be counted anew under {', '.join(left)}")
    return Finding("law", "ok", f"the package's, amended {chain['signed']} times, each as it was signed")


def _disk(stack: Stack) -> Finding:
    free = shutil.disk_usage(stack.state).free
    return Finding("disk", "bad" if free < LOW_DISK_BYTES else "ok", f"{free / 1e9:.1f} GB free at {stack.state}")
