"""The bucket of standings with a million cases, against ten thousand: memory, start and reads of the NATS server."""

import asyncio
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import psutil

from contracts.ids import new_id
from contracts.standing import LaneStanding, Standing
from contracts.topology import STANDINGS
from kit import topology
from stack import nats as server
from stack.ports import free_base
from stack.trial import Trial
from tests.bench.budget import Budget
from tests.library import acting
from tests.load.desk import COMMUNE, GUARD, HEALTH, POLICE
from tests.load.figures import Row, Section, percentile
from tests.load.house import until

SIZES = (10_000, 1_000_000)
GETS = 4_000
LATELY = 5_000
WARM_UP = 100
TOGETHER = 2_000
"""Messages between two answers of the server; it refuses more than some ten thousand at once."""
START_SECONDS = 120
PENDING_BYTES = 64 * 2**20
USER, PASSWORD = "admin", "bench"
MEMORY, START, GET = Budget(500, unit=" MB", digits=0), Budget(20, unit=" s"), Budget(2, unit=" ×", digits=2)
NOTE = (
    f"NATS servers of their own with the settings of the stack; on each the bucket `{STANDINGS.name}` as the topology "
    "makes it, with one document a case: a standing with six lanes. Filled with `sync_interval` at its default, then "
    f"started again with `always`; the last start is after a kill. {GETS:,} direct gets on each server in turn, one "
    f"client, one request at a time: of the {LATELY:,} cases written last, as steps do, then of any case. NATS reads "
    "4 MB for a message that is not in its memory, and keeps the block for some seconds. Memory is PSS."
)


