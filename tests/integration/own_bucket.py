"""A bucket in this process, for tests of what a service decides; the real one is tested with NATS."""

from pydantic import BaseModel

from contracts.problems import Unavailable
from contracts.topology import STANDINGS, Bucket
from kit.bucket import MARKER, Marker
from kit.storing import Message


class OwnBucket:
    """What `kit.bucket.Reader` asks: complete from the start, and `down` while NATS is away."""

    def __init__(self, bucket: Bucket = STANDINGS) -> None:
        self._bucket = bucket
        self.down = False
        self.asked = 0
        self._messages: dict[str, Message] = {}
        self._versions: dict[str, int] = {}
        marker = Marker(server="own", database="own", complete=True)
        self._store(MARKER, marker.model_dump_json().encode())

    @property
    def server(self) -> str | None:
        """Part of the interface of the bus."""
        return None if self.down else "own"

    async def last(self, stream: str, subject: str, seconds: float) -> Message | None:
        """Part of the interface of the bus."""
        self.asked += 1
        if self.down:
            raise Unavailable("The bus is not connected.")
        return self._messages.get(subject)

    def put(self, key: str, version: int, document: BaseModel) -> None:
        """As casework: an older version than the one that is there changes nothing."""
        if version > self._versions.get(key, 0):
            self._versions[key] = version
            body = document.model_dump_json()
            self._store(key, f'{{"version":{version},"body":{body}}}'.encode())

    def _store(self, key: str, body: bytes) -> None:
        self._messages[self._bucket.subject(key)] = Message(len(self._messages) + 1, body)
