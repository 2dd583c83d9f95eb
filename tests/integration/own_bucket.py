"""The bucket of standings in this process, for tests of what a service decides; the real one is tested with NATS."""

from contracts.problems import Unavailable
from contracts.standing import Standing
from contracts.topology import STANDINGS
from kit.bucket import MARKER, Marker
from kit.storing import Message


class OwnBucket:
    """What `kit.bucket.Reader` asks: complete from the start, and `down` while NATS is away."""

    def __init__(self) -> None:
        self.down = False
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
        if self.down:
            raise Unavailable("The bus is not connected.")
        return self._messages.get(subject)

    def put(self, case_id: str, version: int, standing: Standing) -> None:
        """As casework: an older version than the one that is there changes nothing."""
        if version > self._versions.get(case_id, 0):
            self._versions[case_id] = version
            body = standing.model_dump_json()
            self._store(case_id, f'{{"version":{version},"body":{body}}}'.encode())

    def _store(self, key: str, body: bytes) -> None:
        self._messages[STANDINGS.subject(key)] = Message(len(self._messages) + 1, body)
