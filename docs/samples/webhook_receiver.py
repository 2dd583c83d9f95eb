"""A receiver of Nẻo Về's webhooks, to copy: checks the signature, keeps each message once, answers quickly.

    NEOVE_WEBHOOK_SECRETS="whsec_…" python webhook_receiver.py 9000 received.db

Several secrets are separated by spaces: while a secret is being changed, put the new one beside the old one.
Python 3.11 or newer and nothing else. Put it behind your TLS proxy: webhooks come by https only.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOLERANCE_SECONDS = 300
"""A message that was signed longer ago, or that far in the future, is somebody's copy, or a clock is wrong."""
MAX_BODY = 65_536


class NotOurs(Exception):
    """The message is not from Nẻo Về, or it is too old."""


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that is genuine.

    Args:
        secrets: `whsec_…`, those that are valid now.
        headers: of the request; names in lower case.
        body: the bytes as they came, before any parsing.
        now: seconds since 1970.

    Raises:
        NotOurs: answer 401 and do nothing.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        raise NotOurs("headers are missing")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotOurs("too old")
    signed = f"{message_id}.{timestamp}.".encode() + body
    given = [entry[3:] for entry in headers.get("webhook-signature", "").split() if entry.startswith("v1,")]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        if any(hmac.compare_digest(expected, one.encode()) for one in given):
            return message_id
    raise NotOurs("no signature fits")


class Store:
    """Messages that came, each once; a row is what your own system works on afterwards."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS received (id TEXT PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL)"
            )

    def keep(self, message_id: str, event: Mapping[str, object]) -> bool:
        """False when this message was kept before: it was sent again because our answer did not arrive."""
        with closing(self._open()) as db, db:
            row = (message_id, time.time(), json.dumps(event))
            return db.execute("INSERT OR IGNORE INTO received VALUES (?, ?, ?)", row).rowcount == 1

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=5)


def server(port: int, secrets: Sequence[str], store: Store) -> ThreadingHTTPServer:
    """The receiver on a port of this machine; port 0: any free one."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Genuine → kept → 204. Long work belongs elsewhere: ten seconds without an answer count as a failure."""
            length = int(self.headers.get("content-length", "0"))
            if not 0 < length <= MAX_BODY:
                return self._answer(413)
            body = self.rfile.read(length)
            try:
                headers = {name.lower(): value for name, value in self.headers.items()}
                message_id = verify(secrets, headers, body, time.time())
            except NotOurs:
                return self._answer(401)
            store.keep(message_id, json.loads(body))
            return self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: an access log is not the place for case ids."""

    return ThreadingHTTPServer(("127.0.0.1", port), Receiver)


if __name__ == "__main__":
    server(int(sys.argv[1]), os.environ["NEOVE_WEBHOOK_SECRETS"].split(), Store(Path(sys.argv[2]))).serve_forever()
