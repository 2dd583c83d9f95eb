"""One call over TLS: made to the judged address, with a certificate of the name."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from contracts.ids import new_id
from kit.clock import SystemClock
from notify.channels import Message
from notify.channels.webhook import WebhookChannel
from notify.domain import signing
from notify.domain.targets import Address, TargetPolicy

NAME = "agency.example"
HERE = TargetPolicy((ip_network("127.0.0.0/8"),))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of NAME, signed by itself, with its key."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, encoding = serialization.NoEncryption(), serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "agency.pem"
    path.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, pem) + made.public_bytes(encoding))
    return path


@asynccontextmanager
async def agency(certificate: Path, heads: list[str]) -> AsyncGenerator[int]:
    """A TLS server of this machine that answers 204; gives its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 X\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def here(host: str, port: int) -> list[Address]:
    """Every name leads to this machine."""
    return [ip_address("127.0.0.1")]


def message(url: str) -> Message:
    """A notice on its way."""
    now = datetime.now(UTC)
    return Message(new_id("msg"), "commune/lao-cai", None, "new_work", None, now, None, url, (signing.new_secret(),))


async def test_the_certificate_has_to_be_of_the_name_that_was_registered(certificate: Path) -> None:
    heads = list[str]()
    trusting = WebhookChannel(HERE, SystemClock(), 5, certificate, here)
    async with agency(certificate, heads) as port:
        assert (await trusting.send(message(f"https://{NAME}:{port}/hook?k=1"))).status == 204
        for channel, url in (
            (trusting, f"https://other.example:{port}/"),
            (trusting, f"https://127.0.0.1:{port}/"),
            (WebhookChannel(HERE, SystemClock(), 5, None, here), f"https://{NAME}:{port}/"),
        ):
            assert (await channel.send(message(url))).error == "no-connection"
    [head] = heads
    assert head.startswith("POST /hook?k=1 HTTP/1.1\r\n")
    assert f"host: {NAME}:{port}\r\n" in head.lower()


async def test_what_it_may_not_call_it_does_not_call(certificate: Path) -> None:
    heads = list[str]()
    public = WebhookChannel(TargetPolicy(), SystemClock(), 5, certificate, here)
    async with agency(certificate, heads) as port:
        assert (await public.send(message(f"https://{NAME}:{port}/"))).error == "target-refused"
    assert heads == []


async def test_addresses_are_tried_in_turn() -> None:
    calls = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 X\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def several(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.9"), ip_address("127.0.0.1")]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outcome = await WebhookChannel(HERE, SystemClock(), 5, None, several).send(message(f"http://localhost:{port}/"))
    server.close()
    assert (outcome.status, len(calls)) == (204, 1)
