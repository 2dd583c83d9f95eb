"""A reader of a bucket answers in time, also where the client of NATS loses a cancellation."""

import asyncio
import json

import pytest

from contracts.problems import Unavailable
from contracts.topology import STANDINGS
from kit.bucket import MARKER, Marker, Reader
from kit.storing import Message

MESSAGES = {
    MARKER: Marker(server="s", database="d", complete=True).model_dump_json(),
    "case_x": json.dumps({"version": 1, "body": {}}),
}


class Deaf:
    """A bus that gives the same messages again and again, and goes on when it is cancelled, as `asyncio.wait_for`."""

    server = "s"

    def __init__(self) -> None:
        self.asked_since = 0
        self.cancelled = False

    async def last(self, stream: str, subject: str, seconds: float) -> Message | None:
        try:
            await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            self.cancelled = True
        self.asked_since += self.cancelled
        assert self.asked_since < 10, "it asks for ever"
        return Message(1, MESSAGES[subject.removeprefix(STANDINGS.subject(""))].encode())


async def test_a_version_that_does_not_come_is_not_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.bucket.PAUSE_SECONDS", 0)  # the cancellation comes while the bus is asked
    bus = Deaf()
    with pytest.raises(Unavailable):
        await Reader(bus, STANDINGS, dict).get("case_x", at_least=2)
    assert bus.cancelled
