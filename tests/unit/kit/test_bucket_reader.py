"""What a reader remembers is of one database: after a recovery, versions are counted from an earlier one."""

from typing import Any

from contracts.topology import STANDINGS
from kit.bucket import BELIEVED_SECONDS, MARKER, Marker, Reader
from kit.storing import Message

CASE = "case_aaaaaaaaaaaaaaaaaaaaaaaaaa"


class Shown:
    """A bucket as its writer filled it from a database."""

    server = "one"

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}

    def fill(self, database: str, version: int, holder: str) -> None:
        """As after a start, or a recovery of the database."""
        marker = Marker(server=self.server, database=database, complete=True)
        self._put(MARKER, marker.model_dump_json())
        self._put(CASE, f'{{"version":{version},"body":{{"holder":"{holder}"}}}}')

    async def last(self, stream: str, subject: str, seconds: float) -> Message | None:
        """Part of the interface of the bus."""
        return self.messages.get(subject)

    def _put(self, key: str, body: str) -> None:
        subject = STANDINGS.subject(key)
        number = self.messages[subject].number + 1 if subject in self.messages else 1
        self.messages[subject] = Message(number, body.encode())


async def test_a_recovered_database_is_believed_and_what_was_lost_is_forgotten() -> None:
    shown, now = Shown(), [0.0]
    reader: Reader[dict[str, Any]] = Reader(shown, STANDINGS, dict, lambda: now[0])
    shown.fill("before", 10, "lost")
    found = await reader.get(CASE)
    assert found is not None
    assert found.version == 10
    shown.fill("recovered", 8, "true")
    now[0] += 2 * BELIEVED_SECONDS
    found = await reader.get(CASE)
    assert found is not None
    assert (found.version, found.body) == (8, {"holder": "true"})
