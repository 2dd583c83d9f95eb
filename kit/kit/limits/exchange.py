"""The processes of a service tell each other what they counted, over NATS without a stream.

A message that nobody hears is lost, and nothing waits for it. While NATS is away each process counts for itself. With a
new connection it asks the others for what they counted, and tells them its own.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts.limits import limits_subject
from kit.limits.counts import Told
from kit.storing import DOWN

log = logging.getLogger(__name__)


class Exchange:
    """Sends and hears the messages of one service.

    Args:
        service: its name; no other service may send or hear on its subject.
    """

    def __init__(self, service: str) -> None:
        self._subject = limits_subject(service)
        self._client: Client | None = None
        self._waiting: dict[tuple[str, str], Told] = {}
        self._wake = asyncio.Event()
        self.hear: Callable[[Told], None] = lambda _: None
        self.joined: Callable[[], None] = lambda: None

    def tell(self, told: Told) -> None:
        """Send a message soon. A newer one about the same name takes the place of one that has not gone out."""
        self._waiting[told.budget, told.name] = told
        self._wake.set()

    async def join(self, client: Client) -> None:
        """Hear on this connection from now on, and say so to `joined`. Called also when a lost one has come back."""
        if client is not self._client:
            # its options have no types
            await client.subscribe(self._subject, cb=self._heard)  # pyright: ignore[reportUnknownMemberType]
            self._client = client
        self.joined()

    async def run(self) -> None:
        """Endless: sends what is to be told."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, {}
            if self._client is None or not self._client.is_connected:
                continue  # the next connection tells all of it
            for told in waiting.values():
                with suppress(*DOWN):
                    await self._client.publish(self._subject, told.model_dump_json().encode())

    # Any: the library declares its messages, and calls back with one
    async def _heard(self, message: Msg | Any) -> None:
        try:
            self.hear(Told.model_validate_json(message.data))
        except ValidationError:
            log.warning("a message about counts cannot be read")
