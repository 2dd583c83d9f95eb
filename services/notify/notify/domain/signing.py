"""Signatures of webhooks as Standard Webhooks 1.0 has them: HMAC-SHA256 over `id.timestamp.body`, scheme `v1`."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from kit import crypto

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh secret as it is shown, once, to the agency: `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(crypto.new_key()).decode("ascii")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>` of one message."""
    key = b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode("ascii") + body
    return "v1," + b64encode(crypto.mac(key, signed)).decode("ascii")


def headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at `at` (aware); one signature for each secret that is valid now."""
    timestamp = int(at.timestamp())
    signatures = [signature(secret, message_id, timestamp, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
