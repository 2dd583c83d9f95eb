"""A read of a bucket ends, even while the client of NATS loses the cancellation that ends it."""

import asyncio

import pytest

from contracts.problems import Unavailable
from contracts.topology import STANDINGS
from kit.bucket import MARKER, Marker, Reader
from kit.storing import Message


class LosesOne:
    """Has a document of version 1, and loses the first cancellation, as `asyncio.wait_for` may in Python 3.11."""

    server = "one"
    lost = 0

    async def last(self, stream: str, subject: str, seconds: float) -> Message:
        try:
            await asyncio.sleep(0 if self.lost else seconds)
        except asyncio.CancelledError:
            self.lost += 1
        marker = Marker(server=self.server, database="db", complete=True).model_dump_json()
        body = marker if subject == STANDINGS.subject(MARKER) else '{"version":1,"body":{"is":"v1"}}'
        return Message(1, body.encode(), subject)


async def test_a_read_ends_though_its_cancellation_was_lost() -> None:
    source = LosesOne()
    reader = Reader(source, STANDINGS, lambda body: body["is"])
    with pytest.raises(Unavailable):
        await reader.get("case_one", at_least=2)
    assert source.lost == 1
