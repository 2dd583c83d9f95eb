"""Everything between the servers and the services: roles, databases, migrations, topology, search attributes.

`python -m stack.prepare`: the supervisor runs it at each start, as a process that ends. Running it
twice changes nothing.
"""

import asyncio
import logging
import sys
from importlib.util import find_spec
from typing import Any

import asyncpg

from kit import migrations, topology
from kit.crypto import KeyRing
from regulations import Library, PackError
from stack import temporal
from stack.administrator import administrator
from stack.config import Failure
from stack.secrets import write_private
from stack.stack import AUDIT, VAULT, Stack, sqlalchemy_url

CONNECT_SECONDS = 10
log = logging.getLogger("prepare")

# Any: asyncpg has no types
Connection = Any


async def databases(stack: Stack) -> None:
    """A database per service, an owner that migrates it and a runtime role that only reads and writes rows.

    The role `audit` chains looks in the vault's database; the vault's migrations give it its rights there.
    """
    admin = await _connect(stack, "postgres")
    try:
        if not stack.outside.postgres:
            await admin.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
        await _role(admin, AUDIT, stack.secrets.audit)
        for service in stack.service_names:
            passwords = stack.secrets.postgres[service]
            await _role(admin, f"{service}_owner", passwords.owner)
            await _role(admin, service, passwords.runtime)
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service):
                await admin.execute(f'CREATE DATABASE "{service}" OWNER "{service}_owner" TEMPLATE template0')
            await admin.execute(f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC')
            await admin.execute(f'GRANT CONNECT ON DATABASE "{service}" TO "{service}"')
        await admin.execute(f'GRANT CONNECT ON DATABASE "{VAULT}" TO "{AUDIT}"')
    finally:
        await admin.close()
    for service in stack.service_names:
        await _schema(stack, service)


async def _role(admin: Connection, name: str, password: str) -> None:
    verb = "ALTER" if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
    await admin.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")


async def _schema(stack: Stack, service: str) -> None:
    owner = await _connect(stack, service)
    try:
        await owner.execute(
            f"""
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{service}_owner";
            GRANT USAGE ON SCHEMA "{service}" TO "{service}";
            ALTER DEFAULT PRIVILEGES FOR ROLE "{service}_owner" IN SCHEMA "{service}"
                GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{service}";
            ALTER DEFAULT PRIVILEGES FOR ROLE "{service}_owner" IN SCHEMA "{service}"
                GRANT USAGE, SELECT ON SEQUENCES TO "{service}";
            """
        )
    finally:
        await owner.close()


async def _connect(stack: Stack, database: str) -> Connection:
    try:
        driver: Any = asyncpg
        return await driver.connect(stack.postgres_url(database), timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Failure(f"PostgreSQL refuses the connection: {type(error).__name__}: {error}") from error


async def streams(stack: Stack) -> list[str]:
    """Streams and durables as declared; returns what was changed."""
    async with administrator(stack) as client:
        return await topology.apply(client)


async def prepare(stack: Stack) -> None:
    """Everything but the migrations, which run event loops of their own."""
    for service in stack.service_names:
        if find_spec(service) is None:
            raise Failure(f"services/{service} is not installed: run `make up`, which does that.")
    KeyRing.load_or_create(stack.keys / "temporal-codec.key")
    try:
        Library(stack.regulations).install_own()
    except PackError as error:
        raise Failure(f"{error}.") from None
    if not stack.deny_list.exists() or not stack.deny_list.stat().st_size:
        write_private(stack.deny_list, b"subjects = []\ntokens = []\n")
    await databases(stack)
    for change in await streams(stack):
        log.info("%s", change)
    if stack.outside.temporal:
        temporal.register_attributes(stack.outside.temporal)


def main() -> None:
    """Prepare the stack of this environment."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stack = Stack.from_environment()
    try:
        asyncio.run(prepare(stack))
        migrations.upgrade_all([(name, name, sqlalchemy_url(stack.owner_url(name))) for name in stack.service_names])
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
