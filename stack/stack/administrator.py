"""Connects to NATS as its administrator: for the topology, parked messages and the doctor."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from stack.config import Failure
from stack.stack import Stack

CONNECT_SECONDS = 5


@asynccontextmanager
async def administrator(stack: Stack) -> AsyncGenerator[Client]:
    """A connection that may do everything.

    Raises:
        Failure: the server does not answer.
    """
    url, user, password = stack.nats_login("admin")

    async def keep_quiet(_: Exception) -> None:
        pass  # the failed connection is reported once, below

    try:
        # Any: its options have no types
        client: Client = await cast(Any, nats).connect(
            url,
            user=user,
            password=password,
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            error_cb=keep_quiet,
        )
    except (OSError, TimeoutError, NatsError) as error:
        raise Failure(f"NATS at {url} refuses the connection ({type(error).__name__}).") from error
    try:
        yield client
    finally:
        await client.close()
