"""Signatures, the sample that checks them, and secrets at rest."""

import json
import threading
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from kit.crypto import KeyFileTooOpen, KeyRing, Tampered
from notify.domain import signing
from notify.keys import Sealer

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OLD, NEW = signing.new_secret(), signing.new_secret()
BODY = b'{"specversion":"1.0"}'


def test_the_sample_takes_the_published_example_of_the_standard(sample: Any) -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert sample.verify([secret], headers, b'{"test": 2432232314}', 1614265330)


def test_a_secret_has_32_random_bytes() -> None:
    assert len(b64decode(OLD.removeprefix("whsec_"), validate=True)) == 32
    assert OLD != NEW


def sent(*secrets: str, **changes: str) -> dict[str, str]:
    """Headers of a message."""
    return signing.headers(secrets, "msg_1", NOW, BODY) | changes


@pytest.mark.parametrize("known", [(OLD,), (NEW,), (OLD, NEW)])
def test_during_a_rotation_either_secret_verifies(sample: Any, known: tuple[str, ...]) -> None:
    assert sample.verify(known, sent(NEW, OLD), BODY, NOW.timestamp()) == "msg_1"


@pytest.mark.parametrize(
    ("headers", "body", "later"),
    [
        (sent(OLD), BODY, 0),
        (sent(NEW), BODY + b" ", 0),
        (sent(NEW), BODY, 301),
        (sent(NEW), BODY, -301),
        (sent(NEW, **{"webhook-id": "msg_2"}), BODY, 0),
        (sent(NEW, **{"webhook-timestamp": str(int(NOW.timestamp()) + 1)}), BODY, 0),
        (sent(NEW, **{"webhook-timestamp": "soon"}), BODY, 0),
        (sent(NEW, **{"webhook-signature": ""}), BODY, 0),
        (sent(NEW, **{"webhook-signature": sent(NEW)["webhook-signature"].replace("v1,", "v2,")}), BODY, 0),
        ({}, BODY, 0),
    ],
)
def test_what_is_not_ours_is_refused(sample: Any, headers: dict[str, str], body: bytes, later: float) -> None:
    with pytest.raises(sample.NotOurs):
        sample.verify([NEW], headers, body, NOW.timestamp() + later)


def test_the_sample_keeps_each_message_once(sample: Any, tmp_path: Path) -> None:
    store = sample.Store(tmp_path / "received.db")
    receiver = sample.server(0, [NEW], store)
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{receiver.server_port}/"
        headers = signing.headers([NEW], "msg_1", datetime.now(UTC), BODY)
        with httpx.Client(trust_env=False) as http:
            answers = [http.post(url, content=BODY, headers=headers).status_code for _ in range(2)]
            assert answers == [204, 204]
            assert http.post(url, content=b"{}", headers=headers).status_code == 401
            assert http.post(url, content=b"").status_code == 413
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)
    assert store.keep("msg_2", json.loads(BODY)), "another message is new"
    assert not store.keep("msg_1", json.loads(BODY)), "this one came"


def test_secrets_rest_sealed_and_each_opens_only_as_itself(tmp_path: Path) -> None:
    sealer = Sealer.load(tmp_path / "k.key")
    hook, one, other = new_id("hook"), new_id("secret"), new_id("secret")
    sealed = sealer.seal(NEW, hook, one)
    assert NEW.encode() not in sealed
    assert Sealer.load(tmp_path / "k.key").open(sealed, hook, one) == NEW
    for wrong in ((hook, other), (new_id("hook"), one)):
        with pytest.raises(Tampered):
            sealer.open(sealed, *wrong)
    with pytest.raises(Tampered):
        Sealer(KeyRing.fresh()).open(sealed, hook, one)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.key"
    Sealer.load(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(KeyFileTooOpen):
        Sealer.load(path)