@dataclass
class Server:
    """One NATS server with one bucket.

    Attributes:
        cases: in its bucket. seconds: of each get.
    """

    state: Path
    cases: list[str]
    port: int = field(default_factory=free_base)
    process: subprocess.Popen[bytes] | None = None
    seconds: list[float] = field(default_factory=list[float])

    async def start(self, sync: str = "always") -> float:
        """Seconds until it answers."""
        child = server.child(self.state, self.port, self.port + 1, {USER: PASSWORD})
        command, file = child.command(), self.state / "nats.json"
        file.write_text(file.read_text().replace('"always"', f'"{sync}"'))
        began = time.monotonic()
        self._launch(command)

        async def ready() -> bool:
            return await asyncio.to_thread(child.ready)

        await until(ready, START_SECONDS, "the server answers")
        return time.monotonic() - began

    def _launch(self, command: Sequence[str]) -> None:
        with (self.state / "nats.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    async def stop(self, *, kill: bool = False) -> None:
        """End the process, if there is one."""
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        await asyncio.to_thread(self.process.wait)
        self.process = None

    def megabytes(self) -> float:
        """Memory of the process."""
        assert self.process is not None
        return psutil.Process(self.process.pid).memory_full_info().pss / 2**20

    def worked(self) -> float:
        """Processor seconds of the process."""
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    async def client(self) -> Any:
        """A connection of the administrator."""
        url = f"nats://127.0.0.1:{self.port}"
        return await nats.connect(url, user=USER, password=PASSWORD, pending_size=PENDING_BYTES)

    async def fill(self, body: bytes) -> None:
        """Make the bucket and put a standing of each case into it."""
        client = await self.client()
        await topology.apply(client, streams={}, durables=(), buckets=(STANDINGS,), retired=())
        js = client.jetstream()
        for first in range(0, len(self.cases), TOGETHER):
            *most, last = self.cases[first : first + TOGETHER]
            for case_id in most:
                await client.publish(STANDINGS.subject(case_id), body)
            await js.publish(STANDINGS.subject(last), body, timeout=START_SECONDS)
        stored = (await js.stream_info(STANDINGS.stream)).state.messages
        await client.close()
        assert stored == len(self.cases), f"{stored} of {len(self.cases)} stored"


async def measure(_: Trial, sizes: Sequence[int] = SIZES) -> Section:
    """Two servers; the small one is asked in turn with the large one."""
    body = f'{{"version":12,"body":{standing().decode()}}}'.encode()  # as `kit.bucket_writer` writes it
    async with _server(sizes[0]) as small, _server(sizes[1]) as large:
        rows = [Row("a document of the bucket", f"{len(body):,} bytes")]
        started: list[tuple[float, float, float]] = []
        for one in (small, large):
            await one.start(sync="2m")
            await one.fill(body)
            await one.stop()
            first = await one.start()
            memory = one.megabytes()
            await one.stop(kill=True)
            started.append((first, await one.start(), memory))
        asked = [
            await _phase(name, small, large, newest) for name, newest in (("changed lately", LATELY), ("any", None))
        ]
        for one, judged, (first, killed, memory) in zip((small, large), (False, True), started, strict=True):
            rows += _of(one, first, killed, memory, judged=judged)
        rows += [row for phase in asked for row in phase]
    return Section("bucket", "The bucket of standings", rows, NOTE)


@asynccontextmanager
async def _server(cases: int) -> AsyncGenerator[Server]:
    """A state directory for it; at the end neither it nor the process is left."""
    state = Path(tempfile.mkdtemp(prefix="neove-bench-"))
    one = Server(state, [new_id("case") for _ in range(cases)])
    try:
        yield one
    finally:
        await one.stop(kill=True)
        shutil.rmtree(state, ignore_errors=True)


async def _phase(name: str, small: Server, large: Server, newest: int | None) -> list[Row]:
    """Gets of the cases that were written last, or of all: a server keeps what it read in its memory for a while."""
    for one in (small, large):
        one.seconds = []
    small_ms, large_ms = await _ask_in_turn([small, large], newest)
    found: list[Row] = []
    for share, budget in ((0.5, Budget(unit=" ×", digits=2)), (0.99, GET)):
        few, many = (1000 * percentile(one.seconds, share) for one in (small, large))
        found.append(
            budget.row(f"get, cases: {name}, p{share * 100:.0f}", many / few, f" = {many:.2f} ms ÷ {few:.2f} ms")
        )
    worked = f"{large_ms:.2f} ms; {small_ms:.2f} ms of {len(small.cases):,} cases"
    memory = MEMORY.row(f"{len(large.cases):,} cases: memory of NATS after gets, cases: {name}", large.megabytes())
    return [*found, Row(f"processor time of NATS, a get, cases: {name}", worked), memory]


async def _ask_in_turn(servers: Sequence[Server], newest: int | None) -> list[float]:
    """Milliseconds of processor time of each server for one get."""
    chance, clients = random.Random(STANDINGS.name), [await one.client() for one in servers]
    asked = [client.jetstream() for client in clients]
    before = [one.worked() for one in servers]
    for round_ in range(GETS + WARM_UP):
        for one, js in zip(servers, asked, strict=True):
            case_id = chance.choice(one.cases[-newest:] if newest else one.cases)
            began = time.perf_counter()
            await js.get_last_msg(STANDINGS.stream, STANDINGS.subject(case_id), direct=True)
            if round_ >= WARM_UP:  # the first ones only warm up
                one.seconds.append(time.perf_counter() - began)
    for client in clients:
        await client.close()
    return [1000 * (one.worked() - at) / (GETS + WARM_UP) for one, at in zip(servers, before, strict=True)]


def _of(one: Server, first: float, killed: float, memory: float, *, judged: bool) -> list[Row]:
    name = f"{len(one.cases):,} cases"
    memories, starts = (MEMORY, START) if judged else (Budget(unit=" MB", digits=0), Budget(unit=" s"))
    size = sum(file.stat().st_size for file in one.state.rglob("*") if file.is_file()) / 1e6
    return [
        memories.row(f"{name}: memory of NATS after its start", memory),
        starts.row(f"{name}: start of NATS", max(first, killed), f": {first:.1f} s; {killed:.1f} s after a kill"),
        Row(f"{name}: disk", f"{size:,.0f} MB"),
    ]


def standing() -> bytes:
    """Of an invented case in the middle of its way, as long as real ones."""
    now = datetime.now(UTC)
    lanes = {
        "crime": ("CRIME_INFO_EXTENDED_1", POLICE, ("provincial_police", "district_police")),
        "identification": ("POLICE_VERIFICATION", POLICE, ("health_authority", "provincial_police", "facility")),
        "protection": ("PROTECTION_REQUESTED", POLICE, ("provincial_police", "border_guard", "commune_police")),
        "shelter": ("ADMITTED", HEALTH, ("health_authority", "facility")),
        "support:medical": ("REQUESTED", HEALTH, ("health_authority", "commune", "facility")),
        "support:legal_aid": ("NEED_STATED", HEALTH, ("legal_aid_centre", "health_authority")),
    }
    made = {
        name: LaneStanding(state=state, holder=holder, place="lao-cai", since=now, acting=acting("lao-cai", *roles))
        for name, (state, holder, roles) in lanes.items()
    }
    return (
        Standing(
            reporter=POLICE,
            lanes=made,
            past=(POLICE, HEALTH, GUARD),
            accepted=(HEALTH,),
            proposed=(COMMUNE,),
            supervisors=("health_ministry/vn", "police_ministry/vn"),
            regime_procedure="law-53-2024",
            pack_hash="0" * 64,
            regime_support="law-53-2024",
            route="rescued",
            age_band="adult",
        )
        .model_dump_json()
        .encode()
    )
